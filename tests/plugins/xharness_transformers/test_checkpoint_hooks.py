"""The plugin's hooks: what they answer, what they decline, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import xharness_transformers
from xharness import CheckpointError, Settings, Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def test_importing_the_plugin_is_cheap() -> None:
    """Importing the plugin, and checking a folder's files, loads neither torch nor transformers nor numpy."""
    script = (
        "import sys, xharness, xharness_transformers as plugin\n"
        "plugin.xharness_load(checkpoint='.', settings=xharness.Settings())\n"
        "print(sorted({'torch', 'transformers', 'numpy', 'peft', 'huggingface_hub'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_what_is_no_checkpoint_is_declined(tmp_path: Path) -> None:
    """A folder of another kind is left to other plugins; a path that does not exist is an error."""
    assert xharness_transformers.xharness_load(checkpoint=str(tmp_path), settings=Settings()) is None
    with pytest.raises(CheckpointError, match="no folder"):
        xharness_transformers.xharness_load(checkpoint=str(tmp_path / "absent"), settings=Settings())


@pytest.mark.parametrize(
    ("fixture", "task", "predictor"),
    [
        ("bert_nli", "xnli", "ClassificationPredictor"),
        ("bert_nli", "topics", "ClassificationPredictor"),
        ("bert_tagger", "panx", "TaggingPredictor"),
        ("bert_qa", "xquad", "QuestionPredictor"),
        ("bert_encoder", "tatoeba", "NoneType"),
        ("bert_encoder", "bucc2018", "NoneType"),
    ],
)
def test_every_kind_has_its_predictor(
    fixture: str, task: str, predictor: str, tasks: Mapping[str, Task], request: pytest.FixtureRequest
) -> None:
    """Classification, tagging and span questions are answered; retrieval and mining are left to the index plugin."""
    settings = Settings()
    model = xharness_transformers.xharness_load(checkpoint=str(request.getfixturevalue(fixture)), settings=settings)
    assert model is not None
    found = xharness_transformers.xharness_predict(model=model, task=tasks[task], settings=settings)
    assert type(found).__name__ == predictor


def test_other_models_are_declined(tasks: Mapping[str, Task]) -> None:
    """A model of another plugin gets no predictor from this one."""
    assert xharness_transformers.xharness_predict(model=object(), task=tasks["xnli"], settings=Settings()) is None
