"""What retrieval and mining search, and pairs that stand in a file of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xharness.data.places import Source
    from xharness.data.rows import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """Where the documents are that are searched, and which fields hold their id and text."""

    source: Source
    id: Field
    text: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Where the right pairs are, and which fields hold the example's id and the document's."""

    source: Source
    example: Field
    document: Field


def documents(source: Source, *, id: Field = "id", text: Field = "text") -> Documents:  # noqa: A002 - the field's name
    """Returns the pool of a retrieval or mining task; without `{language}` in its source one pool serves all languages."""
    return Documents(source=source, id=id, text=text)


def pairs(source: Source, *, example: Field = "example", document: Field = "document") -> Pairs:
    """Returns the gold of a retrieval or mining task that stands in a file of its own, one pair in each row."""
    return Pairs(source=source, example=example, document=document)
