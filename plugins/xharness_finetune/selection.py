"""The best intermediate task for each target: chosen on development data, logged, and assembled into one set.

Row 5 of spec/training.md §5. A score that was chosen by is too good by the choice; `Choice.nested` says what it is worth.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import RunError, UsageError
from xharness.store import safe_name

from xharness_finetune.origin import provenance
from xharness_finetune.whole import whole_or_absent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

ENCODER = "encoder"
"""The part that answers retrieval and mining: it has no development data in the source language of its own."""

_LANGUAGES = {"en": "English"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which candidate a head is taken from.

    Attributes:
        head: the part's name.
        criterion: the development metric; for the encoder the mean over the heads' ones.
        language: of the development data.
        values: development value by candidate (fractions), in the order of the candidates.
        chosen: the candidate with the largest value; the first of equal ones.
        n: development examples.
        nested: the value where the choice has not seen it: chosen on the even examples and read on the odd ones, and the
            other way round, and the mean of both. Free of the choice's optimism, and if anything too low, since half the
            examples choose less surely. It does not undo early stopping on the same data. None where a half is empty.
        data: fingerprint of the development data; None where the candidates record none.
        collapsed: candidates that are not clearly above chance.
    """

    head: str
    criterion: str
    language: str
    values: Mapping[str, float]
    chosen: str
    n: int
    nested: float | None
    data: str | None = None
    collapsed: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """Returns the sentence for a reader of the chosen head's scores."""
        language = _LANGUAGES.get(self.language, self.language)
        return f"selected on {language} development data among {len(self.values)} intermediate tasks"

    def record(self) -> dict[str, Any]:
        """Returns the record `selection` of a part's provenance."""
        return {
            "criterion": self.criterion,
            "language": self.language,
            "candidates": dict(self.values),
            "chosen": self.chosen,
            "n": self.n,
            "nested": self.nested,
            "data": self.data,
            "collapsed": list(self.collapsed),
        }

    def line(self) -> str:
        """Returns the choice and what it was made among, in words."""
        others = ", ".join(
            f"{name} {100 * value:.1f}{' (collapsed)' if name in self.collapsed else ''}"
            for name, value in self.values.items()
        )
        nested = "" if self.nested is None else f"; {100 * self.nested:.1f} where the choice has not seen it"
        return (
            f"{self.head}: {self.chosen} chosen by {self.criterion} in % on {self.n:,} development examples "
            f"({self.language}): {others}{nested}"
        )


def choose(candidates: Mapping[str, Path], heads: Sequence[str] | None = None) -> tuple[Choice, ...]:
    """Returns the best candidate for each head, by development value; the first of equal ones.

    `candidates`: checkpoint sets by the name of their intermediate task; `heads`: None takes all that any of them has. The
    part "encoder" is taken from the candidate with the best mean over the other heads.

    Raises UsageError without candidates or heads, RunError, naming them, for candidates that lack a head or its development
    score, or that were scored on other development data than the first.
    """
    if not candidates:
        raise UsageError("There is nothing to select among: name at least one candidate set.")
    names = tuple(dict.fromkeys(heads)) if heads is not None else _parts(candidates)
    trained = [name for name in names if name != ENCODER]
    if not trained:
        raise UsageError(
            f"None of {', '.join(candidates)} can be chosen without a trained head: retrieval and mining have no development "
            f"data in English of their own. Ask for at least one other task too, as in --tasks xnli,tatoeba."
        )
    _check_parts(candidates, names)
    scores = {head: _scores(candidates, head) for head in trained}
    made = {head: _choice(head, scores[head]) for head in trained}
    if ENCODER in names:
        made[ENCODER] = _choice(ENCODER, _means(scores))
    return tuple(made[name] for name in names)


def assemble(
    choices: Sequence[Choice],
    candidates: Mapping[str, Path],
    out: Path,
    *,
    recipe: Mapping[str, Any] | None = None,
    report: Callable[[str], None] = print,
) -> Path:
    """Copies every chosen part into the set `out` and returns it; a part's folder is whole or absent.

    A copy's provenance is the chosen part's with `selection`, its mark and, where given, the `recipe` that asked for it. Parts
    that the same choice made before are kept. Raises RunError for a part that is there but was made otherwise, or if there is
    no space.
    """
    for choice in choices:
        report(choice.line())
        source, folder = candidates[choice.chosen] / choice.head, out / choice.head
        record = _read(source, choice.chosen)
        if _is_assembled(folder, record, choice):
            report(f"{choice.head}: already whole in {out.name}, kept")
            continue
        marks = tuple(dict.fromkeys((*(record.get("marks") or ()), choice.mark)))
        added = {} if recipe is None else {"recipe": dict(recipe)}
        _copy(source, folder, {**record, **added, "marks": list(marks), "selection": choice.record()})
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    """One candidate's development score for one head; `halves`: over its even and its odd examples."""

    metric: str
    language: str
    value: float
    n: int
    halves: tuple[float, float] | None
    data: str | None
    collapsed: bool


def _parts(candidates: Mapping[str, Path]) -> tuple[str, ...]:
    found = {
        path.parent.name
        for folder in candidates.values()
        for path in folder.glob(f"*/{provenance.FILE}")
        if not path.parent.name.startswith(".")
    }
    return tuple(sorted(found))


def _check_parts(candidates: Mapping[str, Path], names: Sequence[str]) -> None:
    for name in names:
        if safe_name(name) != name:
            raise UsageError(f"{name!r} is no name of a head: expected letters, digits, dots, underscores and hyphens.")
    absent = [
        f"{candidate} lacks {', '.join(lacking)}"
        for candidate, folder in candidates.items()
        if (lacking := [name for name in names if not (folder / name / provenance.FILE).is_file()])
    ]
    if absent:
        raise RunError(
            f"The best intermediate task can only be chosen among whole sets with the same heads, but {'; '.join(absent)}. "
            f"Train these first, or leave the candidates or heads out."
        )


def _scores(candidates: Mapping[str, Path], head: str) -> dict[str, _Score]:
    scores: dict[str, _Score] = {}
    missing: list[str] = []
    for name, folder in candidates.items():
        found = _score(_read(folder / head, name).get("dev"))
        if isinstance(found, str):
            missing.append(f"{name} ({found})")
        else:
            scores[name] = found
    if missing:
        raise RunError(
            f"{head}: no candidate can be chosen, because these have no development score: {', '.join(missing)}. Give "
            f"development data (--set target.{head}.dev_file=FILE) or hold some out (--set target.{head}.holdout=0.05) and "
            f"train them again, or leave the head out of the selection."
        )
    first = next(iter(scores.values()))
    other = [name for name, one in scores.items() if _basis(one) != _basis(first)]
    if other:
        raise RunError(
            f"{head}: the candidates were scored on different development data or by different metrics, so their scores "
            f"cannot be compared: {', '.join(other)} on other ones than {next(iter(scores))} ({first.metric}, {first.n:,} "
            f"examples). Train them with the same data and settings."
        )
    return scores


def _basis(score: _Score) -> tuple[object, ...]:
    return score.metric, score.language, score.n, score.data


def _score(dev: object) -> _Score | str:
    """Returns the score that a record `dev` holds, or why it holds none."""
    if not isinstance(dev, dict):
        return "none recorded"
    value = _fraction(dev.get("value"))
    if value is None:
        return str(dev.get("missing") or "none recorded")
    halves = dev.get("halves")
    pair = [_fraction(half) for half in halves] if isinstance(halves, list) else []
    even, odd = pair if len(pair) == 2 else (None, None)
    n, data = dev.get("n"), dev.get("data")
    return _Score(
        metric=str(dev.get("metric", "score")),
        language=str(dev.get("language", "en")),
        value=value,
        n=n if isinstance(n, int) else 0,
        halves=None if even is None or odd is None else (even, odd),
        data=data if isinstance(data, str) else None,
        collapsed=dev.get("collapsed") is True,
    )


def _fraction(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return float(value)


def _means(scores: Mapping[str, Mapping[str, _Score]]) -> dict[str, _Score]:
    """Returns by candidate the mean over heads; `n` and `data` stand for the heads' development data together."""
    means: dict[str, _Score] = {}
    for name in next(iter(scores.values())):
        ones = [by_candidate[name] for by_candidate in scores.values()]
        halves = [one.halves for one in ones if one.halves is not None]
        means[name] = _Score(
            metric=f"mean of {', '.join(f'{head} {by[name].metric}' for head, by in scores.items())}",
            language=ones[0].language,
            value=_mean([one.value for one in ones]),
            n=sum(one.n for one in ones),
            halves=(_mean([even for even, _ in halves]), _mean([odd for _, odd in halves]))
            if len(halves) == len(ones)
            else None,
            data=None,
            collapsed=all(one.collapsed for one in ones),
        )
    return means


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _choice(head: str, scores: Mapping[str, _Score]) -> Choice:
    values = {name: one.value for name, one in scores.items()}
    chosen = _best(values)
    return Choice(
        head=head,
        criterion=scores[chosen].metric,
        language=scores[chosen].language,
        values=values,
        chosen=chosen,
        n=scores[chosen].n,
        nested=_nested(scores),
        data=scores[chosen].data,
        collapsed=tuple(name for name, one in scores.items() if one.collapsed),
    )


def _best(values: Mapping[str, float]) -> str:
    return max(values, key=values.__getitem__)  # the first of equal ones


def _nested(scores: Mapping[str, _Score]) -> float | None:
    halves = {name: one.halves for name, one in scores.items() if one.halves is not None}
    if len(halves) < len(scores):
        return None
    by_even = _best({name: even for name, (even, _) in halves.items()})
    by_odd = _best({name: odd for name, (_, odd) in halves.items()})
    return (halves[by_even][1] + halves[by_odd][0]) / 2


def _read(folder: Path, candidate: str) -> dict[str, Any]:
    record = provenance.read(folder)
    if record is None or not isinstance(record.get("made_from"), dict):
        raise RunError(f"{folder} of the candidate {candidate} has no {provenance.FILE} that says how it was made.")
    return record


def _is_assembled(folder: Path, record: Mapping[str, Any], choice: Choice) -> bool:
    if not provenance.is_made(folder, record["made_from"]):
        return False
    found = (provenance.read(folder) or {}).get("selection")
    if found != choice.record():
        changed = list(provenance.differences(found if isinstance(found, dict) else {}, choice.record()))
        raise RunError(
            f"{folder} was selected otherwise and is not overwritten: {'; '.join(changed)}. Write to another folder (--out), "
            f"or move {folder} away."
        )
    return True


def _copy(source: Path, folder: Path, record: Mapping[str, Any]) -> None:
    try:
        with whole_or_absent(folder) as partial:
            ignored = shutil.ignore_patterns(provenance.FILE, ".*")
            shutil.copytree(source, partial, ignore=ignored, dirs_exist_ok=True)
            provenance.write(partial, record)
    except OSError as err:
        raise RunError(
            f"{folder} could not be written ({err.strerror or err}); nothing of it was left. Make room or write elsewhere "
            f"(--out), then give the same command again: parts that are whole are kept."
        ) from err
