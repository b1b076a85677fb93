"""Recipes become checkpoint sets: each in its own folder, none lost, whatever happens to the others."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
import xharness
from typer.testing import CliRunner
from xharness import plugins as plugins_module
from xharness.cli import trained
from xharness.cli.app import app
from xharness.plugins import Plugins
from xharness.selection import Selection
from xharness.training import (
    PlannedSet,
    SetOutcome,
    TrainOptions,
    find_stage,
    grid_csv,
    grid_json,
    plan_sets,
    train_grid,
    train_one,
)

from .conftest import MadeUp, World, candidate

if TYPE_CHECKING:
    from pathlib import Path

SAME_DATA = "same data twice: moods is trained on what tones is made of."


@dataclass
class School:
    """A made-up plugin that trains nothing, keeps its requests, and fails or collapses where it is told to."""

    requests: list[xharness.TrainRequest] = field(default_factory=list)
    fails_on: set[tuple[str, int]] = field(default_factory=set)
    collapses_on: set[int] = field(default_factory=set)
    interrupt_on: int | None = None
    message: str = "the loss is not finite"

    def stage(self, name: str, **more: object) -> xharness.TrainingStage:
        """A stage whose sets have a head for each task."""

        def train(request: xharness.TrainRequest) -> xharness.TrainedSet:
            self.requests.append(request)
            if request.seed == self.interrupt_on:
                raise KeyboardInterrupt
            if (request.encoder, request.seed) in self.fails_on:
                raise xharness.CheckpointError(f"{request.out.name}: {self.message}")
            request.report(f"training {len(request.tasks)} heads")
            kept = request.out.is_dir()
            request.out.mkdir(parents=True, exist_ok=True)
            collapsed = request.seed in self.collapses_on
            return xharness.TrainedSet(
                folder=request.out, heads=tuple(head(task.head, kept, collapsed) for task in request.tasks)
            )

        return replace(xharness.TrainingStage(name=name, description="Made up.", train=train), **more)

    @xharness.hookimpl
    def xharness_training_stages(self) -> list[xharness.TrainingStage]:
        return [
            self.stage("plain", text="plain = true\n", schema=lambda: {"type": "object"}),
            self.stage("twice", text="twice = true\n", seeds=(1, 2)),
            self.stage("code", encoder="own/encoder"),
        ]

    @xharness.hookimpl
    def xharness_tasks(self) -> list[xharness.Task]:
        first = MadeUp(World()).xharness_tasks()[0]
        return [replace(first, name="guesses", head="guesses", splits=("train", "dev"))]

    @xharness.hookimpl
    def xharness_read_recipe(self, file: Path) -> xharness.TrainingStage | None:
        text = file.read_text(encoding="utf-8")
        return self.stage(file.stem, text=text, encoder="from/file") if text.startswith("made up") else None

    @xharness.hookimpl
    def xharness_describe(self, checkpoint: Path) -> str | None:
        note = checkpoint / "note.txt"
        return note.read_text(encoding="utf-8") if note.is_file() else None


def head(name: str, kept: bool, collapsed: bool) -> xharness.TrainedHead:
    """One part of a made-up set."""
    return xharness.TrainedHead(
        name=name,
        kept=kept,
        seconds=2.5,
        metric="accuracy",
        value=0.5 if collapsed else 0.875,
        n=8,
        chance=0.5,
        collapsed=collapsed,
        marks=(SAME_DATA,) if name == "tones" else (),
    )


@pytest.fixture
def school() -> School:
    """The made-up training plugin."""
    return School()


@pytest.fixture
def both(world, school) -> Plugins:
    """The made-up suite and the made-up training."""
    return Plugins([candidate("made-up", MadeUp(world)), candidate("school", school)])


@pytest.fixture
def command(world, school, monkeypatch):
    """Calls the command line with the made-up plugins as the only installed ones."""
    found = [candidate("made-up", MadeUp(world)), candidate("school", school)]
    monkeypatch.setattr(plugins_module, "installed", lambda: found)
    return lambda *arguments: CliRunner().invoke(app, [str(one) for one in arguments])


def planned(school: School, *seeds: int, encoders: tuple[str, ...] = ("org/bert",)) -> tuple[PlannedSet, ...]:
    """Sets of the recipe `plain`."""
    return plan_sets([school.xharness_training_stages()[0]], encoders, TrainOptions(seeds=seeds or None))


def names(sets: tuple[PlannedSet, ...]) -> list[str]:
    """Their folder names."""
    return [one.name for one in sets]


def grid(both: Plugins, sets: tuple[PlannedSet, ...], out: Path, **options: object) -> tuple[SetOutcome, ...]:
    """Trains the sets, silently."""
    return train_grid(both, sets, Selection(), TrainOptions(**options), lambda _: None, out=out)  # type: ignore[arg-type]


# ---- which recipes -----------------------------------------------------------------------------------------------


def test_recipe_is_found_by_name_and_by_file(both, tmp_path):
    """An offered name gives that stage; a file is read by the plugin that knows its form."""
    file = tmp_path / "mine.toml"
    file.write_text("made up\n", encoding="utf-8")
    assert find_stage(both, "plain").text == "plain = true\n"
    assert (find_stage(both, str(file)).name, find_stage(both, str(file)).encoder) == ("mine", "from/file")


def test_offered_name_wins_over_a_file_of_that_name(both, tmp_path, monkeypatch):
    """A file that happens to lie in the working folder never takes a recipe's place."""
    (tmp_path / "plain").write_text("made up\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert find_stage(both, "plain").encoder is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plane", r"no recipe called 'plane'\. Did you mean plain"),
        ("absent.toml", r"no recipe file absent\.toml"),
        ("folder/absent", r"no recipe file folder/absent"),
    ],
)
def test_unknown_recipe_says_what_is_near(both, name, words):
    """A misspelt name lists near matches; what looks like a file is missed as a file."""
    with pytest.raises(xharness.UsageError, match=words):
        find_stage(both, name)


def test_file_that_no_plugin_reads_is_refused(both, tmp_path):
    """A recipe of an unknown form is an error that names the file, not a crash."""
    (tmp_path / "odd.toml").write_text("something else", encoding="utf-8")
    with pytest.raises(xharness.UsageError, match=r"No plugin can read the recipe .*odd\.toml"):
        find_stage(both, str(tmp_path / "odd.toml"))


# ---- which sets --------------------------------------------------------------------------------------------------


def test_grid_is_the_product_in_order(school):
    """Every encoder meets every recipe with every seed, each once, repeated names or not."""
    plain, twice, _ = school.xharness_training_stages()
    sets = plan_sets([plain, twice, plain], ["org/a", "org/b", "org/a"], TrainOptions(seeds=(3, 4, 3)))
    assert names(sets) == [f"{e}-{r}-seed{s}" for e in "ab" for r in ("plain", "twice") for s in (3, 4)]


def test_recipe_brings_its_own_seeds_and_encoder(school):
    """What the caller leaves out the recipe says, each recipe for itself."""
    _, twice, code = school.xharness_training_stages()
    assert names(plan_sets([twice, code], ["b"], TrainOptions())) == [
        "b-twice-seed1",
        "b-twice-seed2",
        "b-code-seed42",
    ]
    assert [one.encoder for one in plan_sets([code], [], TrainOptions())] == ["own/encoder"]


def test_recipe_without_encoder_or_seed_is_refused(school):
    """A recipe that names no encoder needs one, and an empty list of seeds is no grid."""
    plain = school.xharness_training_stages()[0]
    with pytest.raises(xharness.UsageError, match=r"plain names no encoder .*--encoder"):
        plan_sets([plain], [], TrainOptions())
    with pytest.raises(xharness.UsageError, match=r"plain has no seeds"):
        plan_sets([replace(plain, seeds=())], ["b"], TrainOptions())


@pytest.mark.parametrize(
    ("encoders", "recipes"),
    [
        (["one/bert", "two/bert"], ["plain"]),
        (["one/bert", "two/BERT"], ["plain"]),
        (["a", "a-b"], ["b-c", "c"]),
        (["org/x@1", "org/x-1"], ["plain"]),
    ],
    ids=["same last part", "other case", "hyphens", "signs"],
)
def test_folder_names_never_collide(school, encoders, recipes):
    """Different sets get different folders on every file system, and each name keeps its readable part."""
    stages = [school.stage(recipe, text=recipe) for recipe in recipes]
    found = names(plan_sets(stages, encoders, TrainOptions()))
    assert len({name.casefold() for name in found}) == len(encoders) * len(recipes)
    assert all("-seed42" in name for name in found)


def test_names_cannot_leave_the_folder(school):
    """An encoder or recipe called like a path becomes one plain folder name."""
    sets = plan_sets([school.stage("../../etc/x")], ["..", "/", "a/../b c"], TrainOptions())
    assert all("/" not in name and not name.startswith(".") for name in names(sets))


def test_lasting_names_differ_with_recipe_and_overrides(school):
    """Sets that an evaluation keeps are told apart by recipe text and overrides, in one call and between calls."""
    options = TrainOptions()
    changed = TrainOptions(settings=("target.epochs=1",))
    first, second = school.stage("r", text="a"), school.stage("r", text="b")
    one = plan_sets([first], ["e"], options, lasting=True)
    assert names(plan_sets([first, second], ["e"], options, lasting=True))[0] == one[0].name
    assert len({*names(plan_sets([first, second], ["e"], options, lasting=True))}) == 2
    assert names(plan_sets([first], ["e"], changed, lasting=True)) != names(one)


# ---- training ----------------------------------------------------------------------------------------------------


def test_stage_gets_all_it_needs(both, school, tmp_path):
    """One task per head of the suite, every offered task, overrides, folders and versions are in the request."""
    (tmp_path / "data").mkdir()
    options = TrainOptions(settings=("a=1", "b=2"), train_data=tmp_path / "data", device="cpu")
    one = planned(school, 7)[0]
    train_one(both, one, Selection(), options, lambda _: None, out=tmp_path / "set")
    request = school.requests[0]
    assert [task.head for task in request.tasks] == ["moods", "tones"]
    assert set(request.offered) == {"moods", "tones", "guesses"}
    assert (request.settings, request.seed, request.device) == (("a=1", "b=2"), 7, "cpu")
    assert (request.encoder, request.train_data, request.shared) == ("org/bert", tmp_path / "data", None)
    assert request.plugins == {"made-up": "outside 0.1", "school": "outside 0.1"}


def test_stage_scores_as_an_evaluation_does(both, school, world, tmp_path):
    """The stage's development score comes from the task's own metrics."""
    train_one(both, planned(school)[0], Selection(tasks=("moods",)), TrainOptions(), lambda _: None, out=tmp_path / "s")
    request = school.requests[0]
    task = request.tasks[0]
    split = task.load(xharness.DataRequest(language="en", split="dev"))
    predictions = xharness.Predictions(ids=[one.id for one in split.examples], values=["good"] * world.n)
    scores = request.score(task, split, predictions)
    assert [(score.metric, score.value, score.n, score.main) for score in scores] == [("accuracy", 0.5, 6, True)]
    with pytest.raises(xharness.PredictionError, match="have no prediction"):
        request.score(task, split, xharness.Predictions(ids=["0"], values=["good"]))


def test_absent_training_data_are_refused_before_the_stage(both, school, tmp_path):
    """A folder that is not there is named with its flag, and nothing is trained."""
    options = TrainOptions(train_data=tmp_path / "nothing")
    with pytest.raises(xharness.DataError, match=r"--train-data .*nothing: there is no such folder"):
        train_one(both, planned(school)[0], Selection(), options, lambda _: None, out=tmp_path / "set")
    assert not school.requests


def test_stage_that_returns_no_set_is_blamed(both, school, tmp_path):
    """A plugin written for another form of the hook is an error, never a half-read answer."""
    stage = replace(school.stage("old"), train=lambda request: request.out)
    one = PlannedSet(name="x", encoder="e", stage=stage, seed=1)
    with pytest.raises(xharness.PluginError, match=r"'old' returned .*Path where a TrainedSet"):
        train_one(both, one, Selection(), TrainOptions(), lambda _: None, out=tmp_path / "set")


def test_grid_shares_what_sets_have_in_common(both, school, tmp_path):
    """Each set has its own folder below OUT; all are told the same folder for what they share."""
    outcomes = grid(both, planned(school, 1, 2, encoders=("org/a", "org/b")), tmp_path)
    folders = [tmp_path / name for name in ("a-plain-seed1", "a-plain-seed2", "b-plain-seed1", "b-plain-seed2")]
    assert [request.out for request in school.requests] == folders
    assert {request.shared for request in school.requests} == {tmp_path / "intermediate"}
    assert [(one.status, one.seconds) for one in outcomes] == [("new", 5.0)] * 4
    again = grid(both, planned(school, 1, 3), tmp_path / "more")
    assert [one.status for one in again] == ["new", "new"]
    assert [one.status for one in grid(both, planned(school, 1, 4), tmp_path / "more")] == ["kept", "new"]


def test_failed_set_does_not_stop_the_others(both, school, tmp_path):
    """An error in one training is kept with its words; every other set is trained and recorded."""
    school.fails_on = {("org/bert", 2)}
    outcomes = grid(both, planned(school, 1, 2, 3), tmp_path)
    assert [one.status for one in outcomes] == ["new", "failed", "new"]
    stored = json.loads((tmp_path / "grid.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in stored["sets"]] == ["new", "failed", "new"]
    assert "the loss is not finite" in stored["sets"][1]["error"]


def test_every_recipe_is_checked_before_the_first_is_trained(school, both, tmp_path):
    """What a stage can know to go wrong stops the grid at its start, all of it told at once, each recipe asked once."""
    asked = []

    def check(request: xharness.TrainRequest) -> None:
        asked.append((request.encoder, request.seed))
        raise xharness.DataError(f"no data for {request.encoder}")

    good, bad = school.stage("good"), school.stage("bad", check=check)
    sets = plan_sets([good, bad], ("org/bert", "org/xlmr"), TrainOptions(seeds=(1, 2)))
    with pytest.raises(xharness.DataError, match=r"(?s)2 recipes cannot.*bad: no data for org/bert.*org/xlmr.*Mend"):
        grid(both, sets, tmp_path / "out")
    assert asked == [("org/bert", 1), ("org/xlmr", 1)]
    assert not school.requests
    assert not (tmp_path / "out").exists()


def test_error_that_every_set_has_is_raised_once(both, school, tmp_path):
    """What is wrong with the request itself is one error with its own exit code, and nothing is written."""
    (tmp_path / "out").mkdir()
    with pytest.raises(xharness.DataError, match="--train-data"):
        grid(both, planned(school, 1, 2), tmp_path / "out", train_data=tmp_path / "nothing")
    assert not list((tmp_path / "out").iterdir())


def test_interrupt_stops_the_grid_and_loses_nothing(both, school, tmp_path):
    """Ctrl-C reaches the caller at once; sets trained before are in the record, the rest as not run."""
    school.interrupt_on = 2
    with pytest.raises(KeyboardInterrupt):
        grid(both, planned(school, 1, 2, 3), tmp_path)
    assert [request.seed for request in school.requests] == [1, 2]
    stored = json.loads((tmp_path / "grid.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in stored["sets"]] == ["new", "not run", "not run"]


def test_processes_out_of_step_stop(both, school, tmp_path, monkeypatch):
    """Under several processes an error ends the grid, since the others may wait for the one that failed."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    school.fails_on = {("org/bert", 2)}
    with pytest.raises(xharness.CheckpointError, match="not finite"):
        grid(both, planned(school, 1, 2, 3), tmp_path)
    assert [request.seed for request in school.requests] == [1, 2]


# ---- what is shown -----------------------------------------------------------------------------------------------


def test_grid_record_keeps_fractions_and_collapsed_sets(both, school, tmp_path):
    """JSON and CSV have every head of every set with full precision; collapsed ones are listed, none is dropped."""
    school.collapses_on = {2}
    school.fails_on = {("org/bert", 3)}
    outcomes = grid(both, planned(school, 1, 2, 3), tmp_path)
    assert (tmp_path / "grid.csv").read_text(encoding="utf-8") == grid_csv(outcomes)
    assert (tmp_path / "grid.json").read_text(encoding="utf-8") == grid_json(outcomes)
    stored = json.loads(grid_json(outcomes))
    assert stored["collapsed"] == [["bert-plain-seed2", "moods"], ["bert-plain-seed2", "tones"]]
    assert stored["sets"][0]["heads"][0]["value"] == 0.875
    assert stored["sets"][0]["encoder"] == "bert"
    rows = list(csv.DictReader(io.StringIO(grid_csv(outcomes))))
    assert [(row["set"][-5:], row["head"], row["value"], row["collapsed"]) for row in rows] == [
        ("seed1", "moods", "0.875", "False"),
        ("seed1", "tones", "0.875", "False"),
        ("seed2", "moods", "0.5", "True"),
        ("seed2", "tones", "0.5", "True"),
        ("seed3", "", "", ""),
    ]
    assert "not finite" in rows[4]["error"]


def test_grid_table_shows_every_set(both, school, tmp_path, capsys):
    """The table has a row for each set in percent; collapsed heads are named again below, marks once."""
    school.collapses_on = {2}
    school.fails_on = {("org/bert", 3)}
    long = "org/" + "long-name-" * 7
    outcomes = grid(both, planned(school, 1, 2, 3, encoders=("org/bert", long)), tmp_path)
    assert trained.print_grid(outcomes, tmp_path) is True
    shown = capsys.readouterr()
    rows = {line.split()[0]: line.split()[1:] for line in shown.out.splitlines() if "-plain-seed" in line}
    assert rows["bert-plain-seed1"] == ["87.5", "87.5", "5", "s", "new"]
    assert rows["bert-plain-seed2"] == ["50.0", "collapsed", "50.0", "collapsed", "5", "s", "new"]
    assert rows["bert-plain-seed3"] == ["–", "–", "–", "failed"]
    assert "…" not in shown.out, "a pipe gets the whole table"
    assert "bert-plain-seed2/moods 50.0 (chance 50.0), bert-plain-seed2/tones 50.0" in shown.out
    assert shown.out.count(SAME_DATA) == 1
    assert f"plain/tones: {SAME_DATA}" in shown.out
    assert "Failed: bert-plain-seed3: bert-plain-seed3: the loss is not finite" in shown.err


def test_mark_of_one_set_names_that_set(both, school, tmp_path, capsys):
    """A mark that not every set of a recipe bears stands after the sets that do."""
    one, other = grid(both, planned(school, 1, 2), tmp_path)
    assert other.trained is not None
    bare = replace(other.trained, heads=tuple(replace(part, marks=()) for part in other.heads))
    trained.print_grid([one, replace(other, trained=bare)], tmp_path)
    assert f"bert-plain-seed1/tones: {SAME_DATA}" in capsys.readouterr().out


def test_interrupted_training_says_how_to_go_on(command, school, tmp_path):
    """Ctrl-C ends the command with the shell's code for it and one sentence."""
    school.interrupt_on = 2
    done = command("train", "twice", "--grid", "--encoder", "e", "--out", tmp_path)
    assert done.exit_code == 130
    assert "Run the same command again" in done.stderr


def test_train_prints_one_set(command, school, tmp_path):
    """Without --grid OUT is the set; its heads are shown with development score, chance and marks."""
    school.collapses_on = {42}
    done = command("train", "plain", "--encoder", "org/bert", "--out", tmp_path / "set", "--set", "a.b=1")
    assert done.exit_code == 0, done.output
    assert school.requests[0].out == tmp_path / "set"
    assert (school.requests[0].shared, school.requests[0].settings) == (None, ("a.b=1",))
    assert "50.0 collapsed" in done.stdout
    assert f"tones: {SAME_DATA}" in done.stdout
    assert f"xharness eval {tmp_path / 'set'}" in done.stdout
    assert "training 2 heads" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plain", "--encoder", "e", "--seed", "1", "--seed", "2"], "2 checkpoint sets .*seeds: 1, 2.*--grid"),
        (["plain", "--encoder", "e", "--encoder", "f"], "encoders: 2.*--grid"),
        (["plain", "code", "--encoder", "e"], "recipes: 2.*--grid"),
        (["twice", "--encoder", "e"], "seeds: 1, 2.*--grid"),
        (["plain", "--encoder", "e", "--set", "epochs"], "--set epochs: expected KEY=VALUE"),
    ],
)
def test_several_sets_need_the_flag(command, school, tmp_path, arguments, words):
    """More than one of anything is refused without --grid, before anything is trained."""
    done = command("train", *arguments, "--out", tmp_path / "set")
    assert isinstance(done.exception, xharness.UsageError)
    assert re.search(words, str(done.exception))
    assert not school.requests


def test_train_grid_fails_when_a_set_failed(command, school, tmp_path):
    """The exit code is 1 when a set failed, with all others trained and the table printed."""
    school.fails_on = {("org/bert", 1)}
    arguments = (
        "train",
        "plain",
        "twice",
        "--grid",
        "--encoder",
        "org/bert",
        "--out",
        tmp_path,
        "--seed",
        1,
        "--seed",
        2,
    )
    done = command(*arguments)
    assert done.exit_code == 1
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"bert-plain-seed2", "bert-twice-seed2"}
    school.fails_on = set()
    done = command(*arguments)
    assert done.exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grid.csv").read_text(encoding="utf-8"))))
    assert [row["status"] for row in rows if row["head"] == "moods"] == ["new", "kept", "new", "kept"]


def test_only_the_first_process_prints(command, school, tmp_path, monkeypatch):
    """Under `accelerate launch` the other processes train and say nothing, and leave the record to the first."""
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    done = command("train", "plain", "--encoder", "e", "--grid", "--seed", 1, "--seed", 2, "--out", tmp_path)
    assert (done.exit_code, done.output) == (0, "")
    assert len(school.requests) == 2
    assert not (tmp_path / "grid.json").exists()


def test_eval_trains_each_set_first(command, school, world, tmp_path):
    """`eval --train` makes each encoder × recipe × seed in its own folder and evaluates that folder."""
    file = tmp_path / "mine.toml"
    file.write_text("made up\n", encoding="utf-8")
    arguments = ["--train", "plain", "--train", file, "--seed", 5, "--checkpoints", tmp_path / "sets", "--set", "a=1"]
    done = command("eval", "org/bert", *arguments, "--out", tmp_path / "runs")
    assert isinstance(done.exception, xharness.UsageError)  # the made-up loader knows no such folder
    assert "sets/bert-plain-seed5-" in str(done.exception)
    assert school.requests[0].out.parent == tmp_path / "sets"
    assert school.requests[0].shared == tmp_path / "sets" / "intermediate"


def test_eval_asks_all_names_before_training(command, school, tmp_path):
    """What would fail after hours of training fails before it."""
    done = command("eval", "org/bert", "--train", "plain", "--index", "flatt", "--checkpoints", tmp_path / "sets")
    assert isinstance(done.exception, xharness.UsageError)
    assert "no index called 'flatt'" in str(done.exception)
    assert not school.requests


def test_training_options_without_training_are_refused(command, tmp_path):
    """Options that say how to train are not silently ignored when nothing is trained."""
    done = command("eval", "steady", "--seed", 5, "--out", tmp_path)
    assert isinstance(done.exception, xharness.UsageError)
    assert "add --train RECIPE" in str(done.exception)


def test_recipes_are_listed_and_printed(command, tmp_path):
    """The listing has names and seeds; a name or a file gives the text; --schema the form."""
    assert [row["name"] for row in json.loads(command("recipes", "--json").stdout)] == ["plain", "twice", "code"]
    assert "twice   1, 2   Made up." in command("recipes").stdout
    assert command("recipes", "plain").stdout == "plain = true\n"
    (tmp_path / "mine.toml").write_text("made up", encoding="utf-8")
    assert command("recipes", tmp_path / "mine.toml").stdout == "made up\n"
    assert json.loads(command("recipes", "plain", "--schema").stdout) == {"type": "object"}
    assert "has no schema" in str(command("recipes", "code", "--schema").exception)
    assert "Did you mean plain" in str(command("recipes", "plan").exception)


def test_tasks_to_train_on_are_told_from_targets(command):
    """A task in no suite is listed apart from a suite's targets."""
    rows = [line.split() for line in command("tasks").stdout.splitlines()[1:4]]
    assert [row[0] for row in rows] == ["moods", "tones", "guesses"]
    assert [" ".join(row[1:4]) for row in rows] == ["xtreme 1 classification"] * 2 + ["to train on"]
    described = {one["name"]: one["suites"] for one in json.loads(command("tasks", "--json").stdout)}
    assert described == {"moods": ["xtreme"], "tones": ["xtreme"], "guesses": []}


def test_show_tells_how_a_checkpoint_came_to_be(command, tmp_path):
    """A folder that is no run is described by the plugin that made it; another is refused in words."""
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "note.txt").write_text("made up from nothing", encoding="utf-8")
    assert command("show", tmp_path / "set").stdout == "made up from nothing\n"
    assert "--format json is for runs" in str(command("show", tmp_path / "set", "--format", "json").exception)
    for absent in (tmp_path, tmp_path / "nowhere"):
        found = command("show", absent).exception
        assert isinstance(found, xharness.UsageError)
        assert "There is no run at" in str(found)
        assert "`xharness train` has written" in str(found)
