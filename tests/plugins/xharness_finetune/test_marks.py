"""What a reader of a score must know: data seen twice, languages seen, chance."""

from __future__ import annotations

import math

import pytest
import xharness
from xharness_finetune.origin import marks
from xharness_finetune.origin.seen import Seen

from .conftest import examples_of
from .tiny_provenance import child_of, encoder_after, part, trained


def pairs(*texts: tuple[str, str]) -> list[xharness.Example]:
    """Examples of pair classification without gold."""
    return [
        xharness.Example(id=str(index), cluster=str(index), inputs=xharness.TextPair(first=first, second=second))
        for index, (first, second) in enumerate(texts)
    ]


def test_all_of_the_data_twice() -> None:
    """A target whose training inputs the intermediate task had all is marked with 100 %, whatever spacing and case."""
    mnli = pairs(("It's fine.", "All is well!"), ("A dog runs.", "No dog."), ("Only here.", "Yes."))
    xnli = pairs(("It 's fine .", "all is well !"), ("A dog  runs .", "No dog ."))
    (found,) = marks.same_data("xnli", xnli, {"mnli": mnli, "qqp": pairs(("Why?", "How?"))})
    assert found.share == 1.0
    assert found.mark == "same data twice: 100.0 % of xnli's training examples were already in mnli's"


def test_a_share_of_the_data_twice() -> None:
    """The share counts the target's examples, repetitions included; under 1 % nothing is said; a pair has an order."""
    target = pairs(*[("same", "pair")] * 2, *[(f"first {number}", "x") for number in range(98)])
    (found,) = marks.same_data("xnli", target, {"mnli": pairs(("same", "pair"), ("other", "pair"))})
    assert found.share == pytest.approx(0.02)
    assert "2.0 % of xnli's" in found.mark
    rare = pairs(("same", "pair"), *[(f"first {number}", "x") for number in range(100)])
    assert marks.same_data("xnli", rare, {"mnli": pairs(("same", "pair"))}) == ()
    assert marks.same_data("xnli", target, {"mnli": pairs(("pair", "same"))}) == ()
    assert marks.same_data("xnli", [], {"mnli": target}) == ()


@pytest.mark.parametrize("kind", ["classification", "tagging", "span_qa"])
def test_every_kind_of_input_is_compared(kind: str) -> None:
    """Texts, words and questions are found again, and made-up others are not."""
    examples = examples_of(kind, 40, seed=1)
    (found,) = marks.same_data("target", examples, {"earlier": examples_of(kind, 40, seed=1)[:20]})
    assert found.share >= 0.5
    unlike = pairs(("quite", "other"))
    assert marks.same_data("target", examples, {"earlier": unlike}) == ()


def test_other_scripts_and_writings_of_a_letter_are_compared() -> None:
    """A text beyond ASCII meets the same text with other spacing, quotes and composition; another script does not."""
    target = pairs(("Cafe\u0301 \u201cParis\u201d .", "\u0939\u093f\u0928\u094d\u0926\u0940 !"))
    (found,) = marks.same_data(
        "a", target, {"b": pairs(('caf\u00e9 "Paris".', "\u0939\u093f\u0928\u094d\u0926\u0940"))}
    )
    assert found.share == 1.0
    assert marks.same_data("a", target, {"b": pairs(('cafe "Paris".', "\u0939\u093f\u0928\u094d\u0926\u0940"))}) == ()
    assert marks.count_seen(pairs(("It costs \uff15 \u20ac", "x")), pairs(("it costs 5", "X!"))) == 1


def test_texts_without_letters_are_not_all_the_same() -> None:
    """Inputs of punctuation alone are compared as they are."""
    assert marks.same_data("a", pairs(("?", "!")), {"b": pairs(("!", "?"))}) == ()
    assert len(marks.same_data("a", pairs(("?", "!")), {"b": pairs(("?", "!"))})) == 1


@pytest.mark.parametrize(
    ("head", "task", "earlier", "marked"),
    [
        ("xnli", "xnli", "mnli", True),
        ("xnli", "xnli", "anli-plus", True),
        ("xnli", "xnli", "qqp", False),
        ("squad", "xquad", "squad-v1.1", True),
        ("squad", "mlqa", "squad-v2.0", True),
        ("tydiqa", "tydiqa", "squad-v1.1", False),
        ("panx", "panx", "panx", True),
    ],
)
def test_known_pairs_in_the_parents_chain(head: str, task: str, earlier: str, *, marked: bool) -> None:
    """Where the earlier data are not at hand, names tell: MNLI holds XNLI's data, SQuAD XQuAD's and MLQA's."""
    further = trained("intermediate", part("ccg"), parent=child_of(encoder_after(earlier)))
    found = marks.same_data_by_name(head, task, "fingerprint", further.record())
    assert (len(found) == 1) is marked
    if marked:
        assert found[0].startswith(f"same data twice (by name): {earlier}")
    assert marks.same_data_by_name(head, task, "fingerprint", further.record(), compared={earlier}) == []
    assert marks.same_data_by_name(head, task, "fingerprint", None) == []


def test_equal_fingerprints_in_the_parents_chain() -> None:
    """Data that were trained on under another name are found by their fingerprint."""
    record = trained("intermediate", part("my-nli", data="f00d")).record()
    (found,) = marks.same_data_by_name("xnli", "xnli", "f00d", record)
    assert found == "same data twice: xnli's training data are those of my-nli (equal fingerprint)"
    assert marks.same_data_by_name("xnli", "xnli", "beef", record) == []


def test_not_zero_shot_where_labels_of_the_language_were_seen() -> None:
    """Only languages other than English that the head is tested in count, wherever in the chain they were labelled."""
    seen = Seen().and_labelled("mnli-de", ("de",)).and_labelled("xnli", ("en", "sw", "ja"))
    assert marks.not_zero_shot("xnli", seen.labelled, ("en", "de", "sw", "th")) == [
        "not zero-shot in de, sw: labelled training data in these languages (mnli-de, xnli)"
    ]
    assert marks.not_zero_shot("xnli", {"en": ["xnli"], "en-GB": ["mine"]}, ("en", "de")) == []
    (regional,) = marks.not_zero_shot("xnli", {"de-CH": ["mine"]}, ("en", "de"))
    assert regional.startswith("not zero-shot in de-CH")


def test_unlabelled_text_is_another_mark() -> None:
    """Text without labels leaves a head zero-shot, and is said."""
    seen = Seen().and_labelled("xnli", ("en",)).and_text(("sw", "de", "en"))
    assert marks.of_seen("xnli", seen, ("en", "de", "sw")) == ["unlabelled text seen in: de, sw"]
    assert marks.text_seen(["en"]) == []


def test_stand_ins_and_seen_dev_examples_are_named() -> None:
    """A file that replaced the layout's is named with its hash; development examples that were trained on are counted."""
    assert "the file mine.tsv (sha256 abababababab)" in marks.stand_in("xnli", "mine.tsv", "ab" * 32)
    dev, train = pairs(("a", "b"), ("c", "d"), ("e", "f")), pairs(("A", "b."), ("c", "x"))
    assert marks.count_seen(dev, train) == 1
    assert marks.count_seen(dev, train, pairs(("e", "f"))) == 2
    assert marks.dev_seen("xnli", 2, 1000) == ["2 of 1,000 development examples of xnli were trained on"]
    assert marks.dev_seen("xnli", 0, 1000) == []


@pytest.mark.parametrize("chance", [0.0, 1 / 3, 0.5, 1.0])
@pytest.mark.parametrize("n", [10, 500])
def test_collapsed_is_two_standard_errors(chance: float, n: int) -> None:
    """A score is collapsed up to two standard errors above chance, and not beyond."""
    edge = chance + 2 * math.sqrt(chance * (1 - chance) / n)
    assert marks.collapsed(edge, chance, n)
    assert marks.collapsed(chance / 2, chance, n)
    assert not marks.collapsed(edge + 0.001, chance, n)


def test_foreign_records_have_no_parts() -> None:
    """Whatever a record of another form holds, walking its chain neither fails nor invents tasks."""
    for record in (None, {}, {"made_from": 3}, {"made_from": {"parts": [1, "x"]}, "parent": {"provenance": []}}):
        assert list(marks.trained_parts(record)) == []
