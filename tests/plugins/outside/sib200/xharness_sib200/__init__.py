"""Topic classification in the form of SIB-200 (Adelani et al. 2024), scored by macro F1."""

from pathlib import Path

from xharness import data, hookimpl

from xharness_sib200.macro_f1 import TOPICS
from xharness_sib200.macro_f1 import xharness_metrics as xharness_metrics  # a hook of this plugin, too

XHARNESS_CONTRACT = 1

SIB200 = data.task(
    name="sib200", version="1", kind="classification", labels=TOPICS, metrics=("sib200_macro_f1", "accuracy"),
    main=("macro_f1",), languages={"en": "eng_Latn", "sw": "swh_Latn", "zh": "zho_Hans"}, parallel=True,
    splits=("train", "dev", "test"), license="CC BY-SA 4.0",
    citation="Adelani et al. (2024), https://aclanthology.org/2024.eacl-long.14",
    source=data.tsv(Path(__file__).parent / "data/annotated/{language}/{split}.tsv"),
    fields={"id": "index_id", "text": "text", "gold": "category"},
)  # fmt: skip


@hookimpl
def xharness_tasks():
    """Offers the task."""
    return [SIB200]
