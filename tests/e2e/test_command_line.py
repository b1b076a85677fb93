"""What holds for every command: exit codes, JSON, colours, completion, the version."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import xharness

XHARNESS = Path(sys.executable).with_name("xharness")
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[0-9;]*m")
HEAVY = re.compile(r"\| +(torch|transformers|datasets|numpy|pyarrow)$", re.MULTILINE)


def completed(words: str, cwd: Path | None = None) -> list[str]:
    """What bash is told to offer for the last word."""
    position = len(words.split(" ")) - 1
    environment = {"_XHARNESS_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(position)}
    done = subprocess.run(
        [str(XHARNESS)], env={**os.environ, **environment}, cwd=cwd, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What a command writes where stdout and stderr are a terminal."""
    leader, follower = pty.openpty()
    plain = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    command = subprocess.Popen(
        [str(XHARNESS), *arguments], stdout=follower, stderr=follower, env={**plain, "TERM": "xterm", **variables}
    )
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 1 << 16)
        except OSError:  # Linux's end of a terminal
            break
        if not part:
            break
        written += part
    os.close(leader)
    command.wait(timeout=60)
    return written.decode()


class TestExitCodes:
    def test_they_are_documented(self, xharness_command):
        """`--help` ends with the codes, and itself is 0."""
        done = xharness_command("--help")
        assert done.returncode == 0
        assert "Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted." in " ".join(done.stdout.split())

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("tasks",), 0),
            (("eval", "./no-such-folder", "--data", "."), 1),
            (("data", "verify", "no-such-folder"), 1),
            (("tasks", "xnil"), 2),
            (("tasks", "--no-such-option"), 2),
            (("no-such-command",), 2),
            (("eval",), 2),
        ],
    )
    def test_they_are_kept(self, xharness_command, arguments, code, tmp_path):
        """What failed is 1; what was used wrongly is 2, whether an option, a command or a name is unknown."""
        assert xharness_command(*arguments, cwd=tmp_path).returncode == code

    def test_interrupted(self):
        """Ctrl-C is 130, the shell's own code, also in a command that does nothing about it itself."""
        code = (
            "import sys, xharness.plugins\n"
            "def interrupted(*_): raise KeyboardInterrupt\n"
            "xharness.plugins.Plugins.load = interrupted\n"
            "sys.argv = ['xharness', 'tasks']\n"
            "from xharness.cli import main\n"
            "main()"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 130
        assert "Traceback" not in done.stderr


class TestJson:
    @pytest.mark.parametrize(
        ("arguments", "keys"),
        [
            (("tasks",), {"name", "version", "suites", "kind", "languages", "license"}),
            (("plugins",), {"name", "distribution", "version", "offers"}),
            (("recipes",), {"name", "description", "seeds", "encoder"}),
            (("leaderboard", "list"), {"board", "title", "suite", "cells", "runs"}),
        ],
    )
    def test_listings_are_arrays_of_objects(self, xharness_command, repository, arguments, keys):
        """Every listing has `--json`: an array, each entry with its name first; nothing else is on stdout."""
        done = xharness_command(*arguments, "--json", cwd=repository)
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)
        assert rows
        assert all(keys <= set(row) for row in rows)

    @pytest.mark.parametrize("arguments", [("tasks", "xnli"), ("recipes", "direct")])
    def test_one_thing_is_an_object(self, xharness_command, arguments):
        """What is described alone is an object with the listing's keys."""
        listed = json.loads(xharness_command(arguments[0], "--json").stdout)
        alone = json.loads(xharness_command(*arguments, "--json").stdout)
        assert set(listed[0]) <= set(alone)
        assert alone["name"] == arguments[1]

    def test_findings(self, xharness_command, tmp_path):
        """`data verify` gives findings with place, status and message, and the same exit code as without."""
        plain, done = (xharness_command("data", "verify", tmp_path, *flag) for flag in ((), ("--json",)))
        rows = json.loads(done.stdout)
        assert done.returncode == plain.returncode
        assert {key for row in rows for key in row} == {"place", "status", "message"}
        assert len(rows) == len(plain.stdout.split("\n\n")[0].splitlines())

    def test_verified_boards(self, xharness_command, repository):
        """`leaderboard verify` gives what is wrong with each board: nothing, with those of this repository."""
        done = xharness_command("leaderboard", "verify", "minilm-tagging", "--json", cwd=repository)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [{"board": "minilm-tagging", "runs": 10, "problems": []}]

    @pytest.mark.slow
    def test_the_doctor(self, xharness_command, tmp_path):
        """The doctor's findings also have a remedy; offline it takes nobody's time, and on this machine nothing is broken."""
        done = xharness_command("doctor", "--offline", "--json", cwd=tmp_path, env={"HF_HOME": str(tmp_path / "hf")})
        rows = json.loads(done.stdout)
        assert done.returncode == 0, [row for row in rows if row["status"] == "broken"]
        assert {key for row in rows for key in row} == {"place", "status", "message", "remedy"}
        assert {"python", "torch", "cpu", "hub cache", "hub", "plugin xtreme"} <= {row["place"] for row in rows}
        assert not (tmp_path / "hf").exists()
        assert not (tmp_path / "runs").exists()
        left_out = xharness_command("doctor", "--no-plugin", "no-such-plugin", cwd=tmp_path)
        assert left_out.returncode == 2


class TestColours:
    def test_a_terminal_has_them_unless_told_otherwise(self):
        """Help is coloured on a terminal; with NO_COLOR it is not, nor is an error."""
        assert COLOUR.search(on_a_terminal("--help"))
        assert not COLOUR.search(on_a_terminal("--help", NO_COLOR="1"))
        assert not COLOUR.search(on_a_terminal("tasks", "--no-such-option", NO_COLOR="1"))

    @pytest.mark.parametrize("variables", [{}, {"GITHUB_ACTIONS": "true"}])
    @pytest.mark.parametrize("arguments", [("--help",), ("tasks",), ("tasks", "--no-such-option")])
    def test_a_pipe_has_none(self, xharness_command, arguments, variables):
        """No escape sequence is written where there is no terminal, also not where typer takes a log for one."""
        done = xharness_command(*arguments, env={"FORCE_COLOR": "", "TERM": "xterm", **variables})
        assert "\x1b" not in done.stdout + done.stderr


class TestCompletion:
    @pytest.mark.parametrize(
        ("words", "offered"),
        [
            ("xharness prefe", ["prefetch"]),
            ("xharness eval x --suite xt", ["xtreme"]),
            ("xharness eval x --tasks ", {"xnli", "pawsx", "bucc2018"}),
            ("xharness eval x --tasks xnli,xq", ["xnli,xquad"]),
            ("xharness eval x --tasks xnli,xn", []),
            ("xharness tasks tato", ["tatoeba"]),
            ("xharness train stilts-mn", {"stilts-mnli"}),
            ("xharness recipes stilts-mn", {"stilts-mnli"}),
            ("xharness eval x --train stilts-mn", {"stilts-mnli"}),
            ("xharness prefetch xt", ["xtreme"]),
            ("xharness leaderboard verify minilm-", ["minilm-tagging"]),
            ("xharness leaderboard add runs/a --board minilm-", ["minilm-tagging"]),
        ],
    )
    def test_names(self, repository, words, offered):
        """Commands, suites, tasks (also after a comma), recipes and boards are completed."""
        found = completed(words, cwd=repository)
        assert offered <= set(found) if isinstance(offered, set) else found == offered

    @pytest.mark.parametrize("command", ["show", "compare", "export", "compare x --baseline", "leaderboard add"])
    def test_runs(self, tmp_path, command):
        """Wherever a run is expected the folders with one are offered, and nothing else."""
        for name in ("runs/direct-1a2b3c4d", "runs/mnli-5e6f7a8b", "other/x/direct"):
            (tmp_path / name).mkdir(parents=True)
        for name in ("runs/direct-1a2b3c4d", "runs/mnli-5e6f7a8b"):
            (tmp_path / name / "run.json").touch()
        assert completed(f"xharness {command} runs/d", cwd=tmp_path) == ["runs/direct-1a2b3c4d"]
        assert len(completed(f"xharness {command} ", cwd=tmp_path)) == 2

    def test_nothing_heavy_is_imported(self, repository):
        """Pressing Tab loads no library that takes time."""
        environment = {
            "_XHARNESS_COMPLETE": "complete_bash",
            "COMP_WORDS": "xharness eval --tasks x",
            "COMP_CWORD": "3",
        }
        command = [sys.executable, "-X", "importtime", str(XHARNESS)]
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True)
        assert "xnli" in done.stdout
        assert "xharness.cli.app" in done.stderr
        assert not HEAVY.search(done.stderr)

    def test_bash_itself(self, tmp_path):
        """The script that is installed for bash fills in what is offered."""
        bash = shutil.which("bash")
        if bash is None:
            pytest.skip("bash is not installed")
        script = subprocess.run(
            [str(XHARNESS)],
            env={**os.environ, "_XHARNESS_COMPLETE": "source_bash"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        (tmp_path / "completion").write_text(script, encoding="utf-8")
        commands = (
            f"source {tmp_path / 'completion'}; COMP_WORDS=(xharness tasks xn); COMP_CWORD=2; "
            f"_xharness_completion {XHARNESS}; echo ${{COMPREPLY[*]}}"
        )
        done = subprocess.run([bash, "--norc", "-c", commands], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["xnli"]

    def test_zsh_is_told_the_same(self):
        """The form for zsh names the same suites."""
        environment = {"_XHARNESS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "xharness eval x --suite xt"}
        done = subprocess.run(
            [str(XHARNESS)], env={**os.environ, **environment}, capture_output=True, text=True, check=True
        )
        assert '"xtreme"' in done.stdout
        assert "_arguments" in done.stdout


def test_the_version(xharness_command):
    """`--version` names what a bug report needs first."""
    done = xharness_command("--version")
    assert re.fullmatch(rf"xharness {re.escape(xharness.__version__)} \(Python 3\.\d+\.\d+, torch \S+\)\n", done.stdout)
