"""Exact match and F1 of answers (XQuAD, TyDiQA, MLQA, SQuAD v2.0)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xharness import located

from xharness_xtreme.metrics import pairing, rows
from xharness_xtreme.metrics.normalisation import mlqa_normaliser, squad_normaliser
from xharness_xtreme.metrics.rates import rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Example, Predictions, Split, Statistics
    from xharness.protocols import Float64s

    from xharness_xtreme.metrics.normalisation import Normaliser


class Squad:
    """SQuAD v1.1 exact match and F1, with its English normalisation in every language (spec/xtreme.md §2.4).

    Each is the highest over the accepted answers, independently. A question without an answer (None) scores 0 on both.
    """

    name = "squad"
    version = "1"
    columns: tuple[str, ...] = ("exact_match", "f1", "n")
    scores: tuple[str, ...] = ("exact_match", "f1")
    open_ids = False

    def normaliser(self, language: str) -> Normaliser:  # noqa: ARG002  # SQuAD's is the same in every language
        """Returns what turns an answer into comparable words."""
        return squad_normaliser()

    def accepted(self, split: Split, example: Example, normalise: Normaliser) -> list[list[str]]:
        """Returns the accepted answers as words. Raises DataError if there are none."""
        return [normalise(text) for text in pairing.answers(split, example)]

    def overlap(self, gold: list[str], predicted: list[str]) -> float:
        """Returns F1 of an accepted answer and a predicted one, in [0, 1]."""
        return word_f1(gold, predicted)

    def statistics(self, split: Split, predictions: Predictions) -> Statistics:
        """Returns one row per question, float64 (n, 3): exact match (0 or 1), F1 in [0, 1], and 1.

        Raises DataError if a question has no accepted answer.
        """
        with located(split.place):
            normalise = self.normaliser(split.language)
        exact: list[float] = []
        overlap: list[float] = []
        for example, value in pairing.paired(split, predictions):
            accepted = self.accepted(split, example, normalise)
            answer = pairing.answer(split, example, value)
            words = normalise(answer) if answer is not None else None
            exact.append(float(words in accepted) if words is not None else 0.0)
            overlap.append(max(self.overlap(gold, words) for gold in accepted) if words is not None else 0.0)
        return rows.of_examples(split, self.columns, [exact, overlap, 1])

    def score(self, totals: Float64s) -> Mapping[str, Float64s]:
        """Returns exact_match and f1, fractions of shape (...), from float64 (..., 3)."""
        questions = totals[..., 2]
        return {"exact_match": rate(totals[..., 0], questions), "f1": rate(totals[..., 1], questions)}


class Mlqa(Squad):
    """MLQA's exact match and F1: as SQuAD's, with a normalisation of each language's own (spec/xtreme.md §2.5)."""

    name = "mlqa"

    def normaliser(self, language: str) -> Normaliser:
        """Returns what turns an answer into comparable words. Raises UsageError for a language that MLQA lacks."""
        return mlqa_normaliser(language)


class SquadV2(Squad):
    """SQuAD v2.0 exact match and F1 (the official evaluate-v2.0.py), where a question may have no answer.

    Gold () is right exactly if the predicted answer is empty once normalised; with an empty side F1 is equality. A question
    that was not answered at all (None) scores 0 on both, where the official script leaves it out with a warning.
    """

    name = "squad_v2"

    def accepted(self, split: Split, example: Example, normalise: Normaliser) -> list[list[str]]:
        """Returns the accepted answers as words, those without any left out; [] alone if that leaves none."""
        if example.gold == ():
            return [[]]
        return [words for words in super().accepted(split, example, normalise) if words] or [[]]

    def overlap(self, gold: list[str], predicted: list[str]) -> float:
        """Returns F1 of an accepted answer and a predicted one; where one is empty, 1 if both are, else 0."""
        return word_f1(gold, predicted) if gold and predicted else float(gold == predicted)


def word_f1(gold: list[str], predicted: list[str]) -> float:
    """Returns F1 of two bags of words, in [0, 1]; 0 if no word is common, even if both are empty (spec §2.4)."""
    common = sum((Counter(gold) & Counter(predicted)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(predicted), common / len(gold)
    return 2 * precision * recall / (precision + recall)
