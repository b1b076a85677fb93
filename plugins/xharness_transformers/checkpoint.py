"""A transformers checkpoint as the harness sees it: heads for tasks, and at most one network in memory."""

from __future__ import annotations

import gc
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from xharness import CheckpointError, Head, NoHead
from xharness.identity import of_record

from xharness_transformers import labels
from xharness_transformers.forms import Form
from xharness_transformers.heads import ENCODING, LABELLED, NEEDED, HeadType, needed_head
from xharness_transformers.loaded import LoadedHead
from xharness_transformers.networks import load_network
from xharness_transformers.parts import Network, provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import PreTrainedModel, PreTrainedTokenizerFast
    from xharness import SentenceEncoder, Settings, Task

    from xharness_transformers.forms import Located
    from xharness_transformers.loaded import Pooling

_NOTABLE_BYTES = 10**9  # from here on the record says how long hashing took


class TransformersModel:
    """A checkpoint of any form. Cheap to make; thread-safe.

    Attributes:
        name: last part of the folder's name or the hub id.
    """

    def __init__(self, located: Located, settings: Settings) -> None:
        self.name = located.name
        self._located = located
        self._settings = settings
        self._networks = {head: Network(part, settings) for head, part in located.parts.items()}
        self._lock = threading.RLock()
        self._loaded: tuple[str, HeadType, PreTrainedModel] | None = None

    @cached_property
    def identity(self) -> str:
        """SHA-256 (hex) over the identities of all networks, by head, and over `--label-names`; reads every byte once."""
        files = {head: network.identity for head, network in sorted(self._networks.items())}
        if not self._is_set and not self._settings.label_names:
            return files[""]
        names = {head: list(names) for head, names in self._settings.label_names.items()}
        return of_record({"heads": files, "label names": names})

    @cached_property
    def record(self) -> Mapping[str, object]:
        """Form, classes, sizes, revision, base, attention and provenance; JSON-serialisable, without local paths."""
        if self._is_set:
            heads = {head: network.record() for head, network in sorted(self._networks.items())}
            facts: dict[str, object] = {"form": str(Form.SET), "heads": heads, **provenance(self._located.folder)}
        else:
            facts = self._networks[""].record()
        if self._located.reference is not None:
            facts |= {"hub": self._located.reference, "commit": self._located.commit}
        size = sum(network.identity_bytes for network in self._networks.values())
        if size >= _NOTABLE_BYTES:
            started = time.perf_counter()
            _ = self.identity
            facts["hashing"] = {"bytes": size, "seconds": round(time.perf_counter() - started, 1)}
        return facts

    def head(self, task: Task) -> Head | NoHead:
        """Returns the head that answers `task`, or why there is none; reads configurations, no weights.

        Raises CheckpointError for a head that is meant for the task but unusable: unnamed outputs, in a set also a label
        without output or another type of head.
        """
        network = self._find(task)
        return network if isinstance(network, NoHead) else self._head(network, task)

    def tokenizer(self, task: Task) -> PreTrainedTokenizerFast:
        """Returns the tokenizer of the task's head; never loads a network. Raises CheckpointError if it does not fit."""
        return self._network(task).tokenizer()

    def max_positions(self, task: Task) -> int:
        """Returns the longest input in subwords, special tokens included; no network is loaded."""
        return self._network(task).max_positions

    def layers(self, task: Task) -> int:
        """Returns how many layers the network has, hence hidden states 0 (embeddings) to this; no network is loaded."""
        return int(self._network(task).config.num_hidden_layers)

    def outputs(self, task: Task) -> tuple[str | None, ...]:
        """Returns the task label of every output, None for outputs outside the task's set, () for heads without labels."""
        network = self._network(task)
        return network.outputs(task, *self._keys) if needed_head(task, network.head_type) in LABELLED else ()

    def pooling(self, task: Task) -> Pooling | None:
        """Returns a sentence-transformers directory's own pooling, None for every other form."""
        return self._network(task).pooling

    def loaded(self, task: Task) -> LoadedHead:
        """Returns the head ready to run, freeing the network of another head first; the same one again costs nothing.

        Raises CheckpointError if tensors are missing or misfitting, UsageError for a device that is not there.
        """
        network = self._network(task)
        kind = needed_head(task, network.head_type) or HeadType.NONE
        kind = HeadType.NONE if kind is HeadType.MASKED else kind
        tokenizer, outputs = network.tokenizer(), self.outputs(task)
        with self._lock:
            ready = self._ready(task.head if self._is_set else "", kind)
        return LoadedHead(
            network=ready,
            tokenizer=tokenizer,
            device=ready.device,
            dtype=ready.dtype,
            outputs=outputs,
            max_positions=network.max_positions,
            pooling=network.pooling,
        )

    def sentence_encoder(self, task: Task, settings: Settings) -> SentenceEncoder:
        """Returns what turns sentences into vectors, with hidden state, pooling and special tokens resolved."""
        from xharness_transformers.sentences import TransformerSentences

        return TransformerSentences(self, task, settings)

    def close(self) -> None:
        """Frees the network in memory, if there is one; the next use loads it again."""
        with self._lock:
            self._free()

    @property
    def _is_set(self) -> bool:
        return self._located.form is Form.SET

    @property
    def _keys(self) -> tuple[str, ...]:
        """Further names under which `--label-names` may speak of the outputs."""
        return () if self._is_set else (self.name,)

    def _network(self, task: Task) -> Network:
        network = self._find(task)
        if isinstance(network, NoHead):
            raise CheckpointError(f"{self._located.place} has no head for {task.name}: {network.reason}.")
        return network

    def _find(self, task: Task) -> Network | NoHead:
        network = self._networks.get(task.head if self._is_set else "")
        if network is None:
            return NoHead(reason=f"the set has no folder '{task.head}' (it has {', '.join(sorted(self._networks))})")
        refusal = self._refusal(network, task)
        if refusal is None:
            return network
        if self._is_set:
            raise CheckpointError(
                f"{network.part.place}: {refusal}. Put a checkpoint fine-tuned for {task.name} there, or remove the folder "
                f"to report {task.name} as without head."
            )
        return NoHead(reason=refusal)

    def _head(self, network: Network, task: Task) -> Head:
        outputs: tuple[str, ...] = ()
        if needed_head(task, network.head_type) in LABELLED:
            outputs = tuple(label or "" for label in network.outputs(task, *self._keys))
        name = "encoder" if task.kind in ENCODING else self.name
        return Head(
            name=task.head if self._is_set else name,
            identity=network.head_identity(task, *self._keys),
            architecture=network.architecture,
            outputs=outputs,
        )

    def _refusal(self, network: Network, task: Task) -> str | None:
        """Returns why `network` does not answer `task`, None if it does."""
        if task.kind in ENCODING:
            return None
        if task.kind not in NEEDED:
            return None if self._is_set else f"a single checkpoint does not say that its head answers {task.kind} tasks"
        needed = NEEDED[task.kind]
        if network.head_type is not needed:
            return f"{network.architecture} has no head for {needed}, which {task.name} needs"
        return self._label_refusal(network, task) if needed in LABELLED else None

    def _label_refusal(self, network: Network, task: Task) -> str | None:
        given = network.given_names(task, *self._keys)
        unnamed = given is None and labels.are_unnamed(network.names)
        if unnamed and not self._is_set and len(network.names) != len(task.labels):
            return f"the head has {len(network.names)} unnamed outputs, {task.name} has {len(task.labels)} labels"
        if unnamed and not self._is_set and self._settings.label_names:
            return f"--label-names names the outputs for {', '.join(self._settings.label_names)}, not for {task.name}"
        outputs = network.outputs(task, *self._keys)
        absent = labels.missing_labels(outputs, task)
        if not absent:
            return None
        reason = labels.lacking(given[1] if given else network.names, absent, task)
        if given is None:
            return reason
        raise CheckpointError(f"{network.part.place}: {reason}. Correct --label-names {given[0]}={','.join(given[1])}.")

    def _ready(self, head: str, kind: HeadType) -> PreTrainedModel:
        if self._loaded is not None and self._loaded[:2] == (head, kind):
            return self._loaded[2]
        self._free()
        network = self._networks[head]
        ready = load_network(network.part, network.config, kind, self._settings)
        self._loaded = (head, kind, ready)
        return ready

    def _free(self) -> None:
        if self._loaded is None:
            return
        on_gpu = self._loaded[2].device.type == "cuda"
        self._loaded = None
        gc.collect()
        if on_gpu:
            import torch

            torch.cuda.empty_cache()
