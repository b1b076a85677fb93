"""Texts without labels as one more part of a training: masked language modelling, and translation ranking."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from xharness import Example, TextPair

from xharness_finetune.data.parallel import counts_of, sample_pairs
from xharness_finetune.data.texts import sample_texts
from xharness_finetune.engine.jobs import Part
from xharness_finetune.networks import heads
from xharness_finetune.networks.encoder import load_tokenizer
from xharness_finetune.networks.ranking import TranslationRanking
from xharness_finetune.recipes.model import Translation
from xharness_finetune.rows.choices import ranking_rows
from xharness_finetune.rows.collating import choice_collator
from xharness_finetune.rows.features import Features
from xharness_finetune.rows.masking import masking_collator, plain_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transformers import PreTrainedModel

    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.networks.heads import Body
    from xharness_finetune.plans import TextUnit
    from xharness_finetune.rows.collating import Collate

_SPARE = 4  # standard deviations of the number of batches, which is random, for which texts are drawn beyond the mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Texts on the shared encoder, ready to be trained on; `counts`: language → texts drawn."""

    name: str
    network: PreTrainedModel
    rows: Features
    collate: Collate
    batch_size: int
    counts: Mapping[str, int]

    def part(self, weights: Mapping[str, float]) -> Part:
        """Returns its share of the training."""
        return Part(
            name=self.name,
            network=self.network,
            rows=self.rows,
            collate=self.collate,
            batch_size=self.batch_size,
            weight=weights[self.name],
        )


def stream(unit: TextUnit, batches: float, body: Body, encoder: Encoder, seed: int) -> Stream:
    """Returns a stream on `body`, with as many texts drawn as about `batches` batches take.

    Draws a missing head from torch's global generator: seed it before. Raises UsageError for a hidden state that the encoder
    does not have, CheckpointError for an encoder that cannot be read.
    """
    settings = unit.task_settings.within(encoder.max_length)
    wanted = max(1, math.ceil((batches + _SPARE * math.sqrt(batches)) * settings.batch_size))
    generator = np.random.default_rng([seed, zlib.crc32(unit.name.encode("ascii"))])
    tokenizer = load_tokenizer(encoder)
    if isinstance(unit.settings, Translation):
        examples, counts = _pairs(unit.texts, wanted, generator)
        rows = ranking_rows(examples, tokenizer, settings.length)
        network: Any = TranslationRanking(
            body.network,
            states=unit.settings.states,
            temperature=unit.settings.temperature,
            subwords=unit.settings.subwords,
        )
        collate = choice_collator(tokenizer)
    else:
        if unit.settings.parallel:
            examples, counts = _pairs(unit.texts, wanted, generator)
        else:
            sample = sample_texts(unit.texts, wanted, alpha=unit.settings.alpha, generator=generator)
            examples, counts = sample.examples, sample.counts
        rows = plain_rows(examples, tokenizer, settings.length)
        network = heads.add_head(body, encoder, unit.task).network
        collate = masking_collator(tokenizer, seed=seed, chosen=unit.settings.masked)
    return Stream(
        name=unit.name,
        network=network,
        rows=Features(rows),
        collate=collate,
        batch_size=settings.batch_size,
        counts=counts,
    )


def _pairs(
    texts: Mapping[str, Sequence[str]], n: int, generator: np.random.Generator
) -> tuple[Sequence[Example], Mapping[str, int]]:
    """Returns lines in two languages as examples, gold the number of the line, and in how many each language is."""
    pairs = sample_pairs(texts, n, generator=generator)
    examples = [
        Example(
            id=str(index),
            cluster=str(pair.line),
            inputs=TextPair(first=pair.texts[0], second=pair.texts[1]),
            gold=str(pair.line),
        )
        for index, pair in enumerate(pairs)
    ]
    return examples, counts_of(pairs)
