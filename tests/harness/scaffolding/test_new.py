"""Beginning a package: names that cannot be, folders that exist, and nothing left behind where it fails."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner
from xharness import RunError, UsageError
from xharness.cli.app import app
from xharness.scaffolding.names import package_name
from xharness.scaffolding.things import Thing, begin
from xharness.scaffolding.writing import write_package


def test_a_name_has_its_forms():
    """One name gives the folder, the distribution, the import name and a title; the prefix may be typed."""
    name = package_name("xharness-my-topics2")
    assert (name.name, name.distribution, name.package, name.identifier, name.title) == (
        "my-topics2", "xharness-my-topics2", "xharness_my_topics2", "my_topics2", "My topics2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("My_Topics", "my-topics"),
        ("../topics", "topics"),
        ("/tmp/topics", "tmp-topics"),  # noqa: S108  # a path is what is refused
        ("topics/", "topics"),
        ("a--b", "a-b"),
        ("-a", "a"),
        ("2024-news", "news"),
        ("a.b", "a-b"),
        ("naïve topics", "na-ve-topics"),
        ("a\nb", "a-b"),
        ("x" * 51, "x" * 50),
    ],
)
def test_names_that_no_package_can_have_are_refused(name, near):
    """A path, capital letters, underscores, a digit in front …: the message says what is expected, and what is near."""
    with pytest.raises(UsageError, match=rf"cannot be the name of a package.*no path.*Perhaps {near}\.$"):
        package_name(name)


def test_names_without_anything_near_are_refused_too():
    """A name of other signs only has no suggestion."""
    for name in ("", "..", "日本語"):
        with pytest.raises(UsageError, match=r"cannot be the name of a package.*is written\)\.$"):
            package_name(name)


def test_name_of_an_installed_module_is_refused():
    """A package of the same import name would hide, or be hidden by, the one that is installed."""
    with pytest.raises(UsageError, match="xharness_xtreme is installed already"):
        package_name("xtreme")


def test_name_that_is_offered_is_refused(tmp_path):
    """A task of an offered name would stop the program once it is installed; a metric of that name would not."""
    with pytest.raises(UsageError, match=r"A task called 'xnli' is offered already"):
        begin(Thing.TASK, package_name("xnli"), parent=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert begin(Thing.METRIC, package_name("xnli"), parent=tmp_path).folder == tmp_path / "xnli"


def test_existing_folder_is_never_touched(tmp_path):
    """Whatever is there stays, and the message says so."""
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"topics exists already, and nothing in it was touched"):
        begin(Thing.TASK, package_name("topics"), parent=tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["topics", "mine.txt"]


def test_broken_link_counts_as_existing(tmp_path):
    """A link to nowhere is not written through."""
    (tmp_path / "topics").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="exists already"):
        begin(Thing.TASK, package_name("topics"), parent=tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_folder_that_cannot_be_written_is_an_error(tmp_path):
    """A file where a folder should be: one sentence, and nothing is left."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match=r"topics cannot be written: .*--out"):
        begin(Thing.TASK, package_name("topics"), parent=tmp_path / "file")


def test_half_a_package_is_never_left(tmp_path):
    """A template that lacks a value raises before anything is on disk."""
    with pytest.raises(KeyError):
        write_package(package_name("topics"), ("package",), {}, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("thing", "more", "message"),
    [
        (Thing.TASK, {"kind": "taging"}, r"no kind of task that has a template called 'taging'. Did you mean tagging"),
        (Thing.TASK, {"kind": "masked_lm"}, r"no kind of task .* called 'masked_lm'"),
        (Thing.METRIC, {"kind": "tagging"}, r"--kind tagging: only a task has a kind"),
        (Thing.TASK, {"tasks": ("xnli",)}, r"--tasks xnli: only a suite has tasks"),
        (Thing.SUITE, {"tasks": ("xnly",)}, r"no task called 'xnly'. Did you mean xnli"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, thing, more, message):
    """Unknown kinds and tasks have near matches; an option of another thing is named."""
    with pytest.raises(UsageError, match=message):
        begin(thing, package_name("topics"), parent=tmp_path, **more)
    assert list(tmp_path.iterdir()) == []


def test_suite_takes_the_tasks_that_are_named(tmp_path):
    """The tasks stand in the suite in the order in which they were named; a single one is a tuple too."""
    for name, tasks, expected in (
        ("two", ("tatoeba", "xnli"), 'TASKS = ("tatoeba", "xnli")'),
        ("one", ("xnli",), 'TASKS = ("xnli",)'),
    ):
        written = begin(Thing.SUITE, package_name(name), tasks=tasks, parent=tmp_path)
        module = (written.folder / f"xharness_{name}" / "__init__.py").read_text(encoding="utf-8")
        assert expected in module


def test_every_place_to_fill_in_is_marked(tmp_path):
    """A task's licence, citation, labels and languages say that they are to be replaced."""
    written = begin(Thing.TASK, package_name("topics"), kind="tagging", parent=tmp_path)
    module = (written.folder / "xharness_topics" / "__init__.py").read_text(encoding="utf-8")
    marked = [line.split("=")[0].strip() for line in module.splitlines() if "FILL IN" in line]
    assert marked == ["labels", "languages", "license", "citation"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "tusk", "topics"], r"expected one of task, metric, suite, stage, format"),
        (["new", "task", "../topics"], r"cannot be the name of a package"),
        (["new", "suite", "topics", "--tasks", ","], r"names nothing"),
    ],
)
def test_command_refuses_what_it_cannot_begin(tmp_path, arguments, message):
    """A wrong word is an error of use, exit code 2, and nothing is written."""
    done = CliRunner().invoke(app, [*arguments, "--out", str(tmp_path)])
    assert isinstance(done.exception, UsageError)
    assert done.exception.exit_code == 2
    assert re.search(message, str(done.exception))
    assert list(tmp_path.iterdir()) == []


def test_command_says_what_it_wrote_and_what_is_next(tmp_path):
    """Every file is listed, then the commands to type; a folder with a space is quoted."""
    folder = tmp_path / "my plugins"
    done = CliRunner().invoke(app, ["new", "metric", "topics", "--out", str(folder)])
    assert done.exit_code == 0, done.output
    written = sorted(str(path.relative_to(folder / "topics")) for path in folder.rglob("*") if path.is_file())
    assert [line.strip() for line in done.output.splitlines()[1 : len(written) + 1]] == written
    assert f"pip install --editable '{folder / 'topics'}'" in done.output
