"""The table is what MediaWiki reads, and nothing that strangers write becomes markup."""

from xharness.testing import assert_ok, check_plugin, made_up_board
from xharness_wikitext import escaped, render


def test_plugin_keeps_its_promises():
    """The same board gives the same text, and hostile names and links stay text."""
    assert_ok(check_plugin("wikitext"))


def test_table_has_a_row_for_each_system():
    """A row begins with the rank and ends with the score of the last task, in percent."""
    board = made_up_board()
    text = render(board)
    assert text.startswith('{| class="wikitable sortable"\n')
    assert text.endswith("\n|}\n")
    rows = text.split("|-\n")[1:]
    assert len(rows) == len(board.complete) + len(board.incomplete)
    best = board.complete[0]
    cells = rows[0].strip().removeprefix("| ").split(" || ")
    assert cells[0] == str(best.rank)
    assert cells[2] == f"{100 * best.scores['average'].value:.1f}"


def test_signs_of_wikitext_become_entities():
    """Pipes, brackets, tags, apostrophes, underscores, tildes and colons cannot end a cell, link, sign or switch anything."""
    assert escaped("a|b [c]") == "a&#124;b &#91;c&#93;"
    assert not set("|[]'<>_~:/") & set(escaped("a|b [[c]] ''d'' <nowiki> __TOC__ ~~~~ http://x.y"))
