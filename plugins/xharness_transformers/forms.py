"""The forms a checkpoint comes in, and where the files of each of its networks are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import CheckpointError

from xharness_transformers import hub
from xharness_transformers.files import VOCABULARIES, find_weights, read_object
from xharness_transformers.sentence_modules import read_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xharness import Settings

    from xharness_transformers.hub import Downloaded
    from xharness_transformers.sentence_modules import SentenceModules


class Form(StrEnum):
    """How a checkpoint lies on disk."""

    TRANSFORMERS = "transformers directory"
    SENTENCES = "sentence-transformers directory"
    ADAPTER = "PEFT adapter directory"
    SET = "checkpoint set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A PEFT adapter.

    Attributes:
        folder: holds adapter_config.json and the adapter's weights.
        base: what its configuration names: a hub id, or the name (without path) of a folder.
        commit: of a base that came from the hub.
    """

    folder: Path
    weights: tuple[Path, ...]
    base: str
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The files of one network, found and checked for truncation; nothing is loaded.

    Attributes:
        place: the folder (or hub id) as the user knows it, for messages.
        root: the folder that was given: the one with modules.json or adapter_config.json, where there is one.
        folder: holds config.json and the full weights (of the base, under an adapter).
        weights: the full weights, an index before its shards.
        config: the folder whose config.json counts: the adapter's own where it has one.
        tokenizer: the folder with the tokenizer's files.
        adapter: the adapter on top, or None.
        sentences: the pipeline of a sentence-transformers directory, or None.
    """

    place: str
    root: Path
    folder: Path
    weights: tuple[Path, ...]
    config: Path
    tokenizer: Path
    adapter: Adapter | None = None
    sentences: SentenceModules | None = None

    @property
    def form(self) -> Form:
        """Returns the form of this part's folder."""
        if self.sentences is not None:
            return Form.SENTENCES
        return Form.ADAPTER if self.adapter is not None else Form.TRANSFORMERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A checkpoint found on disk or fetched from the hub.

    Attributes:
        name: last part of the folder's name or hub id.
        parts: head → part for a set; one entry under the key "" for everything else.
        reference, commit: of a checkpoint from the hub.
    """

    name: str
    place: str
    folder: Path
    form: Form
    parts: Mapping[str, Part]
    reference: str | None = None
    commit: str | None = None


def locate(checkpoint: str, settings: Settings) -> Located | None:
    """Finds the files of a checkpoint; None for what is no form of a transformers checkpoint at all.

    Raises CheckpointError for a folder that does not exist, a hub id that cannot be fetched, and files that are absent,
    damaged, pickled or in need of remote code.
    """
    if re.match(r"[A-Za-z][\w+-]+:", checkpoint):
        return None  # another plugin's scheme, such as "api:name"
    folder = Path(checkpoint).expanduser()
    if folder.is_dir():
        return _located(folder, checkpoint, folder.resolve().name, settings)
    if folder.exists():
        return None
    downloaded = _fetch(checkpoint, settings)
    found = _located(downloaded.folder, checkpoint, downloaded.reference.rpartition("/")[2], settings)
    if found is None:
        raise CheckpointError(
            f"The hub repository {checkpoint} at commit {downloaded.commit} has neither config.json, adapter_config.json, "
            f"modules.json nor head folders with one of them; expected a transformers checkpoint."
        )
    return replace(found, reference=downloaded.reference, commit=downloaded.commit)


def read_part(folder: Path, place: str, settings: Settings, tokenizer: Path | None = None) -> Part | None:
    """Finds and checks the files of one network in `folder`; None if it is not a checkpoint's folder.

    `tokenizer` is the folder to use if `folder` has no tokenizer of its own. Raises CheckpointError as `locate` does.
    """
    sentences = read_modules(folder)
    if sentences is None:
        return _network_part(folder, place, settings, tokenizer)
    inner = _network_part(sentences.transformer, place, settings, tokenizer)
    if inner is None:
        raise CheckpointError(
            f"{place}: modules.json places the network in {sentences.transformer}, which has no config.json; copy that "
            f"folder too."
        )
    return replace(inner, root=folder, sentences=sentences)


def _located(folder: Path, place: str, name: str, settings: Settings) -> Located | None:
    part = read_part(folder, place, settings)
    if part is not None:
        return Located(name=name, place=place, folder=folder, form=part.form, parts={"": part})
    parts = {}
    for entry in sorted(folder.iterdir()):
        if not entry.is_dir() or entry.name.startswith("."):
            continue
        found = read_part(entry, f"{place.rstrip('/')}/{entry.name}", settings)
        if found is not None:
            parts[entry.name] = found
    return Located(name=name, place=place, folder=folder, form=Form.SET, parts=parts) if parts else None


def _fetch(checkpoint: str, settings: Settings) -> Downloaded:
    reference = hub.split_reference(checkpoint)
    if reference is None:
        near = hub.near_folders(Path(checkpoint))
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise CheckpointError(
            f"There is no folder {checkpoint!r}, and it is not a hub id (organisation/name or organisation/name@revision)."
            f"{hint} Give the folder of a checkpoint or a hub id."
        )
    name, revision = reference
    return hub.download(
        name,
        revision or settings.revision,
        allow_pickle=settings.allow_pickle,
        trust_remote_code=settings.trust_remote_code,
    )


def _network_part(folder: Path, place: str, settings: Settings, tokenizer: Path | None) -> Part | None:
    if any((folder / name).is_file() for name in VOCABULARIES):
        tokenizer = folder
    if (folder / "adapter_config.json").is_file():
        return _adapter_part(folder, place, settings, tokenizer)
    if not (folder / "config.json").is_file():
        return None
    _refuse_remote_code(folder, place, settings)
    weights = find_weights(folder, adapter=False, allow_pickle=settings.allow_pickle)
    if tokenizer is None:
        raise CheckpointError(
            f"{place} has no tokenizer: expected one of {', '.join(VOCABULARIES)} in {folder}. Save the tokenizer there "
            f"with tokenizer.save_pretrained(folder)."
        )
    return Part(place=place, root=folder, folder=folder, weights=weights, config=folder, tokenizer=tokenizer)


def _adapter_part(folder: Path, place: str, settings: Settings, tokenizer: Path | None) -> Part:
    weights = find_weights(folder, adapter=True, allow_pickle=settings.allow_pickle)
    home, adapter = _base(folder, weights, settings)
    base = read_part(home, str(home), settings, tokenizer)
    if base is None or base.adapter is not None:
        what = (
            "holds no checkpoint (no config.json)" if base is None else "is an adapter itself, which is not supported"
        )
        raise CheckpointError(
            f"The base {adapter.base!r} of the adapter {place} {what}. Set base_model_name_or_path in adapter_config.json to "
            f"the full checkpoint that the adapter was trained on."
        )
    config = folder if (folder / "config.json").is_file() else base.config
    return replace(
        base,
        place=place,
        root=folder,
        config=config,
        tokenizer=tokenizer or base.tokenizer,
        adapter=adapter,
        sentences=None,
    )


def _base(folder: Path, weights: tuple[Path, ...], settings: Settings) -> tuple[Path, Adapter]:
    configuration = read_object(folder / "adapter_config.json")
    named = configuration.get("base_model_name_or_path")
    if not isinstance(named, str) or not named:
        raise CheckpointError(
            f"{folder / 'adapter_config.json'} names no base: base_model_name_or_path is {named!r}. Set it to the folder "
            f"(relative to the adapter's folder) or hub id of the checkpoint that the adapter was trained on."
        )
    home, commit = _base_folder(folder, named, configuration.get("revision"), settings)
    name = named if commit else home.resolve().name
    return home, Adapter(folder=folder, weights=weights, base=name, commit=commit)


def _base_folder(folder: Path, named: str, revision: object, settings: Settings) -> tuple[Path, str | None]:
    for home in (folder / named, Path(named).expanduser()):
        if home.is_dir():
            return home, None
    if hub.split_reference(named) is None:
        raise CheckpointError(
            f"The base of the adapter {folder} is the folder {named!r}, which does not exist (looked in the adapter's folder "
            f"and the current one). Correct base_model_name_or_path in its adapter_config.json."
        )
    try:
        downloaded = hub.download(
            named,
            revision if isinstance(revision, str) else None,
            allow_pickle=settings.allow_pickle,
            trust_remote_code=settings.trust_remote_code,
        )
    except CheckpointError as err:
        raise CheckpointError(f"The base of the adapter {folder} (adapter_config.json) was not found: {err}") from err
    return downloaded.folder, downloaded.commit


def _refuse_remote_code(folder: Path, place: str, settings: Settings) -> None:
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        if path.is_file() and "auto_map" in read_object(path) and not settings.trust_remote_code:
            raise CheckpointError(
                f"{place} asks to run its own Python code (auto_map in {name}). Read the code, then pass "
                f"--trust-remote-code if you trust it."
            )
