"""Leaderboards as one self-contained page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xharness

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xharness.leaderboard.content import BoardContent


@xharness.hookimpl
def xharness_leaderboard_formats() -> Iterable[xharness.LeaderboardFormat]:
    """Offers leaderboards as one self-contained page."""
    return [
        xharness.LeaderboardFormat(
            name="html",
            suffix=".html",
            render=_render,
            built=True,
            description="one page that needs no network: sort, filter, heat map, two systems side by side",
        )
    ]


def _render(content: BoardContent) -> str:
    from xharness_html.page import render

    return render(content)
