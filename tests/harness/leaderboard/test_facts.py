"""What is told of a run comes from its record, which others wrote: it may hold anything, and does no harm."""

from __future__ import annotations

import json
import random
from html.parser import HTMLParser

import pytest
from made_up_runs import Trial, record, stored, write_run
from xharness.leaderboard.adding import add
from xharness.leaderboard.beginning import Beginning, begin
from xharness.leaderboard.building import build
from xharness.leaderboard.facts import facts_of
from xharness.leaderboard.standing import content_of
from xharness.leaderboard.verifying import verify
from xharness.plugins import Candidate, Plugins

IDS = [f"{number:02d}" for number in range(24)]


def facts(model=None, cells=(), **changes):
    """The facts of a run whose model's record is this."""
    run = record("run", cells, model=model, **changes)
    return facts_of(run, entry="run-1", added="2026-01-02", sha256="a" * 64)


# ---- records as trainings write them -------------------------------------------------------------------------------

PARENT = {"name": "tiny-base", "identity": "0123456789abcdef", "provenance": None}
STAGE = {
    "name": "stage",
    "identity": "f" * 64,
    "provenance": {"parent": PARENT, "seen": {"labelled": {}, "targets": []}},
}


def head(**changes):
    """A head's record as a training writes it."""
    provenance = {
        "schema": 2,
        "made_from": {"phase": "target", "seed": 7},
        "parent": STAGE,
        "recipe": {"name": "direct", "recipe": {"seeds": [42]}},
        "seen": {"labelled": {"en": ["mnli", "squad"], "de": ["x"]}, "text": [], "targets": ["sw", "th"]},
        "marks": ["same data twice: mnli"],
        **changes,
    }
    return {"form": "transformers directory", "layers": 6, "provenance": provenance}


def test_a_trained_set_tells_where_it_comes_from():
    """Encoder at the root of the parents, recipes, what was seen, seed, settings and hardware, each once, in order."""
    found = facts(
        {"form": "checkpoint set", "heads": {"moods": head(), "answers": head(recipe={"name": "other"})}},
        [stored("moods/sw", ids=IDS), stored("moods/en", ids=IDS, signature={"variant": "fixed", "dtype": "float16"})],
        environment={"system": "Linux x86_64", "processors": 2, "packages": {"torch": "2"}, "devices": "A100"},
    )
    assert dict(found.settings) == {
        "checkpoint": "model of run"[:12],
        "encoder": "tiny-base (0123456789ab)",
        "training": "direct; other",
        "trained on": "en: mnli; en: squad; de: x",
        "targets seen": "sw; th",
        "settings": "variant fixed",
        "hardware": "Linux x86_64, 2 processors, A100",
        "added": "2026-01-02",
    }
    assert list(found.settings)[:3] == ["checkpoint", "encoder", "training"]
    assert list(found.marks) == ["moods, answers: same data twice: mnli"]
    assert (found.seed, found.id, found.sha256, found.identity) == (7, "run-1", "a" * 64, "identity of run")


def test_a_single_checkpoint_tells_the_same():
    """Without heads the provenance stands in the record itself, and its marks under "model"."""
    found = facts(head())
    assert found.settings["encoder"] == "tiny-base (0123456789ab)"
    assert (found.seed, list(found.marks)) == (7, ["model: same data twice: mnli"])


def test_a_run_that_tells_nothing_has_few_facts():
    """What is not known is left out."""
    found = facts()
    assert dict(found.settings) == {"checkpoint": "model of run", "added": "2026-01-02"}
    assert (found.seed, list(found.marks)) == (None, [])


# ---- records as nobody writes them ---------------------------------------------------------------------------------


def nested(depth, kind):
    """Lists or mappings in each other."""
    found = "end"
    for _ in range(depth):
        found = [found] if kind is list else {"provenance": found, "parent": found}
    return found


def parents(depth):
    """A chain of parents."""
    found = dict(PARENT)
    for _ in range(depth):
        found = {"name": "p", "identity": "1" * 64, "provenance": {"parent": found}}
    return found


STRANGE = [
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "x" * 10_000,
    "\u202e<script>|\n",
    [],
    [None, 1, ["a"], {"b": 1}, "text"],
    {},
    {"": None, "name": 3, "identity": ["a"], "seed": "1", "provenance": []},
    nested(100, list),
    nested(14, dict),
]
KEYS = (
    "heads",
    "provenance",
    "parent",
    "name",
    "identity",
    "recipe",
    "seen",
    "labelled",
    "targets",
    "made_from",
    "marks",
    "seed",
)


def check(found):
    """What holds of all facts: short texts, a whole number or none for a seed, marks that are text."""
    assert all(isinstance(text, str) and 0 < len(text) <= 300 for text in found.settings.values())
    assert all(isinstance(mark, str) for mark in found.marks)
    assert found.seed is None or type(found.seed) is int
    assert found.settings["added"] == "2026-01-02"


@pytest.mark.parametrize("strange", STRANGE, ids=lambda one: repr(one)[:20])
def test_strange_values_anywhere_raise_nothing(strange):
    """Lists, numbers, nothing, 10,000 characters and 100 levels in the place of every part of a provenance are passed over."""
    for key in ("made_from", "parent", "recipe", "seen", "marks"):
        check(facts({"heads": {"moods": head(**{key: strange})}}))
    for key in ("labelled", "targets"):
        check(facts(head(seen={key: strange})))
    for key in ("name", "identity", "provenance"):
        check(facts(head(parent={**PARENT, key: strange})))
    for model in ({"heads": strange}, {"heads": {"moods": strange}}, {"provenance": strange}):
        check(facts(model))
    for key in ("system", "processors", "devices"):
        check(facts(environment={key: strange}))
    check(facts(head(made_from={"seed": strange}, recipe={"name": strange})))
    if isinstance(strange, str | int | float):  # a signature takes nothing else
        check(facts(None, [stored("moods/sw", ids=IDS, signature={"a": strange, "b": "fine"})]))


def test_a_long_line_of_parents_is_followed_and_ends():
    """The root of 50 parents is found; a line of 100 is given up, not followed for ever."""
    assert facts(head(parent=parents(50))).settings["encoder"] == "tiny-base (0123456789ab)"
    check(facts(head(parent=parents(100))))


@pytest.mark.parametrize("seed", range(20))
def test_random_records_raise_nothing(seed):
    """Any JSON under the known keys."""
    chance = random.Random(seed)

    def made(depth):
        kind = chance.random()
        if depth == 0 or kind < 0.2:
            return chance.choice(STRANGE)
        if kind < 0.35:
            return [made(depth - 1) for _ in range(chance.randrange(4))]
        return {key: made(depth - 1) for key in chance.sample(KEYS, chance.randrange(1, 6))}

    for _ in range(40):
        check(facts({"heads": made(4), "provenance": made(5)}, environment={"system": made(2), "devices": made(3)}))


# ---- through `build` into files ------------------------------------------------------------------------------------

HOSTILE = (
    "</script><script>window.xss=1</script>",
    '"><img src=x onerror=alert(1)>',
    "[a](javascript:alert(1)) ![b](https://evil.example/x.png)",
    "| a | b |\n|---|---|\n\n# head\n<iframe src=//evil.example>",
    "\u202egnp.exe <!-- ]]> --> &lt;svg onload=alert(1)&gt; `code` @someone https://evil.example/auto",
    "x" * 10_000,
)


class Tags(HTMLParser):
    """Collects tags, attributes of events, and addresses."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.events, self.addresses = [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.events += [name for name, _ in attributes if name.startswith("on")]
        self.addresses.update(value for name, value in attributes if name in {"href", "src"} and value)


@pytest.fixture(scope="module")
def publishing():
    """The made-up suite with the forms that are really published."""
    xharness_markdown = pytest.importorskip("xharness_markdown")
    xharness_html = pytest.importorskip("xharness_html")
    loads = {"trial": Trial, "markdown": lambda: xharness_markdown, "html": lambda: xharness_html}
    return Plugins(
        [Candidate(name=name, distribution="outside", version="0.1", load=one) for name, one in loads.items()]
    )


def publish(folder, publishing, texts, names):
    """Builds a board whose runs say `texts` wherever a record can, under these names; returns its page and its markdown."""
    asked = Beginning(title=names[0], suite="trial", resamples=100, baseline=names[0])
    board = begin(folder / "leaderboards" / "trial", publishing, asked)
    for number, name in enumerate(names):
        model = head(
            marks=list(texts),
            recipe={"name": texts[number % len(texts)]},
            parent={"name": texts[-number % len(texts)], "identity": texts[0]},
            seen={"labelled": {texts[1]: list(texts)}, "targets": list(texts)},
        )
        places = (
            ("moods/en", "moods/sw")
            if number == 2
            else [f"{a}/{b}" for a in ("moods", "answers", "pairs") for b in ("en", "sw", "th")]
        )
        made = [stored(place, seed=number, ids=IDS, signature={"variant": texts[2]}) for place in places]
        path = write_run(
            folder / "runs",
            made,
            f"run{number}",
            model=model,
            environment={"system": texts[0], "devices": texts[3]},
        )
        add(board, publishing, [path], name, f"https://example.org/{number}", date="2026-01-02")
    quoted = [text.replace('"', '""') for text in texts]
    lines = [f'"{one}",moods,correct,50,"{one}"' for one in quoted]
    board.reported_path.write_text("\n".join(["system,task,metric,value,source", *lines, ""]), encoding="utf-8")
    build(board, publishing)
    assert verify(board, publishing) == []
    marks = content_of(board, publishing).complete[0].runs[0].marks
    assert ["onerror" in mark for mark in marks] == ["onerror" in text for text in texts]
    root = board.path.parent
    return [(root / f"trial{suffix}").read_text(encoding="utf-8") for suffix in (".html", ".md")]


@pytest.fixture(scope="module")
def published(tmp_path_factory, publishing):
    """A board of hostile texts and one of plain ones of the same form: (page, markdown) each."""
    names = ["<script>alert(1)</script>|x", "[a](javascript:alert(1))", '"><img src=x onerror=alert(1)>']
    plain = [f"plain text {number}" for number in range(len(HOSTILE))]
    return [
        publish(tmp_path_factory.mktemp("hostile"), publishing, HOSTILE, names),
        publish(tmp_path_factory.mktemp("plain"), publishing, plain, ["one", "two", "three"]),
    ]


def test_hostile_texts_make_no_tag_on_the_page(published):
    """Names, marks, recipes and figures of others add no script, image, frame or event to what a plain board has."""
    hostile, plain = (Tags(page) for page, _ in published)
    assert hostile.events == []
    assert hostile.tags.count("script") == plain.tags.count("script") > 0
    assert set(hostile.tags) <= set(plain.tags)
    assert not {"img", "iframe"} & set(hostile.tags)
    assert hostile.addresses - plain.addresses <= {
        one for one in hostile.addresses if one.startswith(("#", "trial/runs/"))
    }


def test_hostile_texts_make_no_tag_in_markdown(published):
    """Rendered with HTML allowed, the document has the tags of a plain one and no address but those that were given."""
    markdown_it = pytest.importorskip("markdown_it")
    render = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table").render
    hostile, plain = (Tags(render(text)) for _, text in published)
    assert hostile.events == []
    assert set(hostile.tags) <= set(plain.tags)
    assert not {"script", "img", "iframe", "svg"} & set(hostile.tags)
    assert hostile.tags.count("h1") == plain.tags.count("h1")
    assert hostile.tags.count("tr") == plain.tags.count("tr") > 0
    assert not [one for one in hostile.addresses - plain.addresses if not one.startswith("#")]


def test_no_text_turns_its_direction(published):
    """Marks that turn the direction of writing are in neither file."""
    for text in published[0]:
        assert "\u202e" not in text


def test_what_the_page_knows_is_json(published):
    """The data in it end where they should, whatever they hold."""
    page = published[0][0]
    start = page.index(">", page.index('type="application/json"')) + 1
    data = json.loads(page[start : page.index("</script>", start)])
    assert "<script>alert(1)</script>|x" in json.dumps(data)
