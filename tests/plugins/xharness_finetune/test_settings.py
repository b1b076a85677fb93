"""The table of settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import xharness
from xharness_finetune.settings import TARGET_SETTINGS, head_settings

from .conftest import make_task

Request = Callable[..., xharness.TrainRequest]


def test_defaults_are_jiants() -> None:
    """Batch, epochs and length of every XTREME head are those of spec/training.md §3, at learning rate 1e-5."""
    table = {head: (found.batch_size, found.epochs, found.length) for head, found in TARGET_SETTINGS.items()}
    assert table == {
        "xnli": (32, 2, 256),
        "pawsx": (32, 5, 256),
        "udpos": (32, 10, 256),
        "panx": (32, 10, 256),
        "squad": (16, 2, 384),
        "tydiqa": (16, 2, 384),
    }
    assert {(found.learning_rate, found.warmup, found.clip) for found in TARGET_SETTINGS.values()} == {(1e-5, 0.1, 1.0)}


def test_request_overrides(request_for: Request, pair_task: xharness.Task) -> None:
    """What the request names replaces the table's value; the rest stays."""
    bare = {"learning_rate": None, "batch_size": None, "epochs": None}
    assert head_settings(pair_task, request_for("e", **bare)) == TARGET_SETTINGS["xnli"]
    found = head_settings(pair_task, request_for("e", **{**bare, "epochs": 0.5, "learning_rate": 2e-5, "max_steps": 7}))
    assert (found.epochs, found.learning_rate, found.max_steps, found.batch_size) == (0.5, 2e-5, 7, 32)


@pytest.mark.parametrize(("kind", "like"), [("tagging", "udpos"), ("span_qa", "squad"), ("classification", "pawsx")])
def test_unknown_heads_take_the_settings_of_their_kind(kind: str, like: str, request_for: Request) -> None:
    """A head that the table does not name is trained like one of the same kind."""
    bare = {"learning_rate": None, "batch_size": None, "epochs": None}
    assert head_settings(make_task(kind, head="mine"), request_for("e", **bare)) == TARGET_SETTINGS[like]


def test_steps() -> None:
    """Steps are batches times epochs, rounded up, at least one and at most `max_steps`."""
    settings = TARGET_SETTINGS["xnli"]
    assert settings.steps(64) == 4
    assert settings.steps(65) == 6
    assert settings.steps(1) == 2
    assert dataclasses.replace(settings, epochs=0.1).steps(64) == 1
    assert dataclasses.replace(settings, max_steps=3).steps(6400) == 3


def test_rows_fit_the_encoder() -> None:
    """Rows are no longer than the encoder takes, and a question leaves room for its context."""
    assert TARGET_SETTINGS["squad"].within(510) is TARGET_SETTINGS["squad"]
    short = TARGET_SETTINGS["squad"].within(60)
    assert (short.length, short.question_length) == (60, 20)
