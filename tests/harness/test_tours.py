"""A tour runs its commands in order, in a fresh folder, says which is which, and stops where one fails."""

from __future__ import annotations

import pytest
import xharness
from typer.testing import CliRunner
from xharness import plugins as plugins_module
from xharness.cli.app import app
from xharness.tours import find_tour, run_tour

from .conftest import candidate

VERSION = xharness.Step(says="Prints the version.", command=("--version",))
RECIPES = xharness.Step(says="Lists the recipes.", command=("recipes",))
WRONG = xharness.Step(says="Names a recipe that does not exist.", command=("recipes", "no such recipe"))


def tour(*steps: xharness.Step, name: str = "short", after: str = "") -> xharness.Tour:
    """A tour of the given steps."""
    return xharness.Tour(name=name, description="A look around.", steps=steps, next=after)


def test_steps_run_in_order_and_are_explained(tmp_path, capfd):
    """Every step's sentence and command are printed before its own output, and the end says what to do next."""
    lines: list[str] = []
    run_tour(tour(VERSION, RECIPES, after="Now your own."), tmp_path / "new" / "look", lines.append)
    assert lines[0].startswith("Tour short: A look around.")
    assert "[1/2] Prints the version.\n$ xharness --version" in lines[1]
    assert "[2/2] Lists the recipes.\n$ xharness recipes" in lines[3]
    assert lines[-1] == "Now your own."
    printed = capfd.readouterr().out
    assert printed.index(f"xharness {xharness.__version__}") < printed.index("stilts-mnli")


def test_extra_arguments_reach_every_command(tmp_path, capfd):
    """A plugin that is left out of the tour is left out of its commands."""
    lines: list[str] = []
    run_tour(tour(RECIPES), tmp_path, lines.append, extra=("--no-plugin", "finetune"))
    assert "$ xharness recipes --no-plugin finetune" in lines[1]
    assert "stilts-mnli" not in capfd.readouterr().out


def test_patterns_are_expanded_as_a_shell_does(tmp_path, capfd):
    """A pattern becomes the names that are there when its turn comes, and is shown as it was written."""
    begin = xharness.Step(says="Begins a board.", command=("leaderboard", "new", "mine", "--title", "My board"))
    show = xharness.Step(says="Shows what is no run.", command=("show", "leaderboards/*"))
    lines: list[str] = []
    with pytest.raises(xharness.HarnessError, match="Step 2"):
        run_tour(tour(begin, show), tmp_path, lines.append)
    assert "$ xharness leaderboard new mine --title 'My board'" in lines[1]
    assert "$ xharness show leaderboards/*" in lines[-1]
    assert "leaderboards/mine" in capfd.readouterr().err


def test_a_step_that_fails_ends_the_tour(tmp_path, capfd):
    """The error names step, exit code and how to try it alone; later steps do not run."""
    lines: list[str] = []
    with pytest.raises(
        xharness.HarnessError, match=r"Step 1 of the tour short failed \(exit code 2\).*cd .*xharness recipes"
    ):
        run_tour(tour(WRONG, VERSION), tmp_path, lines.append)
    assert not any("[2/2]" in line for line in lines)
    assert "no such recipe" in capfd.readouterr().err


def test_a_folder_that_holds_something_is_refused(tmp_path):
    """A tour never mixes its files with others."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(xharness.UsageError, match=r"is not empty.*--out"):
        run_tour(tour(VERSION), tmp_path, lambda _: None)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    """A file in the folder's place is an error that says so."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(xharness.RunError, match=r"file.look cannot be made .*--out"):
        run_tour(tour(VERSION), tmp_path / "file" / "look", lambda _: None)


def test_which_tour():
    """One tour needs no name; several are listed; an unknown name has near matches; none is an error that says so."""
    first, second = tour(VERSION, name="first"), tour(VERSION, name="second")
    both = {one.name: one for one in (first, second)}
    assert find_tour({"first": first}, None) is first
    assert find_tour(both, "second") is second
    with pytest.raises(xharness.UsageError, match=r"2 tours.*first: A look around\.; second"):
        find_tour(both, None)
    with pytest.raises(xharness.UsageError, match=r"no tour called 'secnod'.*Did you mean second"):
        find_tour(both, "secnod")
    with pytest.raises(xharness.UsageError, match="No plugin offers a tour"):
        find_tour({}, None)


class Guide:
    """Offers one tour whose name is no good folder name."""

    @xharness.hookimpl
    def xharness_tours(self) -> list[xharness.Tour]:
        return [tour(VERSION, name="../up")]


def test_the_command_takes_a_folder_named_after_the_tour(tmp_path, monkeypatch, capfd):
    """Without --out a folder in the working directory is made; a tour's name never leads out of it."""
    monkeypatch.setattr(plugins_module, "installed", lambda: [candidate("guide", Guide())])
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["tour"])
    assert done.exit_code == 0, done.output
    assert "Prints the version." in done.output
    (made,) = tmp_path.iterdir()
    assert made.name.startswith("tour-")
    assert f"xharness {xharness.__version__}" in capfd.readouterr().out
