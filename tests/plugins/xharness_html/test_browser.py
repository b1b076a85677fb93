"""The page in a real browser, from a file, without a network."""

from __future__ import annotations

import re
from dataclasses import replace

import made_up_boards
import pytest
from xharness_html.page import render

pytestmark = pytest.mark.slow
SCHEMES = ["light", "dark"]


def texts(page, selector):
    """Texts of the elements that are seen."""
    return page.eval_on_selector_all(
        selector, "all => all.filter(one => one.checkVisibility()).map(one => one.textContent)"
    )


def names(page):
    """Names in the overview as they stand."""
    return texts(page, "table.overview tbody tr:not([hidden]) .name")


def sort_by(page, label):
    """Presses the head of a column of the overview."""
    page.locator("table.overview thead").get_by_role("button", name=label, exact=True).click()


def test_columns_sort_both_ways(show):
    """A press on a head sorts by its numbers, highest first, a second one turns round, and it is said to readers of screens."""
    content = made_up_boards.board(12)
    page = show(content)
    sort_by(page, "mlqa")
    order = sorted(content.complete, key=lambda one: -one.scores["mlqa"].value)
    assert names(page) == [system.name for system in order]
    head = page.locator("table.overview th[aria-sort]")
    assert head.get_attribute("aria-sort") == "descending"
    sort_by(page, "mlqa")
    assert names(page) == [system.name for system in reversed(order)]
    sort_by(page, "Difference to the baseline")
    assert head.count() == 1
    assert names(page)[-1] == content.baseline, "the baseline has no difference and comes last"
    sort_by(page, "Rank")
    assert names(page) == [system.name for system in content.complete]


def test_keys_alone_sort(show):
    """A head is reached with Tab and pressed with Enter."""
    page = show(made_up_boards.board(4))
    page.locator("table.overview th:nth-child(2) button").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("table.overview th:nth-child(3)").get_attribute("aria-sort") == "descending"


def test_filters_leave_what_was_looked_for(show):
    """Words find names in every table; a verdict leaves those that have it; how many are left is said."""
    content = made_up_boards.board(12)
    page = show(content)
    page.fill("#find", "SYSTEM-01")
    assert names(page) == ["system-010", "system-011"]
    assert page.locator("#found").text_content() == "2 of 12 systems"
    assert page.locator("table.cells").first.locator("tbody tr:not([hidden])").count() == 2
    assert texts(page, ".system h3") == ["system-010", "system-011"]
    page.fill("#find", "")
    page.select_option("#verdict", "worse")
    worse = [one.name for one in content.complete if one.to_baseline and one.to_baseline["average"].verdict == "worse"]
    assert names(page) == worse
    assert worse
    page.select_option("#verdict", "")
    assert len(names(page)) == 12


def test_the_heat_map_tells_values_on_hover_and_focus(show):
    """Pointing at a cell tells language, score, interval, parts and difference; arrow keys reach the next cell, over gaps."""
    content = made_up_boards.board(6)
    page = show(content)
    line = page.locator("#heat-value")
    cells = [f"{task}/{language}" for task, languages in content.tasks.items() for language in languages]
    place = cells.index("xquad/th")
    page.locator(f"#heat td[data-cell='{place}']").hover()
    found = content.complete[0].cells["xquad/th"]
    assert line.text_content().startswith(
        f"xquad, Thai (th): {100 * found.value:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]; exact_match "
    )
    assert "to the baseline" in line.text_content()
    page.locator("#heat td[data-row='1']").focus()
    assert line.text_content().startswith("xnli, mean of its languages: ")
    page.keyboard.press("ArrowDown")
    assert line.text_content().startswith("xnli, Arabic (ar): "), "af has no XNLI and is passed"
    page.keyboard.press("ArrowLeft")
    assert line.text_content().startswith("xnli, Arabic (ar): "), "the edge"
    page.keyboard.press("ArrowRight")
    assert line.text_content().startswith("udpos, Arabic (ar): "), "pawsx has no Arabic"
    assert page.locator("#heat td[tabindex='0']").count() == 1


def test_the_heat_map_shows_other_systems_and_differences(show):
    """The chosen system's scores, or differences to the baseline with signs, fill the cells; the legend goes with them."""
    content = made_up_boards.board(6)
    page = show(content)
    cell = page.locator("#heat td[data-cell='0']")
    page.select_option("#heat-system", "2")
    assert cell.text_content() == f"{100 * content.complete[2].cells['xnli/ar'].value:.1f}"
    page.select_option("#heat-kind", "difference")
    delta = content.complete[2].to_baseline["xnli/ar"].delta
    assert cell.text_content() == f"{'+' if delta > 0 else '−'}{abs(100 * delta):.1f}"
    assert "d" in cell.get_attribute("class")
    assert page.locator("#legend-difference").is_visible()
    assert not page.locator("#legend-score").is_visible()
    page.select_option("#heat-system", "6")
    assert cell.text_content() == "–"
    assert cell.get_attribute("aria-label") == "xnli, Arabic (ar): no score"


def test_script_and_page_agree_on_colours(show):
    """The script gives every cell of the first system the text and the class that the page was written with."""
    content = made_up_boards.board(5)
    select = "all => all.map(one => [one.textContent, one.className])"
    page = show(content)
    table = re.search(r'<table id="heat".*?</table>', render(content), re.DOTALL)[0]
    written = [[one[1], one[0]] for one in re.findall(r'<td class="(\w+)" data[^>]*>([^<]*)</td>', table)]
    assert len(written) == content.cells + 9
    assert page.locator("#heat td[class]").evaluate_all(select) == written


def test_two_systems_are_compared(show):
    """Differences of two systems, with intervals from the variances, are drawn and written; swapping turns the signs."""
    content = made_up_boards.board(5)
    page = show(content)
    page.select_option("#compare-a", "4")
    page.select_option("#compare-b", "1")
    delta = content.complete[4].scores["average"].value - content.complete[1].scores["average"].value
    reach = 1.959964 * content.variances["average"][4][1] ** 0.5

    def points(value):
        return f"{'+' if value > 0 else '−'}{abs(100 * value):.1f}"

    row = page.locator("#forest tbody tr").first
    assert (
        row.locator("td").last.text_content() == f"{points(delta)} [{points(delta - reach)}, {points(delta + reach)}]"
    )
    assert page.locator("#forest tbody tr").count() == 10
    assert page.locator("#forest tbody svg path").count() == 10
    assert "not adjusted" in page.locator("#forest caption").text_content()
    mark, zero = row.locator("path").bounding_box(), row.locator("line.zero").bounding_box()
    assert (mark["x"] > zero["x"]) == (delta > 0)
    page.click("#swap")
    assert page.locator("#compare-a").input_value() == "1"
    assert row.locator("td").last.text_content().startswith(points(-delta))
    page.select_option("#compare-b", "1")
    assert row.locator("td").last.text_content() == "0.0 [0.0, 0.0]"


def test_every_pair_finds_its_variance(show):
    """The script reads the standard error of each of two pairs that differ from the packed list, in either order."""
    content = made_up_boards.board(4)
    matrix = [[0.0 if i == j else ((i + j + 1) / 1000) ** 2 + (min(i, j) / 10_000) for j in range(4)] for i in range(4)]
    page = show(replace(content, variances=dict.fromkeys(content.variances, matrix)))
    for i in range(4):
        for j in range(4):
            page.select_option("#compare-a", str(i))
            page.select_option("#compare-b", str(j))
            shown = page.locator("#forest tbody tr").first.locator("small").text_content()
            low, high = (float(one.replace("−", "-")) for one in shown.strip(" []").split(", "))
            assert high - low == pytest.approx(2 * 196 * matrix[i][j] ** 0.5, abs=0.11), (i, j)


def test_a_name_unfolds_its_details(show):
    """A click on a system's name opens its settings, marks and record; the address works by itself too."""
    page = show(made_up_boards.board(3))
    block = page.locator("#system-1")
    assert not block.is_visible()
    page.locator("table.overview .name").nth(1).click()
    assert block.is_visible()
    assert block.locator("a", has_text="run record").get_attribute("href") == "made-up/runs/001-1/run.json"
    page.goto(page.url.split("#")[0] + "#system-2")
    assert page.locator("#system-2").is_visible()


@pytest.mark.parametrize("script", [True, False], ids=["script", "without"])
def test_strangers_texts_do_nothing(show, script):
    """No name, link, setting or note becomes an element, a script or an address, whatever is chosen and sorted."""
    content = made_up_boards.hostile()
    page = show(content, java_script_enabled=script)
    if not script:
        assert page.locator("table.overview .name").count() == len(content.complete)
        return
    for place in range(len(content.complete)):
        for select in ("#heat-system", "#compare-a", "#compare-b"):
            page.select_option(select, str(place))
    sort_by(page, "System")
    page.fill("#find", "<script>")
    assert page.evaluate("window.xss") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    assert "<script>window.xss=1</script><img src=x onerror=window.xss=1>" in names(page)


def test_the_policy_holds(browser, tmp_path):
    """Markup that someone had smuggled into the page would not run: the policy stops handlers, scripts and pictures."""
    smuggled = (
        "<img src=x onerror=window.xss=1><script>window.xss=1</script><a id=bad href=javascript:window.xss=1>x</a>"
        "<img src=https://example.org/p.png></body>"
    )
    file = tmp_path / "board.html"
    file.write_text(render(made_up_boards.board(2)).replace("</body>", smuggled), encoding="utf-8")
    page = browser.new_page()
    asked, refused = [], []
    page.on("requestfinished", lambda request: asked.append(request.url))
    page.on("console", lambda message: refused.append(message.text))
    page.goto(file.as_uri())
    page.click("#bad")
    assert page.evaluate("window.xss") is None
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert len([one for one in refused if "Content Security Policy" in one]) >= 3
    assert page.locator("table.overview .name").count() == 2
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("content", [made_up_boards.board(12), made_up_boards.hostile()], ids=["board", "hostile"])
def test_the_page_never_scrolls_sideways(show, width, content):
    """At a desk's and at a phone's width only the boxes of tables scroll, also with everything unfolded."""
    page = show(content, viewport={"width": width, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_line_of_values_covers_no_focused_cell(show):
    """On a phone a cell reached with keys stays below the line that tells its value."""
    page = show(made_up_boards.board(3), viewport={"width": 390, "height": 700})
    page.locator("#heat td[data-row='3']").focus()
    for key in ["ArrowDown"] * 30 + ["ArrowUp"] * 25:
        page.keyboard.press(key)
        line, cell = page.locator("#heat-value").bounding_box(), page.locator("#heat td:focus").bounding_box()
        assert cell["y"] >= line["y"] + line["height"] - 1


def test_print_and_no_script_show_everything(show):
    """Without script the tables stand and tools are away; on paper folded tables are unfolded."""
    content = made_up_boards.board(3)
    page = show(content, java_script_enabled=False)
    assert not page.locator(".tools").first.is_visible()
    assert page.locator("table.overview .name").count() == 3
    assert "needs its script" in page.locator("noscript").text_content()
    printed = show(content)
    before = printed.locator("table.cells").first.is_visible()
    printed.emulate_media(media="print")
    assert (before, printed.locator("table.cells").first.is_visible()) == (False, True)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_both_schemes_are_drawn(show, scheme):
    """The ground is light or dark as the reader's system is."""
    page = show(made_up_boards.board(2), color_scheme=scheme)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


@pytest.mark.parametrize(
    "content",
    [made_up_boards.board(0, incomplete=0, baseline=None), made_up_boards.board(0, incomplete=1, baseline=None),
     made_up_boards.board(1, incomplete=0), made_up_boards.board(200, made_up_boards.SMALL)],
    ids=["empty", "incomplete", "one", "many"],
)  # fmt: skip
def test_boards_of_any_size_start(show, content):
    """A board without systems, with one, and with 200 runs its script without an error."""
    page = show(content)
    assert page.locator(".tools").first.is_visible()
    assert len(names(page)) == len(content.complete)
