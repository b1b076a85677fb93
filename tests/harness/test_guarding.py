"""What a plugin's loader returns is checked at the door, and the message names task, language, plugin and remedy."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness import Answer, Choices, Document, Example, Question, Text, TextPair, Words
from xharness.guarding import problem_of
from xharness.plugins import Plugins

from .conftest import Accuracy, candidate

if TYPE_CHECKING:
    from collections.abc import Callable

BLAME = r"It comes with the plugin 'odd' of distribution odd-dist 0\.1: report it there\. .*--no-plugin odd"


@dataclass
class Offering:
    """A plugin with one task, whose loader returns what a test wants."""

    load: Callable[[xharness.DataRequest], Any]
    settings: dict[str, Any] = field(default_factory=dict)

    @xharness.hookimpl
    def xharness_tasks(self) -> list[xharness.Task]:
        plain: dict[str, Any] = {"kind": "classification", "labels": ("a", "b"), "main": ("accuracy",), "head": "odd"}
        given = {**plain, **self.settings}
        return [
            xharness.Task(name="odd", version="2", languages=("en",), metrics=("accuracy",), load=self.load, **given)
        ]

    @xharness.hookimpl
    def xharness_metrics(self) -> list[Accuracy]:
        return [Accuracy()]


def example(**changes: Any) -> Example:
    """A good example of classification, but for the changes."""
    return Example(**{"id": "1", "cluster": "1", "inputs": Text(text="t"), "gold": "a", **changes})


def split_of(examples: Any, **changes: Any) -> xharness.Split:
    """The split odd/en test of these examples, but for the changes."""
    plain = {"task": "odd", "language": "en", "name": "test", "version": "2", "source": "made up", "examples": examples}
    return xharness.Split(**{**plain, **changes})


def loaded(result: object, **settings: Any) -> xharness.Split:
    """Loads odd/en test through the registry from a loader that returns `result`, or raises it."""

    def load(request: xharness.DataRequest) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    plugins = Plugins([candidate("odd", Offering(load, settings), "odd-dist")])
    return plugins.tasks["odd"].load(xharness.DataRequest(language="en", split="test"))


PAIR = TextPair(first="a", second="b")


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([], r"the loader returned list, expected xharness\.Split"),
        (split_of([]), "it holds no examples"),
        (split_of(one for one in [example()]), "what should hold each example is generator, expected a list or a tuple"),
        (split_of([example()], task="other"), "its task is 'other', expected 'odd'"),
        (split_of([example()], language="de"), "its language is 'de', expected 'en'"),
        (split_of([example()], name="dev"), "its name is 'dev', expected 'test'"),
        (split_of([example()], version="1"), "its version is '1', expected the task's, '2', or '2-…' for a source"),
        (split_of([example(), example()]), r"the id '1' stands twice \(again at example 1, from 0\)"),
        (split_of([example(id=1)]), r"the id of example 0 \(from 0\) is 1, expected a string"),
        (split_of([example(cluster="")]), "the cluster of example '1' is ''"),
        (split_of([{"id": "1"}]), r"example 0 \(from 0\) is dict, expected xharness\.Example"),
        (split_of([example(), example(id="2", gold=None)]), r"1 of 2 examples have no gold \(first: 2\)"),
        (split_of([example(inputs=PAIR)]), r"inputs of example '1' are TextPair, expected xharness.Text"),
        (split_of([example(inputs=None)]), r"inputs of example '1' are absent, expected xharness\.Text"),
        (split_of([example(inputs=Text(text=None))]), "inputs of example '1' hold something else than strings"),  # type: ignore[arg-type]
        (split_of([example(gold="c")]), "gold of example '1' is 'c', which is none of the labels a, b"),
        (split_of([example(gold=0)]), "gold of example '1' is 0, expected a label, a string"),
    ],
)  # fmt: skip
def test_a_split_that_breaks_the_contract_is_refused(result: object, message: str) -> None:
    """Duplicate ids, foreign labels, wrong types, no examples, another cell: refused with cell, reason, plugin and remedy."""
    with pytest.raises(xharness.DataError, match=rf"odd/en: the test split cannot be used: .*{message}.*{BLAME}"):
        loaded(result)


WORDS = Words(words=("x", "y"))
QUESTION = Question(question="q", context="c")
CHOICES = Choices(context="", options=("p", "q"))


@pytest.mark.parametrize(
    ("kind", "inputs", "gold", "message"),
    [
        ("pair_classification", Text(text="t"), "a", "inputs of example '1' are Text, expected xharness.TextPair"),
        ("tagging", WORDS, ("a",), r"is \('a',\), 1 tags for 2 words"),
        ("tagging", WORDS, ("a", "z"), "whose tag 'z' is none of a, b"),
        ("tagging", WORDS, "ab", "expected a tuple with one tag for each word"),
        ("tagging", WORDS, ("a", 1), "expected strings"),
        ("span_qa", QUESTION, ("c",), "expected a tuple of xharness.Answer"),
        ("span_qa", QUESTION, (), "the question '1' has no answer, and the task does not say unanswerable=True"),
        ("multiple_choice", CHOICES, "2", "expected the number of one of its 2 options"),
        ("multiple_choice", CHOICES, 0, "expected the number of one of its 2 options"),
        ("retrieval", Text(text="t"), "d", "expected a tuple with the ids of the right documents"),
        ("mining", Text(text="t"), ("e",), "the pool has no document 'e'"),
    ],
)
def test_inputs_and_gold_are_those_of_the_kind(kind: str, inputs: object, gold: object, message: str) -> None:
    """Each kind has its inputs and its form of gold; what is of another kind is refused with the example."""
    labels = {"multiple_choice": ("0", "1"), "span_qa": ()}.get(kind, ("a", "b"))
    split = split_of([example(inputs=inputs, gold=gold)], pool=[Document(id="d", text="t")])
    with pytest.raises(xharness.DataError, match=message):
        loaded(split, kind=kind, labels=labels)


@pytest.mark.parametrize(
    ("kind", "inputs", "gold", "settings"),
    [
        ("tagging", WORDS, ("a", "_"), {"unpredicted_labels": ("_",)}),
        ("tagging", WORDS, ("anything", "else"), {"labels": ()}),
        ("span_qa", QUESTION, (), {"unanswerable": True}),
        ("span_qa", QUESTION, (Answer(text="c"),), {}),
        ("retrieval", Text(text="t"), (), {}),
        ("a kind of its own", Text(text="t"), ("whatever",), {}),
    ],
)
def test_what_the_contract_allows_passes(kind: str, inputs: Any, gold: Any, settings: dict[str, Any]) -> None:
    """Open label sets, labels that only gold holds, questions without answers, and kinds that the core does not know."""
    split = split_of([example(inputs=inputs, gold=gold)], version="2-hub")
    assert loaded(split, kind=kind, **settings) is split


def test_gold_alone_may_lack_inputs_and_examples() -> None:
    """Where only gold is asked for there are no inputs, and no examples where there is no gold."""
    request = xharness.DataRequest(language="en", split="test", gold_only=True)
    task = Offering(lambda _: None).xharness_tasks()[0]
    for examples in ([], [example(inputs=None)]):
        assert problem_of(task, request, split_of(examples)) is None


def test_a_loader_that_breaks_names_its_plugin() -> None:
    """Any exception of a loader's own becomes an error with cell, plugin and remedy; errors for users pass unchanged."""
    with pytest.raises(
        xharness.PluginError, match=rf"odd/en: the loader failed on the split 'test' with KeyError: 'x'.*{BLAME}"
    ):
        loaded(KeyError("x"))
    with pytest.raises(xharness.MissingDataError, match=r"^not here$"):
        loaded(xharness.MissingDataError("not here"))


def test_an_offer_that_is_no_task_names_its_plugin() -> None:
    """A record of another type among the tasks is refused when the tasks are collected."""

    class Wrong:
        @xharness.hookimpl
        def xharness_tasks(self) -> list[object]:
            return [Accuracy()]

    with pytest.raises(
        xharness.PluginError, match=r"'odd' of distribution odd-dist 0\.1 offers .*Accuracy; expected xharness\.Task"
    ):
        _ = Plugins([candidate("odd", Wrong(), "odd-dist")]).tasks


def test_a_task_keeps_everything_but_its_loader(world, plugins) -> None:
    """What a plugin offers is unchanged but for the check around its loader."""
    offered = Offering(lambda _: None).xharness_tasks()[0]
    found = Plugins([candidate("odd", Offering(offered.load))]).tasks["odd"]
    assert replace(found, load=offered.load) == offered


def test_checking_is_cheap_beside_reading() -> None:
    """A hundred thousand examples are checked within half a second of processor time."""
    examples = [example(id=str(number)) for number in range(100_000)]
    task = Offering(lambda _: None).xharness_tasks()[0]
    request = xharness.DataRequest(language="en", split="test")
    clock = time.process_time()
    assert problem_of(task, request, split_of(examples)) is None
    assert time.process_time() - clock < 0.5
