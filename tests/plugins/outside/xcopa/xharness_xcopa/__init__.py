"""XCOPA (Ponti et al. 2020): which of two sentences is the cause, or the effect, of a third. Read in the original's JSONL."""

from pathlib import Path

from xharness import data, hookimpl

XHARNESS_CONTRACT = 1
ASKED = {"cause": "What was the cause?", "effect": "What happened as a result?"}

XCOPA = data.task(
    name="xcopa", version="1", kind="multiple_choice", labels=("0", "1"), metrics=("accuracy",), parallel=True,
    languages=("et", "ht", "id", "it", "qu", "sw", "ta", "th", "tr", "vi", "zh"), splits={"dev": "val", "test": "test"},
    license="CC BY 4.0", citation="Ponti et al. (2020), https://aclanthology.org/2020.emnlp-main.185",
    source=data.jsonl(Path(__file__).parent / "data/{language}/{split}.{language}.jsonl"),
    fields={
        "id": "idx",
        "context": lambda row: f"{row['premise']} {ASKED[row['question']]}",
        "options": ["choice1", "choice2"],
        "gold": "label",
    },
)  # fmt: skip


@hookimpl
def xharness_tasks():
    """Offers the task."""
    return [XCOPA]
