"""Findings become a failing test exactly where something is not as promised."""

from __future__ import annotations

import pytest
from xharness.testing import Finding, assert_ok
from xharness.testing.findings import Report


def finding(status: str, message: str = "seen") -> Finding:
    """One line about a place."""
    return Finding(place="topics/sw", status=status, message=message)


def test_good_and_missing_findings_pass():
    """What is not at hand does not fail a test in which something else was checked and is good."""
    assert_ok([finding("ok"), finding("missing")])


@pytest.mark.parametrize("status", ["broken", "differs"])
def test_all_that_is_broken_is_listed(status):
    """The error lists every place and message that is not as promised, and no other."""
    with pytest.raises(AssertionError, match=r"(?s)2 of 3 findings.*topics/sw: one.*topics/sw: two") as error:
        assert_ok([finding(status, "one"), finding("ok", "fine"), finding(status, "two")])
    assert "fine" not in str(error.value)


def test_nothing_checked_is_no_success():
    """Where nothing could be checked the test fails, and says why."""
    with pytest.raises(AssertionError, match=r"(?s)Nothing could be checked.*no hub"):
        assert_ok([finding("missing", "no hub")])
    with pytest.raises(AssertionError, match="Nothing could be checked"):
        assert_ok([])


def test_offenders_are_counted_and_the_first_are_named():
    """A finding about many things says how many there are and names three."""
    report = Report(place="here")
    assert not report.none_of([str(n) for n in range(1200)], "odd things", "Mend them.")
    assert report.findings[0].message == "odd things: 1,200 (first: 0, 1, 2). Mend them."
    assert report.failed


def test_what_is_raised_becomes_a_finding():
    """Harness errors are told as they are; any other is called a defect, with its type."""
    import xharness

    report = Report(place="here")
    with report.survives("loading"):
        raise xharness.DataError("line 3 is torn")
    with report.survives("loading"):
        raise KeyError("text")
    first, second = (one.message for one in report.findings)
    assert first == "loading failed: line 3 is torn"
    assert second.startswith("loading raised KeyError: 'text'")
    assert "defect" in second
