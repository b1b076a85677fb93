"""From logits to answers, and from answers to development scores."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness_finetune.development.decoding import (
    best_span,
    decode_answers,
    decode_choices,
    decode_labels,
    decode_tags,
)
from xharness_finetune.development.predicting import outputs
from xharness_finetune.development.scoring import majority, score_part
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.networks.heads import add_head, load_body
from xharness_finetune.recipes.settings import TaskSettings
from xharness_finetune.rows.choices import option_rows
from xharness_finetune.rows.collating import collator
from xharness_finetune.rows.features import Features, rows_of
from xharness_finetune.rows.sentences import pieces
from xharness_finetune.rows.windows import Window

from .conftest import TAGS, examples_of, make_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KINDS = ("pair_classification", "classification", "tagging", "span_qa", "multiple_choice")


def logits(*values: float) -> Any:
    """Returns made-up logits."""
    return np.array(values, dtype=np.float32)


# ---- rules, by hand ---------------------------------------------------------------------------------------------


def test_labels_and_options_are_those_of_the_highest_logit() -> None:
    """The label, or the number of the option, with the highest logit is the answer; the first of equals."""
    assert decode_labels(("no", "yes"), [logits(0.2, 0.1), logits(-3, -2), logits(1, 1)]) == ["no", "yes", "no"]
    four = [logits(-1, 4, 3.9, 0), logits(0, 0, 0, 0.5), logits(2, 2, 1, 0)]
    assert decode_choices([*four, logits(-5, -4)]) == ["1", "3", "0", "1"]  # the last has two options


CONTEXT = "the cat in rome"
OFFSETS = ((0, 3), (4, 7), (8, 10), (11, 15))


def window(example: int = 0, offsets: Sequence[tuple[int, int]] = OFFSETS) -> Window:
    """Returns [CLS] where [SEP] and words of CONTEXT: the context begins at the fourth subword of the row."""
    size = 3 + len(offsets) + 1
    return Window(example=example, row={"input_ids": [9] * size}, first=3, offsets=tuple(offsets), cls=0)


def question(context: str = CONTEXT) -> xharness.Example:
    """Returns a question about a context."""
    return xharness.Example(id="0", cluster="0", inputs=xharness.Question(question="where", context=context))


def answer_of(starts: Any, ends: Any, *, unanswerable: bool) -> str:
    """Returns the answer from one window."""
    (text,) = decode_answers([question()], [window()], [(starts, ends)], unanswerable=unanswerable)
    return text


STARTS = logits(0.0, 9, 9, 0.0, 2.0, 0.0, 1.0, 9)  # [CLS] where [SEP] the cat in rome [SEP]
ENDS = logits(0.0, 9, 9, 0.0, 0.0, 0.0, 3.0, 9)


def test_the_best_span_is_inside_the_context() -> None:
    """The answer is the text between the highest sum of start and end, here "cat in rome" (2 + 3); [SEP] is no answer."""
    assert answer_of(STARTS, ENDS, unanswerable=False) == "cat in rome"
    backwards = logits(0, 9, 9, 0, 0, 0, 5, 9), logits(0, 9, 9, 0, 4, 0, 0, 9)  # rome to cat would be 9
    assert answer_of(*backwards, unanswerable=False) == "rome"


@pytest.mark.parametrize(
    ("cls_start", "cls_end", "expected"),
    [
        (3.0, 2.5, ""),  # 5.5 > 5
        (3.0, 1.5, "cat in rome"),  # 4.5 < 5
        (5.0, 0.0, "cat in rome"),  # equal: 0 above is not more than the threshold of 0
        (-1.0, 6.5, ""),  # it is the sum that counts
        (4.9, -4.0, "cat in rome"),
    ],
)
def test_no_answer_must_beat_the_best_span(cls_start: float, cls_end: float, expected: str) -> None:
    """The answer is empty where start plus end at [CLS] are above the best span's 5, for tasks with "no answer" only."""
    starts, ends = STARTS.copy(), ENDS.copy()
    starts[0], ends[0] = cls_start, cls_end
    assert answer_of(starts, ends, unanswerable=True) == expected
    assert answer_of(starts, ends, unanswerable=False) == "cat in rome"


def test_the_window_that_sees_the_answer_decides() -> None:
    """One window is sure of "no answer" (20), the other finds one (8) and has 1 at [CLS]: the lowest null score counts."""
    blind = logits(10, 0, 0, 0, 0, 0), logits(10, 0, 0, 0, 0, 0)
    seeing = logits(0.5, 0, 0, 0, 4, 0), logits(0.5, 0, 0, 0, 4, 0)
    windows = [window(offsets=OFFSETS[:2]), window(offsets=OFFSETS[2:])]
    assert decode_answers([question()], windows, [blind, seeing], unanswerable=True) == ["rome"]
    weak = logits(4.5, 0, 0, 0, 4, 0), logits(4.5, 0, 0, 0, 4, 0)  # 9 at [CLS]
    assert decode_answers([question()], windows, [blind, weak], unanswerable=True) == [""]
    assert decode_answers([question()], windows, [weak, blind], unanswerable=True) == [""]


def test_the_best_span_is_taken_over_all_windows() -> None:
    """The highest sum wins whichever window it is in, of each question on its own; without context there is no answer."""
    low = logits(0, 0, 0, 1, 0, 0), logits(0, 0, 0, 1, 0, 0)
    high = logits(0, 0, 0, 0, 3, 0), logits(0, 0, 0, 0, 3, 0)
    nothing = logits(0, 0, 0, 0), logits(0, 0, 0, 0)
    windows = [window(0, OFFSETS[:2]), window(0, OFFSETS[2:]), window(1, OFFSETS[:2]), window(2, ())]
    examples = [question(), question(), question(" ")]
    for unanswerable in (False, True):
        answers = decode_answers(examples, windows, [low, high, low, nothing], unanswerable=unanswerable)
        assert answers == ["rome", "the", ""]


def test_answers_have_at_most_thirty_subwords() -> None:
    """A span of 30 subwords is allowed, one of 31 is not."""
    starts, ends = np.zeros(40, dtype=np.float32), np.zeros(40, dtype=np.float32)
    starts[2] = 5
    ends[31] = 5
    assert best_span(starts, ends) == (2, 31, 10.0)
    ends[31], ends[32] = 0, 5
    assert best_span(starts, ends)[2] == 5.0


def test_every_word_of_a_long_sentence_gets_its_tag(bert: Path) -> None:
    """Tags come from the first subword of each word, over all pieces of a sentence, and none is lost."""
    tokenizer = load_tokenizer(find_encoder(str(bert)))
    words = ("zoo", "cat", "rome", "x1" * 60) * 9
    examples = [
        xharness.Example(id=str(size), cluster="", inputs=xharness.Words(words=words[:size])) for size in (36, 1, 0, 7)
    ]
    found = list(pieces(examples, tokenizer, 16))
    assert len(found) > 5
    wanted = {"zoo": 0, "cat": 1, "rome": 2, "x1" * 60: 1}
    rows = []
    for piece in found:
        row = np.full((len(piece.row["input_ids"]), len(TAGS)), -9, dtype=np.float32)
        row[:, 0] = 8  # what any other subword would say
        for offset, first in enumerate(piece.firsts):
            row[first, wanted[words[piece.first_word + offset]]] = 9
        rows.append(row)
    expected = tuple(TAGS[wanted[word]] for word in words)
    assert decode_tags(TAGS, examples, found, rows) == [expected, expected[:1], (), expected[:7]]


# ---- networks ---------------------------------------------------------------------------------------------------


class Scorer:
    """Counts the share of right answers, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[list[str], list[Any]]] = []

    def __call__(
        self, task: xharness.Task, split: xharness.Split, predictions: xharness.Predictions
    ) -> list[xharness.Score]:
        """Returns two main scores and one other, checking that ids and examples agree."""
        ids = [example.id for example in split.examples]
        assert list(predictions.ids) == ids
        assert ids
        self.asked.append((ids, list(predictions.values)))
        right = sum(
            self._right(example, value) for example, value in zip(split.examples, predictions.values, strict=True)
        )
        value, n = right / len(ids), len(ids)
        return [
            xharness.Score(metric="f1", value=value, n=n, main=True),
            xharness.Score(metric="em", value=value / 2, n=n, main=True),
            xharness.Score(metric="other", value=1.0, n=n, main=False),
        ]

    @staticmethod
    def _right(example: xharness.Example, value: Any) -> bool:
        gold = example.gold
        if isinstance(example.inputs, xharness.Question):
            return value in [answer.text for answer in gold or () if isinstance(answer, xharness.Answer)]
        return bool(value == gold)


def dev(task: xharness.Task, examples: Sequence[xharness.Example]) -> xharness.Split:
    """Returns a split of these examples."""
    return xharness.Split(task=task.name, language="en", name="dev", examples=examples, version="1", source="made up")


@pytest.fixture
def trained(bert: Path) -> Any:
    """Returns a function that gives a task's network after so many steps, with its tokenizer."""
    import torch

    def make(task: xharness.Task, steps: int = 0) -> tuple[Any, Any]:
        encoder = find_encoder(str(bert))
        tokenizer = load_tokenizer(encoder)
        with torch.random.fork_rng():
            torch.manual_seed(1)
            network = add_head(load_body(encoder), encoder, task).network
            features = Features(rows_of(task, examples_of(task.kind, 160, seed=1), tokenizer, TaskSettings(length=32)))
            collate = collator(task, tokenizer, seed=1)
            optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
            network.train()
            for step in range(steps):
                chosen = torch.randint(len(features), (16,)).tolist()
                optimiser.zero_grad()
                network(**collate([features[index] for index in chosen], step)).loss.backward()
                optimiser.step()
        return network, tokenizer

    return make


@pytest.mark.parametrize("kind", KINDS)
def test_a_trained_network_scores_and_an_untrained_one_does_not(kind: str, trained: Any) -> None:
    """What the network learnt shows in its development score, of every kind; before, it is no better than chance."""
    import torch

    task = make_task(kind, head="any")
    examples = examples_of(kind, 40, seed=2)
    settings = TaskSettings(length=32)
    values = []
    for steps in (0, 60):
        network, tokenizer = trained(task, steps)
        found = score_part(
            task, dev(task, examples), network, tokenizer, settings, Scorer(), device=torch.device("cpu")
        )
        values.append(found.scores["f1"])
        assert found.metric == "f1/em"
        assert found.value == pytest.approx(0.75 * found.scores["f1"])
        assert found.scores["other"] == 1.0
        assert found.n == 40
        assert sum(found.halves) / 2 == pytest.approx(found.value)
    assert values[0] < 0.7
    assert values[1] > 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_answers_do_not_depend_on_the_order_of_the_examples(kind: str, trained: Any) -> None:
    """Examples are answered in their own order, whatever their lengths, and each as it would be in another order."""
    import torch

    task = make_task(kind, head="any")
    network, tokenizer = trained(task, 5)
    examples = examples_of(kind, 45, seed=3)
    shuffled = random.Random(0).sample(examples, k=45)
    answers = []
    for asked in (examples, shuffled):
        scorer = Scorer()
        score_part(
            task, dev(task, asked), network, tokenizer, TaskSettings(length=32), scorer, device=torch.device("cpu")
        )
        ids, values = scorer.asked[0]
        assert ids == [example.id for example in asked]
        answers.append(dict(zip(ids, values, strict=True)))
    assert answers[0] == answers[1]


def test_logits_are_those_of_real_subwords_and_options(trained: Any) -> None:
    """Logits come without those of padding, and of a question with fewer options than others only its own."""
    import torch

    cpu = torch.device("cpu")
    places = make_task("multiple_choice", head="any")
    network, tokenizer = trained(places)
    inputs = [xharness.Choices(context="the cat", options=options) for options in (("a", "b", "so"), ("the owl", "a"))]
    rows = list(option_rows([given(item, "0") for item in inputs], tokenizer, 32))
    collate = collator(places, tokenizer, seed=1)
    assert [row.shape for (row,) in outputs(rows, network, collate, cpu)] == [(3,), (2,)]
    tags = make_task("tagging", head="any")
    network, tokenizer = trained(tags)
    words = [xharness.Words(words=words) for words in (("cat",), ("cat", "in", "rome"))]
    parts = list(pieces([given(item, ()) for item in words], tokenizer, 32))
    found = outputs([part.row for part in parts], network, collator(tags, tokenizer, seed=1), cpu)
    assert [row.shape for (row,) in found] == [(3, 3), (5, 3)]


@pytest.mark.parametrize("kind", [*KINDS, "masked_lm"])
def test_scoring_leaves_no_trace(kind: str, trained: Any) -> None:
    """Scoring draws no random numbers, keeps weights and gradients, and puts every module back into its own mode."""
    import torch

    task = make_task(kind, head="any")
    network, tokenizer = trained(task, 1)
    network.base_model.embeddings.eval()
    modes = [module.training for module in network.modules()]
    assert len(set(modes)) == 2
    weights = [value.clone() for value in network.parameters()]
    states = torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate()
    split = dev(task, examples_of(kind, 9, seed=3))
    found = [
        score_part(task, split, network, tokenizer, TaskSettings(length=32), Scorer(), device=torch.device("cpu"))
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == states[1:]
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(value, before) for value, before in zip(network.parameters(), weights, strict=True))


def test_language_models_are_scored_by_what_they_guess(trained: Any, masked_task: xharness.Task) -> None:
    """A language model's score is the share of masked subwords that it guesses, and rises as it learns."""
    import torch

    split = dev(masked_task, examples_of("masked_lm", 60, seed=2))
    values = []
    for steps in (0, 60):
        network, tokenizer = trained(masked_task, steps)
        found = score_part(masked_task, split, network, tokenizer, TaskSettings(), Scorer(), device=torch.device("cpu"))
        assert found.metric == "masked_accuracy"
        values.append(found.value)
    assert values[0] < 0.2
    assert values[1] > values[0] + 0.2


def test_halves_are_the_even_and_the_odd_examples(trained: Any, pair_task: xharness.Task) -> None:
    """The first half is scored over examples 0, 2, 4, … and the second over 1, 3, 5, …; one example is both."""
    import torch

    network, tokenizer = trained(pair_task)
    examples = examples_of("pair_classification", 5, seed=2)
    for count, ids in ((5, (["0", "2", "4"], ["1", "3"])), (1, (["0"], ["0"]))):
        scorer = Scorer()
        score_part(
            pair_task,
            dev(pair_task, examples[:count]),
            network,
            tokenizer,
            TaskSettings(),
            scorer,
            device=torch.device("cpu"),
        )
        assert [asked for asked, _ in scorer.asked[1:]] == list(ids)


def given(inputs: Any, gold: Any) -> xharness.Example:
    """Returns an example."""
    return xharness.Example(id=str(gold), cluster="", inputs=inputs, gold=gold)


def constant(task: xharness.Task, training: Sequence[xharness.Example], split: Sequence[xharness.Example]) -> list[Any]:
    """Returns what the majority baseline answers."""
    scorer = Scorer()
    found = majority(task, training, dev(task, split), scorer)
    assert found.metric == "f1/em"
    return scorer.asked[0][1]


def test_the_majority_baseline_answers_what_is_commonest() -> None:
    """It gives the commonest label, tag or option of the training data, the first of equals, and "" to questions."""
    text, words = xharness.Text(text="a"), xharness.Words(words=("a", "b"))
    pair = make_task("classification", head="any")
    assert constant(pair, [given(text, gold) for gold in ("good", "bad", "good")], [given(text, "bad")]) == ["good"]
    assert constant(pair, [given(text, gold) for gold in ("good", "bad")], [given(text, "bad")]) == ["bad"]
    tags = make_task("tagging", head="any")
    training = [given(words, ("CITY", "ANIMAL")), given(words, ("CITY", "O"))]
    assert constant(tags, training, [given(words, ("O", "O"))]) == [("CITY", "CITY")]
    places = make_task("multiple_choice", head="any")
    options = xharness.Choices(context="", options=("a", "b", "c"))
    fewer = xharness.Choices(context="", options=("a", "b"))
    training = [given(options, gold) for gold in ("2", "0", "2")]
    assert constant(places, training, [given(options, "1"), given(fewer, "0")]) == ["2", "1"]
    spans = make_task("span_qa", head="any")
    assert constant(spans, [question()], [question()]) == [""]


def test_the_majority_baseline_is_scored_like_a_network(pair_task: xharness.Task) -> None:
    """Its score is that of its answers, with halves."""
    text = xharness.Text(text="a")
    split = [given(text, gold) for gold in ("good", "bad", "good", "bad", "good")]
    found = majority(pair_task, split, dev(pair_task, split), Scorer())
    assert found.scores["f1"] == 0.6
    assert found.halves == (0.75, 0.0)
    assert found.n == 5
