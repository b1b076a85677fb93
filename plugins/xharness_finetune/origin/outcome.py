"""What a part's development score is worth, recorded and told in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xharness import TrainedHead

from xharness_finetune.origin.marks import collapsed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness_finetune.development.scoring import DevScore


def dev_record(
    score: DevScore,
    *,
    majority: float | None,
    untrained: float | None,
    source: str,
    data: str,
    language: str = "en",
    seen_in_training: int = 0,
    held_out: bool = False,
) -> dict[str, Any]:
    """Returns the record `dev` of a part's provenance, JSON-serialisable.

    Args:
        score: of the trained head.
        majority: what always answering the commonest label scores; None where there is no such thing.
        untrained: what the head scores before training.
        source: where the development data came from, in words.
        data: their fingerprint (`xharness.identity.of_split` of what was scored).
        language: of the development data.
        seen_in_training: how many of the scored examples were trained on.
        held_out: they were taken out of the training data.
    """
    known = [value for value in (majority, untrained) if value is not None]
    chance = max(known) if known else None
    return {
        "metric": score.metric,
        "value": score.value,
        "scores": dict(score.scores),
        "n": score.n,
        "halves": list(score.halves),
        "majority": majority,
        "untrained": untrained,
        "chance": chance,
        "collapsed": chance is not None and collapsed(score.value, chance, score.n),
        "source": source,
        "data": data,
        "language": language,
        "seen_in_training": seen_in_training,
        "held_out": held_out,
    }


def trained_head(name: str, provenance: Mapping[str, Any] | None, *, kept: bool) -> TrainedHead:
    """Returns a part's record (as `provenance.read` gives it) in short, as a training stage gives it back."""
    record = provenance or {}
    dev = record.get("dev") or {}
    training = record.get("training") or {}
    return TrainedHead(
        name=name,
        kept=kept,
        seconds=float(training.get("seconds") or 0.0),
        metric=dev.get("metric"),
        value=dev.get("value"),
        n=int(dev.get("n") or 0),
        chance=dev.get("chance"),
        collapsed=bool(dev.get("collapsed")),
        marks=tuple(record.get("marks") or ()),
    )
