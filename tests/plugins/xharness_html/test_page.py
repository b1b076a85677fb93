"""The page's text: whole without its script, closed to the network, and never made of what strangers write."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import made_up_boards
import pytest
import xharness_html
from xharness.leaderboard.content import AVERAGE, Difference, Estimate
from xharness_html import data, scales
from xharness_html.details import record
from xharness_html.markup import Markup, address, element, link, text
from xharness_html.page import render

VOID = {"meta", "link", "input", "br"}
TAGS = set(
    "html head meta link title style script body header main section h1 h2 h3 h4 p dl div dt dd ul ol li table caption "
    "thead tbody tr th td a bdi small b span svg line circle label input select "
    "option output button details summary noscript code".split()
)


class Seen(HTMLParser):
    """What a page has: elements with attributes, and texts by element; refuses what is not closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def embedded(page: str) -> dict[str, object]:
    """The page's data."""
    return json.loads(re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def cells_of(page: str, table: str) -> list[list[str]]:
    """Texts of the cells of the first table whose class begins so."""
    found = re.search(rf'<table[^>]* class="{table}.*?</table>', page, re.DOTALL)[0]
    rows = re.findall(r"<tr.*?</tr>", found, re.DOTALL)
    return [[re.sub("<[^>]*>", "", one) for one in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)] for row in rows]


def test_the_plugin_offers_the_page():
    """The format is called html, is written by every build, and gives the page."""
    (form,) = xharness_html.xharness_leaderboard_formats()
    assert (form.name, form.suffix, form.built) == ("html", ".html", True)
    content = made_up_boards.board(2)
    assert form.render(content) == render(content)


def test_the_same_content_gives_the_same_bytes():
    """Nothing volatile is in the page, and a changed number changes it."""
    assert render(made_up_boards.board(3)) == render(made_up_boards.board(3))
    assert render(made_up_boards.board(3)) != render(made_up_boards.board(3, seed=1))


@pytest.mark.parametrize(
    "content",
    [
        made_up_boards.board(12),
        made_up_boards.board(1, incomplete=0, baseline=None),
        made_up_boards.board(0, incomplete=0, baseline=None),
        made_up_boards.board(0, incomplete=2, baseline=None),
        made_up_boards.hostile(),
    ],
    ids=["twelve", "one", "empty", "incomplete", "hostile"],
)
def test_elements_are_known_closed_and_without_handlers(content):
    """Every element is one of ours and closed, ids are unique, nothing has a style or a handler, labels' targets exist."""
    seen = Seen(render(content))
    assert {tag for tag, _ in seen.elements} <= TAGS
    names = {name for _, attributes in seen.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"style", "src", "srcdoc", "action"}]
    ids = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for tag, a in seen.elements if tag == "a" and a["href"].startswith("#")}
    assert targets <= set(ids)


def test_nothing_is_loaded_and_only_given_links_lead_outside():
    """No element loads from anywhere; links are to records, places in the page, and the addresses of systems."""
    seen = Seen(render(made_up_boards.board(5)))
    hrefs = {attributes["href"] for tag, attributes in seen.elements if tag == "a"}
    assert {one for one in hrefs if "//" in one} == {"https://example.org/model"}
    assert "made-up/runs/001-2/run.json" in hrefs
    assert [a["href"] for tag, a in seen.elements if tag == "link"] == ["data:,"]
    rules = "".join(seen.texts["style"])
    assert "url(" not in rules
    assert "@import" not in rules


def test_the_policy_names_the_script_and_the_style_by_hash():
    """The policy forbids everything but this very script and style, and comes before both."""
    page = render(made_up_boards.board(2))
    policy = dict(
        re.findall(r"([a-z-]+) ([^;]+)", next(a for _, a in Seen(page).elements if "http-equiv" in a)["content"])
    )
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)[1]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]

    def hashed(one: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'"

    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": hashed(style),
        "script-src": hashed(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_the_script_writes_text_only():
    """The script never takes text for markup or code, and is shorter than 600 lines."""
    script = re.search(r'<script type="module">(.*?)</script>', render(made_up_boards.board(2)), re.DOTALL)[1]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(|fetch\(|import\(", script
    )
    assert script.count("\n") < 600


def test_strangers_texts_are_text():
    """Hostile names appear as text, escaped, and nowhere as markup, in the data neither."""
    content = made_up_boards.hostile()
    page = render(content)
    seen = Seen(page)
    assert sum(tag == "script" for tag, _ in seen.elements) == 2
    assert "<img" not in page
    assert not [sign for sign in "\u202e\u202c\u2066\u200f\u200b\ufeff\x1b\x07\x00\u2028\u2029\x85\r\t" if sign in page]
    shown = "".join(seen.texts["bdi"])
    assert "<script>window.xss=1</script><img src=x onerror=window.xss=1>" in shown
    links = [a["href"] for tag, a in seen.elements if tag == "a"]
    allowed = ("#system-", "made-up/runs/", "https://example.org/")
    assert not [one for one in links if not one.startswith(allowed)]
    names = [system["name"] for system in embedded(page)["systems"]]
    assert names[1] == made_up_boards.HOSTILE[1]
    raw = re.search(r'type="application/json">(.*?)</script>', page, re.DOTALL)[1]
    assert not set(raw) & set("<>&")
    assert raw.isascii()


def test_half_a_surrogate_pair_does_not_stop_the_page():
    """Text that UTF-8 cannot hold becomes a blank."""
    page = render(made_up_boards.board(["half \ud800 pair", "other"]))
    assert "half   pair" in page.encode("utf-8").decode("utf-8")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a%20b?x=ü&y=1#z", "https://example.org/a%20b?x=%C3%BC&y=1#z"),
        ('http://example.org/"><script>', "http://example.org/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", None),
        (" https://example.org", None),
        ("https://example.org/\n", None),
        ("https://example.org/\u202e", None),
        ("https://", None),
        ("https://[", None),
        ("https://example.org/a b", None),
        ("https://example.org@evil.example/", None),
        ("//example.org", None),
        ("https://example.org/" + "x" * 2000, None),
        ("", None),
        (None, None),
    ],
)
def test_only_web_addresses_are_links(url, expected):
    """An address is http(s) with a host, encoded; anything else is shown as text."""
    assert address(url) == expected
    assert link("label", url).startswith("<a ") == (expected is not None)


def test_markup_is_made_by_elements_only():
    """Text, also in attributes and also where it is markup already, is escaped; known markup inside is not escaped again."""
    assert text('<b>&"') == "&lt;b&gt;&amp;&quot;"
    inner = element("b", "<")
    assert isinstance(inner, Markup)
    assert element("p", inner, " & ") == "<p><b>&lt;</b> &amp; </p>"
    assert element("a", title=inner, class_='"', hidden=True, id=None) == (
        '<a title="&lt;b&gt;&amp;lt;&lt;/b&gt;" class="&quot;" hidden></a>'
    )


@pytest.mark.parametrize(
    ("board", "run"), [("..", "a"), ("b", "."), ("b", "../x"), ("b", "a/b"), ("b", 'a"'), ("", "a")]
)
def test_records_lie_in_the_boards_folder(board, run):
    """A run whose name is none of a folder has no link to its record."""
    assert record(board, run) is None
    assert record("b", "a.b-c_1") == "b/runs/a.b-c_1/run.json"


def test_every_system_and_figure_is_in_the_page_without_script():
    """Overview and task tables show all systems and cells in their order, rows as wide as their head."""
    content = made_up_boards.board(12, incomplete=2)
    page = render(content)
    head, *rows = cells_of(page, "sortable overview")
    assert {len(row) for row in rows} == {len(head)}
    assert [row[1].split(" ")[0] for row in rows] == [system.name for system in content.complete]
    first = content.complete[0]
    assert rows[0][0] == f"{first.rank} {first.rank_low}–{first.rank_high}"
    assert rows[0][4] == f"{100 * first.scores['xnli'].value:.1f}"
    head, *rows = cells_of(page, "sortable cells")
    assert head == ["System", "mean", *content.tasks["xnli"]]
    assert [row[2] for row in rows[:12]] == [f"{100 * one.cells['xnli/ar'].value:.1f}" for one in content.complete]
    assert rows[12][2] == "–"
    assert "16 cells: xnli all 15; tatoeba zh" in page
    assert "Reported, not comparable by test" in page
    for run in (run for system in content.complete for run in system.runs):
        assert f"made-up/runs/{run.id}/run.json" in page
        assert run.sha256[:12] in page


def test_the_page_says_what_the_board_is():
    """A limit, fewer cells than the suite's, notes, aggregator, corrections and the way to rebuild are said."""
    content = made_up_boards.board(2, made_up_boards.SMALL, limit=100, notes=["Read this."])
    page = render(content)
    for said in (
        "the first 100 of each cell only", "5 of the suite&#x27;s 162", "Read this.", "xtreme-nine-task-mean 1",
        content.corrections,
        "xharness leaderboard verify made-up", "2,000 resamples with seed 0",
        "xquad: the score is the mean of exact_match and f1.",
    ):  # fmt: skip
        assert said in page, said


def test_numbers_that_are_none_are_dashes():
    """A score, interval or p-value that is not finite is a dash in the tables and null in the data."""
    content = made_up_boards.board(2, made_up_boards.SMALL, incomplete=0)
    first, second = content.complete
    bad = Estimate(value=math.nan, low=math.nan, high=math.inf)
    none = Difference(delta=math.nan, low=math.nan, high=math.nan, p=math.nan, p_adjusted=math.nan, verdict="odd")
    first = replace(
        first,
        scores={**first.scores, AVERAGE: bad, "xnli": bad},
        cells={**first.cells, "xnli/de": bad},
        to_baseline={AVERAGE: none, "xnli/de": none},
    )
    odd = replace(content, complete=[first, second], variances={AVERAGE: [[0.0, math.nan], [math.nan, 0.0]]})
    page = render(odd)
    assert "nan" not in re.sub(r"<s(cript|tyle).*?</s(cript|tyle)>", "", page, flags=re.DOTALL).lower()
    assert embedded(page)["systems"][0]["rows"][:6] == [None] * 6
    assert embedded(page)["errors"] == [[None], [], []]


def test_the_data_are_the_boards():
    """Scores, differences and standard errors of pairs come back from the data to a thousandth of a point."""
    content = made_up_boards.board(6)
    found = json.loads(data.as_json(content))
    unit, rows = found["unit"], [AVERAGE, *content.tasks]
    assert found["rows"] == rows
    places = data.places(content)
    assert ["/".join(place) for place in found["cells"]] == places
    for system, known in zip(found["systems"], [*content.complete, *content.incomplete], strict=True):
        for place, key in enumerate(places):
            value = system["cells"][3 * place]
            assert (key in known.cells) == (value is not None)
            if value is not None:
                assert value / unit == pytest.approx(known.cells[key].value, abs=1.6e-5)
        if known.to_baseline:
            delta, _, _, p, verdict = system["rowDifferences"][:5]
            assert delta / unit == pytest.approx(known.to_baseline[AVERAGE].delta, abs=1.6e-5)
            assert p / unit == pytest.approx(known.to_baseline[AVERAGE].p_adjusted, abs=1.6e-5)
            assert found["verdicts"][verdict] == known.to_baseline[AVERAGE].verdict
    pairs = [(i, j) for i in range(6) for j in range(i + 1, 6)]
    for errors, row in zip(found["errors"], rows, strict=True):
        expected = [math.sqrt(content.variances[row][i][j]) for i, j in pairs]
        assert [one / unit for one in errors] == pytest.approx(expected, abs=1.6e-5)


def test_scales_hold_the_boards_cells():
    """All scores, and 95 % of the differences, lie within the scales; classes rise with values; the ends are open."""
    content = made_up_boards.board(12)
    scale = scales.of_scores(content)
    values = [one.value for system in content.complete for one in system.cells.values()]
    assert scale.low <= min(values)
    assert max(values) <= scale.high
    found = [scale.step(one) for one in (-1.0, scale.low, scale.high, 2.0, None, math.nan)]
    assert found == ["s0", "s0", "s8", "s8", None, None]
    steps = [scale.step(one) for one in sorted(values)]
    assert steps == sorted(steps)
    spread = scales.of_differences(content)
    deltas = [abs(d.delta) for system in content.complete for place, d in system.to_baseline.items() if "/" in place]
    assert sum(one <= spread.high for one in deltas) >= 0.95 * len(deltas)
    assert spread.step(0.0) == "d4"
    labels = scales.labels(spread)
    assert (len(labels), labels[0][:7], labels[-1][0]) == (9, "under −", "+")


def luminance(colour: str) -> float:
    """Relative luminance of a colour as WCAG 2.1 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_can_be_read():
    """Texts have a contrast of 4.5 to their ground in both schemes, and the scales' lightness tells their order alone."""
    rules = re.search(r"<style>(.*?)</style>", render(made_up_boards.board(2)), re.DOTALL)[1]
    for scheme in rules.split("prefers-color-scheme: dark")[:2]:
        found = re.findall(r"\.([sd]\d) \{ background: (#\w+); color: (#\w+);", scheme)[:18]
        assert len(found) == 18
        assert not [one for one in found if contrast(one[1], one[2]) < 4.5]
        light = [luminance(ground) for _, ground, _ in found]
        scores, worse, better = light[:9], light[9:14], light[13:]
        for run in (scores, worse, better):
            assert run in (sorted(run), sorted(run, reverse=True)), run
        names = ("page", "ink", "soft", "link", "better", "worse")
        ground, *inks = (re.search(rf"--{name}: (#\w+)", scheme)[1] for name in names)
        assert not [ink for ink in inks if contrast(ground, ink) < 4.5]


@pytest.mark.slow
def test_two_hundred_systems_stay_small():
    """A board of 200 systems and 162 cells is under 5 MB."""
    assert len(render(made_up_boards.board(200)).encode()) < 5_000_000
