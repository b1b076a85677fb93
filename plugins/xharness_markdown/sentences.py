"""Sentences that several systems share: each once, after their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness_markdown.escaping import NAME, SENTENCE, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NAMED = 12  # systems that are named before a sentence


def by_sentence(pairs: Iterable[tuple[str, str]]) -> str:
    """Returns a list with every distinct sentence once, after the names that it was paired with; both are from strangers."""
    bearers: dict[str, list[str]] = {}
    for name, sentence in pairs:
        names = bearers.setdefault(sentence, [])
        if name not in names:
            names.append(name)
    return "\n".join(f"- {_named(names)}: {text(sentence, SENTENCE)}" for sentence, names in bearers.items())


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(f"**{text(name, NAME)}**" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
