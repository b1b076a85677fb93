"""Recipe files: reading, checking, writing."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import xharness
from hypothesis import given
from hypothesis import strategies as st
from xharness_finetune.recipes.model import Recipe
from xharness_finetune.recipes.reading import read_recipe, recipe_of, schema
from xharness_finetune.recipes.settings import Lora, RunSettings, TaskSettings
from xharness_finetune.recipes.writing import written

from .test_settings import recipe, task

DOCUMENT = Path(__file__).parents[3] / "docs" / "recipes.md"


def file_with(folder: Path, text: str) -> Path:
    """Returns a recipe file."""
    file = folder / "my-recipe.toml"
    file.write_text(text, encoding="utf-8")
    return file


def documented() -> list[str]:
    """Returns the recipes of the document, the complete example first."""
    return re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_the_documented_example_is_a_recipe(tmp_path: Path) -> None:
    """The complete example of docs/recipes.md is read as it stands, and means what it says."""
    example = read_recipe(file_with(tmp_path, documented()[0]))
    example.check_names(["mnli", "squad-v1.1"], ["xnli"])
    assert example.model_fields_set == set(Recipe.model_fields) - {"select", "scratch"}
    phase = example.intermediate
    assert phase is not None
    assert phase.mlm is not None
    assert phase.mlm.data == tmp_path / "texts"
    assert phase.task_for(task("span_qa", "squad-v1.1")).length == 384
    assert example.tasks["my-corpus"].dev_file == tmp_path / "dev.jsonl"
    run, settings = example.target_for(task("pair_classification", "xnli"))
    assert (run.learning_rate, run.keep, settings.max_examples) == (1e-5, "best", 50_000)
    assert run.lora == Lora(rank=8)


def test_the_other_documented_example_is_a_recipe_too(tmp_path: Path) -> None:
    """The example of a choice among recipes is read as it stands."""
    *_, text = documented()
    chosen = read_recipe(file_with(tmp_path, text)).select
    assert chosen is not None
    assert chosen.candidates == ("direct", "stilts-mnli")


def test_the_documented_encoder_from_nothing_is_a_recipe_too(tmp_path: Path) -> None:
    """The example of an encoder from nothing is read as it stands, and names no other encoder."""
    made = read_recipe(file_with(tmp_path, documented()[1]))
    assert made.scratch is not None
    assert made.intermediate is not None
    assert made.start == "scratch"
    assert made.scratch.texts == tmp_path / "parallel"
    assert made.record()["scratch"]["texts"] == "parallel"  # type: ignore[index,call-overload]
    assert made.intermediate.probabilities({}) == {"mlm": 0.5, "translation": 0.5}
    assert made.intermediate.steps({}, {}) == 3000


def test_every_setting_is_documented() -> None:
    """docs/recipes.md names every field of a run's and of a task's settings, and no field that does not exist."""
    rows = [line.split("|")[1] for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    named = set(re.findall(r"`(\w+)`", " ".join(rows)))
    kinds = {"classification", "pair_classification", "tagging", "span_qa", "multiple_choice"}
    assert named - kinds == {*RunSettings.model_fields, *TaskSettings.model_fields}


def test_the_file_names_the_recipe(tmp_path: Path) -> None:
    """A recipe without a name has the file's; an empty file is direct fine-tuning with seed 42."""
    empty = read_recipe(file_with(tmp_path, ""))
    assert (empty.name, empty.seeds, empty.intermediate, empty.select) == ("my-recipe", (42,), None, None)


@pytest.mark.parametrize("text", documented())
def test_a_recipe_can_be_written_and_read_again(text: str, tmp_path: Path) -> None:
    """A recipe's text, read in any folder, is the same recipe, its files where they were."""
    first = read_recipe(file_with(tmp_path, text))
    (tmp_path / "elsewhere").mkdir()
    assert read_recipe(file_with(tmp_path / "elsewhere", first.text())) == first


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(
    description=TEXT,
    heads=st.dictionaries(st.from_regex(r"[a-z][a-z.+]{0,5}", fullmatch=True), st.floats(1e-9, 1e9), max_size=3),
    weights=st.lists(st.floats(1e-9, 1e9), min_size=2, max_size=2),
    labels=st.lists(TEXT, min_size=2, max_size=4, unique=True),
)
def test_writing_is_toml(description: str, heads: dict[str, float], weights: list[float], labels: list[str]) -> None:
    """Any text, number and name comes back from the written file as it was, whatever is in it."""
    heads = {
        head: value
        for head, value in heads.items()
        if head not in {*RunSettings.model_fields, *TaskSettings.model_fields}
    }
    made = recipe(
        description=description,
        target={head: {"epochs": value} for head, value in heads.items()},
        tasks={"a": {"kind": "classification", "file": "/x\\y", "labels": labels, "fields": {"label": description}}},
        intermediate={
            "tasks": ["a", "b.c"],
            "sampler": "weights",
            "weights": dict(zip(["a", "b.c"], weights, strict=True)),
        },
    )
    assert recipe_of(tomllib.loads(made.text()), Path()) == made


def test_written_tables_of_tables() -> None:
    """An empty table stays, and a table with tables only needs no head of its own."""
    assert written({"a": 1, "target": {}, "tasks": {"x y": {"b": True}}}) == (
        'a = 1\n\n[target]\n\n[tasks."x y"]\nb = true\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seeds = [1, 2\nname = 3", r"my-recipe\.toml, line 2, column \d+: "),
        ("[target", r"my-recipe\.toml, (line 1|at its end).*expected TOML"),
        ("[target]\nepocs = 1", r"my-recipe\.toml: target\.epocs: there is no such field. Did you mean epochs\?"),
        ("[target.xnli]\nepocs = 1", r"target\.xnli\.epocs: there is no such field. Did you mean epochs\?"),
        ("[targets]\nepochs = 1", r"targets: there is no such field. Did you mean target or tasks\?"),
        ("[target.lora]\nrank = 0", r"target\.lora\.rank is 0; expected a number from 1 on"),
        ("[target.lora]\nmodules = 3", "modules is 3; expected 'all-linear' or a list"),
        ("[target]\nlearning_rate = nan", "learning_rate is NaN; expected a finite number"),
        ("seeds = []", "seeds is .*expected at least 1"),
        ("seeds = [1, -1]", "seeds is -1; expected a number from 0 on"),
        ("name = 'a/b'", "name is .*expected a text of the form"),
        ("[intermediate]\ntasks = []", "intermediate: there is nothing to train on; name tasks, or add a table mlm"),
        ("[intermediate.mlm]\nshare = 0.5", "intermediate: without tasks .* add max_steps"),
        (
            "[intermediate]\ntasks = ['a']\n[intermediate.mlm]\nshare = 0.5\n[intermediate.translation]\nshare = 0.5",
            "leave nothing for the tasks",
        ),
        ("[intermediate]\ntasks = ['a']\nlora = {merge = false}", "lora.merge = false is for heads"),
        ("[intermediate]\nmax_steps = 1\n[intermediate.translation]\nlanguages = ['de']", "languages .* at least 2"),
        ("encoder = 'a'\n[scratch]\ntexts = 'x'", "scratch and encoder exclude each other"),
        ("[scratch]\ntexts = 'x'\n[select]\ncandidates = ['a', 'b']", "scratch and select exclude each other"),
        ("[scratch]\ntexts = 'x'\nwidth = 30\nheads = 4", "scratch: width 30 is no multiple of heads 4"),
        ("[scratch]\nlayers = 2", r"scratch\.texts is missing"),
        ("[intermediate]\ntasks = ['a', 'a']", "intermediate: tasks are repeated"),
        ("[intermediate]\ntasks = ['mnli']\n[intermediate.mnil]", "'mnil'. Did you mean mnli"),
        ("[intermediate]\ntasks = ['a']\nsampler = 'weights'", "need each other"),
        ("[intermediate]\ntasks = ['a']\nweights = {a = 1}", "need each other"),
        (
            "[intermediate]\ntasks = ['a', 'b']\nsampler = 'weights'\nweights = {a = 1}",
            "weights name a; expected.*a, b",
        ),
        (
            "[intermediate]\ntasks = ['a']\nsampler = 'weights'\nweights = {a = 0}",
            r"weights\.a is 0; expected .* above 0",
        ),
        ("[intermediate]\ntasks = ['a']\nsampler = 'caped'", "expected 'uniform', .*'capped'"),
        ("[intermediate]\ntasks = ['a']\n[intermediate.mlm]\nshare = 1", r"mlm\.share is 1; expected a number below 1"),
        ("[intermediate]\ntasks = ['a']\n[intermediate.mlm]\nshares = 1", "Did you mean share"),
        ("[tasks.a]\nkind = 'regression'\nfile = 'x'", "expected 'classification', "),
        ("[tasks.a]\nkind = 'classification'", r"tasks\.a\.file is missing"),
        (
            "[tasks.a]\nkind = 'tagging'\nfile = 'x'\nfields = {text = 'b'}",
            r"tasks\.a: fields names 'text'; .*words, tags",
        ),
        ("[tasks.a]\nkind = 'tagging'\nfile = 'x'\nfields = {words = ['b']}", "fields.words is a list"),
        ("[tasks.a]\nkind = 'span_qa'\nfile = 'x'\nlabels = ['a', 'b']", "span_qa has none"),
        ("[tasks.a]\nkind = 'tagging'\nfile = 'x'\nlabels = ['a', 'a']", "labels are repeated"),
        ("[tasks.a]\nkind = 'tagging'\nfile = 'x'\nunanswerable = true", "unanswerable is for span_qa only"),
        ("[tasks.mlm]\nkind = 'tagging'\nfile = 'x'", r"tasks\.mlm has the name of a field"),
        ('[tasks."../a"]\nkind = "tagging"\nfile = "x"', 'tasks.*"../a" cannot be a name here'),
        ("[select]\ncandidates = ['direct']", "at least 2"),
        ("[select]\ncandidates = ['direct', 'direct']", "candidates are repeated"),
        ("[select]\ncandidates = ['direct', 'my-recipe']", "names the recipe itself"),
        ("[select]\ncandidates = ['a', 'b']\n[intermediate]\ntasks = ['a']", "exclude each other"),
        ("nme = 1\n[target]\nepocs = 1", r"2 fields are wrong:\n  1\. .*\n  2\. "),
    ],
)
def test_errors_name_file_field_and_what_is_near(text: str, message: str, tmp_path: Path) -> None:
    """A file that is no recipe is refused with file, line or field, what was expected, and near matches."""
    with pytest.raises(xharness.UsageError, match=message) as raised:
        read_recipe(file_with(tmp_path, text))
    assert str(raised.value).startswith(str(tmp_path / "my-recipe.toml"))
    assert "pydantic" not in str(raised.value)


KEYS = st.sampled_from(
    [
        "target",
        "intermediate",
        "mlm",
        "tasks",
        "lora",
        "select",
        "xnli",
        "seeds",
        "weights",
        "kind",
        "epochs",
        "a b",
        "",
    ]
)
VALUES = (
    st.none().map(lambda _: True)
    | st.integers(-2, 2**70)
    | st.floats()
    | st.sampled_from(["mnli", "capped", "{x}", ""])
)
TABLES = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_whatever_a_file_holds_is_a_recipe_or_an_error_for_users(data: dict[str, object]) -> None:
    """No table, number or text, wherever it stands, ends in anything but a recipe or a message about a field."""
    try:
        made = recipe_of({"name": "mine", **data}, Path())
    except xharness.UsageError:
        return
    assert recipe_of(tomllib.loads(made.text()), Path()) == made


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """A file that is not there, is a folder or is not UTF-8 is an error that says so."""
    with pytest.raises(xharness.UsageError, match="There is no recipe file"):
        read_recipe(tmp_path / "gone.toml")
    with pytest.raises(xharness.UsageError, match="cannot be read"):
        read_recipe(tmp_path)
    (tmp_path / "a.toml").write_bytes(b'name = "\xff"')
    with pytest.raises(xharness.UsageError, match="byte 8 is not valid UTF-8"):
        read_recipe(tmp_path / "a.toml")


def test_names_are_checked_against_what_there_is() -> None:
    """Unknown tasks and heads are refused with near matches, and own tasks that take an offered name."""
    mine = recipe(intermediate={"tasks": ["mnli"]}, target={"xnil": {"epochs": 1}})
    with pytest.raises(xharness.UsageError, match=r"intermediate\.tasks: .*'mnli'. Did you mean anli"):
        mine.check_names(["anli", "qqp"], ["xnli"])
    with pytest.raises(xharness.UsageError, match=r"\[target\.xnil\]: .* Did you mean xnli"):
        mine.check_names(["mnli"], ["xnli"])
    own = {"mnli": {"kind": "classification", "file": "x"}}
    with pytest.raises(xharness.UsageError, match=r"tasks\.mnli has the name of a task that a plugin offers"):
        recipe(tasks=own).check_names(["mnli"], [])
    recipe(tasks=own, intermediate={"tasks": ["mnli"]}).check_names([], [])


def test_the_record_has_no_paths(tmp_path: Path) -> None:
    """A recipe's record is JSON, with files and folders by their names only."""
    record = read_recipe(file_with(tmp_path, documented()[0])).record()
    text = json.dumps(record)
    assert str(tmp_path) not in text
    assert record["tasks"]["my-corpus"]["file"] == "train.jsonl"  # type: ignore[index,call-overload]
    assert record["intermediate"]["mlm"]["data"] == "texts"  # type: ignore[index,call-overload]
    assert record["intermediate"]["squad-v1.1"] == {"batch_size": 16, "length": 384}  # type: ignore[index,call-overload]


def objects_in(node: Any) -> list[dict[str, Any]]:
    """Returns every object in a JSON value."""
    if isinstance(node, list):
        return [found for item in node for found in objects_in(item)]
    if isinstance(node, dict):
        return [node, *(found for item in node.values() for found in objects_in(item))]
    return []


def test_the_schema_describes_the_file() -> None:
    """The JSON schema has every table with every field of the settings, their limits and words, and no null."""
    made = schema()
    tables: Any = made["$defs"]
    settings = {*RunSettings.model_fields, *TaskSettings.model_fields}
    assert settings <= set(tables["Target"]["properties"])
    assert settings <= set(tables["Intermediate"]["properties"])
    assert set(tables["HeadTable"]["properties"]) == settings
    assert set(tables["TaskTable"]["properties"]) == set(TaskSettings.model_fields)
    assert tables["HeadTable"]["additionalProperties"] is False
    assert tables["Target"]["additionalProperties"] == {"$ref": "#/$defs/HeadTable"}
    assert tables["HeadTable"]["properties"]["epochs"]["exclusiveMinimum"] == 0
    assert all(tables["HeadTable"]["properties"][name]["description"] for name in settings)
    assert tables["Scratch"]["required"] == ["texts"]
    assert made["required"] == []
    assert not [found for found in objects_in(made) if found.get("type") == "null"]
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    own = tables["Intermediate"]
    assert own["properties"]["cap"]["description"].startswith("capped: rows")
    assert "Attributes" not in own["description"]
