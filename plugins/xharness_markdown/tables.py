"""Tables in GitHub markdown, not padded: a new system changes its own lines only, and no library counts the width of a sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int | Sequence[int] = 1) -> str:
    """Returns a table of cells that are markdown already.

    Args:
        left: number of columns, from the first, that are flush left, or which ones; numbers are flush right.
    """
    from tabulate import DataRow, TableFormat, tabulate

    flush = range(left) if isinstance(left, int) else left
    line = "|".join(":--" if place in flush else "--:" for place in range(len(head)))
    form = TableFormat(
        lineabove=None,
        linebelowheader=lambda _widths, _aligns: f"|{line}|",
        linebetweenrows=None,
        linebelow=None,
        headerrow=DataRow("|", "|", "|"),
        datarow=DataRow("|", "|", "|"),
        padding=1,
        with_header_hide=None,
    )
    return tabulate(rows, headers=head, tablefmt=form, disable_numparse=True, stralign=None)
