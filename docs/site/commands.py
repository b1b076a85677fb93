"""Writes docs/commands.md: every command, argument and option, as the program itself describes them.

python docs/site/commands.py
"""

from __future__ import annotations

import html
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).resolve().parents[1] / "commands.md"
HEAD = """# Commands

Made from the program by `python docs/site/commands.py`. `xharness COMMAND --help` says the same.
"""


def page() -> str:
    """Returns the page."""
    import typer
    from xharness.cli.app import app

    root = typer.main.get_command(app)
    parts = [HEAD, *_options(root, "Options of every command"), *_commands(root, "xharness")]
    return "\n".join(parts).rstrip("\n") + "\n"


def _commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path} {name}")
        else:
            yield from _command(command, f"{path} {name}")


def _command(command: Any, path: str) -> Iterator[str]:
    """Yields a section: usage, what the command does, examples, arguments, options."""
    yield f"## {path}\n"
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    usage = " ".join(_argument(one) for one in arguments)
    yield f"`{path}{' ' + usage if usage else ''} [OPTIONS]`\n"
    text, _, examples = inspect.cleandoc(command.help or "").partition("\nExample")
    yield f"{_escaped(text.strip())}\n"
    lines = [line.strip() for line in examples.partition(":\n")[2].strip("\n").split("\n") if line.strip()]
    if lines:
        yield "<!-- parsed: names stand for anybody's folders -->\n```sh\n" + "\n".join(lines) + "\n```\n"
    if arguments:
        yield "| argument | |\n|---|---|"
        for one in arguments:
            yield f"| `{_argument(one)}` | {_cell(one.help)} |"
        yield ""
    yield from _options(command, "")


def _argument(one: Any) -> str:
    name = (one.metavar or one.name.upper()).strip("{}[]")
    name = name.rstrip(".")
    shown = name + ("..." if one.nargs == -1 or one.multiple else "")
    return shown if one.required else f"[{shown}]"


def _options(command: Any, title: str) -> Iterator[str]:
    found = [one for one in command.params if one.param_type_name == "option" and not one.hidden and one.name != "help"]
    if not found:
        return
    if title:
        yield f"## {title}\n"
    yield "| option | | default |\n|---|---|---|"
    for one in found:
        yield f"| {_flags(one)} | {_cell(one.help)} | {_default(one)} |"
    yield ""


def _flags(one: Any) -> str:
    value = "" if one.is_flag else f" {one.metavar or one.opts[0].lstrip('-').upper()}"
    return ", ".join(_cell(f"`{name}{value}`") for name in [*one.opts, *one.secondary_opts])


def _default(one: Any) -> str:
    if one.default in (None, False, (), []) or callable(one.default) or one.is_flag:
        return ""
    return f"`{one.default}`" if str(one.default) else ""


def _cell(text: str | None) -> str:
    """Returns text for a table: a bar inside of code is none of its bars, in every dialect of markdown."""
    words = _escaped(" ".join((text or "").split()))
    return re.sub(r"`([^`]*\|[^`]*)`", lambda found: _code(found[1]), words).replace("|", "&#124;")


def _code(text: str) -> str:
    return f"<code>{html.escape(text, quote=False)}</code>"


def _escaped(text: str) -> str:
    """Returns text in which `<` outside of code is no markup."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
