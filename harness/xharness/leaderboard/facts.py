"""What a run's record tells about the system behind it, in words. Others wrote it: whatever is strange is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness.leaderboard.content import RunFacts
from xharness.reports import marks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xharness.runs import RunRecord

_LONGEST = 300  # characters of one fact


def facts_of(run: RunRecord, *, entry: str, added: str, sha256: str) -> RunFacts:
    """Returns the facts of a stored run: `entry` is its folder's name, `added` a date, `sha256` that of its record."""
    told = {
        "checkpoint": run.model.identity[:12],
        "encoder": _joined(_encoders(run)),
        "training": _joined(_recipes(run)),
        "trained on": _joined(_seen(run, "labelled")),
        "targets seen": _joined(_seen(run, "targets")),
        "settings": _joined(_signatures(run)),
        "hardware": _hardware(run.environment),
        "added": added,
    }
    sentences: dict[str, list[str]] = {}
    for head, listed in marks(run).items():
        for sentence in listed:
            sentences.setdefault(sentence, []).append(head)
    return RunFacts(
        id=entry,
        name=run.name,
        identity=run.identity,
        seed=next(_seeds(run), None),
        settings={name: text for name, text in told.items() if text},
        marks=tuple(f"{', '.join(heads)}: {sentence}" for sentence, heads in sentences.items()),
        sha256=sha256,
    )


def _parts(run: RunRecord) -> Iterator[Mapping[str, Any]]:
    """Yields the provenance of every head, or of the checkpoint itself."""
    record = run.model.record
    heads = record.get("heads")
    for one in [record, *(heads.values() if isinstance(heads, dict) else ())]:
        found = one.get("provenance") if isinstance(one, dict) else None
        if isinstance(found, dict):
            yield found


def _encoders(run: RunRecord) -> Iterator[str]:
    """Yields the name and identity of the checkpoint that every head began from, parents of parents first."""
    for provenance in _parts(run):
        parent: Any = provenance
        for _ in range(64):
            above = parent.get("parent") if isinstance(parent, dict) else None
            if not isinstance(above, dict):
                break
            before = above.get("provenance")
            if not isinstance(before, dict):
                yield f"{above.get('name', '')} ({str(above.get('identity', ''))[:12]})"
                break
            parent = before


def _recipes(run: RunRecord) -> Iterator[str]:
    for provenance in _parts(run):
        recipe = provenance.get("recipe")
        if isinstance(recipe, dict) and isinstance(recipe.get("name"), str):
            yield recipe["name"]


def _seen(run: RunRecord, what: str) -> Iterator[str]:
    for provenance in _parts(run):
        seen = provenance.get("seen")
        found = seen.get(what) if isinstance(seen, dict) else None
        if isinstance(found, dict):
            yield from (f"{language}: {one}" for language, ones in found.items() for one in _texts(ones))
        else:
            yield from _texts(found)


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))


def _signatures(run: RunRecord) -> Iterator[str]:
    """Yields what could change the scores, as far as all scored cells agree on it."""
    scored = [cell.signature for cell in run.cells if cell.scores]
    for key in dict.fromkeys(key for one in scored for key in one):
        values = {str(one[key]) for one in scored if key in one}
        if len(values) == 1:
            yield f"{key} {values.pop()}"


def _hardware(environment: Mapping[str, Any]) -> str:
    system, processors = environment.get("system"), environment.get("processors")
    devices = environment.get("devices")
    parts = [str(one) for one in (system, f"{processors} processors" if processors else None, devices) if one]
    return ", ".join(parts)[:_LONGEST]


def _seeds(run: RunRecord) -> Iterator[int]:
    for provenance in _parts(run):
        made = provenance.get("made_from")
        seed = made.get("seed") if isinstance(made, dict) else None
        if isinstance(seed, int) and not isinstance(seed, bool):
            yield seed


def _joined(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(one.strip() for one in texts if one.strip()))[:_LONGEST]
