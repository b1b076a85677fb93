"""Checkpoints that come with a plugin are found by name, wherever a checkpoint is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import xharness
from xharness.evaluation import evaluate
from xharness.plugins import Plugins
from xharness.selection import Request, Selection
from xharness.training import TrainOptions, plan_sets, train_one

from .conftest import MadeUp, Model, candidate


class Shelf(MadeUp):
    """Brings the checkpoint "little" along, and remembers which folders were loaded."""

    def __init__(self, world, encoder: Path | None = None) -> None:
        super().__init__(world)
        self.encoder = encoder
        self.loaded: list[str] = []

    @xharness.hookimpl
    def xharness_checkpoints(self) -> list[xharness.Checkpoint]:
        return [xharness.Checkpoint(name="little", folder=Path("/shelf/little"), suite="xtreme", encoder=self.encoder)]

    @xharness.hookimpl
    def xharness_load(self, checkpoint: str) -> Model:
        self.loaded.append(checkpoint)
        return Model(self.world)


@pytest.fixture
def shelf(world):
    """The plugin alone, in an empty working directory."""
    return Shelf(world)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_an_offered_name_is_evaluated_from_its_folder(shelf, observer, tmp_path):
    """`xharness eval little` loads the plugin's folder; other references are handed on as they are."""
    plugins = Plugins([candidate("shelf", shelf)])
    evaluate(plugins, Request(out=tmp_path / "runs"), "little", observer)
    plugins.load_model("other", xharness.Settings())
    assert shelf.loaded == ["/shelf/little", "other"]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_in_the_working_directory_wins(shelf, tmp_path, kind):
    """A file or a folder of that name in the working directory is the user's own checkpoint."""
    (tmp_path / "little").mkdir() if kind == "folder" else (tmp_path / "little").write_text("", encoding="utf-8")
    plugins = Plugins([candidate("shelf", shelf)])
    plugins.load_model("little", xharness.Settings())
    assert shelf.loaded == ["little"]
    assert plugins.checkpoint("little") is None


@pytest.mark.parametrize(("encoder", "expected"), [(None, "/shelf/little"), (Path("/shelf/base"), "/shelf/base")])
def test_training_starts_from_the_offered_encoder(world, tmp_path, encoder, expected):
    """`--encoder little` hands the stage the folder that trainings start from, and names the set after the checkpoint."""
    asked: list[xharness.TrainRequest] = []

    def train(request: xharness.TrainRequest) -> xharness.TrainedSet:
        asked.append(request)
        return xharness.TrainedSet(folder=request.out)

    plugins = Plugins([candidate("shelf", Shelf(world, encoder))])
    stage = xharness.TrainingStage(name="quick", description="Nothing.", train=train)
    (planned,) = plan_sets([stage], ["little"], TrainOptions())
    train_one(plugins, planned, Selection(), TrainOptions(), lambda _: None, out=tmp_path / "set")
    assert planned.name == "little-quick-seed42"
    assert asked[0].encoder == expected


def test_offers_are_listed_with_their_plugin(shelf):
    """`xharness plugins` shows the names of offered checkpoints."""
    (info,) = Plugins([candidate("shelf", shelf)]).infos()
    assert info.offers["checkpoints"] == ("little",)
