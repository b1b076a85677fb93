"""The hub's tables, read through the real `datasets` from small local copies in the hub's own form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import datasets  # noqa: TID253 (these tests are about it)
import pytest
from datasets import ClassLabel, Dataset, Features, Sequence, Value  # noqa: TID253
from tiny_hub import write_repository
from xharness import DataError
from xharness.errors import UnreachableDataError
from xharness.sources import hub

if TYPE_CHECKING:
    from pathlib import Path

REMEDY = "Name a folder."
NAMES = ClassLabel(names=["no", "yes"])


def table(columns: dict[str, Any], classes: dict[str, tuple[str, ...]] | None = None) -> hub.Table:
    """A table that nobody had to load."""
    return hub.Table(columns=columns, classes=classes or {}, source="hub a/b@c, train", remedy=REMEDY)


def test_tables_are_columns_with_class_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are plain Python ones; class names are known for labels and for lists of them; the source names all of it."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()
    features = Features({"text": Value("string"), "label": NAMES, "tags": Sequence(NAMES)})
    rows = Dataset.from_dict({"text": ["a", "b"], "label": [1, -1], "tags": [[0, 1], []]}, features=features)
    write_repository(tmp_path / "set", {("one", "train"): rows, ("two", "train"): rows})
    found = hub.table(str(tmp_path / "set"), "one", "train", revision=None, remedy=REMEDY)
    assert found.column("text") == ["a", "b"]
    assert found.classes == {"label": ("no", "yes"), "tags": ("no", "yes")}
    assert found.named("tags") == [("no", "yes"), ()]
    assert [found.label(record, "label") for record in found.records(["label"])] == ["yes", None]
    assert [record.place for record in found.records(["text"])] == [f"{found.source}, row 0", f"{found.source}, row 1"]
    assert found.source == f"hub {tmp_path / 'set'}@unknown, one, train"
    asked = hub.table(str(tmp_path / "set"), "one", "train", revision="a" * 40, remedy=REMEDY)
    assert asked.source == f"hub {tmp_path / 'set'}@{'a' * 40}, one, train"
    with pytest.raises(
        DataError, match=r"configuration three, split train could not be read.*Name a folder\. Or fetch"
    ):
        hub.table(str(tmp_path / "set"), "three", "train", revision=None, remedy=REMEDY)


def test_the_commit_that_was_found_is_in_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library records the address of a file, its commit is the one in the source."""
    rows = Dataset.from_dict({"text": ["a"]})
    rows.info.download_checksums = {f"hf://datasets/a/b@{'b' * 40}/train.parquet": {}}
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: rows)
    for revision in (None, "main"):
        assert hub.table("a/b", None, "train", revision=revision, remedy="").source == f"hub a/b@{'b' * 40}, train"


def test_an_unreachable_hub_names_the_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither the hub nor a cached copy can be had the message says what else to do; the hub is not asked again."""
    offline: list[bool] = []

    def refuse(*_: object, **__: object) -> None:
        offline.append(datasets.config.HF_HUB_OFFLINE)
        raise ConnectionError("Couldn't reach 'a/b' on the Hub (offline)\nmore")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub, "_UNREACHED", set())
    message = r"a/b, configuration x, split y could not .*\(ConnectionError: .*\(offline\)\)\. Name a folder\..*HF_HOME"
    for repository in ("a/b", "a/b", "c/a/b"):
        with pytest.raises(DataError, match=message):
            hub.table(repository, "x", "y", revision=None, remedy=REMEDY)
    assert offline == [False, True, False]
    assert datasets.config.HF_HUB_OFFLINE is False


class Cached:
    """A table as the library gives it from its cache, where the folder is named after the commit."""

    def __init__(self, commit: str) -> None:
        self.info = SimpleNamespace(download_checksums=None)
        self.features: dict[str, Any] = {}
        self.cache_files = [{"filename": f"/cache/a___b/default/0.0.0/{commit}/b-train.arrow"}]

    def to_dict(self) -> dict[str, list[str]]:
        """One row."""
        return {"text": ["a"]}


def test_the_cache_says_which_commit_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit in the source is the one that was read; another one than asked for is refused, with what to do."""
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: Cached("b" * 40))
    for revision in (None, "main", "b" * 40):
        found = hub.table("a/b", None, "train", revision=revision, remedy=REMEDY)
        assert found.source == f"hub a/b@{'b' * 40}, train"
    message = (
        rf"a/b split train is in this machine's cache at commit {'b' * 40} only, and {'c' * 40} .*xharness prefetch"
    )
    with pytest.raises(UnreachableDataError, match=message):
        hub.table("a/b", None, "train", revision="c" * 40, remedy=REMEDY)


@pytest.mark.parametrize("offline", ["1", "0"])
def test_what_is_not_in_the_cache_is_told_from_what_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, offline: str
) -> None:
    """Without network an unknown configuration may be known to the hub; with it there is none."""

    def refuse(*_: object, **__: object) -> None:
        raise ValueError("Couldn't find cache for a/b for config 'x'")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    monkeypatch.setattr(hub, "_UNREACHED", set())
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("XHARNESS_OFFLINE", offline)
    with pytest.raises(DataError, match="xharness prefetch") as caught:
        hub.table("a/b", "x", "y", revision=None, remedy=REMEDY)
    assert isinstance(caught.value, UnreachableDataError) is (offline == "1")


def test_another_form_names_the_missing_columns() -> None:
    """A copy with other columns is refused with those that are not there, and the caller's remedy."""
    found = table({"a": [1], "b": [2]})
    with pytest.raises(DataError, match=r"^hub a/b@c, train: there is no column 'x', only a, b\. .*Name a folder\.$"):
        found.column("x")
    with pytest.raises(DataError, match=r"there is no column 'x' and 'y', only a, b"):
        next(found.records(["a", "x", "y"]))


@pytest.mark.parametrize("value", [2, -2, 1.0, None])
def test_a_number_without_a_name_is_refused(value: object) -> None:
    """Names are taken as they are; anything that is neither a name nor a class number is an error with its place."""
    found = table({"label": ["no", 1, value]}, {"label": ("no", "yes")})
    *known, unknown = found.records(["label"])
    assert [found.label(record, "label") for record in known] == ["no", "yes"]
    message = rf"train, row 2: {value} is no label, and no number of the 2 classes that the copy names\..*Name a folder"
    with pytest.raises(DataError, match=message):
        found.label(unknown, "label")
    with pytest.raises(DataError, match=rf"train: {value} is no label"):
        found.named("label")
