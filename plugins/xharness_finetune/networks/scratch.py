"""An encoder made from nothing: a trained tokenizer, and weights drawn at random."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from xharness.identity import of_record

from xharness_finetune.data.texts import load_texts
from xharness_finetune.networks.encoder import find_encoder
from xharness_finetune.networks.heads import quiet_loading
from xharness_finetune.origin import made, provenance
from xharness_finetune.origin.provenance import Provenance
from xharness_finetune.origin.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from xharness import TrainRequest

    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.recipes.model import Recipe, Scratch


def make_encoder(recipe: Recipe, table: Scratch, request: TrainRequest, folder: Path) -> Encoder:
    """Makes a recipe's new encoder in `folder`, an empty one; the same table, texts and seed give the same bytes.

    Raises MissingDataError or DataError for texts that are not there or do not fit the vocabulary.
    """
    from xharness_finetune.networks.vocabulary import train_tokenizer

    texts = load_texts(table.texts, table.languages, key="scratch.texts")
    tokenizer = train_tokenizer([text for lines in texts.values() for text in lines], table.vocabulary)
    with quiet_loading():
        _draw(table, len(tokenizer), request.seed, folder)
    tokenizer.save_pretrained(folder)
    settings = table.model_dump(mode="json", exclude={"texts", "languages"})
    decides = made.scratch_made(settings, _fingerprints(texts), seed=request.seed)
    provenance.write(
        folder,
        Provenance(
            made_from=decides,
            parent=None,
            recipe={"name": recipe.name, "recipe": recipe.record()},
            seen=Seen().and_text(texts),
            dev={"missing": "an encoder without a head answers no development examples"},
            plugins=dict(request.plugins),
        ),
    )
    return find_encoder(str(folder))


def _fingerprints(texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {language: of_record(list(lines)) for language, lines in texts.items()}


def _draw(table: Scratch, vocabulary: int, seed: int, folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    from xharness_finetune.engine.trainer import seeded

    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=table.width,
        num_hidden_layers=table.layers,
        num_attention_heads=table.heads,
        intermediate_size=table.inner or 4 * table.width,
        max_position_embeddings=table.positions,
        hidden_dropout_prob=table.dropout,
        attention_probs_dropout_prob=table.dropout,
        pad_token_id=0,
    )
    digest = hashlib.sha256(f"scratch {seed}".encode()).digest()
    with seeded(int.from_bytes(digest[:4], "big")):
        network = BertModel(config, add_pooling_layer=False)
    network.to(torch.float32).save_pretrained(folder)
