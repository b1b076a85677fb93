"""The whole page: head with a policy that forbids the network, sections, data and script."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from xharness.comparison.formats import words

from xharness_html import tables
from xharness_html.data import as_json
from xharness_html.details import details
from xharness_html.figures import mixed
from xharness_html.markup import Markup, asset, element, text
from xharness_html.overview import overview
from xharness_html.reading import facts, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xharness.leaderboard.content import BoardContent, System

_SCRIPTS = ("tables.js", "heat.js", "compare.js", "start.js")
_STYLES = ("colours.css", "page.css")


def render(content: BoardContent) -> str:
    """Returns the board as one HTML document that loads nothing, runs from a file, and is whole without its script.

    The same content gives the same text. Size grows by about 15 KB for a system on 162 cells, and by 50 bytes for each pair
    of systems on nine tasks.
    """
    style, script = (asset("".join(map(_asset, names))) for names in (_STYLES, _SCRIPTS))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", content.title),
        element("style", style),
    )
    data = element("script", asset(as_json(content)), id="data", type="application/json")
    body = element("body", _header(content), _main(content), data, element("script", script, type="module"))
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _asset(file: str) -> str:
    return resources.files("xharness_html").joinpath("assets", file).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in (style, script)]
    return (
        f"default-src 'none'; img-src data:; style-src {hashes[0]}; script-src {hashes[1]}; base-uri 'none'; "
        "form-action 'none'"
    )


def _header(content: BoardContent) -> Markup:
    return element(
        "header",
        element("h1", content.title),
        element("p", content.description) if content.description else text(""),
        facts(content),
    )


def _main(content: BoardContent) -> Markup:
    sections = [_overview(content)]
    if content.complete or content.incomplete:
        sections.append(_heat(content))
    if len(content.complete) > 1:
        sections.append(_compare(content))
    if content.complete or content.incomplete:
        sections.append(_section("tasks", "By task and language", tables.tasks(content)))
    if content.incomplete:
        sections.append(_section("incomplete", "Incomplete systems", tables.incomplete(content)))
    if content.reported:
        sections.append(_section("reported", "Reported, not comparable by test", tables.reported(content)))
    if content.complete or content.incomplete:
        sections.append(_section("systems", "Systems", details(content)))
    sections.append(_section("reading", "How to read this", reading(content, mixed(content))))
    return element("main", *sections)


def _section(id: str, title: str, *children: str, **attributes: bool) -> Markup:  # noqa: A002 # the attribute's name
    return element("section", element("h2", title, id=f"{id}-title"), *children, id=id, **attributes)


def _overview(content: BoardContent) -> Markup:
    find = [element("label", "Find a system ", element("input", id="find", type="search", autocomplete="off"))]
    if content.baseline is not None:
        options = [_option("", "all"), *(_option(one, one) for one in ("better", "worse", "undecided"))]
        label = "Difference to the baseline "
        find.append(element("label", label, element("select", *options, id="verdict", autocomplete="off")))
    find.append(element("output", id="found", role="status"))
    return _section("overview", "Overview", element("div", *find, class_="tools", hidden=True), overview(content))


def _heat(content: BoardContent) -> Markup:
    systems = (*content.complete, *content.incomplete)
    chosen = [element("label", "System ", _systems("heat-system", systems, 0))]
    if content.baseline is not None:
        kinds = [_option("score", "score"), _option("difference", "difference to the baseline")]
        chosen.append(element("label", "Show ", element("select", *kinds, id="heat-kind", autocomplete="off")))
    return _section(
        "heat-map",
        "Heat map",
        element("div", *chosen, class_="tools", hidden=True),
        tables.legend(content),
        element("output", id="heat-value", role="status", hidden=True),
        tables.heat_map(content),
    )


def _compare(content: BoardContent) -> Markup:
    base = next((place for place, one in enumerate(content.complete) if one.is_baseline), 0)
    chosen = [
        element("label", "System a ", _systems("compare-a", content.complete, 0)),
        element("label", "against b ", _systems("compare-b", content.complete, base or 1)),
        element("button", "swap", type="button", id="swap"),
    ]
    about = (
        f"Differences a − b in points with {words.level(content.level)} intervals, not adjusted for looking at many pairs: "
        "whoever searches for the pair that differs most finds one by chance."
    )
    return _section(
        "compare",
        "System against system",
        element("p", about),
        element("div", *chosen, class_="tools", hidden=True),
        element("div", id="forest", class_="box", tabindex=0, role="region", aria_label="Differences"),
        element("noscript", "This section needs its script; differences to the baseline stand in the overview."),
    )


def _systems(id: str, systems: Sequence[System], chosen: int) -> Markup:  # noqa: A002
    options = [
        _option(str(place), _short(system.name), selected=place == chosen) for place, system in enumerate(systems)
    ]
    return element("select", *options, id=id, autocomplete="off")


def _option(value: str, label: str, selected: bool = False) -> Markup:
    return element("option", label, value=value, selected=selected)


def _short(label: str) -> str:
    label = words.plain(label)
    return label if len(label) <= 80 else f"{label[:79]}…"
