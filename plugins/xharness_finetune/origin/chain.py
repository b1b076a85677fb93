"""How a checkpoint came to be, in lines for a terminal: what `xharness show CHECKPOINT` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import RunError
from xharness.identity import of_record

from xharness_finetune.origin import provenance
from xharness_finetune.origin.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LONGEST = 300  # characters of a line's text that comes from a file
_MOST_STEPS = 64  # of a chain
_DIGITS = 12  # of an identity


def describe(folder: Path) -> str | None:
    """Returns how a checkpoint set, a head or an encoder came to be, oldest first; None if nothing in it says so.

    Heads with the same origin are listed below it. Records that are damaged, foreign or of another schema are named and
    shown as far as they can be read. No control character of a file reaches the result.
    """
    if not folder.is_dir():
        return None
    try:
        lines = _lines(folder)
    except RecursionError:
        lines = [f"{folder.name}: its records are nested too deeply to be shown"]
    return "\n".join(_safe(line) for line in lines) or None


def _lines(folder: Path) -> list[str]:
    single = _load(folder)
    if single is not None:
        return [f"{folder.name}: how it came to be, oldest first", *_single(single, folder.name)]
    parts = {
        path.name: part
        for path in sorted(folder.iterdir())
        if path.is_dir() and not path.name.startswith(".") and (part := _load(path)) is not None
    }
    if not parts:
        return []
    return [f"{folder.name}: a checkpoint set of {_count(len(parts), 'part')}, oldest first", *_set(parts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part's record, or why it cannot be read."""

    record: Mapping[str, Any]
    problem: str | None = None


def _load(folder: Path) -> _Part | None:
    try:
        record = provenance.read(folder)
    except RunError as err:
        return _Part(record={}, problem=str(err))
    return None if record is None else _Part(record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One training of a chain, or its start; steps with equal keys are the same."""

    key: str
    line: str


def _single(part: _Part, name: str) -> Iterator[str]:
    yield from _numbered(_ancestors(part.record))
    yield from _part_lines(part, name)
    yield from _seen_lines(part.record)
    yield from _marks(part.record)
    yield from _made_with(part.record)


def _set(parts: Mapping[str, _Part]) -> Iterator[str]:
    """Yields the lines of a set, parts of the same origin together, and below each what its scores' reader must know."""
    groups: dict[tuple[str, ...], list[str]] = {}
    origins = {name: _origin(part.record, name) for name, part in parts.items()}
    for name, origin in origins.items():
        groups.setdefault(tuple(step.key for step in origin), []).append(name)
    for names in groups.values():
        yield ""
        yield from _numbered(origins[names[0]])
        width = max(len(name) for name in names)
        for name in names:
            yield from _part_lines(parts[name], name, width)
            yield from (f"  {line}" for line in _marks(parts[name].record))
    newest = next((part.record for part in parts.values() if part.record), {})
    yield ""
    yield from _made_with(newest)


def _origin(record: Mapping[str, Any], name: str) -> list[_Step]:
    """Returns what a part starts from; the encoder that an intermediate phase made counts as its own origin."""
    ancestors = _ancestors(record)
    if _map(record, "made_from").get("phase") == "intermediate":
        ancestors.append(_step(record, name))
    return ancestors


def _ancestors(record: Mapping[str, Any]) -> list[_Step]:
    """Returns a step for each record that a part descends from, oldest first."""
    steps: list[_Step] = []
    for _ in range(_MOST_STEPS):
        if _schema_1(record):
            steps.append(_start(record.get("parent_name"), _map(record, "made_from").get("parent")))
            break
        parent = _map(record, "parent")
        if not parent:
            break
        older = _map(parent, "provenance")
        if not older:
            steps.append(_start(parent.get("name"), parent.get("identity")))
            break
        steps.append(_step(older, _text(parent.get("name"))))
        record = older
    return steps[::-1]


def _start(name: object, identity: object) -> _Step:
    return _Step(key=_text(identity), line=f"start: {_text(name)} ({_text(identity)[:_DIGITS]})")


def _step(record: Mapping[str, Any], name: str) -> _Step:
    """Returns one training of a chain in a line."""
    made = _map(record, "made_from")
    told = _old(record) if _schema_1(record) else _new(made) if made.get("phase") == "scratch" else _training(record)
    return _Step(key=of_record(made), line=f"{_text(made.get('phase'))}: {name}  {told}")


def _numbered(steps: Sequence[_Step]) -> Iterator[str]:
    yield from (f"{number}. {step.line}" for number, step in enumerate(steps, start=1))


def _part_lines(part: _Part, name: str, width: int = 0) -> Iterator[str]:
    if part.problem is not None:
        yield f"   {name:<{width}}  {part.problem}"
        return
    record = part.record
    if _schema_1(record):
        yield f"   {name:<{width}}  {_old(record)}"
        return
    if record.get("schema") != provenance.SCHEMA:
        schema = _text(record.get("schema"))
        yield f"   {name:<{width}}  made by another version of xharness (form {schema}), which this one cannot read"
        return
    phase = _map(record, "made_from").get("phase")
    if phase == "intermediate":
        yield f"   {name:<{width}}  the encoder of the intermediate phase itself: it answers retrieval and mining as it is"
    elif phase == "copy":
        yield f"   {name:<{width}}  copied: it answers retrieval and mining untrained"
    else:
        yield f"   {name:<{width}}  {_training(record)}"


def _training(record: Mapping[str, Any]) -> str:
    made, training = _map(record, "made_from"), _map(record, "training")
    weights = _map(training, "weights")
    parts = [part for part in _list(made, "parts") if isinstance(part, dict)]
    tasks = [_task(part, weights if len(weights) > 1 else {}) for part in parts]
    for key, name, what in (("text", "mlm", "unlabelled text"), ("translation", "translation", "translations")):
        if _map(made, key):
            languages = ", ".join(_text(one) for one in _map(_map(_map(record, "data"), name), "rows"))
            tasks.append(f"{what} ({languages or '?'}){_share(weights, name)}")
    facts = [
        " + ".join(tasks) or "no task",
        f"{_number(training.get('steps'))} steps",
        f"seed {_text(made.get('seed'))}",
    ]
    seconds = _real(training.get("seconds"))
    if seconds is not None:
        facts.append(f"{seconds:,.0f} s")
    return ", ".join((*facts, _dev(_map(record, "dev"))))


def _new(made: Mapping[str, Any]) -> str:
    """Returns how an encoder was made from nothing."""
    settings = _map(made, "settings")
    languages = ", ".join(_text(one) for one in _map(made, "texts")) or "?"
    return (
        f"a new encoder of {_number(settings.get('layers'))} layers, width {_number(settings.get('width'))}, at most "
        f"{_number(settings.get('vocabulary'))} subwords from texts ({languages}), seed {_text(made.get('seed'))}"
    )


def _task(part: Mapping[str, Any], weights: Mapping[str, Any]) -> str:
    languages = ", ".join(_text(one) for one in _list(part, "languages"))
    share = _share(weights, _text(part.get("task")))
    return f"{_text(part.get('task'))} {_number(part.get('examples'))} examples ({languages}){share}"


def _share(weights: Mapping[str, Any], task: str) -> str:
    """Returns which share of the batches was a task's."""
    weight = _real(weights.get(task))
    return "" if weight is None else f" in {100 * weight:.1f} % of the batches"


def _dev(dev: Mapping[str, Any]) -> str:
    value, chance = _real(dev.get("value")), _real(dev.get("chance"))
    if value is None:
        return f"no dev score ({_text(dev.get('missing'))})"
    against = f", chance {100 * chance:.1f}" if chance is not None else ""
    told = f"dev {_text(dev.get('metric'))} {100 * value:.1f} % (n {_number(dev.get('n'))}{against})"
    return f"{told}, COLLAPSED" if dev.get("collapsed") is True else told


def _old(record: Mapping[str, Any]) -> str:
    """Returns a schema 1 record in short."""
    made = _map(record, "made_from")
    if made.get("phase") == "copy":
        return "copied: it answers retrieval and mining untrained (form 1)"
    task, seed = _text(made.get("task")), _text(made.get("seed"))
    return (
        f"{task} {_number(made.get('examples'))} examples ({_text(made.get('language'))}), "
        f"{_number(record.get('steps'))} steps, seed {seed}, {_dev(_map(record, 'dev'))} (form 1)"
    )


def _marks(record: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"   ! {_text(mark)}" for mark in _list(record, "marks"))
    chosen = _map(record, "selection")
    if chosen:
        candidates = ", ".join(
            f"{_text(name)} {100 * value:.1f}"
            for name, one in _map(chosen, "candidates").items()
            if (value := _real(one)) is not None
        )
        nested = _real(chosen.get("nested"))
        free = f"; {100 * nested:.1f} where the choice has not seen it" if nested is not None else ""
        yield f"   ! chosen: {_text(chosen.get('chosen'))}, by {_text(chosen.get('criterion'))} in % of {candidates}{free}"


def _seen_lines(record: Mapping[str, Any]) -> Iterator[str]:
    seen = Seen.of(record)
    if seen.labelled:
        told = "; ".join(f"{language}: {', '.join(tasks)}" for language, tasks in seen.labelled.items())
        yield f"   labelled data seen: {told}"
    if seen.text:
        yield f"   unlabelled text seen: {', '.join(seen.text)}"


def _made_with(record: Mapping[str, Any]) -> Iterator[str]:
    environment = _map(record, "environment")
    packages = _map(environment, "packages")
    told = [f"{name} {_text(packages[name])}" for name in ("xharness", "torch", "transformers") if packages.get(name)]
    commit = _map(environment, "code").get("commit")
    if commit:
        told.append(f"code {_text(commit)[:_DIGITS]}")
    recipe = _map(record, "recipe").get("name")
    if recipe:
        told.insert(0, f"recipe {_text(recipe)}")
    device = _map(record, "training").get("device")
    if device:
        told.append(f"on {_text(device)}")
    if told:
        yield f"Made with: {', '.join(told)}"


def _schema_1(record: Mapping[str, Any]) -> bool:
    return record.get("schema") == 1


def _map(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _list(record: Mapping[str, Any], key: str) -> list[Any]:
    value = record.get(key)
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    text = "?" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**15 else "?"


def _real(value: object) -> float | None:
    """Returns a number of a plausible size, None for anything else."""
    return float(value) if isinstance(value, int | float) and abs(value) < 10**15 else None


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _safe(line: str) -> str:
    r"""Returns a line whose unprintable characters (control, direction, private) are written as \x1b, \u202e."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
