"""Texts and their translations: line n of one language's file says what line n of the others says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from xharness import DataError

from xharness_finetune.data.texts import chosen_files, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np


class Translated(NamedTuple):
    """A line in two languages."""

    line: int
    languages: tuple[str, str]
    texts: tuple[str, str]


def load_parallel(folder: Path, languages: Sequence[str] | None = None, *, key: str) -> dict[str, list[str]]:
    """Returns the lines of <language>.txt by language, sorted; all have equally many.

    `key` is the field of the recipe that names the folder, for messages. Raises MissingDataError for a folder or a language
    that is not there, DataError for fewer than two languages, an empty line, and files of different lengths.
    """
    files = chosen_files(folder, languages, key=key)
    texts = {language: _lines(path) for language, path in files.items()}
    if len(texts) < 2:
        raise DataError(
            f"{folder} has texts in {len(texts)} language ({', '.join(texts)}); translations take at least two. Add a file."
        )
    counts = {language: len(lines) for language, lines in texts.items()}
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"{language} {count:,}" for language, count in counts.items())
        raise DataError(
            f"The files in {folder} do not have equally many lines ({shown}); line n of each must translate line n of the "
            f"others. Correct them, or name other languages: {key.rpartition('.')[0]}.languages."
        )
    return texts


def sample_pairs(texts: Mapping[str, Sequence[str]], n: int, *, generator: np.random.Generator) -> list[Translated]:
    """Returns `n` lines, each in two different languages that are drawn with equal chances.

    Lines come in random order, none again before all have come. The order of `texts` does not matter. Changes `generator`,
    which decides everything.
    """
    languages = sorted(texts)
    first = generator.integers(len(languages), size=n)
    second = (first + generator.integers(1, len(languages), size=n)) % len(languages)
    lines = _cycled(len(texts[languages[0]]), generator)
    pairs = []
    for one, other, line in zip(first.tolist(), second.tolist(), lines, strict=False):  # the lines have no end
        chosen = languages[one], languages[other]
        pairs.append(Translated(line, chosen, (texts[chosen[0]][line], texts[chosen[1]][line])))
    return pairs


def counts_of(pairs: Sequence[Translated]) -> dict[str, int]:
    """Returns in how many of the pairs each language is, sorted."""
    found: dict[str, int] = {}
    for pair in pairs:
        for language in pair.languages:
            found[language] = found.get(language, 0) + 1
    return dict(sorted(found.items()))


def _cycled(n: int, generator: np.random.Generator) -> Iterator[int]:
    while True:
        yield from generator.permutation(n).tolist()


def _lines(path: Path) -> list[str]:
    lines = read_lines(path)
    while lines and not lines[-1]:
        lines.pop()
    empty = next((number for number, line in enumerate(lines, start=1) if not line), None)
    if empty is not None or not lines:
        where = f", line {empty:,}: it is empty" if empty is not None else " has no text"
        raise DataError(
            f"{path}{where}; expected a text in every line, the translation of that line in the other files."
        )
    return lines
