"""XCOPA is offered as the harness expects it, with the question in words behind the premise."""

import xharness
from xharness.testing import assert_ok, check_plugin
from xharness_xcopa import XCOPA


def test_plugin_keeps_its_promises():
    """Eleven parallel languages, dev and test, load; gold scores 1."""
    assert_ok(check_plugin("xcopa"))


def test_question_stands_behind_the_premise():
    """Causes and effects are asked for in words, and the number of the right choice is a string."""
    effect, cause, *_ = XCOPA.load(xharness.DataRequest(language="it", split="test")).examples
    assert effect.inputs.context == "Il bambino aveva fame. What happened as a result?"
    assert effect.inputs.options == ("Il bambino mangiò del pane.", "Il bambino chiuse la porta.")
    assert (effect.gold, cause.gold) == ("0", "1")
    assert cause.inputs.context.endswith(" What was the cause?")
