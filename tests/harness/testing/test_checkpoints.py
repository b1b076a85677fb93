"""A loader whose identity is not its bytes, or whose heads do not answer, is found."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import xharness
from xharness.candidates import Candidate
from xharness.plugins import Plugins
from xharness.testing import assert_ok, check_checkpoint

from . import good

if TYPE_CHECKING:
    from pathlib import Path

CALLS = count()


class Model:
    """Answers topics with the label that its file names."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.name = "steady"
        self.record = {"form": "made up"}

    @property
    def identity(self) -> str:
        return hashlib.sha256(self.file.read_bytes()).hexdigest()

    def head(self, task: xharness.Task) -> xharness.Head | xharness.NoHead:
        if task.head != "topics":
            return xharness.NoHead(reason="it knows topics only")
        return xharness.Head(name="topics", identity=self.identity, architecture="Steady", outputs=task.labels)

    def close(self) -> None:
        """Nothing to free."""


class Predictor:
    """Gives the same answer to everything."""

    signature: dict[str, Any] = {"max_length": 8}  # noqa: RUF012

    def prepare(self, split: xharness.Split) -> xharness.Prepared:
        return xharness.Prepared(split=split, work=1, payload=None)

    def predict(self, prepared: xharness.Prepared, advance: Any) -> xharness.Predictions:
        advance(1)
        ids = [example.id for example in prepared.split.examples]
        return xharness.Predictions(ids=ids, values=[self.answer(one) for one in ids])

    def answer(self, name: str) -> str:
        return "news"


class Plugin(good.Offers):
    """Loads files and folders with one file as `model(file)`."""

    def __init__(self, model: type[Model], predictor: type[Predictor]) -> None:
        super().__init__(metrics=[good.Accuracy()], tasks=[good.task()], indexes=[type("I", (), {"name": "flat"})()])
        self.model, self.predictor = model, predictor

    @xharness.hookimpl
    def xharness_load(self, checkpoint: str) -> Model:
        from pathlib import Path

        path = Path(checkpoint)
        return self.model(path if path.is_file() else next(one for one in path.iterdir() if one.suffix == ".txt"))

    @xharness.hookimpl
    def xharness_predict(self, model: Model, task: xharness.Task) -> Predictor:
        return self.predictor()


def checked(file: Path, model: type[Model] = Model, predictor: type[Predictor] = Predictor) -> list[xharness.Finding]:
    """What is found of a checkpoint that this model loads and this predictor answers for."""
    plugin = Plugin(model, predictor)
    loaded = Plugins([Candidate(name="mine", distribution="outside", version="1", load=lambda: plugin)])
    return check_checkpoint(file, plugins=loaded, tasks=[good.task(), good.task(name="moods", head="moods")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A checkpoint that is one file."""
    path = tmp_path / "weights.txt"
    path.write_text("news", encoding="utf-8")
    return path


def test_good_checkpoint_passes(file, tmp_path):
    """A file and a folder pass, and the tasks that were answered are named."""
    assert_ok(findings := checked(file))
    assert findings[0].message == "identity of its bytes; answers topics"
    assert_ok(checked(tmp_path))
    assert file.read_text(encoding="utf-8") == "news"


class Named(Model):
    @property
    def identity(self) -> str:
        return hashlib.sha256(str(self.file).encode()).hexdigest()


class Fixed(Model):
    @property
    def identity(self) -> str:
        return "a" * 64


class Counted(Model):
    @property
    def identity(self) -> str:
        return f"{next(CALLS):064x}"


class Short(Model):
    @property
    def identity(self) -> str:
        return "v1"


class Headless(Model):
    def head(self, task: xharness.Task) -> xharness.NoHead:
        return xharness.NoHead(reason="none")


class Secret(Model):
    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.record = {"folder": file}  # type: ignore[dict-item]


class Fickle(Predictor):
    def answer(self, name: str) -> str:
        return f"{next(CALLS)}"


class Lazy(Predictor):
    def predict(self, prepared: xharness.Prepared, advance: Any) -> xharness.Predictions:
        return xharness.Predictions(ids=["0"], values=["news"])


class Vague(Predictor):
    signature: dict[str, Any] = {"what": object()}  # noqa: RUF012


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Named, "a copy under another name has another identity"),
        (Fixed, "its identity does not change with a byte of its largest file"),
        (Counted, "another one when it is loaded again"),
        (Short, "its identity is 'v1'; expected a SHA-256"),
        (Headless, "it has no head for any of topics, moods"),
        (Secret, "writing its record as JSON raised TypeError"),
    ],
)
def test_broken_model_is_found(file, model, message):
    """Each promise about a loaded checkpoint that is broken is told."""
    assert message in good.told(checked(file, model=model))


@pytest.mark.parametrize(
    ("predictor", "message"),
    [
        (Fickle, "other answers the second time"),
        (Lazy, "3 of 4 examples have no prediction"),
        (Vague, "writing the signature as JSON raised TypeError"),
    ],
)
def test_broken_predictor_is_found(file, predictor, message):
    """Each promise about answers that is broken is told."""
    assert message in good.told(checked(file, predictor=predictor))


def test_damage_may_be_refused(file):
    """A loader that refuses changed bytes with CheckpointError keeps the contract."""

    class Sealed(Model):
        def __init__(self, file: Path) -> None:
            super().__init__(file)
            if file.read_text(encoding="utf-8") != "news":
                raise xharness.CheckpointError("the seal is broken")

    assert_ok(checked(file, model=Sealed))
