"""Unlabelled texts of many languages, for a masked language model."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import DataError, Example, Kind, MissingDataError, Split, Task, Text

from xharness_finetune.recipes.tables import MLM
from xharness_finetune.rows.mixing import smoothed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from xharness import DataRequest

VERSION = "1"
_ENDING = ".txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Texts drawn for a masked language model.

    Attributes:
        examples: in the order drawn, gold "".
        counts: how many of each language, in the order of the languages' names.
        passes: how often, at most, a text of each language is among them.
    """

    examples: Sequence[Example]
    counts: Mapping[str, int]
    passes: Mapping[str, int]


def load_texts(
    folder: Path, languages: Sequence[str] | None = None, *, key: str = f"intermediate.{MLM}.data"
) -> dict[str, list[str]]:
    """Returns the texts in <language>.txt, one a line, of the languages named or of all that are there, sorted.

    White space around a text and empty lines are left out. `key` is the field of the recipe that names the folder, for
    messages. Raises MissingDataError for a folder or a language that is not there, DataError for a file that has no text or
    is not UTF-8.
    """
    there = chosen_files(folder, languages, key=key)
    return {language: _texts(path) for language, path in there.items()}


def chosen_files(folder: Path, languages: Sequence[str] | None, *, key: str) -> dict[str, Path]:
    """Returns the text files of the languages named, or of all that are there, sorted. Raises as `load_texts` does."""
    there = text_files(folder, key=key)
    for language in languages or ():
        if language not in there:
            near = difflib.get_close_matches(language, there, n=2, cutoff=0.5)
            raise MissingDataError(
                f"There is no {language}{_ENDING} in {folder}{'; did you mean ' + ' or '.join(near) + '?' if near else '.'} "
                f"Languages there: {', '.join(there) or 'none'}. Add the file, or change {key.rpartition('.')[0]}.languages."
            )
    return {language: there[language] for language in sorted(set(languages or there))}


def text_files(folder: Path, *, key: str = f"intermediate.{MLM}.data") -> dict[str, Path]:
    """Returns the text files of a folder by language, sorted. Raises MissingDataError if there are none."""
    found = {path.stem: path for path in sorted(folder.glob(f"*{_ENDING}")) if path.is_file()}
    if not found:
        what = f"has no file <language>{_ENDING}" if folder.is_dir() else "is no folder"
        raise MissingDataError(
            f"{folder} {what}; expected one for each language, with one text per line. Name the folder with "
            f"--set {key}=DIR."
        )
    return found


def sample_texts(texts: Mapping[str, Sequence[str]], n: int, *, alpha: float, generator: np.random.Generator) -> Sample:
    """Returns `n` examples: each one's language is drawn with q ∝ (its texts)^alpha, then the language's next text.

    A language's texts come in random order, none again before all have come. The order of `texts` does not matter. Changes
    `generator`, which decides everything.
    """
    shares = smoothed({language: len(texts[language]) for language in sorted(texts)}, alpha)
    languages = list(shares)
    drawn = generator.choice(len(languages), size=n, p=list(shares.values()))
    streams = [_cycled(language, texts[language], generator) for language in languages]
    examples = [next(streams[index]) for index in drawn.tolist()]
    counts = {language: int((drawn == index).sum()) for index, language in enumerate(languages)}
    passes = {language: -(-count // len(texts[language])) for language, count in counts.items()}
    return Sample(examples=examples, counts=counts, passes=passes)


def mlm_task(folder: Path, languages: Sequence[str] | None = None) -> Task:
    """Returns the masked language model over a folder's texts as a task: its "train" in a language are that one's texts.

    Raises MissingDataError as `load_texts` does; the texts are read when the task is loaded.
    """
    there = tuple(languages or text_files(folder))

    def load(request: DataRequest) -> Split:
        (texts,) = load_texts(folder, [request.language]).values()
        return Split(
            task=MLM,
            language=request.language,
            name=request.split,
            examples=[_example(request.language, index, 0, text) for index, text in enumerate(texts)],
            version=VERSION,
            source=f"{request.language}{_ENDING}, {len(texts):,} texts",
        )

    return Task(
        name=MLM,
        version=VERSION,
        kind=Kind.MASKED_LM,
        languages=there,
        metrics=(),
        main=(),
        head=MLM,
        load=load,
        splits=("train",),
        title="masked language model",
    )


def _cycled(language: str, texts: Sequence[str], generator: np.random.Generator) -> Iterator[Example]:
    turn = 0
    while True:
        for index in generator.permutation(len(texts)).tolist():
            yield _example(language, index, turn, texts[index])
        turn += 1


def _example(language: str, index: int, turn: int, text: str) -> Example:
    place = f"{language}-{index}"
    return Example(id=f"{place}-{turn}" if turn else place, cluster=place, inputs=Text(text=text), gold="")


def read_lines(path: Path) -> list[str]:
    """Returns the lines of a text file without white space around them. Raises DataError if it cannot be read."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as err:
        raise DataError(f"{path}: byte {err.start:,} is not valid UTF-8; convert the file.") from err
    except OSError as err:
        raise DataError(f"{path} cannot be read: {err.strerror or err}.") from err
    return [line.strip() for line in lines]


def _texts(path: Path) -> list[str]:
    texts = [line for line in read_lines(path) if line]
    if not texts:
        raise DataError(f"{path} has no text; expected one text per line. Remove the file, or name other languages.")
    return texts
