"""Mining: pairs of two comparable corpora, cut at the threshold that is best on dev (BUCC in XTREME)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xharness

from xharness_faiss import mining
from xharness_faiss.sentences import example_texts, pool_texts, unit_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness.protocols import Advance, SentenceEncoder

NEIGHBOURS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A split's two sides with identical lines merged, and the tokens of the merged sentences, left before right."""

    split: xharness.Split
    left: mining.Merged
    right: mining.Merged
    tokens: Any

    @property
    def sentences(self) -> int:
        """Returns how many merged sentences both sides have together."""
        return len(self.left.last) + len(self.right.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mined:
    """The scored pairs of a split in descending order: (score, example id, document id); recall of both searches."""

    scores: list[float]
    pairs: list[tuple[str, str]]
    recall: tuple[float | None, float | None]


class MiningPredictor:
    """Pairs sentences by ratio margin over 4 neighbours both ways, one to one, at the threshold best on dev by F1."""

    signature: Mapping[str, str | int | float | bool]

    def __init__(self, encoder: SentenceEncoder, index: xharness.Index) -> None:
        self.encoder = encoder
        self.index = index
        rule: dict[str, str | int] = {"index": index.name, "k": NEIGHBOURS, "margin": "ratio", "mode": "max"}
        self.signature = {**encoder.signature, **rule, "threshold": "best F1 on dev"}

    def prepare(self, split: xharness.Split) -> xharness.Prepared:
        """Merges identical lines and tokenises, of the split and of the one on which the threshold is found.

        Each merged sentence counts as one unit of work beside the encoder's. Raises DataError if texts are missing, or
        if there is no gold to find the threshold with.
        """
        tuning = tuning_split(split)
        corpora, work = [], 0
        for part in [split] if tuning is split else [split, tuning]:
            corpus, units = self._corpus(part)
            corpora.append(corpus)
            work += units + corpus.sentences
        return xharness.Prepared(split=split, work=work, payload=corpora)

    def predict(self, prepared: xharness.Prepared, advance: Advance) -> xharness.Predictions:
        """Returns for every example the ids of the documents that are paired with it: one, or none.

        Raises PredictionError naming the sentence whose vector is zero or not finite.
        """
        mined = self._mine(prepared.payload[0], advance)
        tuned = mined if len(prepared.payload) == 1 else self._mine(prepared.payload[1], advance)
        tuning = prepared.payload[-1].split
        threshold = find_threshold(tuned, tuning)
        extracted = [pair for pair, score in zip(mined.pairs, mined.scores, strict=True) if score >= threshold.value]
        found: dict[str, tuple[str, ...]] = {left: (right,) for left, right in extracted}
        ids = [example.id for example in prepared.split.examples]
        return xharness.Predictions(
            ids=ids,
            values=[found.get(name, ()) for name in ids],
            record={
                **self.signature,
                "threshold": threshold.value,
                "threshold_from": f"{tuning.place} {tuning.name}, {len(gold_pairs(tuning))} gold pairs",
                "tuning_precision": threshold.precision,
                "tuning_recall": threshold.recall,
                "tuning_f1": threshold.f1,
                "candidates": len(mined.pairs),
                "extracted": len(extracted),
                "index_recall": list(mined.recall),
            },
        )

    def _corpus(self, split: xharness.Split) -> tuple[Corpus, int]:
        texts, pool = example_texts(split), pool_texts(split)
        left, right = mining.merge(texts), mining.merge(pool)
        merged = [texts[line] for line in left.last.tolist()] + [pool[line] for line in right.last.tolist()]
        tokens, work = self.encoder.prepare(merged)
        return Corpus(split=split, left=left, right=right, tokens=tokens), work

    def _mine(self, corpus: Corpus, advance: Advance) -> Mined:
        """Returns the one-to-one candidates whose sentences both have an id. Holds one corpus's vectors meanwhile."""
        split = corpus.split
        names = [f"{split.name} {split.examples[line].id}" for line in corpus.left.last.tolist()]
        names += [f"{split.name} {split.pool[line].id}" for line in corpus.right.last.tolist()]
        vectors = unit_vectors(self.encoder, corpus.tokens, names, split.place, advance)
        border = len(corpus.left.last)
        forward, backward = self.index.search_both(vectors[:border], vectors[border:], NEIGHBOURS, advance)
        pairs = mining.mine(forward, backward)
        left, right = corpus.left.only[pairs.left], corpus.right.only[pairs.right]
        named = (left >= 0) & (right >= 0)
        lines = zip(left[named].tolist(), right[named].tolist(), strict=True)
        return Mined(
            scores=pairs.scores[named].tolist(),
            pairs=[(split.examples[x].id, split.pool[y].id) for x, y in lines],
            recall=(forward.recall, backward.recall),
        )


def tuning_split(split: xharness.Split) -> xharness.Split:
    """Returns the split on which the threshold is found: `split.tuning`, or a dev split itself.

    Raises DataError if there is none, or if it has no gold pairs: a threshold found on test would be no prediction.
    """
    tuning = split if split.tuning is None and split.name == "dev" else split.tuning
    remedy = (
        f"Put the dev texts and gold pairs of {split.language} (for BUCC {split.language}-en.dev.{split.language}, "
        f"{split.language}-en.dev.en and {split.language}-en.dev.gold) into the folder given with --data, or leave "
        f"{split.task} out."
    )
    if tuning is None:
        raise xharness.DataError(
            f"{split.place}: mining {split.name} needs the threshold that is best on dev, and there is no dev split; "
            f"nothing was predicted. {remedy}"
        )
    if not tuning.has_gold or not gold_pairs(tuning):
        raise xharness.DataError(
            f"{split.place}: the threshold is found on {tuning.name}, whose gold pairs are absent; nothing was "
            f"predicted. {remedy}"
        )
    return tuning


def gold_pairs(split: xharness.Split) -> set[tuple[str, str]]:
    """Returns the gold as (example id, document id)."""
    pairs: set[tuple[str, str]] = set()
    for example in split.examples:
        for document in example.gold or ():
            pairs.add((example.id, str(document)))
    return pairs


def find_threshold(mined: Mined, split: xharness.Split) -> mining.Threshold:
    """Returns the threshold with the best F1 against the gold of `split`, from which `mined` was mined."""
    gold = gold_pairs(split)
    correct = np.array([pair in gold for pair in mined.pairs], dtype=bool)
    return mining.best_threshold(np.array(mined.scores), correct, len(gold))
