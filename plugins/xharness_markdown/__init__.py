"""Leaderboards as GitHub markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.leaderboard.content import BoardContent


def _render(content: BoardContent) -> str:
    from xharness_markdown.document import render

    return render(content)


@xharness.hookimpl
def xharness_leaderboard_formats() -> Iterable[xharness.LeaderboardFormat]:
    """Offers leaderboards as GitHub markdown."""
    return [
        xharness.LeaderboardFormat(
            name="markdown", suffix=".md", render=_render, built=True, description="tables that GitHub renders"
        )
    ]
