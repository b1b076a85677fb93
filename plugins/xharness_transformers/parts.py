"""One network of a checkpoint: its configuration, identity, tokenizer and outputs, each read when first asked for."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xharness import CheckpointError
from xharness.identity import of_record

from xharness_transformers import labels
from xharness_transformers.adapters import own_outputs
from xharness_transformers.files import TOKENIZER_FILES, identity_files, identity_of, read_json, read_object
from xharness_transformers.heads import LABELLED, HeadType, adapter_head_type, head_type, max_positions, network_class
from xharness_transformers.loaded import Pooling
from xharness_transformers.networks import attention, encoder_parameters, load_config
from xharness_transformers.tokenization import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from transformers import PreTrainedTokenizerFast
    from xharness import Settings, Task

    from xharness_transformers.forms import Part
    from xharness_transformers.labels import Outputs


def provenance(folder: Path) -> dict[str, object]:
    """Returns what a training stage wrote about the folder, under the key "provenance"; nothing if it wrote nothing."""
    path = folder / "provenance.json"
    return {"provenance": read_json(path)} if path.is_file() else {}


class Network:
    """The files of a `Part`, understood. Everything except the weights; thread-safe."""

    def __init__(self, part: Part, settings: Settings) -> None:
        self.part = part
        self.settings = settings
        self._lock = threading.RLock()
        self._tokenizer: PreTrainedTokenizerFast | None = None

    @cached_property
    def config(self) -> Any:
        """The transformers configuration; the outputs of a head that only the adapter knows are unnamed in it."""
        config = load_config(self.part, self.settings)
        adapter = self.part.adapter
        own = own_outputs(adapter) if adapter is not None else None
        if adapter is not None and own is not None and self.part.config != adapter.folder:
            config.id2label = {index: f"LABEL_{index}" for index in range(own)}  # the base's names are another head's
        return config

    @cached_property
    def head_type(self) -> HeadType:
        """What the checkpoint was trained with, from its configuration; the weights are checked when they are loaded."""
        if self.part.sentences is not None:
            return HeadType.NONE
        if self.part.adapter is not None:
            return adapter_head_type(read_object(self.part.adapter.folder / "adapter_config.json"))
        return head_type(self.architecture)

    @cached_property
    def architecture(self) -> str:
        """The class name in the configuration; for an adapter the class that it adapts."""
        if self.part.adapter is not None:
            found = network_class(
                adapter_head_type(read_object(self.part.adapter.folder / "adapter_config.json")), self.config
            )
            return found.__name__ if found is not None else "unknown"
        return next(iter(self.config.architectures or ()), "unknown")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the outputs in order, from id2label. Raises CheckpointError if an output is left out."""
        names = {int(index): str(name) for index, name in self.config.id2label.items()}
        if sorted(names) != list(range(len(names))):
            raise CheckpointError(
                f"{self.part.place}: id2label in {self.part.config / 'config.json'} numbers its outputs {sorted(names)}; "
                f"expected 0 to {len(names) - 1}. Name every output once."
            )
        return tuple(names[index] for index in range(len(names)))

    @cached_property
    def identity(self) -> str:
        """SHA-256 (hex) over roles and bytes of everything that runs, never over names or places."""
        return identity_of(self._identity_files())

    @property
    def identity_bytes(self) -> int:
        """How many bytes the identity covers."""
        return sum(path.stat().st_size for path in self._identity_files().values())

    @property
    def max_positions(self) -> int:
        """The longest input in subwords, special tokens included."""
        return max_positions(self.config)

    @property
    def pooling(self) -> Pooling | None:
        """A sentence-transformers directory's own pooling."""
        modules = self.part.sentences
        if modules is None:
            return None
        return Pooling(
            mode=modules.mode,
            state=int(self.config.num_hidden_layers),
            normalize=modules.normalize,
            max_length=modules.max_length,
        )

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """Returns the tokenizer, always the same one. Raises CheckpointError if it does not fit the network."""
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = load_tokenizer(self.part, self.config, self.settings)
            return self._tokenizer

    def given_names(self, task: Task, *keys: str) -> tuple[str, tuple[str, ...]] | None:
        """Returns the first of head, task and `keys` that `--label-names` names outputs for, and these names."""
        found = next((key for key in (task.head, task.name, *keys) if key in self.settings.label_names), None)
        return None if found is None else (found, self.settings.label_names[found])

    def outputs(self, task: Task, *keys: str) -> Outputs:
        """Returns the task label of every output, None for outputs outside the task's set; () for heads without labels.

        Raises CheckpointError if the outputs are not named, or if `--label-names` names another number of them.
        """
        if self.head_type not in LABELLED:
            return ()
        given = self.given_names(task, *keys)
        if given is not None:
            labels.check_count(self.part.place, given[1], len(self.names), given[0])
        elif labels.are_unnamed(self.names):
            raise labels.unnamed(self.part.place, len(self.names), task.head, task)
        names = given[1] if given is not None else self.names
        return labels.align(names, task) if task.labels else tuple(names)

    def head_identity(self, task: Task, *keys: str) -> str:
        """Returns the identity of the answers: bytes that run, and the names that `--label-names` gives the outputs."""
        given = self.given_names(task, *keys) if self.head_type in LABELLED else None
        return self.identity if given is None else of_record({"files": self.identity, "label names": list(given[1])})

    def record(self) -> dict[str, object]:
        """Returns what a reader should know, JSON-serialisable, without local paths."""
        config = self.config
        facts: dict[str, object] = {
            "form": str(self.part.form),
            "architecture": self.architecture,
            "head": str(self.head_type),
            "layers": getattr(config, "num_hidden_layers", None),
            "width": getattr(config, "hidden_size", None),
            "vocabulary": config.vocab_size,
            "encoder_parameters_without_embeddings": encoder_parameters(config, self.settings),
            "attention": attention(self.head_type, config) or "as its own code decides",
        }
        if self.head_type in LABELLED:
            facts["outputs"] = list(self.names)
        adapter = self.part.adapter
        if adapter is not None:
            facts["base"] = {"name": adapter.base, "commit": adapter.commit}
        if self.pooling is not None:
            facts["pooling"] = {"mode": self.pooling.mode, "normalize": self.pooling.normalize}
        return facts | provenance(self.part.root)

    def _identity_files(self) -> Mapping[str, Path]:
        part = self.part
        files = {f"weights {number}": path for number, path in enumerate(part.weights)}
        files["configuration"] = part.config / "config.json"
        files |= identity_files(part.tokenizer, TOKENIZER_FILES)
        if part.adapter is not None:
            files |= {f"adapter {number}": path for number, path in enumerate(part.adapter.weights)}
            files["adapter configuration"] = part.adapter.folder / "adapter_config.json"
            files["base configuration"] = part.folder / "config.json"
        if part.sentences is not None:
            files |= part.sentences.files
        if self.settings.trust_remote_code:
            files |= {f"code {path.name}": path for path in sorted(part.folder.glob("*.py"))}
        return files
