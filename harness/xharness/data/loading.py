"""The loader of a task that `xharness.data.task` makes: the rows of one cell become a split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xharness.data import examples as made
from xharness.data.opening import opened
from xharness.data.places import Filled
from xharness.data.rows import Row
from xharness.errors import DataError, MissingDataError, located, unknown_name
from xharness.records import Document, Kind, Split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.data.places import Source
    from xharness.data.plan import Plan
    from xharness.data.searched import Documents, Pairs
    from xharness.offers import DataRequest
    from xharness.records import Example

DEV, TRAIN = "dev", "train"


def load(plan: Plan, request: DataRequest) -> Split:
    """Returns one language of one split.

    Raises DataError with file and line, MissingDataError for a split or file that there is not, UsageError for a language.
    """
    with located(f"{plan.name}/{request.language}"):
        return _Cell(plan=plan, request=request, filled=_filled(plan, request)).split()


def _filled(plan: Plan, request: DataRequest) -> Filled:
    """Returns the source's own names. Training data can be of another language than the task's targets."""
    if request.language not in plan.languages and request.split != TRAIN and request.file is None:
        raise unknown_name(f"language of {plan.name}", request.language, plan.languages)
    if request.split not in plan.splits and request.file is None:
        raise MissingDataError(f"there is no split {request.split!r}, only {', '.join(plan.splits)}.")
    return Filled(
        language=plan.languages.get(request.language, request.language),
        split=plan.splits.get(request.split, request.split),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One language of one split while it is read."""

    plan: Plan
    request: DataRequest
    filled: Filled

    def split(self) -> Split:
        """Reads it."""
        rows, source = self._rows(self.plan.source, self.request)
        rows = self._chosen(rows)
        examples = made.examples_of(rows)
        if not examples:
            raise DataError(f"there are no examples in {source}; expected one in each row.")
        pool = self._pool(rows, examples)
        examples = self._with_gold(examples, pool, source)
        return Split(
            task=self.plan.name,
            language=self.request.language,
            name=self.request.split,
            examples=examples,
            version=self.plan.version,
            source=source,
            pool=pool,
            tuning=self._tuning(),
        )

    def _rows(self, source: Source, request: DataRequest) -> tuple[list[Row], str]:
        records, described = opened(source, request, self.filled)
        return [Row(record=record, reading=self.plan.reading) for record in records], described

    def _chosen(self, rows: list[Row]) -> list[Row]:
        """Returns the rows of this cell, those of other languages and splits left out."""
        for part in (part for part in ("language", "split") if part in self.plan.reading.fields):
            wanted = getattr(self.filled, part)
            rows = [row for row in rows if made.name_in(row, part, row.where(part)) == wanted]
        return rows

    def _with_gold(self, examples: list[Example], pool: Sequence[Document], source: str) -> list[Example]:
        if self.plan.pairs is not None:
            examples = self._paired(examples, self.plan.pairs)
        elif self.plan.target:
            examples = [replace(example, gold=(example.id,)) for example in examples]
        made.check_gold(examples, source)
        if self.plan.reading.kind in (Kind.RETRIEVAL, Kind.MINING):
            made.check_pool(examples, pool, source)
        return examples

    def _pool(self, rows: Sequence[Row], examples: Sequence[Example]) -> tuple[Document, ...]:
        if self.plan.target:
            both = zip(rows, examples, strict=True)
            return tuple(Document(id=example.id, text=row.text("target")) for row, example in both)
        return () if self.plan.pool is None else self._documents(self.plan.pool)

    def _documents(self, pool: Documents) -> tuple[Document, ...]:
        rows, _ = self._rows(pool.source, self._own())
        ids = made.ids_of(rows, pool.id)
        return tuple(Document(id=one, text=row.text_at("text", pool.text)) for one, row in zip(ids, rows, strict=True))

    def _paired(self, examples: Sequence[Example], pairs: Pairs) -> list[Example]:
        rows, source = self._rows(pairs.source, self._own())
        found: dict[str, dict[str, None]] = {}
        for row in rows:
            example = made.name_in(row, "example", pairs.example)
            found.setdefault(example, {})[made.name_in(row, "document", pairs.document)] = None
        return made.with_pairs(examples, {one: tuple(documents) for one, documents in found.items()}, source)

    def _tuning(self) -> Split | None:
        """Returns the split on which mining finds its threshold; dev is its own."""
        plan, request = self.plan, self.request
        if plan.reading.kind != Kind.MINING or request.split == DEV or DEV not in plan.splits or request.gold_only:
            return None
        return load(plan, replace(self._own(), split=DEV))

    def _own(self) -> DataRequest:
        """Returns the request without a file that stands in: pool, pairs and dev are the task's own."""
        return replace(self.request, file=None)
