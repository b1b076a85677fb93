"""Every hook is documented, and does what its specification says: one test for each, named after it."""

from __future__ import annotations

import contextlib
import io
import runpy
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness import hookspecs
from xharness.evaluation import evaluate
from xharness.plugins import Plugins
from xharness.selection import Request
from xharness.tours import find_tour, run_tour
from xharness.training import find_stage

from .conftest import MadeUp, Model, candidate

if TYPE_CHECKING:
    from pathlib import Path

HOOKS = [name for name in vars(hookspecs) if name.startswith("xharness_")]


def plugins_of(*hooks: Any) -> Plugins:
    """A registry with one plugin that has these functions as its hooks."""
    module = SimpleNamespace(**{hook.__name__: xharness.hookimpl(hook) for hook in hooks})
    return Plugins([candidate("mine", module)])


def test_every_hook_has_a_test_named_after_it():
    """A new hook needs a test here, and a hook that is gone has none."""
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_xharness_")}
    assert tests == set(HOOKS)


def test_reference_is_what_the_docstrings_say(repository):
    """docs/hooks.md is what docs/site/hooks.py writes, and has a section for each hook."""
    made = runpy.run_path(str(repository / "docs" / "site" / "hooks.py"))["page"]()
    written = (repository / "docs" / "hooks.md").read_text(encoding="utf-8")
    assert written == made, "run: python docs/site/hooks.py"
    assert [line.removeprefix("### ") for line in written.splitlines() if line.startswith("### xharness_")] == sorted(
        HOOKS, key=lambda name: (not name.endswith("s"), name.endswith("ed"), HOOKS.index(name))
    )


@pytest.mark.parametrize("name", HOOKS)
def test_example_in_the_reference_runs(repository, name):
    """The code below a hook's heading runs as it stands, and its last line gives what the comment says."""
    section = (repository / "docs" / "hooks.md").read_text(encoding="utf-8").partition(f"### {name}\n")[2]
    code = section.partition("```python\n")[2].partition("```")[0].rstrip()
    *_, last = code.splitlines()
    expression, _, expected = last.partition("  # ")
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code.removesuffix(last), names)  # noqa: S102  # the page's own code
        value = eval(expression, names)  # noqa: S307
    assert expected == (printed.getvalue().strip() if value is None else repr(value))


def test_every_record_that_a_hook_names_is_explained(repository):
    """Whatever stands in a hook's signature has a section of its own in the reference."""
    written = (repository / "docs" / "hooks.md").read_text(encoding="utf-8")
    named = {word for name in HOOKS for word in str(getattr(hookspecs, name).__annotations__).replace("'", " ").split()}
    records = {word.strip("[]{},").removeprefix("Iterable[") for word in named} & set(xharness.__all__)
    assert records >= {"Suite", "Task", "Metric", "Index", "Model", "Predictor"}
    for record in records:
        assert f"### {record}\n" in written


# ---- offers ------------------------------------------------------------------------------------------------------


def test_xharness_suites(world):
    """An offered suite is found by name, with its tasks."""
    plugins = Plugins([candidate("mine", MadeUp(world))])
    assert list(plugins.suite_tasks(plugins.suite("xtreme"))) == ["moods", "tones"]


def test_xharness_tasks(world):
    """An offered task is found by name and loads what was asked for."""
    task = Plugins([candidate("mine", MadeUp(world))]).tasks["moods"]
    split = task.load(xharness.DataRequest(language="sw", split="dev"))
    assert (split.place, split.name, len(split.examples)) == ("moods/sw", "dev", world.n)


def test_xharness_metrics(world, observer, tmp_path):
    """An offered metric scores the tasks that name it."""
    outcome = evaluate(Plugins([candidate("mine", MadeUp(world))]), Request(out=tmp_path), "steady", observer)
    scores = {(score.metric, score.value) for cell in outcome.record.cells for score in cell.scores}
    assert scores == {("accuracy", 0.5)}


def test_xharness_indexes(world):
    """An offered index is found by the name that `--index` gives."""
    assert Plugins([candidate("mine", MadeUp(world))]).indexes["flat"].exact


def test_xharness_leaderboard_formats():
    """An offered form renders a board's content."""

    def xharness_leaderboard_formats() -> list[xharness.LeaderboardFormat]:
        return [xharness.LeaderboardFormat(name="title", suffix=".txt", render=lambda content: content.title)]

    form = plugins_of(xharness_leaderboard_formats).leaderboard_formats["title"]
    assert form.render(SimpleNamespace(title="A board")) == "A board"  # type: ignore[arg-type]  # its title is all it asks


def test_xharness_training_stages():
    """An offered stage is found by the name that `xharness train` is given."""

    def xharness_training_stages() -> list[xharness.TrainingStage]:
        return [xharness.TrainingStage(name="quick", description="Nothing.", train=lambda request: made(request.out))]

    def made(folder: Path) -> xharness.TrainedSet:
        return xharness.TrainedSet(folder=folder)

    assert find_stage(plugins_of(xharness_training_stages), "quick").description == "Nothing."


def test_xharness_submission_formats(tmp_path):
    """An offered form reads what it has written."""

    def write(folder: Path, task: Any, language: str, split: str, ids: Any, values: Any) -> None:
        (folder / f"{task.name}-{language}").write_text("\n".join(values), encoding="utf-8")

    def read(folder: Path, split: xharness.Split, task: Any) -> xharness.Predictions:
        values = (folder / f"{task.name}-{split.language}").read_text(encoding="utf-8").split("\n")
        return xharness.Predictions(ids=[example.id for example in split.examples], values=values)

    def xharness_submission_formats() -> list[xharness.SubmissionFormat]:
        return [xharness.SubmissionFormat(name="lines", read=read, write=write)]

    form = plugins_of(xharness_submission_formats).submission_formats["lines"]
    split = xharness.Split(
        task="t", language="sw", name="test", version="1", source="made up",
        examples=[xharness.Example(id="0", cluster="0", inputs=None, gold="good")],
    )  # fmt: skip
    task: Any = SimpleNamespace(name="t")
    form.write(tmp_path, task, "sw", "test", ["0"], ["bad"])
    found = form.read(tmp_path, split, task)
    assert found is not None
    assert found.values == ["bad"]


def test_xharness_checkpoints(tmp_path, monkeypatch):
    """An offered checkpoint is loaded from the plugin's folder when its name is given."""
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def xharness_checkpoints() -> list[xharness.Checkpoint]:
        return [xharness.Checkpoint(name="little", folder=tmp_path / "weights", suite="mine")]

    def xharness_load(checkpoint: str) -> object:
        asked.append(checkpoint)
        return SimpleNamespace(name="little")

    plugins_of(xharness_checkpoints, xharness_load).load_model("little", xharness.Settings())
    assert asked == [str(tmp_path / "weights")]


def test_xharness_tours(tmp_path, capfd):
    """An offered tour is found by name and runs its commands."""

    def xharness_tours() -> list[xharness.Tour]:
        step = xharness.Step(says="Prints the version.", command=("--version",))
        return [xharness.Tour(name="short", description="One command.", steps=(step,))]

    run_tour(find_tour(plugins_of(xharness_tours).tours, "short"), tmp_path / "look", lambda _: None)
    assert f"xharness {xharness.__version__}" in capfd.readouterr().out


# ---- stages ------------------------------------------------------------------------------------------------------


def test_xharness_read_recipe(tmp_path):
    """A recipe file is read by the plugin that knows its form; one that nobody knows is refused."""

    def xharness_read_recipe(file: Path) -> xharness.TrainingStage | None:
        if file.suffix != ".mine":
            return None
        return xharness.TrainingStage(
            name=file.stem, description="Mine.", train=lambda request: xharness.TrainedSet(folder=request.out)
        )

    plugins = plugins_of(xharness_read_recipe)
    for name in ("a.mine", "b.other"):
        (tmp_path / name).write_text("", encoding="utf-8")
    stage = plugins.read_recipe(tmp_path / "a.mine")
    assert stage is not None
    assert stage.name == "a"
    assert plugins.read_recipe(tmp_path / "b.other") is None


def test_xharness_describe(tmp_path):
    """How a folder came to be is told by the plugin that knows; None where nobody does."""

    def xharness_describe(checkpoint: Path) -> str | None:
        note = checkpoint / "NOTE.txt"
        return note.read_text(encoding="utf-8") if note.is_file() else None

    (tmp_path / "NOTE.txt").write_text("made by hand", encoding="utf-8")
    plugins = plugins_of(xharness_describe)
    assert plugins.describe(tmp_path) == "made by hand"
    assert plugins.describe(tmp_path / "nowhere") is None


def test_xharness_load(world):
    """The plugin registered last is asked first, and a checkpoint that it declines is left to the others."""

    class Mine:
        @xharness.hookimpl
        def xharness_load(self, checkpoint: str) -> Model | None:
            return None if checkpoint == "steady" else own

    own = Model(world)
    plugins = Plugins([candidate("made-up", MadeUp(world)), candidate("mine", Mine())])
    assert plugins.load_model("other", xharness.Settings()) is own
    assert plugins.load_model("steady", xharness.Settings()).name == "steady"


def test_xharness_predict(world):
    """A plugin from outside can answer one task of a known kind; the others stay with the built-in predictors."""

    class Mine:
        @xharness.hookimpl
        def xharness_predict(self, task: xharness.Task) -> object | None:
            return own if task.name == "tones" else None

    own = object()
    plugins = Plugins([candidate("made-up", MadeUp(world)), candidate("mine", Mine())])
    model, index = Model(world), plugins.indexes["flat"]
    asked = {
        name: plugins.predictor(model, task, index, xharness.Settings()) is own for name, task in plugins.tasks.items()
    }
    assert asked == {"moods": False, "tones": True}


# ---- watches -----------------------------------------------------------------------------------------------------


def test_xharness_cell_scored(world, observer, tmp_path):
    """It is called for every cell, scored or not, once the cell is on disk."""
    world.fails_on = {"tones/th"}
    evaluate(Plugins([candidate("mine", MadeUp(world))]), Request(out=tmp_path), "steady", observer)
    cells = [line for line in world.watched if not line.startswith("run ")]
    assert len(cells) == 6
    assert {"moods/sw scored", "tones/th failed"} <= set(cells)


def test_xharness_run_finished(world, observer, tmp_path):
    """It is called once, at the end, with the run's folder."""
    outcome = evaluate(Plugins([candidate("mine", MadeUp(world))]), Request(out=tmp_path), "steady", observer)
    assert [line for line in world.watched if line.startswith("run ")] == [f"run {outcome.folder.path.name}"]
    assert world.watched[-1].startswith("run ")


def test_contract_is_told():
    """The version of the hooks is a whole number that plugins may name, and the package exports it."""
    assert xharness.CONTRACT == hookspecs.CONTRACT == 1
    assert "CONTRACT" in xharness.__all__
