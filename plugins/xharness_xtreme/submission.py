"""XTREME's submission layout: one file `<task>/<split>-<lang>.tsv|json` per cell (spec/xtreme.md §5, §2.1).

| kind | content |
|---|---|
| classification | one label per line, in the order of the test file, no header |
| tagging | one tag per line (no token), an empty line between sentences |
| retrieval | the id of the document found, one per line (Tatoeba: 0-based line number) |
| mining | foreign id, tab, English id, one pair per line |
| span questions | one JSON object, question id → answer |

Files are read as the official scorer reads them, with these exceptions, where it scores silently what is surely a mistake
(or stops with a bare assertion) and this module raises PredictionError: a byte-order mark (officially the first line is
wrong), a sentence with more or fewer tags than tokens (officially all that follows is shifted), a label or tag outside the
task's set (officially wrong), a line of a pairs file without exactly two columns (officially a false positive, as a blank
line still is), answers none of which belongs to the split (officially all are 0).
"""

from __future__ import annotations

import codecs
import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xharness import Kind, PredictionError, Predictions, RunError, SubmissionFormat, UsageError

from xharness_xtreme import submission_reading as reading
from xharness_xtreme import submission_writing as writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from xharness import Prediction, Split, Task


def read(folder: Path, split: Split, task: Task) -> Predictions | None:
    """Returns the predictions of `split` in a submission folder, None where the file is absent.

    `Predictions.record` holds `file`, and what a reader should know about it, by kind and only if there was any:
    `missing_ids`, `unknown_ids`, `repeated_ids` of answers and `not_line_numbers` (the last is 1-based lines), each with
    `n` and the `first` three; `blank_lines` and `repeated_lines` of pairs; `tags_outside_set`, tag → count;
    `empty_sentences_dropped`.

    Raises:
        PredictionError: the file is malformed, or does not fit the split; the message names file and line.
        UsageError: the layout has no form for tasks of this kind.
    """
    path = _path(folder, task, split.language, split.name)
    if not path.exists():
        return None
    text = _text(path, split.place)
    source = reading.Source(path=path, split=split, task=task, text=text)
    ids, values, notes = _form(task).read(source)
    return Predictions(ids=ids, values=values, record={"file": f"{task.name}/{path.name}", **notes})


def write(
    folder: Path, task: Task, language: str, split_name: str, ids: Sequence[str], values: Sequence[Prediction | None]
) -> None:
    """Writes one file of a submission, whole or not at all; folders are created and an older file is replaced.

    `ids` are in the order of the data. A question without an answer (None) is left out of its file, for which the scorer
    counts 0; in every other kind each id needs a value (mining: a tuple of ids, which may be empty).

    Raises:
        PredictionError: a value is missing, is of another kind, or cannot be written in a line.
        RunError: the file cannot be written.
        UsageError: the layout has no form for tasks of this kind.
    """
    place = f"{task.name}/{language}"
    if len(ids) != len(values):
        raise PredictionError(
            f"{place}: {len(values):,} predictions for {len(ids):,} ids; one for each id is expected."
        )
    path = _path(folder, task, language, split_name)
    text = _form(task).write(place, list(zip(ids, values, strict=True)))
    _replace(path, text, place)


XTREME_FORMAT = SubmissionFormat(
    name="xtreme",
    read=read,
    write=write,
    description="XTREME's submission folder: <task>/<split>-<lang>.tsv, .json for the three question tasks",
)
"""The format that XTREME's official scorer reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How predictions of a kind are written in a file."""

    suffix: str
    read: Callable[[reading.Source], reading.Content]
    write: Callable[[str, writing.Items], str]


def _form(task: Task) -> _Form:
    forms = {
        Kind.CLASSIFICATION: _Form(suffix="tsv", read=reading.read_labels, write=writing.write_lines),
        Kind.PAIR_CLASSIFICATION: _Form(suffix="tsv", read=reading.read_labels, write=writing.write_lines),
        Kind.TAGGING: _Form(suffix="tsv", read=reading.read_tags, write=writing.write_tags),
        Kind.RETRIEVAL: _Form(suffix="tsv", read=reading.read_found, write=writing.write_lines),
        Kind.MINING: _Form(suffix="tsv", read=reading.read_pairs, write=writing.write_pairs),
        Kind.SPAN_QA: _Form(suffix="json", read=reading.read_answers, write=writing.write_answers),
    }
    for kind, form in forms.items():
        if task.kind == kind:
            return form
    raise UsageError(
        f"{task.name}: the submission format xtreme has no form for tasks of the kind {task.kind!r}; it knows "
        f"{', '.join(forms)}. Use another format, or leave the task out with --tasks."
    )


def _path(folder: Path, task: Task, language: str, split_name: str) -> Path:
    return folder / task.name / f"{split_name}-{language}.{_form(task).suffix}"


def _text(path: Path, place: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as err:
        raise PredictionError(f"{place}: {path} cannot be read ({err.strerror}); a plain file is expected.") from err
    if content.startswith(codecs.BOM_UTF8):
        raise PredictionError(
            f"{place}: {path} starts with a byte-order mark, which would become a part of its first line. "
            "Save the file as UTF-8 without one (in Python: encoding='utf-8', not 'utf-8-sig')."
        )
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        raise PredictionError(
            f"{place}: {path} line {line:,}: byte {err.start:,} of the file is not valid UTF-8. Save the file as UTF-8."
        ) from err
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _replace(path: Path, text: str, place: str) -> None:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as err:
        raise PredictionError(
            f"{place}: {text[err.start]!r} in the predictions is half of a surrogate pair, which UTF-8 cannot hold; "
            "remove it from the text."
        ) from err
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as err:
        raise RunError(
            f"{place}: {path} cannot be written ({err.strerror}); free space or choose another folder."
        ) from err
    finally:
        with contextlib.suppress(OSError):  # gone if all went well
            temporary.unlink()
