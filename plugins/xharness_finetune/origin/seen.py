"""What an encoder has been trained on so far: languages with labels, languages without, targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the trainings of a chain have shown an encoder, its public pretraining left out.

    Attributes:
        labelled: by language the tasks that it saw labelled data of, sorted.
        text: languages of unlabelled text, sorted.
        targets: target heads trained on, in order.
    """

    labelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    @classmethod
    def of(cls, provenance: Mapping[str, Any] | None) -> Seen:
        """Returns what a part's record (as `provenance.read` gives it) says; nothing for None or a foreign form."""
        seen = (provenance or {}).get("seen")
        if not isinstance(seen, dict):
            return cls()
        labelled = seen.get("labelled")
        return cls(
            labelled={str(language): _texts(tasks) for language, tasks in sorted(labelled.items())}
            if isinstance(labelled, dict)
            else {},
            text=_texts(seen.get("text")),
            targets=_texts(seen.get("targets")),
        )

    def and_labelled(self, task: str, languages: Iterable[str]) -> Seen:
        """Returns the same and a task's labelled data in some languages."""
        labelled = dict(self.labelled)
        for language in languages:
            labelled[language] = tuple(sorted({*labelled.get(language, ()), task}))
        return Seen(labelled=dict(sorted(labelled.items())), text=self.text, targets=self.targets)

    def and_text(self, languages: Iterable[str]) -> Seen:
        """Returns the same and unlabelled text in some languages."""
        return Seen(labelled=self.labelled, text=tuple(sorted({*self.text, *languages})), targets=self.targets)

    def and_target(self, head: str) -> Seen:
        """Returns the same and a target head."""
        return Seen(labelled=self.labelled, text=self.text, targets=tuple(dict.fromkeys((*self.targets, head))))

    def record(self) -> dict[str, Any]:
        """Returns the same, JSON-serialisable."""
        return {
            "labelled": {language: list(tasks) for language, tasks in self.labelled.items()},
            "text": list(self.text),
            "targets": list(self.targets),
        }


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
