"""Encoders made from nothing: the tokenizer, translations, and the phase that trains on both."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xharness
from xharness.identity import of_file
from xharness_finetune import stage
from xharness_finetune.data.parallel import counts_of, load_parallel, sample_pairs
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.networks.heads import load_body
from xharness_finetune.networks.ranking import TranslationRanking, pooled_state
from xharness_finetune.networks.vocabulary import SPECIAL, train_tokenizer
from xharness_finetune.origin.chain import describe
from xharness_finetune.recipes.reading import recipe_of

from .test_stage import Request, provenance

if TYPE_CHECKING:
    from pathlib import Path

    from xharness_finetune.recipes.model import Recipe

ENGLISH = ("the cat runs .", "the dog eats .", "the owl sees the fox .", "a fox hides .", "where is the cat ?")
GERMAN = (
    "die Katze rennt .",
    "der Hund frisst .",
    "die Eule sieht den Fuchs .",
    "ein Fuchs lauert .",
    "wo ist die Katze ?",
)
CHINESE = ("猫在跑。", "狗在吃。", "猫头鹰看见狐狸。", "狐狸躲着。", "猫在哪里？")
KEY = "intermediate.translation.data"


@pytest.fixture
def parallel(tmp_path: Path) -> Path:
    """A folder with the same five sentences in three languages, ten times."""
    folder = tmp_path / "parallel"
    folder.mkdir()
    for name, lines in (("en", ENGLISH), ("de", GERMAN), ("zh", CHINESE)):
        (folder / f"{name}.txt").write_text("\n".join(lines * 10) + "\n", encoding="utf-8")
    return folder


def from_nothing(folder: Path, **changes: Any) -> Recipe:
    """Returns a recipe that makes a tiny encoder and trains it on masked and on ranked translations."""
    data = {
        "name": "tiny",
        "scratch": {"texts": str(folder), "vocabulary": 200, "layers": 2, "width": 32, "heads": 2, "positions": 64},
        "intermediate": {
            "max_steps": 12,
            "learning_rate": 2e-3,
            "batch_size": 8,
            "mlm": {"data": str(folder), "parallel": True, "share": 0.5},
            "translation": {"data": str(folder), "share": 0.25},
        },
    }
    return recipe_of({**data, **changes}, folder)


# ---- the tokenizer ----------------------------------------------------------------------------------------------------


def test_the_tokenizer_knows_every_character_and_keeps_offsets() -> None:
    """No word of the texts is unknown, frequent words are one piece, and pieces are where they say they are."""
    tokenizer = train_tokenizer([*ENGLISH * 3, *GERMAN * 3, *CHINESE * 3], 220)
    assert tokenizer.convert_ids_to_tokens(range(5)) == list(SPECIAL)
    assert len(tokenizer) <= 220
    for text in (*ENGLISH, *GERMAN, *CHINESE):
        encoded = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False)
        assert tokenizer.unk_token_id not in encoded["input_ids"]
        pieces = [piece.removeprefix("##") for piece in tokenizer.convert_ids_to_tokens(encoded["input_ids"])]
        assert [text[start:stop] for start, stop in encoded["offset_mapping"]] == pieces
    assert tokenizer.tokenize("the cat") == ["the", "cat"]
    words = tokenizer([["猫", "在", "哪里"]], is_split_into_words=True, add_special_tokens=False)
    assert words["input_ids"][0] == tokenizer("猫在哪里", add_special_tokens=False)["input_ids"]


def test_the_tokenizer_is_the_same_in_every_process() -> None:
    """Ids do not depend on the random order of tables in a process."""
    code = (
        "import sys, xharness_finetune.networks.vocabulary as v\n"
        "print(sorted(v.train_tokenizer(sys.argv[1:] * 3, 120).get_vocab().items(), key=lambda item: item[1]))"
    )
    command = [sys.executable, "-c", code, *ENGLISH, *GERMAN]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first == second


def test_a_vocabulary_that_the_characters_fill_is_refused() -> None:
    """Where characters take more than half of the vocabulary the error says how large it must be."""
    with pytest.raises(xharness.DataError, match=r"leaves less than half of the vocabulary of 100.*at least \d+"):
        train_tokenizer([*ENGLISH, *GERMAN, *CHINESE], 100)


# ---- translations -----------------------------------------------------------------------------------------------------


def test_pairs_are_lines_in_two_languages(parallel: Path) -> None:
    """Every line comes once before any comes again, in two different languages; the seed decides all."""
    texts = load_parallel(parallel, key=KEY)
    pairs = sample_pairs(texts, 100, generator=np.random.default_rng(1))
    assert sorted(pair.line for pair in pairs[:50]) == list(range(50))
    for pair in pairs:
        assert pair.languages[0] != pair.languages[1]
        assert pair.texts == tuple(texts[language][pair.line] for language in pair.languages)
    assert sum(counts_of(pairs).values()) == 200
    assert min(counts_of(pairs).values()) > 40
    turned = dict(reversed(texts.items()))
    assert sample_pairs(turned, 100, generator=np.random.default_rng(1)) == pairs
    assert sample_pairs(texts, 100, generator=np.random.default_rng(2)) != pairs


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("de", "eins\n", r"equally many lines \(de 1, en 50, zh 50\).*intermediate\.translation\.languages"),
        ("de", "eins\n\nzwei\n", r"de\.txt, line 2: it is empty"),
        ("de", "", r"de\.txt has no text"),
    ],
)
def test_files_that_are_no_translations_are_refused(parallel: Path, name: str, text: str, message: str) -> None:
    """Other numbers of lines, and lines without text, are named with file and line."""
    (parallel / f"{name}.txt").write_text(text, encoding="utf-8")
    with pytest.raises(xharness.DataError, match=message):
        load_parallel(parallel, key=KEY)


def test_one_language_is_no_translation(parallel: Path) -> None:
    """A single language is refused."""
    with pytest.raises(xharness.DataError, match=r"texts in 1 language \(en\); translations take at least two"):
        load_parallel(parallel, ["en"], key=KEY)


# ---- ranking ----------------------------------------------------------------------------------------------------------


def ranking(bert: Path, **changes: Any) -> TranslationRanking:
    """Returns a ranking network on a tiny encoder."""
    return TranslationRanking(
        load_body(find_encoder(str(bert))).network, **{"states": (1,), "temperature": 0.1, **changes}
    ).eval()


def test_the_loss_is_the_cross_entropy_of_cosines(bert: Path) -> None:
    """The loss equals a plain computation; pairs with the same number are no wrong answers for each other."""
    import torch

    network = ranking(bert)
    ids = torch.tensor([[[2, 5, 3], [2, 6, 3]], [[2, 7, 3], [2, 8, 0]], [[2, 9, 3], [2, 10, 3]]])
    mask = (ids != 0).long()
    labels = torch.tensor([4, 7, 4])
    with torch.no_grad():
        loss = network(input_ids=ids, attention_mask=mask, labels=labels)["loss"].item()
        vectors = np.zeros((3, 2, 32))
        for pair in range(3):
            for side in range(2):
                kept = ids[pair, side][mask[pair, side] == 1][None]
                mean = network.body(input_ids=kept, output_hidden_states=True).hidden_states[1][0].mean(0).numpy()
                vectors[pair, side] = mean / np.linalg.norm(mean)
    scores = np.einsum("aw,bw->ab", vectors[:, 0], vectors[:, 1]) / 0.1
    scores[0, 2] = scores[2, 0] = -np.inf
    forth = np.diag(scores) - np.log(np.exp(scores).sum(axis=1))
    back = np.diag(scores) - np.log(np.exp(scores).sum(axis=0))
    assert loss == pytest.approx(-(forth + back).mean() / 2, rel=1e-4)


def test_the_pooled_state_is_retrieval_s(bert: Path) -> None:
    """By default the state is the one with which retrieval is answered; one that does not exist is refused."""
    assert [pooled_state(layers) for layers in (3, 4, 6, 12, 16, 24)] == [2, 3, 4, 8, 12, 14]
    assert ranking(bert, states=None).states == (1,)
    with pytest.raises(xharness.UsageError, match=r"states has 3; the encoder has 2 layers"):
        ranking(bert, states=(0, 3))


# ---- the whole --------------------------------------------------------------------------------------------------------


def test_an_encoder_from_nothing_learns_and_is_the_same_twice(
    parallel: Path, request_for: Request, retrieval_task: xharness.Task, tmp_path: Path
) -> None:
    """The same recipe gives the same bytes; the loss falls; the record tells the whole chain and no path."""
    folders = []
    for name in "ab":
        request = request_for("scratch", retrieval_task, out=tmp_path / name)
        folders.append(stage.train(from_nothing(parallel), request).folder / "encoder")
    for file in ("model.safetensors", "tokenizer.json", "config.json"):
        assert of_file(folders[0] / file) == of_file(folders[1] / file)
    record = provenance(folders[0])
    assert record["training"]["weights"] == pytest.approx({"mlm": 2 / 3, "translation": 1 / 3})
    assert set(record["data"]) == {"mlm", "translation"}
    assert record["made_from"]["translation"]["temperature"] == 0.05
    start = record["parent"]["provenance"]["made_from"]
    assert (start["phase"], start["settings"]["layers"], sorted(start["texts"])) == ("scratch", 2, ["de", "en", "zh"])
    assert str(tmp_path) not in (folders[0] / "provenance.json").read_text(encoding="utf-8")
    told = describe(folders[0].parent) or ""
    assert "a new encoder of 2 layers, width 32, at most 200 subwords from texts (de, en, zh), seed 42" in told
    assert "translations (de, en, zh) in 33.3 % of the batches" in told
    assert load_tokenizer(find_encoder(str(folders[0]))).unk_token_id == 1


def test_another_seed_draws_other_weights(
    parallel: Path, request_for: Request, retrieval_task: xharness.Task, tmp_path: Path
) -> None:
    """The seed decides the new weights, not the tokenizer; without a phase the new encoder is the set's."""
    made = from_nothing(parallel, intermediate=None)
    first, second = (
        stage.train(made, request_for("scratch", retrieval_task, out=tmp_path / str(seed), seed=seed)).folder
        / "encoder"
        for seed in (1, 2)
    )
    assert of_file(first / "tokenizer.json") == of_file(second / "tokenizer.json")
    assert of_file(first / "model.safetensors") != of_file(second / "model.safetensors")


def test_translations_teach_retrieval(parallel: Path, request_for: Request, retrieval_task: xharness.Task) -> None:
    """After the phase a sentence's nearest German neighbour is its translation."""
    import torch

    settings = ("intermediate.max_steps=150", "intermediate.mlm=none")
    trained = stage.train(from_nothing(parallel), request_for("scratch", retrieval_task, settings=settings))
    encoder = find_encoder(str(trained.folder / "encoder"))
    network, tokenizer = load_body(encoder).network.eval(), load_tokenizer(encoder)

    def vectors(texts: tuple[str, ...]) -> torch.Tensor:
        rows = []
        for text in texts:
            states = network(**tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states
            rows.append(torch.nn.functional.normalize(states[pooled_state(2)][0].mean(0), dim=0))
        return torch.stack(rows)

    with torch.no_grad():
        found = (vectors(ENGLISH) @ vectors(GERMAN).T).argmax(dim=1)
    assert found.tolist() == list(range(len(ENGLISH)))


def test_such_a_recipe_starts_from_nothing_else(
    parallel: Path, bert: Path, request_for: Request, retrieval_task: xharness.Task
) -> None:
    """An encoder on the command line contradicts [scratch]."""
    with pytest.raises(xharness.UsageError, match=r"makes its encoder itself.*leave --encoder out"):
        stage.check(from_nothing(parallel), request_for(bert, retrieval_task))


def test_several_states_have_the_mean_of_their_losses(bert: Path) -> None:
    """Two pooled states give the mean of what each gives alone."""
    import torch

    ids = torch.tensor([[[2, 5, 3], [2, 6, 3]], [[2, 7, 3], [2, 8, 3]]])
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": torch.tensor([0, 1])}
    with torch.no_grad():
        alone = [ranking(bert, states=(state,))(**batch)["loss"].item() for state in (0, 2)]
        both = ranking(bert, states=(0, 2))(**batch)["loss"].item()
    assert alone[0] != pytest.approx(alone[1])
    assert both == pytest.approx(sum(alone) / 2)


def test_subwords_are_matched_with_the_nearest(bert: Path) -> None:
    """With `subwords` the loss has a second half, which equals a plain computation over the nearest subwords."""
    import torch

    ids = torch.tensor([[[2, 5, 3, 0], [2, 6, 7, 3]], [[2, 7, 9, 3], [2, 8, 3, 0]]])
    mask = (ids != 0).long()
    batch = {"input_ids": ids, "attention_mask": mask, "labels": torch.tensor([0, 1])}
    network = ranking(bert, states=(1,), subwords=True)
    with torch.no_grad():
        half = ranking(bert, states=(1,))(**batch)["loss"].item()
        loss = network(**batch)["loss"].item()
        sides: list[list[Any]] = [[], []]
        for pair in range(2):
            for side in range(2):
                kept = ids[pair, side][mask[pair, side] == 1][None]
                state = network.body(input_ids=kept, output_hidden_states=True).hidden_states[1][0].numpy()
                sides[side].append(state / np.linalg.norm(state, axis=1, keepdims=True))
    scores = np.zeros((2, 2))
    for row, first in enumerate(sides[0]):
        for column, second in enumerate(sides[1]):
            cosines = first @ second.T
            scores[row, column] = (cosines.max(axis=1).mean() + cosines.max(axis=0).mean()) / 2 / 0.1
    forth = np.diag(scores) - np.log(np.exp(scores).sum(axis=1))
    back = np.diag(scores) - np.log(np.exp(scores).sum(axis=0))
    assert 2 * loss - half == pytest.approx(-(forth + back).mean() / 2, rel=1e-3)
