"""Leaderboards as CSV, JSON, LaTeX, and as metadata for model cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.leaderboard.content import BoardContent


def _csv(content: BoardContent) -> str:
    from xharness_tables.rows import as_csv

    return as_csv(content)


def _json(content: BoardContent) -> str:
    from xharness_tables.whole import as_json

    return as_json(content)


def _latex(content: BoardContent) -> str:
    from xharness_tables.paper import as_latex

    return as_latex(content)


def _model_index(content: BoardContent) -> str:
    from xharness_tables.cards import as_model_index

    return as_model_index(content)


@xharness.hookimpl
def xharness_leaderboard_formats() -> Iterable[xharness.LeaderboardFormat]:
    """Offers leaderboards as CSV, JSON, LaTeX, and as metadata for model cards."""
    form = xharness.LeaderboardFormat
    return [
        form(name="csv", suffix=".csv", render=_csv, description="a line for every system, row and cell; fractions"),
        form(name="json", suffix=".json", render=_json, description="everything; fractions"),
        form(name="latex", suffix=".tex", render=_latex, description="the overview for the package booktabs"),
        form(
            name="model-index", suffix=".yaml", render=_model_index, description="metadata for model cards on the hub"
        ),
    ]
