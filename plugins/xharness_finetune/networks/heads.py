"""Heads of several tasks on one pretrained encoder, and how both are saved."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError, Kind

from xharness_finetune.networks.encoder import reset_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from transformers import PreTrainedModel
    from xharness import Task

    from xharness_finetune.networks.encoder import Encoder

_CLASSES: Mapping[str, str] = {
    Kind.CLASSIFICATION: "AutoModelForSequenceClassification",
    Kind.PAIR_CLASSIFICATION: "AutoModelForSequenceClassification",
    Kind.TAGGING: "AutoModelForTokenClassification",
    Kind.SPAN_QA: "AutoModelForQuestionAnswering",
    Kind.MULTIPLE_CHOICE: "AutoModelForMultipleChoice",
    Kind.MASKED_LM: "AutoModelForMaskedLM",
}
_NO_CODE: Mapping[str, Any] = {"trust_remote_code": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """An encoder's network without a head, in float32.

    Attributes:
        drawn: names of its parameters that were not in the encoder's files but drawn at random: the pooler's, if any.
    """

    network: PreTrainedModel
    drawn: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHead:
    """A network to train, whose encoder is a `Body`'s: heads on one body share its parameters.

    Attributes:
        network: called with a collated batch it returns an output with a `loss`.
        initialised: names of its parameters that are not the encoder's but drawn at random.
    """

    network: PreTrainedModel
    initialised: tuple[str, ...]


def load_body(encoder: Encoder) -> Body:
    """Returns the encoder's network in float32; a head that it had is dropped.

    Draws a missing pooler from torch's global generator: seed it before. Raises CheckpointError if the weights cannot be
    read or do not fill the encoder.
    """
    import torch
    import transformers

    with quiet_loading():
        try:
            network, loading = transformers.AutoModel.from_pretrained(
                encoder.transformer, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **_NO_CODE
            )
        except Exception as err:  # parsers of configuration and weights have no common root
            raise _unreadable(encoder, err) from err
    _check_filled(encoder, loading)
    _own_memory(network)
    return Body(network=network, drawn=frozenset(loading["missing_keys"]))


def add_head(body: Body, encoder: Encoder, task: Task) -> NewHead:
    """Returns a network whose encoder is `body.network` itself, with a new head for the task, in float32.

    A head is drawn from torch's global generator: seed it before. A masked language model takes the head that the encoder's
    files have, and draws one where they have none; its output weights stay tied to the shared embeddings. Raises
    CheckpointError if the architecture has no such head or the files cannot be read.
    """
    with quiet_loading():
        network, loaded = _with_head(encoder, task)
    prefix = f"{network.base_model_prefix}."
    inner = network.base_model
    own = {name for name, _ in inner.named_parameters()} if inner is not network else set()
    shared = dict(body.network.named_parameters())
    absent = sorted(own - shared.keys())
    if type(inner) is not type(body.network) or absent:
        raise CheckpointError(
            f"{task.head}: the encoder {encoder.folder} ({type(body.network).__name__}) does not fit into "
            f"{type(network).__name__}: {absent[0] if absent else 'it has no encoder of its own'}. Take another encoder."
        )
    setattr(network, network.base_model_prefix, body.network)
    network.tie_weights()
    # A class that does not use the pooler is saved without it, as its other checkpoints are.
    spare = {prefix + name for name in shared.keys() - own}
    network._keys_to_ignore_on_save = {*(network._keys_to_ignore_on_save or ()), *spare}
    if task.kind == Kind.MULTIPLE_CHOICE:
        network.register_forward_hook(_without_empty_options, with_kwargs=True)
    known = {prefix + name for name in shared.keys() - body.drawn} | spare | loaded
    return NewHead(
        network=network, initialised=tuple(name for name, _ in network.named_parameters() if name not in known)
    )


def save_head(network: PreTrainedModel, tokenizer: Any, folder: Path, *, dtype: str = "float32") -> None:
    """Writes a transformers directory with safetensors in `dtype`; raises OSError if that fails."""
    reset_tokenizer(tokenizer)
    _save(network, folder, dtype)
    tokenizer.save_pretrained(folder)


def save_encoder(body: Body, encoder: Encoder, folder: Path, *, dtype: str = "float32", headed: bool = True) -> None:
    """Writes to `folder` the parent encoder's files with the body's weights and configuration instead of its own.

    Tokenizer and sentence-transformers files are copied byte by byte; no head is written. A pooler that was drawn is
    written too, since training may have used it, but where no head was on the body (`headed`). Raises OSError if writing
    fails.
    """
    if not headed:
        body.network._keys_to_ignore_on_save = {*(body.network._keys_to_ignore_on_save or ()), *body.drawn}
    encoder.copy_to(folder)
    place = folder / encoder.transformer.relative_to(encoder.folder)
    for path in [*place.glob("*.safetensors"), *place.glob("*.safetensors.index.json")]:
        path.unlink()
    _save(body.network, place, dtype)


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keeps transformers' table of new and dropped weights and its loading bar off the screen: both are wanted here."""
    from transformers.utils import logging as library

    loader = logging.getLogger("transformers.modeling_utils")
    had_bar = library.is_progress_bar_enabled()
    library.disable_progress_bar()
    loader.addFilter(_says_more_than_new_weights)
    try:
        yield
    finally:
        loader.removeFilter(_says_more_than_new_weights)
        if had_bar:
            library.enable_progress_bar()


def _says_more_than_new_weights(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    # The second is said of an encoder without a language model's head when such a head is drawn.
    return "LOAD REPORT" not in text and "checkpoint seem corrupted" not in text


def _check_filled(encoder: Encoder, loading: Mapping[str, Any]) -> None:
    """Raises CheckpointError if any weight but the pooler's, which masked language models lack, was not in the files."""
    absent = sorted(name for name in loading["missing_keys"] if "pooler" not in name)
    if absent:
        raise CheckpointError(
            f"The weights of the encoder {encoder.folder} lack {len(absent)} tensors that its config.json asks for (first: "
            f"{absent[0]}): they would be random. Configuration and weights must come from the same save."
        )


def _own_memory(network: Any) -> None:
    """Moves the parameters out of the mapped file.

    There they lie as the file's header leaves them, and matrix products round differently at other alignments: the same
    weights from another file would not train to the same bytes.
    """
    for parameter in network.parameters():
        parameter.data = parameter.data.clone()


def _unreadable(encoder: Encoder, err: Exception) -> CheckpointError:
    return CheckpointError(
        f"The weights of the encoder {encoder.folder} cannot be loaded ({err}). Copy its files again from where they were "
        f"saved; encoders that need code of their own are not run."
    )


def _with_head(encoder: Encoder, task: Task) -> tuple[PreTrainedModel, set[str]]:
    """Returns a network for the task with an encoder of its own, and the names of head parameters from the files."""
    import torch
    import transformers

    made = getattr(transformers, _CLASSES[task.kind])
    try:
        config = transformers.AutoConfig.from_pretrained(encoder.transformer, **_labels(task), **_NO_CODE)
        if task.kind != Kind.MASKED_LM:
            return made.from_config(config, dtype=torch.float32, **_NO_CODE), set()
        network, loading = made.from_pretrained(
            encoder.transformer,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            output_loading_info=True,
            **_NO_CODE,
        )
    except ValueError as err:
        if "Unrecognized configuration class" not in str(err):
            raise _unreadable(encoder, err) from err
        raise CheckpointError(
            f"{task.head}: an encoder of type {config.model_type!r} has no head for {task.kind} tasks in transformers; leave "
            f"the task out (--tasks) or take another encoder."
        ) from err
    except Exception as err:  # parsers of configuration and weights have no common root
        raise _unreadable(encoder, err) from err
    _own_memory(network)
    return network, {name for name, _ in network.named_parameters()} - set(loading["missing_keys"])


def _labels(task: Task) -> dict[str, Any]:
    """Returns what the head's configuration says about its outputs, whatever head the encoder's was saved with."""
    if task.kind == Kind.MASKED_LM:
        return {}
    # The loss is chosen by the labels (problem_type None), not as it was for a head that the encoder had.
    if not task.labels:
        return {"num_labels": 2, "problem_type": None}  # start and end of a span
    names = dict(enumerate(task.labels))
    return {
        "id2label": names,
        "label2id": {label: index for index, label in names.items()},
        "problem_type": None,
    }


def _without_empty_options(_: Any, __: Sequence[Any], batch: Mapping[str, Any], output: Any) -> Any:
    """Takes the collator's empty options, which have one visible token, out of the choice and of the loss."""
    import torch

    empty = batch["attention_mask"].sum(dim=-1) < 2  # (rows, options)
    if not bool(empty.any()):
        return output
    output.logits = output.logits.masked_fill(empty, torch.finfo(output.logits.dtype).min)
    if output.loss is not None:
        output.loss = torch.nn.functional.cross_entropy(output.logits, batch["labels"])
    return output


def _save(network: PreTrainedModel, folder: Path, dtype: str) -> None:
    import torch
    from safetensors import SafetensorError

    with quiet_loading():
        try:
            network.to(getattr(torch, dtype)).save_pretrained(folder)
        except SafetensorError as err:  # how a full disk shows
            raise OSError(str(err)) from err
