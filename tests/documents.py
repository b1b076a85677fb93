"""Reads the code blocks of a markdown page and does with each what its fence promises.

| fence | what is done |
|---|---|
| `sh` | every command runs, in the order of the page, in the page's own folder; it must succeed |
| `console` | every line after `$ ` runs; what it prints must be what stands below (`…` is any text, white space is no matter) |
| `python` | runs, in names that the page's blocks share |
| `toml`, `json`, `yaml` | must parse |
| `markdown`, `bibtex`, `text`, none | shown: needs a mark |

An HTML comment on the line before a fence changes this, and says why: `<!-- parsed: reason -->` (not run; every command,
flag and argument must exist), `<!-- shown: reason -->` (not run; commands after `$ ` are parsed), `<!-- exit 1: reason -->`
(the last command ends with that code). A block without a promise is an error.

Commands of `xharness` run inside this process, so that torch is loaded once; anything with a pipe or another program runs in
bash. Trainings get a few steps instead of what their recipes say (`SHORT`).
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN, PARSED, SHOWN = "run", "parsed", "shown"
SHORT = ("target.max_steps=2", "target.max_examples=16")
PROGRAMS = frozenset(
    "accelerate awk cat cd cp echo export git grep ls make mkdir pip python sha256sum tar unzip wget".split()
)
_MARK = re.compile(r"<!--\s*(?P<kind>parsed|shown|exit)(?:\s+(?P<code>\d+))?:\s*(?P<reason>.+?)\s*-->\s*$", re.DOTALL)
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w+-]*)[^\n]*\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.DOTALL | re.MULTILINE
)
_SHELL = set("|;&<>`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: where it stands, what its fence promises, and what is written in it."""

    place: str
    language: str
    text: str
    promise: str
    code: int = 0
    reason: str = ""


@dataclass(slots=True, kw_only=True)
class Session:
    """What the blocks of one page share: a folder, and Python names."""

    folder: Path
    names: dict[str, Any] = field(default_factory=dict)


def blocks_of(page: Path) -> list[Block]:
    """Returns the fenced blocks of a page, in order. Raises AssertionError for a block that promises nothing."""
    text = page.read_text(encoding="utf-8")
    return [_block(page.name, text, found) for found in _FENCE.finditer(text)]


def _block(page: str, text: str, found: re.Match[str]) -> Block:
    place = f"{page} line {text.count(chr(10), 0, found.start()) + 1}"
    comment = text[: found.start()].rstrip(" \n").rpartition("<!--")
    mark = _MARK.match("<!--" + comment[2]) if comment[1] else None
    language = found["language"]
    indent = len(found["indent"])
    body = "\n".join(line[indent:] for line in found["text"].split("\n"))
    promise = {"parsed": PARSED, "shown": SHOWN}.get(mark["kind"], RUN) if mark else RUN
    runs = language in {"sh", "console", "python", "toml", "json", "yaml"}
    assert runs or promise == SHOWN, f"{place}: a block in {language or 'no language'} needs <!-- shown: reason -->"
    assert promise != PARSED or language in {"sh", "console"}, f"{place}: only commands can be parsed"
    code = int(mark["code"] or 0) if mark else 0
    return Block(
        place=place, language=language, text=body, promise=promise, code=code, reason=mark["reason"] if mark else ""
    )


def keep(block: Block, session: Session) -> None:
    """Runs a block, or checks it where it is marked as not to be run. Raises AssertionError where it does not hold."""
    if block.promise == RUN and block.language in {"sh", "console", "python"}:
        run(block, session)
    else:
        check(block)


def check(block: Block) -> None:
    """Raises AssertionError if a block that is not run names what does not exist, or does not parse."""
    if block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "yaml":
        assert yaml_of(block.text) is not None, block.place
    elif block.language == "python":
        compile(block.text, block.place, "exec")
    elif block.language in {"sh", "console"}:
        lines = commands(block.text) if block.language == "sh" else [one for one, _ in turns(block.text)]
        assert lines, f"{block.place}: no command"
        for line in lines:
            check_command(line, block.place)


def yaml_of(text: str) -> object:
    """Returns what a YAML document says."""
    import yaml

    return yaml.safe_load(text)


def run(block: Block, session: Session) -> None:
    """Does what the block says in the session's folder. Raises AssertionError where that is not what was promised."""
    if block.language == "python":
        path = mock.patch.dict(os.environ, {"PATH": _path(), "HF_HUB_OFFLINE": "1"})
        with _inside(session.folder), path, contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block.text, block.place, "exec"), session.names)  # noqa: S102  # the page's own code
    elif block.language == "sh":
        lines = commands(block.text)
        for line in lines:
            expected = block.code if line == lines[-1] else 0
            code, said = execute(line, session.folder)
            assert code == expected, f"{block.place}: `{line}` ended with {code}:\n{said}"
    elif block.language == "console":
        for line, shown in turns(block.text):
            code, said = execute(line, session.folder)
            assert code == block.code, f"{block.place}: `{line}` ended with {code}:\n{said}"
            assert matches(shown, said), f"{block.place}: `{line}` printed\n{said}\nwhere the page has\n{shown}"


def commands(text: str) -> list[str]:
    """Returns the commands of a shell block: comments and empty lines left out, continued lines joined."""
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.split("\n") if line.strip() and not line.lstrip().startswith("#")]


def turns(text: str) -> list[tuple[str, str]]:
    """Returns the commands of a console block, each with what is shown below it."""
    parts = re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)
    assert not parts[0].strip(), f"a console block begins with a command after `$ `, not with {parts[0]!r}"
    return [(command.strip(), shown) for command, _, shown in (part.partition("\n") for part in parts[1:])]


def matches(shown: str, said: str) -> bool:
    """Tells whether output is what a page shows, white space aside; `…` stands for any text."""
    first, *parts = ("".join(part.split()) for part in shown.split("…"))
    rest = "".join(said.split())
    if not parts:
        return rest == first
    if not rest.startswith(first) or not rest[len(first) :].endswith(parts[-1]):
        return False
    rest = rest[len(first) : len(rest) - len(parts[-1])]
    for part in parts[:-1]:
        _, found, rest = rest.partition(part) if part else ("", "…", rest)
        if not found:
            return False
    return True


# ---- commands ----------------------------------------------------------------------------------------------------


def execute(line: str, folder: Path) -> tuple[int, str]:
    """Returns the exit code of a command in a folder, and everything that it printed."""
    words = shlex.split(line, comments=True)
    inside = words[0] == "xharness" and not (_shell_syntax(line) or "--offline" in words)
    return _in_process(words[1:], folder) if inside else _in_bash(line, folder)


def _shell_syntax(line: str) -> bool:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|;&<>`")
    lexer.whitespace_split = True
    return any(set(word) <= _SHELL for word in lexer)


def _in_bash(line: str, folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": _path(), "HF_HUB_OFFLINE": "1", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout


def _path() -> str:
    """Returns PATH with the folder of this Python's programs in front."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def _in_process(arguments: list[str], folder: Path) -> tuple[int, str]:
    from xharness.cli import main

    said, code = io.StringIO(), 0
    with _inside(folder), mock.patch.object(sys, "argv", ["xharness", *_expanded(_shortened(arguments))]):
        environment = mock.patch.dict(os.environ, {"HF_HUB_OFFLINE": "1", "COLUMNS": "100", "NO_COLOR": "1"})
        streams = (contextlib.redirect_stdout(said), contextlib.redirect_stderr(said))
        with environment, streams[0], streams[1], warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what libraries warn of is shown to people, and is no error of the page
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
    return code, said.getvalue()


def _expanded(words: list[str]) -> list[str]:
    """Returns the arguments with patterns replaced by the paths that fit, as a shell does."""
    found = [sorted(map(str, Path().glob(word))) if "*" in word else [word] for word in words]
    return [*itertools.chain.from_iterable(found)]


def _shortened(words: list[str]) -> list[str]:
    """Returns the arguments with few steps for trainings, so that a page runs in seconds."""
    trains = words[:1] == ["train"] or (words[:1] == ["eval"] and "--train" in words)
    if not trains or "--help" in words:
        return words
    return [
        *words,
        *(one for setting in SHORT if setting.split("=")[0] not in " ".join(words) for one in ("--set", setting)),
    ]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def check_command(line: str, place: str) -> None:
    """Raises AssertionError unless the command line names commands, flags and numbers of arguments that exist."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    for start in (["accelerate", "launch", "-m"], ["python", "-m"]):
        if words[: len(start)] == start and words[len(start)] == "xharness":
            words = words[len(start) :]
    for stop in ("|", ">", "&&", "2>", ";"):
        words = words[: words.index(stop)] if stop in words else words
    assert words, place
    if words[0] == "make":
        check_targets(words[1:], place)
    elif words[0] == "xharness":
        check_arguments(words[1:], place)
    else:
        assert words[0] in PROGRAMS, f"{place}: is `{words[0]}` a program?"


def check_targets(words: list[str], place: str) -> None:
    """Raises AssertionError for a target that the Makefile does not have."""
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    for word in words:
        assert "=" in word or re.search(rf"^{re.escape(word)}:", makefile, re.MULTILINE), f"{place}: make {word}"


def check_arguments(words: list[str], place: str) -> None:
    """Raises AssertionError for what the command line does not take."""
    import typer

    command, context = typer.main.get_command(_app()), None
    if words in (["--install-completion"], ["--show-completion"]):  # parsing them is doing them
        assert any(words[0] in option.opts for option in command.params), place
        return
    while True:
        try:
            context = command.make_context(command.name or "xharness", list(words), parent=context)
        except Exception as error:  # typer's own, under names that its versions move about
            if type(error).__name__ == "Exit":  # --help and --version end here
                return
            raise AssertionError(f"{place}: `xharness {' '.join(words)}`: {error}") from error
        if not hasattr(command, "commands"):
            return
        name, *words = [*context._protected_args, *context.args]
        assert name in command.commands, f"{place}: there is no command {name!r}"
        command = command.commands[name]


def _app() -> Any:
    from xharness.cli.app import app

    return app
