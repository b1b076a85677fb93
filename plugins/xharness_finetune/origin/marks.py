"""What a reader of a part's scores must know, one sentence each: data seen twice, languages seen, stand-ins, chance."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import Words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from xharness import Example

    from xharness_finetune.origin.seen import Seen

ENGLISH = "en"
_LEAST_SHARE = 0.01  # below it, equal inputs are chance: short sentences occur everywhere
_NO_LETTER = re.compile(r"[\W_]+")
_ASCII_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_KNOWN = {
    "xnli": ("mnli", "anli", "anliplus"),
    "squad": ("squadv11", "squadv20", "squadv1", "squadv2", "squad"),
}
"""Head → intermediate tasks that hold its training data (spec/training.md §2): XNLI's training set is MNLI, which ANLI+ has
too; XQuAD's and MLQA's is SQuAD v1.1, which v2.0 extends. Names are compared by their letters and digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How much of a target's training data an earlier task had: `share` in [0, 1] of `n` examples."""

    target: str
    earlier: str
    share: float
    n: int

    @property
    def mark(self) -> str:
        """Returns the sentence for a reader."""
        return (
            f"same data twice: {100 * self.share:.1f} % of {self.target}'s training examples were already in "
            f"{self.earlier}'s"
        )


def same_data(
    target: str, examples: Sequence[Example], earlier: Mapping[str, Iterable[Example]]
) -> tuple[Overlap, ...]:
    """Returns the earlier tasks that had at least 1 % of a target's training inputs.

    Inputs are equal if their letters and digits are: XNLI's training file has MNLI's sentences with other spacing. Gold
    is not compared. Time is linear in the examples, memory in the target's.
    """
    wanted = [_key(example) for example in examples]
    found: list[Overlap] = []
    for task, others in earlier.items():
        had = set(wanted) & {_key(example) for example in others} - {None}
        share = sum(key in had for key in wanted) / max(len(wanted), 1)
        if share >= _LEAST_SHARE:
            found.append(Overlap(target=target, earlier=task, share=share, n=len(wanted)))
    return tuple(found)


def same_data_by_name(
    head: str, task: str, fingerprint: str, parent: Mapping[str, Any] | None, *, compared: Collection[str] = ()
) -> list[str]:
    """Returns marks for what the parent's chain was trained on and what is not at hand to compare.

    A task of the chain counts if its data have the target's `fingerprint`, if it is the same task, or if it is known to hold
    the target's data (XNLI's are MNLI's; XQuAD's and MLQA's are SQuAD's). `parent` is a record as `provenance.read` gives it.
    `compared`: tasks for which `same_data` has spoken.
    """
    marks: dict[str, None] = {}
    for part in trained_parts(parent):
        name = str(part.get("task"))
        if name in compared:
            continue
        if part.get("data") == fingerprint:
            marks[f"same data twice: {task}'s training data are those of {name} (equal fingerprint)"] = None
        elif name == task or _plain(name) in _KNOWN.get(head, ()):
            marks[f"same data twice (by name): {name}, trained on before, has training examples of {task}"] = None
    return list(marks)


def not_zero_shot(head: str, labelled: Mapping[str, Sequence[str]], languages: Collection[str]) -> list[str]:
    """Returns the mark for a head that saw labelled data in languages, other than English, in which it is tested.

    "de-CH" counts as "de". `labelled`: language → tasks, over the whole chain (`Seen.labelled`); `languages`: of the tasks
    that the head answers.
    """
    del head  # the sentence stands in the head's own record
    tested = {_base(language) for language in languages} - {ENGLISH}
    found = [language for language in sorted(labelled) if _base(language) in tested]
    if not found:
        return []
    tasks = sorted({task for language in found for task in labelled[language]})
    return [f"not zero-shot in {', '.join(found)}: labelled training data in these languages ({', '.join(tasks)})"]


def text_seen(languages: Iterable[str]) -> list[str]:
    """Returns the mark for unlabelled text (masked language modelling) in languages other than English."""
    found = sorted({language for language in languages if _base(language) != ENGLISH})
    return [f"unlabelled text seen in: {', '.join(found)}"] if found else []


def of_seen(head: str, seen: Seen, languages: Collection[str]) -> list[str]:
    """Returns all marks that follow from what a chain has shown the encoder."""
    return [*not_zero_shot(head, seen.labelled, languages), *text_seen(seen.text)]


def stand_in(task: str, file: str, sha256: str) -> str:
    """Returns the mark for a training file that was read in the place of the layout's own."""
    return f"stand-in: {task} was trained on the file {file} (sha256 {sha256[:12]}), not on the training data of its layout"


def step_selected(tasks: Sequence[str], language: str) -> str:
    """Returns the mark for weights whose step was chosen by the development score of some tasks."""
    return f"step selected on development data ({language}) of {', '.join(tasks)}: that score is too good by the choice"


def dev_seen(task: str, seen: int, n: int) -> list[str]:
    """Returns the mark for development examples (`seen` of `n` scored ones) that were trained on."""
    return [f"{seen:,} of {n:,} development examples of {task} were trained on"] if seen else []


def count_seen(examples: Iterable[Example], *trained: Iterable[Example]) -> int:
    """Returns how many examples have inputs (letters and digits) that are among those trained on."""
    wanted = [key for example in examples if (key := _key(example)) is not None]
    had = {key for others in trained for example in others if (key := _key(example)) is not None}
    return sum(key in had for key in wanted)


def collapsed(value: float, chance: float, n: int) -> bool:
    """Returns whether a score (a fraction over `n` examples) is not clearly above chance.

    A rule of thumb, not a test: at most two standard errors of a share equal to chance above it. F1 is not a share, and
    examples of one paragraph or premise are not independent, so close calls mean nothing either way.
    """
    p = min(max(chance, 0.0), 1.0)
    return value <= chance + 2 * math.sqrt(p * (1 - p) / max(n, 1))


def trained_parts(provenance: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    """Yields what every training of a chain was made from, task by task, newest first; nothing for foreign forms."""
    while isinstance(provenance, dict):
        made = provenance.get("made_from")
        parts = made.get("parts") if isinstance(made, dict) else None
        yield from (part for part in parts or () if isinstance(part, dict))
        parent = provenance.get("parent")
        provenance = parent.get("provenance") if isinstance(parent, dict) else None


def _key(example: Example) -> bytes | None:
    inputs = example.inputs
    if inputs is None:
        return None
    parts = ("".join(inputs.words),) if isinstance(inputs, Words) else inputs.parts()
    return hashlib.blake2b(b"\x1f".join(_letters(part) for part in parts), digest_size=16).digest()


def _letters(text: str) -> bytes:
    """Returns letters and digits in lower case; all of a text that has none."""
    if text.isascii():  # four times as fast, and the same
        plain = text.lower().encode("ascii")
        return plain.translate(None, _ASCII_NOISE) or plain
    folded = unicodedata.normalize("NFKC", text).casefold()
    return (_NO_LETTER.sub("", folded) or folded).encode("utf-8", "surrogatepass")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
