"""Built-in plugin: any fine-tuned transformers checkpoint, and the predictors that ask it.

Nothing heavy is imported before a checkpoint is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xharness import Kind, hookimpl

if TYPE_CHECKING:
    from xharness import Model, Predictor, Settings, Task


@hookimpl
def xharness_load(checkpoint: str, settings: Settings) -> Model | None:
    """Loads a folder or hub id of any form; None for a folder or file that is no transformers checkpoint.

    Raises CheckpointError for one that is missing, damaged, pickled, without tokenizer, or in need of remote code;
    UsageError for an unknown device or dtype.
    """
    from xharness_transformers.checkpoint import TransformersModel
    from xharness_transformers.forms import locate
    from xharness_transformers.networks import check_settings

    located = locate(checkpoint, settings)
    if located is None:
        return None
    check_settings(settings)
    return TransformersModel(located, settings)


@hookimpl
def xharness_predict(model: Model, task: Task, settings: Settings) -> Predictor | None:
    """Returns the predictor for classification, tagging, span questions and multiple choice.

    None for other kinds and other models.
    """
    from xharness_transformers.checkpoint import TransformersModel

    if not isinstance(model, TransformersModel):
        return None
    if task.kind in (Kind.CLASSIFICATION, Kind.PAIR_CLASSIFICATION):
        from xharness_transformers.classification import ClassificationPredictor

        return ClassificationPredictor(model, task, settings)
    if task.kind == Kind.TAGGING:
        from xharness_transformers.tagging import TaggingPredictor

        return TaggingPredictor(model, task, settings)
    if task.kind == Kind.SPAN_QA:
        from xharness_transformers.questions import QuestionPredictor

        return QuestionPredictor(model, task, settings)
    if task.kind == Kind.MULTIPLE_CHOICE:
        from xharness_transformers.choices import ChoicePredictor

        return ChoicePredictor(model, task, settings)
    return None
