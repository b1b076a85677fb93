"""`xharness check` tells from outside what a plugin author would otherwise learn from a wrong score."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''
"""Topics of short texts."""

from pathlib import Path

import xharness

HERE = Path(__file__).parent


def load(request):
    file = (request.data or HERE) / f"{request.language}.tsv"
    if not file.is_file():
        raise xharness.MissingDataError(f"topics/{request.language}: {file.name} does not exist")
    rows = [line.split("\\t") for line in file.read_text(encoding="utf-8").splitlines()]
    examples = [
        xharness.Example(id=id_, cluster=id_, inputs=xharness.Text(text=text), gold=label) for id_, text, label in rows
    ]
    return xharness.Split(
        task="topics", language=request.language, name=request.split, version=VERSION, examples=examples, source="made up"
    )


VERSION = "1"


@xharness.hookimpl
def xharness_tasks():
    return [
        xharness.Task(
            name="topics", version=VERSION, kind="classification", labels=("news", "sport"), languages=("sw", "zu"),
            metrics=("accuracy",), main=("accuracy",), head="topics", load=load, license="CC BY 4.0", citation="made up",
        )
    ]
'''
ROWS = "1\tHabari za leo\tnews\n2\tTimu imeshinda\tsport\n3\tMvua inanyesha\tnews\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A plugin that is not installed, with its data."""
    folder = tmp_path / "outside_topics"
    folder.mkdir()
    (folder / "__init__.py").write_text(MODULE, encoding="utf-8")
    for language in ("sw", "zu"):
        (folder / f"{language}.tsv").write_text(ROWS, encoding="utf-8")
    return folder


def test_good_plugin_is_told_group_by_group(xharness_command, package, tmp_path):
    """Findings stand in groups, what is not at hand is said, and the exit code is 0."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sw.tsv").write_text(ROWS, encoding="utf-8")
    done = xharness_command("check", package, "--data", tmp_path / "data")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "outside_topics (not installed)"
    assert "  ok       topics/sw test: 3 examples with gold, version 1" in lines
    assert "  missing  topics test: not at hand in zu; the first says: topics/zu: zu.tsv does not exist" in lines
    assert lines[-1] == "2 missing, 3 ok"
    assert lines.index("plugin") < lines.index("tasks") < lines.index("fingerprints")


def test_broken_plugin_fails_with_its_places(xharness_command, package):
    """A repeated id and a label that is not listed are told with their place, in JSON too, and the exit code is 1."""
    (package / "sw.tsv").write_text(ROWS + "4\tBei imepanda\tmoney\n", encoding="utf-8")
    done = xharness_command("check", package)
    assert done.returncode == 1
    assert "money" in done.stdout
    done = xharness_command("check", package, "--json")
    assert done.returncode == 1
    (checked,) = json.loads(done.stdout)
    assert (checked["plugin"], checked["distribution"]) == ("outside_topics", "not installed")
    broken = [one for one in checked["findings"] if one["status"] == "broken"]
    assert [(one["kind"], one["place"].split()[0]) for one in broken] == [("tasks", "topics/sw")]
    assert set(broken[0]) == {"kind", "place", "status", "message"}


def test_control_characters_of_data_are_made_visible(xharness_command, package):
    """A label that would colour the terminal is shown as what it is."""
    (package / "sw.tsv").write_text(ROWS + "4\tBei imepanda\t\x1b[31mmoney\n", encoding="utf-8")
    shown = xharness_command("check", package).stdout
    assert "\x1b" not in shown
    assert "x1b[31mmoney" in shown


@pytest.mark.slow
def test_change_without_a_new_version_is_caught(xharness_command, package):
    """Stored fingerprints catch changed data; storing them again needs a new version, or force."""
    done = xharness_command("check", package, "--update")
    assert done.returncode == 0, done.stderr
    assert (package / "xharness-fingerprints.json").is_file()
    assert "as stored, version 1; 2 of 2 data sets" in xharness_command("check", package).stdout

    (package / "sw.tsv").write_text(ROWS.replace("leo", "jana"), encoding="utf-8")
    done = xharness_command("check", package)
    assert done.returncode == 1
    assert "changed without raising the version (1): test/sw." in done.stdout
    done = xharness_command("check", package, "--update")
    assert done.returncode == 1
    assert "nothing was written. Raise the version" in done.stderr

    module = package / "__init__.py"
    module.write_text(MODULE.replace('VERSION = "1"', 'VERSION = "2"'), encoding="utf-8")
    done = xharness_command("check", package)
    assert done.returncode == 1
    assert "stored of version 1, now 2" in done.stdout
    assert xharness_command("check", package, "--update").returncode == 0
    assert xharness_command("check", package).returncode == 0


def test_broken_task_is_not_stored(xharness_command, package):
    """Nothing is stored of a plugin whose tasks are broken."""
    (package / "sw.tsv").write_text("1\t\tnews\n", encoding="utf-8")
    done = xharness_command("check", package, "--update")
    assert done.returncode == 1
    assert "nothing was stored. Mend them first" in " ".join(done.stderr.split())
    assert not (package / "xharness-fingerprints.json").exists()


def test_data_folder_languages_and_tasks_are_chosen(xharness_command, package, tmp_path):
    """`--data`, `--languages` and `--tasks` say what is tried."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "zu.tsv").write_text(ROWS, encoding="utf-8")
    done = xharness_command("check", package, "--data", tmp_path / "data", "--languages", "zu", "--tasks", "topics")
    assert done.returncode == 0, done.stdout
    assert "topics/zu test: 3 examples" in done.stdout
    assert "topics/sw" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["xtrem"], "Did you mean xtreme"),
        (["xtreme", "--tasks", "xnly"], "Did you mean xnli"),
        (["xtreme", "--force"], "--force goes with --update"),
    ],
)
def test_wrong_use_is_explained(xharness_command, arguments, message):
    """Names that do not exist, and flags that do not go together, are refused with exit code 2."""
    done = xharness_command("check", *arguments)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_absent_data_folder_is_refused(xharness_command, tmp_path):
    """A data folder that is not there is an error, not missing data."""
    done = xharness_command("check", "xtreme", "--data", tmp_path / "nowhere")
    assert done.returncode == 1
    assert "there is no such folder" in done.stderr


def test_hub_is_not_asked_unless_told(xharness_command):
    """Without `--online` hub data are missing, and no connection is tried."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.01)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    environment = {"HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0", "HF_HOME": "/nonexistent"}
    done = xharness_command("check", "intermediate", "--tasks", "mnli", "--json", env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    findings = [one for one in json.loads(done.stdout)[0]["findings"] if one["place"] == "mnli train"]
    assert [one["status"] for one in findings] == ["missing"]
    with pytest.raises(TimeoutError), listener:
        listener.accept()
