"""Retrieval with several right answers: reports of the same event in other languages, in one pool of all languages."""

from pathlib import Path

from xharness import data, hookimpl

from xharness_many_answers.precision import xharness_metrics as xharness_metrics  # hooks of this plugin, too
from xharness_many_answers.precision import xharness_predict as xharness_predict

XHARNESS_CONTRACT = 1
SENTENCES = data.jsonl(Path(__file__).parent / "data/sentences.jsonl")

EVENTS = data.task(
    name="same-event", version="1", kind="retrieval", head="encoder", metrics=("map_at_20",),
    languages=("en", "de", "fr", "sw"), license="Apache-2.0", citation="Made up for this package",
    source=SENTENCES, pool=data.documents(SENTENCES),
    fields={"id": "id", "text": "text", "gold": "same_event", "language": "language", "cluster": "event"},
)  # fmt: skip


@hookimpl
def xharness_tasks():
    """Offers the task."""
    return [EVENTS]
