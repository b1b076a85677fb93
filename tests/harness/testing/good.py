"""Things that keep the contract, for tests that break one promise of them at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xharness
from xharness.candidates import Candidate
from xharness.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

TEXTS = ("Habari za leo", "Timu imeshinda", "Mvua inanyesha", "Bei imepanda", "Mchezo wa kesho", "Rais amesafiri")
LABELS = ("news", "sport")


class Accuracy:
    """Share of equal labels; nothing for what is not answered."""

    name, version, columns, scores, open_ids = "share", "1", ("correct", "n"), ("share",), False

    def statistics(self, split: xharness.Split, predictions: xharness.Predictions) -> xharness.Statistics:
        pairs = zip(split.examples, predictions.values, strict=True)
        rows = np.array([[float(example.gold == value), 1.0] for example, value in pairs])
        return xharness.Statistics(
            ids=[example.id for example in split.examples],
            clusters=[example.cluster for example in split.examples],
            columns=self.columns,
            rows=rows,
        )

    def score(self, totals: Any) -> Mapping[str, Any]:
        return {"share": totals[..., 0] / np.maximum(totals[..., 1], 1)}


def examples() -> list[xharness.Example]:
    """Six labelled texts in three clusters."""
    return [
        xharness.Example(
            id=str(place), cluster=f"c{place // 2}", inputs=xharness.Text(text=text), gold=LABELS[place % 2]
        )
        for place, text in enumerate(TEXTS)
    ]


def split(request: xharness.DataRequest, **changes: Any) -> xharness.Split:
    """What a good loader returns."""
    known: dict[str, Any] = {
        "task": "topics",
        "language": request.language,
        "name": request.split,
        "examples": examples(),
        "version": "1",
        "source": "made up",
    }
    return xharness.Split(**(known | changes))


def task(load: Callable[[xharness.DataRequest], xharness.Split] = split, **changes: Any) -> xharness.Task:
    """A good task in two languages."""
    known: dict[str, Any] = {
        "name": "topics",
        "version": "1",
        "kind": "classification",
        "labels": LABELS,
        "languages": ("sw", "zu"),
        "metrics": ("share",),
        "main": ("share",),
        "head": "topics",
        "license": "Apache-2.0",
        "citation": "made up",
        "load": load,
    }
    return xharness.Task(**(known | changes))


class Offers:
    """A plugin that offers what it is given by hook ("tasks")."""

    def __init__(self, **offers: Iterable[Any]) -> None:
        for hook, offered in offers.items():
            setattr(self, f"xharness_{hook}", self._hook(f"xharness_{hook}", list(offered)))

    @staticmethod
    def _hook(name: str, offered: list[Any]) -> Callable[[], list[Any]]:
        def hook() -> list[Any]:
            return offered

        hook.__name__ = name
        return xharness.hookimpl(hook)


def plugins(**offers: Iterable[Any]) -> Plugins:
    """A registry that offers the good metric, and what is given."""
    plugin = Offers(**({"metrics": [Accuracy()]} | offers))
    return Plugins([Candidate(name="good", distribution="outside", version="1", load=lambda: plugin)])


def told(findings: Iterable[xharness.Finding]) -> str:
    """The findings that are not good, in lines."""
    return "\n".join(f"{one.status} {one.place}: {one.message}" for one in findings if one.status != "ok")
