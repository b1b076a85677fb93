"""JSON holds the whole content, as it is."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

from made_up_boards import SMALL, board, hostile
from xharness.leaderboard.content import AVERAGE, Estimate
from xharness_tables.whole import SCHEMA_VERSION, as_json


def test_everything_comes_back():
    """Reading the file gives every field of the content with the same numbers and names, hostile ones too."""
    for content in (board(4), hostile(), board(0, incomplete=0)):
        found = json.loads(as_json(content))
        assert found.pop("schema_version") == SCHEMA_VERSION
        aggregator = found.pop("aggregator")
        assert tuple(aggregator.values()) == content.aggregator
        expected = json.loads(json.dumps(asdict(content)))
        expected.pop("aggregator")
        assert found == expected


def test_the_file_is_printable_ascii():
    """No sign of a name reaches a terminal as itself, and every system has its line."""
    text = as_json(hostile())
    assert all(sign == "\n" or " " <= sign <= "~" for sign in text)
    assert sum(line.startswith('{"name"') for line in text.split("\n")) == len(hostile().complete) + 1


def test_what_is_not_a_number_is_null():
    """NaN and infinities, which JSON does not have, are null."""
    content = board(1, SMALL)
    bad = Estimate(value=float("nan"), low=float("-inf"), high=float("inf"))
    content = replace(content, complete=[replace(content.complete[0], scores={AVERAGE: bad})])
    found = json.loads(as_json(content), parse_constant=lambda name: name)
    assert found["complete"][0]["scores"][AVERAGE] == {"value": None, "low": None, "high": None}
