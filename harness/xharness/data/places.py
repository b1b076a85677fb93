"""Where the rows of a task are: files named by a pattern, or a data set on the hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from xharness.errors import MissingDataError, PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.offers import DataRequest

DATA = "{data}"
_MARK = re.compile(r"\{\w*\}")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What the marks `{language}` and `{split}` stand for in one cell: the source's own names."""

    language: str
    split: str

    def __call__(self, pattern: str) -> str:
        """Returns the pattern with its marks filled in."""
        return pattern.replace("{language}", self.language).replace("{split}", self.split)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Files of one form.

    Attributes:
        form: name of the function that made it ("tsv").
        pattern: absolute, or below `{data}`, the folder that users name with --data.
        columns: names of the columns of a table without a header; None reads them from the first row.
        separator: between the columns of a CoNLL file; None is any white space.
    """

    form: str
    pattern: str
    columns: tuple[str, ...] | None = None
    separator: str | None = "\t"

    @property
    def marks(self) -> str:
        """Returns the text in which marks stand."""
        return self.pattern

    def path(self, request: DataRequest, filled: Filled) -> Path:
        """Returns the file of one cell. Raises MissingDataError where it lies below --data and no folder was named."""
        if not self.pattern.startswith(DATA):
            return Path(filled(self.pattern))
        folder = request.data or request.labels
        if folder is None:
            where = filled(self.pattern.removeprefix(DATA).lstrip("/"))
            raise MissingDataError(
                f"the data are files ({where}) below a folder of yours, and none was named. Name it with --data."
            )
        return folder / filled(self.pattern.removeprefix(DATA).lstrip("/"))

    @property
    def remedy(self) -> str:
        """Returns what to do about an absent file, a whole sentence."""
        if self.pattern.startswith(DATA):
            return "Expected is the task's own layout below the folder named with --data."
        return "The file comes with the task's plugin: install that again."

    def described(self, path: Path) -> str:
        """Returns in words where a file's rows come from, without the folders of this machine above it."""
        parts = Path(self.pattern.removeprefix(DATA).lstrip("/")).parts
        first = next((place for place, part in enumerate(parts) if _MARK.search(part)), len(parts) - 1)
        shown = parts if self.pattern.startswith(DATA) else parts[first:]
        return f"{'/'.join(path.parts[-len(shown) :])}, {self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A data set on the hub, pinned to a commit."""

    repository: str
    revision: str
    config: str | None
    split: str

    @property
    def marks(self) -> str:
        """Returns the text in which marks stand."""
        return f"{self.config} {self.split}"


Source: TypeAlias = Files | Hub


def tsv(path: Path | str, *, columns: Sequence[str] | None = None) -> Files:
    """Returns a source of TAB-separated rows, in which quotation marks are ordinary characters.

    Args:
        path: with the marks `{language}` and `{split}` where they stand in its name; absolute (`HERE / "{language}.tsv"`), or
            below `{data}`, the folder that users name with --data (`"{data}/{language}/{split}.tsv"`).
        columns: names for a file without a header; by default the first row names them.

    Raises:
        PluginError: the path is neither absolute nor below `{data}`, or has another mark.
    """
    return _files("tsv", path, columns=columns)


def csv(path: Path | str, *, columns: Sequence[str] | None = None) -> Files:
    """Returns a source of comma-separated rows, quoted as Python's csv module does; otherwise as `tsv`."""
    return _files("csv", path, columns=columns)


def jsonl(path: Path | str) -> Files:
    """Returns a source with one JSON object on each line; `path` as in `tsv`."""
    return _files("jsonl", path)


def conll(path: Path | str, *, columns: Sequence[str] | None = None, separator: str | None = "\t") -> Files:
    """Returns a source of sentences, one token on each line and an empty line after each sentence; `path` as in `tsv`.

    A row is a sentence: every column a list with one entry for each token, every comment `# key = value` a string. Ranges and
    empty nodes of CoNLL-U (`1-2`, `1.1`) are passed over.

    Args:
        path: as in `tsv`.
        columns: their names; fields can also name them by number, from 0.
        separator: between columns; None is any white space.
    """
    return _files("conll", path, columns=columns, separator=separator)


def squad(path: Path | str) -> Files:
    """Returns a source of questions in SQuAD's JSON form, v1.1 or v2.0; `path` as in `tsv`. Such a task needs no fields.

    A row has id, question, context, answers, impossible (None in v1.1) and title.
    """
    return _files("squad", path)


def parquet(path: Path | str) -> Files:
    """Returns a source of rows of a parquet file; `path` as in `tsv`."""
    return _files("parquet", path)


def hub(repository: str, *, revision: str, config: str | None = None, split: str = "{split}") -> Hub:
    """Returns a source of rows of a data set on the Hugging Face hub; class numbers are read as their names, -1 as None.

    Args:
        repository: "org/name".
        revision: the commit, 40 hexadecimal digits: the hub's copies change.
        config: the configuration, with the marks `{language}` and `{split}` where they stand in its name.
        split: the split's name, with the same marks.

    Raises:
        PluginError: the revision is no commit, or there is another mark.
    """
    if not _COMMIT.fullmatch(revision):
        raise PluginError(
            f"hub({repository!r}): the revision {revision!r} is no commit. Give the 40 hexadecimal digits that the hub shows "
            "under Files and versions, History: a name such as main means other data tomorrow."
        )
    for pattern in (config or "", split):
        _check_marks(f"hub({repository!r})", pattern, ("{language}", "{split}"))
    return Hub(repository=repository, revision=revision, config=config, split=split)


def _files(form: str, path: Path | str, *, columns: Sequence[str] | None = None, separator: str | None = "\t") -> Files:
    pattern = path.as_posix() if isinstance(path, Path) else path
    if not pattern.startswith(f"{DATA}/") and not Path(pattern).is_absolute():
        raise PluginError(
            f"{form}({pattern!r}): the path depends on the folder in which xharness is started. Begin it with the folder of "
            f'the plugin (Path(__file__).parent / …), or with "{DATA}/" for the folder that users name with --data.'
        )
    _check_marks(f"{form}({pattern!r})", pattern.removeprefix(DATA), ("{language}", "{split}"))
    return Files(form=form, pattern=pattern, columns=None if columns is None else tuple(columns), separator=separator)


def _check_marks(what: str, pattern: str, known: tuple[str, ...]) -> None:
    unknown = [mark for mark in _MARK.findall(pattern) if mark not in known]
    if unknown:
        raise PluginError(f"{what}: the mark {unknown[0]} means nothing here. Known: {', '.join(known)}.")
