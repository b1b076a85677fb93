"""Recognising the forms of checkpoints on disk and on the hub."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from xharness import CheckpointError, Settings
from xharness_transformers import hub
from xharness_transformers.forms import Form, locate


def copy(source: Path, target: Path) -> Path:
    """A checkpoint that a test may alter."""
    return Path(shutil.copytree(source, target))


def edit(path: Path, **changes: Any) -> None:
    """Changes keys of a JSON object on disk."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")


@pytest.mark.parametrize(
    ("fixture", "form", "heads"),
    [
        ("bert_nli", Form.TRANSFORMERS, [""]),
        ("sentence_folder", Form.SENTENCES, [""]),
        ("lora_nli", Form.ADAPTER, [""]),
        ("checkpoint_set", Form.SET, ["encoder", "panx", "pawsx", "squad", "udpos", "xnli"]),
    ],
)
def test_every_form_is_recognised(fixture: str, form: Form, heads: list[str], request: pytest.FixtureRequest) -> None:
    """A folder's form follows from its files; a set has one part per head."""
    folder = request.getfixturevalue(fixture)
    found = locate(str(folder), Settings())
    assert found is not None
    assert (found.form, sorted(found.parts), found.name) == (form, heads, folder.name)


def test_what_is_no_checkpoint_is_declined(tmp_path: Path) -> None:
    """An empty folder, a file and another plugin's scheme are left to other plugins."""
    file = tmp_path / "vectors.vec"
    file.write_text("a 1 2", encoding="utf-8")
    (tmp_path / "empty" / "logs").mkdir(parents=True)
    for checkpoint in (str(tmp_path / "empty"), str(file), "api:some-model"):
        assert locate(checkpoint, Settings()) is None


def test_a_missing_folder_lists_near_matches(tmp_path: Path) -> None:
    """A path that does not exist is an error with the folders that resemble it."""
    (tmp_path / "bert-nli").mkdir()
    with pytest.raises(CheckpointError, match=r"no folder .*bert-nil.*Did you mean .*bert-nli\?.*hub id"):
        locate(str(tmp_path / "bert-nil"), Settings())


def test_a_folder_without_tokenizer_is_refused(bert_nli: Path, tmp_path: Path) -> None:
    """A checkpoint saved without its tokenizer says so and names what saves it."""
    folder = copy(bert_nli, tmp_path / "mine")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()
    with pytest.raises(CheckpointError, match=r"mine has no tokenizer: .*vocab\.txt.*tokenizer\.save_pretrained"):
        locate(str(folder), Settings())


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_remote_code_needs_permission(bert_nli: Path, tmp_path: Path, name: str) -> None:
    """A checkpoint that brings its own code is refused with the flag that allows it."""
    folder = copy(bert_nli, tmp_path / "mine")
    edit(folder / name, auto_map={"AutoModel": "modeling.Mine"})
    with pytest.raises(CheckpointError, match=rf"mine asks to run .*auto_map in {name}.*--trust-remote-code"):
        locate(str(folder), Settings())
    assert locate(str(folder), Settings(trust_remote_code=True)) is not None


def test_a_broken_head_of_a_set_is_named_by_its_folder(checkpoint_set: Path, tmp_path: Path) -> None:
    """Damage in one head's folder is found when the set is opened, and the folder is in the message."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    (folder / "panx" / "model.safetensors").write_bytes(b"")
    with pytest.raises(CheckpointError, match=r"heads/panx/model\.safetensors is truncated"):
        locate(str(folder), Settings())


def test_unfinished_heads_of_a_set_are_no_heads(checkpoint_set: Path, tmp_path: Path) -> None:
    """Hidden folders, such as those of a training in progress, are not looked into."""
    folder = copy(checkpoint_set, tmp_path / "heads")
    (folder / "panx").rename(folder / ".panx")
    found = locate(str(folder), Settings())
    assert found is not None
    assert "panx" not in found.parts
    assert ".panx" not in found.parts


class TestSentenceTransformers:
    """Directories with modules.json."""

    def test_the_network_may_lie_in_a_subfolder(self, sentence_folder: Path, tmp_path: Path) -> None:
        """Older directories keep network and tokenizer in 0_Transformer."""
        folder = copy(sentence_folder, tmp_path / "old")
        (folder / "0_Transformer").mkdir()
        for entry in list(folder.iterdir()):
            if entry.is_file() and entry.name != "modules.json":
                entry.rename(folder / "0_Transformer" / entry.name)
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        modules[0]["path"] = "0_Transformer"
        (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
        found = locate(str(folder), Settings())
        assert found is not None
        assert found.parts[""].folder == folder / "0_Transformer"
        assert found.parts[""].sentences is not None
        assert found.parts[""].sentences.max_length == 64

    @pytest.mark.parametrize(
        ("settings", "mode"),
        [
            ({"pooling_mode_mean_tokens": True}, "mean"),
            ({"pooling_mode_max_tokens": True}, "max"),
            ({"pooling_mode": "cls"}, "cls"),
            ({"pooling_mode": ["mean"]}, "mean"),
            ({}, "mean"),
        ],
    )
    def test_old_and_new_pooling_settings_are_read(
        self, sentence_folder: Path, tmp_path: Path, settings: dict[str, object], mode: str
    ) -> None:
        """Boolean keys (before sentence-transformers 6) and the single key mean the same."""
        folder = copy(sentence_folder, tmp_path / "mine")
        (folder / "1_Pooling" / "config.json").write_text(json.dumps(settings), encoding="utf-8")
        found = locate(str(folder), Settings())
        assert found is not None
        assert found.parts[""].sentences is not None
        assert found.parts[""].sentences.mode == mode

    @pytest.mark.parametrize("poolings", [["cls", "mean"], "weightedmean", "lasttoken"])
    def test_other_poolings_are_refused(self, sentence_folder: Path, tmp_path: Path, poolings: object) -> None:
        """A pooling that would be computed otherwise is an error that names it and the way out."""
        folder = copy(sentence_folder, tmp_path / "mine")
        edit(folder / "1_Pooling" / "config.json", pooling_mode=poolings)
        with pytest.raises(CheckpointError, match=r"1_Pooling/config\.json pools by .*supported is .*--pooling"):
            locate(str(folder), Settings())

    def test_other_modules_are_refused(self, sentence_folder: Path, tmp_path: Path) -> None:
        """A pipeline with a module that is not supported names it."""
        folder = copy(sentence_folder, tmp_path / "mine")
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        modules.append({"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"})
        (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
        with pytest.raises(
            CheckpointError, match=r"modules\.json lists .*sentence_transformers\.models\.Dense; supported"
        ):
            locate(str(folder), Settings())

    def test_malformed_modules_are_refused(self, sentence_folder: Path, tmp_path: Path) -> None:
        """A modules.json of another shape names the file and the expected shape."""
        folder = copy(sentence_folder, tmp_path / "mine")
        (folder / "modules.json").write_text('{"idx": 0}', encoding="utf-8")
        with pytest.raises(CheckpointError, match=r"modules\.json is malformed .*expected a list of objects"):
            locate(str(folder), Settings())

    def test_a_default_prompt_is_refused(self, sentence_folder: Path, tmp_path: Path) -> None:
        """A directory that puts a prompt before every sentence would get other vectors here."""
        folder = copy(sentence_folder, tmp_path / "mine")
        edit(folder / "config_sentence_transformers.json", prompts={"q": "query: "}, default_prompt_name="q")
        with pytest.raises(CheckpointError, match=r"puts the prompt 'query: ' before .*default_prompt_name"):
            locate(str(folder), Settings())

    def test_a_transformer_alone_is_a_transformers_directory(self, bert_nli: Path, tmp_path: Path) -> None:
        """A cross-encoder's modules.json lists only the network; its own head counts."""
        folder = copy(bert_nli, tmp_path / "mine")
        module = {
            "idx": 0,
            "name": "0",
            "path": "",
            "type": "sentence_transformers.base.modules.transformer.Transformer",
        }
        (folder / "modules.json").write_text(json.dumps([module]), encoding="utf-8")
        found = locate(str(folder), Settings())
        assert found is not None
        assert found.form is Form.TRANSFORMERS


class TestAdapters:
    """PEFT adapter directories."""

    @pytest.fixture
    def adapter(self, lora_nli: Path, tmp_path: Path) -> Path:
        """An adapter with its base beside it, to alter."""
        copy(lora_nli.parent, tmp_path / "home")
        return tmp_path / "home" / "adapter"

    def test_the_base_is_found_relative_to_the_adapter(self, adapter: Path) -> None:
        """A relative path counts from the adapter's folder; the tokenizer comes from the base."""
        found = locate(str(adapter), Settings())
        assert found is not None
        part = found.parts[""]
        assert part.folder.resolve() == (adapter.parent / "base").resolve()
        assert part.tokenizer.resolve() == part.folder.resolve()
        assert part.adapter is not None
        assert part.adapter.base == "base"

    def test_a_missing_base_is_named(self, adapter: Path) -> None:
        """A base that does not exist names the adapter, the base and the key to correct."""
        edit(adapter / "adapter_config.json", base_model_name_or_path="../no/such/base")
        with pytest.raises(
            CheckpointError,
            match=r"adapter is the folder '\.\./no/such/base', which does not exist.*base_model_name_or_path",
        ):
            locate(str(adapter), Settings())

    def test_an_unnamed_base_is_an_error(self, adapter: Path) -> None:
        """An adapter that names no base says which key to set."""
        edit(adapter / "adapter_config.json", base_model_name_or_path=None)
        with pytest.raises(CheckpointError, match=r"adapter_config\.json names no base.*Set it to"):
            locate(str(adapter), Settings())

    def test_a_base_that_is_no_checkpoint_is_an_error(self, adapter: Path) -> None:
        """A folder without config.json cannot be a base."""
        (adapter.parent / "base" / "config.json").unlink()
        with pytest.raises(CheckpointError, match=r"base '\.*/*base' of the adapter .* holds no checkpoint"):
            locate(str(adapter), Settings())

    def test_an_adapter_without_weights_is_an_error(self, adapter: Path) -> None:
        """Absent adapter weights are named by the file that was expected."""
        (adapter / "adapter_model.safetensors").unlink()
        with pytest.raises(CheckpointError, match=r"adapter has no weights: expected adapter_model\.safetensors"):
            locate(str(adapter), Settings())

    def test_a_base_on_the_hub_that_is_out_of_reach_is_named(
        self, adapter: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The message says that it is the adapter's base that is missing."""
        monkeypatch.setattr(huggingface_hub, "snapshot_download", _offline)
        edit(adapter / "adapter_config.json", base_model_name_or_path="org/base")
        with pytest.raises(CheckpointError, match=r"base of the adapter .*org/base at its main revision could not be"):
            locate(str(adapter), Settings())


def _offline(*_: object, **__: object) -> str:
    raise huggingface_hub.errors.OfflineModeIsEnabled("Cannot reach the hub: offline mode is enabled.")


class TestHub:
    """Hub ids."""

    @pytest.mark.parametrize(
        ("checkpoint", "expected"),
        [
            ("org/name", ("org/name", None)),
            ("org/name@refs", ("org/name", "refs")),
            ("bert-base-multilingual-cased", ("bert-base-multilingual-cased", None)),
            ("a/b/c", None),
            ("./here", None),
            ("/abs/path", None),
            ("../up", None),
            ("with space", None),
        ],
    )
    def test_hub_ids_are_told_from_paths(self, checkpoint: str, expected: tuple[str, str | None] | None) -> None:
        """One or two plain names, and a revision after @; everything else is a path."""
        assert hub.split_reference(checkpoint) == expected

    def test_the_commit_is_recorded_and_the_revision_asked_for(
        self, bert_nli: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The revision in the reference wins over the setting; the commit is that of the snapshot."""
        commit = "0123456789abcdef0123456789abcdef01234567"
        snapshot = copy(bert_nli, tmp_path / "snapshots" / commit)
        asked: list[tuple[str, str | None, list[str]]] = []

        def fetch(name: str, *, revision: str | None, allow_patterns: list[str], **_: object) -> str:
            asked.append((name, revision, allow_patterns))
            return str(snapshot)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
        for checkpoint in ("org/nli@v2", "org/nli"):
            found = locate(checkpoint, Settings(revision="v1"))
            assert found is not None
            assert (found.name, found.reference, found.commit) == ("nli", "org/nli", commit)
        assert [(name, revision) for name, revision, _ in asked] == [("org/nli", "v2"), ("org/nli", "v1")]
        patterns = asked[0][2]
        assert "*.safetensors" in patterns
        assert not {"*.bin", "*.py", "*"} & set(patterns)

    def test_an_unreachable_hub_is_a_clear_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Offline, the message names repository and revision, and what to check for a folder and for the hub."""
        monkeypatch.setattr(huggingface_hub, "snapshot_download", _offline)
        with pytest.raises(
            CheckpointError, match=r"'org/nli' is not a folder here.*org/nli at v2 could not be fetched.*HF_HUB_OFFLINE"
        ):
            locate("org/nli@v2", Settings())

    def test_a_repository_without_checkpoint_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A repository with none of the forms says what was looked for."""
        monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *_, **__: str(tmp_path))
        with pytest.raises(CheckpointError, match=r"hub repository org/empty .* has neither config\.json"):
            locate("org/empty", Settings())
