"""Writes docs/hooks.md: every hook, and the records that hooks speak of, as their docstrings describe them.

Run it after any change of those (`python docs/site/hooks.py`); tests/harness/test_hooks.py fails until then.
"""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import re
import textwrap
from pathlib import Path
from typing import Any

import xharness
from xharness import hookspecs

PAGE = Path(__file__).resolve().parents[1] / "hooks.md"
INTRODUCTION = """
# Hooks

<!-- Written by docs/site/hooks.py from the docstrings of harness/xharness/hookspecs.py and of the records: change those. -->

What a plugin can do, hook by hook. How to write one is told in [plugins](plugins.md); `xharness new` writes a package that
works, and `xharness check NAME` tells whether it keeps what is promised here.

A function of a plugin takes only those of a hook's arguments that it names. A module may say for which version of all this it
was written (`XHARNESS_CONTRACT = {contract}`); where the harness has another, the program stops and says what to update.

{kinds}
"""
OFFERS, STAGES, WATCHES = "Offers", "Stages", "Watches"
SECTIONS = {
    OFFERS: "Plural nouns. They return records, which are collected by name; a name that two plugins offer is an error.",
    STAGES: "Verbs. The plugins are asked one after the other, those from outside first; None declines, and the first other "
    "answer counts.",
    WATCHES: "In the past tense. They are told what has happened, and return nothing.",
}
ABOUT_RECORDS = (
    "What hooks return and are given, all importable from `xharness`. Records take keyword arguments only and do not "
    "change; what has methods is a protocol: any object with these methods will do. Scores are fractions in [0, 1]."
)
RECORDS = (
    "Task", "DataRequest", "Split", "Example", "Document", "Answer", "Text", "TextPair", "Words", "Question", "Choices",
    "Suite", "Aggregator", "Metric", "Predictions", "Statistics", "Index", "Neighbours", "Model", "Settings", "Head", "NoHead",
    "Predictor", "Prepared", "EncodesSentences", "SentenceEncoder", "Checkpoint", "TrainingStage", "TrainRequest", "TrainedSet",
    "TrainedHead", "LeaderboardFormat", "SubmissionFormat", "Tour", "Step",
)  # fmt: skip
_ENTRY = re.compile(r"^(\w[\w, ]*):\s+(.*)$")


def hook_names() -> list[str]:
    """Returns the names of all hooks, in the order of the specifications."""
    return [name for name in vars(hookspecs) if name.startswith("xharness_")]


def section(name: str) -> str:
    """Returns the kind of a hook."""
    if name.endswith("s"):
        return OFFERS
    return WATCHES if name.endswith("ed") else STAGES


def page() -> str:
    """Returns the whole page."""
    kinds = "\n".join(f"- **{kind}**: {_lowered(text)}" for kind, text in SECTIONS.items())
    parts = [INTRODUCTION.strip().format(contract=hookspecs.CONTRACT, kinds=kinds)]
    for kind, text in SECTIONS.items():
        parts += [f"## {kind}", text]
        parts += [_hook(name) for name in hook_names() if section(name) == kind]
    parts += ["## Records", ABOUT_RECORDS]
    parts += [_record(name) for name in RECORDS]
    return "\n\n".join(parts) + "\n"


# ---- hooks -------------------------------------------------------------------------------------------------------


def _hook(name: str) -> str:
    function = getattr(hookspecs, name)
    text = inspect.getdoc(function) or ""
    told, _, _ = text.partition("Example:")
    signature = inspect.signature(function)
    arguments = ", ".join(f"{one.name}: {one.annotation}" for one in signature.parameters.values())
    head = f"### {name}\n\n`{name}({arguments}) -> {signature.return_annotation}`"
    return f"{head}\n\n{told.strip()}\n\n```python\n{_code(function, name)}\n```"


def _code(function: object, name: str) -> str:
    """Returns a hook's doctest as a module's text: what an expression gives stands behind it as a comment."""
    (test,) = doctest.DocTestFinder(recurse=False).find(function, name, globs={})
    lines: list[str] = []
    for example in test.examples:
        source, wanted = example.source.rstrip("\n"), example.want.strip()
        block = source.startswith(("@", "class ", "def "))
        after_import = bool(lines) and lines[-1].startswith("import ") and not source.startswith("import ")
        if lines and (block or lines[-1].startswith(" ")):
            lines += ["", ""]
        elif after_import:
            lines.append("")
        lines += source.split("\n")
        if wanted:
            lines[-1] += f"  # {wanted}"
    return "\n".join(lines)


# ---- records -----------------------------------------------------------------------------------------------------


def _record(name: str) -> str:
    made = getattr(xharness, name)
    told, attributes = _told(inspect.getdoc(made) or "")
    lines = [f"### {name}", "", told, ""]
    if dataclasses.is_dataclass(made):
        for field in dataclasses.fields(made):
            meaning = attributes.get(field.name, "")
            lines.append(f"- `{field.name}: {field.type}{_default(field)}`{f': {meaning}' if meaning else ''}")
    else:
        lines += [f"- `{one}`: {meaning}" for one, meaning in attributes.items()]
        lines += [_method(made, method) for method in _methods(made)]
    return "\n".join(lines).strip()


def _told(text: str) -> tuple[str, dict[str, str]]:
    """Returns a class's docstring without its attributes, and the attributes' meanings."""
    told, _, listed = text.partition("\nAttributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in textwrap.dedent(listed).splitlines():
        entry = None if line.startswith(" ") else _ENTRY.match(line)
        if entry is not None:
            names = [one.strip() for one in entry[1].split(",")]
            found |= dict.fromkeys(names, entry[2])
        else:
            found |= {one: f"{found[one]} {line.strip()}" for one in names if line.strip()}
    return told.strip(), found


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return f" = {field.default!r}" if not hasattr(field.default, "value") else f' = "{field.default}"'
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory()!r}"
    return ""


def _methods(made: type) -> list[str]:
    public = ((name, value) for name, value in vars(made).items() if not name.startswith("_"))
    return [name for name, value in public if callable(value) or isinstance(value, property)]


def _method(made: type, name: str) -> str:
    value = vars(made)[name]
    function = value.fget if isinstance(value, property) else value
    told = " ".join((inspect.getdoc(value) or "").split())
    signature = inspect.signature(function)
    arguments = ", ".join(str(one) for one in list(signature.parameters.values())[1:]).replace("'", "")
    written = name if isinstance(value, property) else f"{name}({arguments})"
    return f"- `{written} -> {signature.return_annotation}`: {told}"


def _lowered(text: str) -> str:
    return text[0].lower() + text[1:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
