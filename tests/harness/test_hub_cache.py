"""The hub's cache: what it holds of a commit, and whether each file has the bytes that the hub stated."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from huggingface_hub import constants
from xharness import hub_cache
from xharness.offline import OWN_VARIABLE, forbid_network, is_offline

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "c" * 40
# git's own example: `printf 'hello\n' | git hash-object --stdin`
HELLO, HELLO_SHA1 = b"hello\n", "ce013625030ba8dba906f756967f9e9ca394464a"


@pytest.fixture
def repository(tmp_path, monkeypatch) -> Path:
    """The cache's folder of org/name, with one small and one large file at a commit."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--org--name"
    snapshot = folder / "snapshots" / COMMIT
    (snapshot / "sub").mkdir(parents=True)
    (folder / "blobs").mkdir()
    large = b"large"
    for name, content, stated in (
        ("config.json", HELLO, HELLO_SHA1),
        ("sub/model.safetensors", large, hashlib.sha256(large).hexdigest()),
    ):
        (folder / "blobs" / stated).write_bytes(content)
        (snapshot / name).symlink_to(folder / "blobs" / stated)
    return folder


def test_whole_files(repository):
    """Small files have git's hash and large ones SHA-256; sizes are those of the files, not of the links."""
    found = hub_cache.checked("model", "org/name", COMMIT)
    assert found is not None
    assert (found.files, found.size, found.damaged, found.unchecked) == (2, 11, (), ())
    assert found.folder == repository / "snapshots" / COMMIT


def test_damage_is_named(repository):
    """A changed byte, a lost file and a file without the hub's hash are told apart, by their names in the repository."""
    (repository / "blobs" / HELLO_SHA1).write_bytes(b"hullo\n")
    snapshot = repository / "snapshots" / COMMIT
    (snapshot / "sub" / "model.safetensors").resolve().unlink()
    (snapshot / "vocab.txt").write_text("a copy, as on file systems without links")
    found = hub_cache.checked("model", "org/name", COMMIT)
    assert found is not None
    assert found.damaged == ("config.json", "sub/model.safetensors")
    assert found.unchecked == ("vocab.txt",)


def test_what_is_not_there(repository):
    """Another commit, another kind and another name are not there."""
    for asked in (("model", "org/name", "d" * 40), ("dataset", "org/name", COMMIT), ("model", "org/other", COMMIT)):
        assert hub_cache.checked(*asked) is None


def test_folders_follow_the_hub_library(tmp_path, monkeypatch):
    """The folders are those of the hub's library, whichever variable names them."""
    for name in ("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_DATASETS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert hub_cache.cache_folder() == tmp_path / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert hub_cache.tables_folder() == tmp_path / "xdg" / "huggingface" / "datasets"
    monkeypatch.setenv("HF_HOME", "~/hf")
    assert hub_cache.home_folder() == tmp_path / "hf"
    assert hub_cache.cache_folder() == tmp_path / "hf" / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    assert hub_cache.cache_folder() == tmp_path / "hub"


def test_the_default_is_the_librarys():
    """In this very environment the folder is the one that the library itself has found."""
    assert str(hub_cache.cache_folder()) == constants.HF_HUB_CACHE


@pytest.mark.parametrize(("value", "offline"), [("1", True), ("on", True), ("TRUE", True), ("0", False), ("", False)])
def test_the_switch(monkeypatch, value, offline):
    """Each variable that the hub's library obeys counts, in the forms that it takes for yes; ours sets all of them."""
    names = (OWN_VARIABLE, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE", "DATASETS_VERBOSITY")
    for name in names:
        monkeypatch.setenv(name, "")
    for name in names[:3]:
        monkeypatch.setenv(name, value)
        assert is_offline() is offline
        monkeypatch.setenv(name, "")
    forbid_network()
    assert is_offline()
