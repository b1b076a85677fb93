"""Files of word vectors are checkpoints: an identity by bytes, one head, and sentences as means of words."""

from pathlib import Path

import numpy as np
import pytest
import xharness
from xharness.plugins import Plugins
from xharness.testing import assert_ok, check_checkpoint
from xharness_word_vectors import xharness_load

TINY = Path(__file__).parents[1] / "vectors" / "tiny.vec"


def encoded(model, *texts):
    """Returns the vectors of texts."""
    encoder = model.sentence_encoder(Plugins.load().tasks["tatoeba"], xharness.Settings())
    prepared, work = encoder.prepare(texts)
    assert work == len(texts)
    return encoder.encode(prepared, lambda _: None)


def test_checkpoint_keeps_its_promises():
    """The identity is stable and changes with a byte; the head answers retrieval and mining."""
    assert_ok(check_checkpoint(TINY))


def test_sentence_is_the_mean_of_its_words():
    """Case and punctuation do not matter; a word that is not there counts as the mean of all vectors."""
    fog, books, both, unknown, nothing = encoded(xharness_load(str(TINY)), "fog", "BOOKS!", "Fog, books.", "zebra", "…")
    assert both == pytest.approx((fog + books) / 2)
    assert unknown == pytest.approx(nothing)
    assert np.isfinite(unknown).all()


def test_other_tasks_have_no_head():
    """A classification task is reported as without head, with the reason."""
    head = xharness_load(str(TINY)).head(Plugins.load().tasks["xnli"])
    assert isinstance(head, xharness.NoHead)
    assert "word vectors have no head" in head.reason


def test_other_checkpoints_are_left_to_others():
    """The loader declines whatever does not end in .vec."""
    assert xharness_load("org/model") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("two 2\n", "line 1"),
        ("2 2\na 1 2\nb 1\n", "line 3"),
        ("1 2\na 1 x\n", "line 2"),
        ("2 2\na 1 2\n", "line 1"),
        ("1 2\na 1 nan\n", "line 1"),
        ("", "line 1"),
    ],
)
def test_broken_files_are_refused(tmp_path, text, place):
    """The message names the file and the line whose form is another."""
    file = tmp_path / "broken.vec"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(xharness.CheckpointError, match=rf"broken\.vec, {place}: "):
        encoded(xharness_load(str(file)), "a")


def test_missing_file_is_refused():
    """A name that ends in .vec and is not there is an error of this loader, not of the next one."""
    with pytest.raises(xharness.CheckpointError, match=r"no file 'nowhere\.vec'"):
        xharness_load("nowhere.vec")
