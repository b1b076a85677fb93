"""From rows to examples: ids, clusters, and what is searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness.data.making import make
from xharness.data.rows import shown
from xharness.errors import DataError
from xharness.records import Example, Kind, Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xharness.data.rows import Field, Row
    from xharness.records import Document


def examples_of(rows: Sequence[Row]) -> list[Example]:
    """Returns one example for each row, in their order.

    Ids are the part `id`; where the task names none, the column `id` if every row has one, else the row's number from 0. The
    cluster is the part `cluster`; where the task names none, it is the id, and for questions the id of the first one on the
    same context.

    Raises DataError with the row's place for what is malformed, and for an id that stands twice.
    """
    numbered = not all(row.has("id") for row in rows)
    ids = [str(number) for number in range(len(rows))] if numbered else ids_of(rows)
    first: dict[str, str] = {}
    examples = []
    for id_, row in zip(ids, rows, strict=True):
        inputs, gold = make(row)
        default = first.setdefault(inputs.context, id_) if isinstance(inputs, Question) else id_
        cluster = name_in(row, "cluster", row.where("cluster")) if "cluster" in row.reading.fields else default
        examples.append(Example(id=id_, cluster=cluster, inputs=inputs, gold=gold, wider=_wider(row)))
    return examples


def _wider(row: Row) -> str:
    """Returns the larger unit in which the cluster lies: for questions their article, where it has a title."""
    if "wider" in row.reading.fields:
        return name_in(row, "wider", row.where("wider"))
    title = row.record.fields.get("title") if row.reading.kind == Kind.SPAN_QA else None
    return title if isinstance(title, str) else ""


def ids_of(rows: Iterable[Row], where: Field | None = None) -> list[str]:
    """Returns the rows' ids, by default the part `id`. Raises DataError for one that stands twice, with both places."""
    places: dict[str, str] = {}
    for row in rows:
        one = name_in(row, "id", row.where("id") if where is None else where)
        if one in places:
            row.refuse(
                f"the id {one!r} stands twice, first in {places[one]}. Answers are matched by id: leave one of the rows out, "
                "or take another field as id."
            )
        places[one] = row.record.place
    return list(places)


def name_in(row: Row, part: str, where: Field) -> str:
    """Returns an id: a text that is not blank, or a whole number."""
    value = row.at(part, where)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        row.refuse(f"{row.called(part, where)} is {shown(value)}; expected an id: a text or a whole number.")
    return str(value)


def check_gold(examples: Sequence[Example], source: str) -> None:
    """Raises DataError where some examples have gold and others have none."""
    without = [example.id for example in examples if example.gold is None]
    if without and len(without) < len(examples):
        raise DataError(
            f"{len(without):,} of {len(examples):,} examples in {source} have no gold (first: {', '.join(without[:3])}). A "
            "split has gold for all of its examples or for none: complete it, or leave those rows out."
        )


def check_pool(examples: Sequence[Example], pool: Sequence[Document], source: str) -> None:
    """Raises DataError for gold that names documents which the pool does not have."""
    known = {document.id for document in pool}
    for example in examples:
        unknown = [one for one in example.gold or () if one not in known]
        if unknown:
            raise DataError(
                f"the gold of example {example.id!r} in {source} names the document {unknown[0]!r}, which is not among the "
                f"{len(pool):,} of the pool. Gold is ids of documents; both must be of the same split."
            )


def with_pairs(examples: Sequence[Example], found: Mapping[str, Sequence[str]], source: str) -> list[Example]:
    """Returns the examples with the documents that are paired with them, () for none. Raises DataError for unknown examples."""
    known = {example.id for example in examples}
    unknown = [one for one in found if one not in known]
    if unknown:
        raise DataError(
            f"{len(unknown):,} example ids in {source} are not in the data (first: {', '.join(unknown[:3])}). Each row pairs "
            "the id of an example with that of a document; both must be of the same split."
        )
    return [
        Example(id=one.id, cluster=one.cluster, inputs=one.inputs, gold=tuple(found.get(one.id, ())), wider=one.wider)
        for one in examples
    ]
