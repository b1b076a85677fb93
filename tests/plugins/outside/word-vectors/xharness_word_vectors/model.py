"""Word vectors as a model of xharness: identity, the only head it has, and its encoder of sentences."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from xharness import CheckpointError, Head, Kind, NoHead
from xharness.identity import of_file

from xharness_word_vectors.reading import Table, read_table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xharness import SentenceEncoder, Settings, Task


class WordVectors:
    """A file of word vectors. Cheap to make: the vectors are read when a sentence is first encoded.

    Attributes:
        name: the file's name without its ending.
    """

    def __init__(self, file: Path) -> None:
        """Raises CheckpointError if there is no such file."""
        if not file.is_file():
            raise CheckpointError(f"There is no file {str(file)!r}; expected word vectors in word2vec's text form.")
        self.name = file.stem
        self._file = file
        self._lock = threading.Lock()
        self._table: Table | None = None

    @cached_property
    def identity(self) -> str:
        """SHA-256 (hex) of the file."""
        return of_file(self._file)

    @property
    def record(self) -> Mapping[str, object]:
        """The form, and the number of words and the width as the first line gives them."""
        with self._file.open(encoding="utf-8") as lines:
            words, width = (lines.readline().split() + ["unknown"] * 2)[:2]
        return {"form": "word vectors", "words": words, "width": width}

    def head(self, task: Task) -> Head | NoHead:
        """Returns the encoder for tasks that search among sentences."""
        if task.kind not in (Kind.RETRIEVAL, Kind.MINING):
            return NoHead(reason=f"word vectors have no head for {task.kind} tasks, only vectors of sentences")
        return Head(name="encoder", identity=self.identity, architecture="WordVectors")

    def sentence_encoder(self, task: Task, settings: Settings) -> SentenceEncoder:
        """Returns the mean of word vectors; settings of networks (device, dtype, pooling) mean nothing to it."""
        from xharness_word_vectors.sentences import MeanOfWords

        return MeanOfWords(self.table)

    def table(self) -> Table:
        """Returns the vectors, always the same. Raises CheckpointError where the file's form is broken."""
        with self._lock:
            if self._table is None:
                self._table = read_table(self._file)
            return self._table

    def close(self) -> None:
        """Frees the vectors; the next use reads them again."""
        with self._lock:
            self._table = None
