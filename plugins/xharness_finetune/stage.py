"""Makes a checkpoint set from a recipe: the intermediate phase if there is one, then a head for every target task."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from xharness import RunError, TrainedSet, UsageError
from xharness.identity import of_record

from xharness_finetune import processes
from xharness_finetune.networks.encoder import find_encoder, load_tokenizer
from xharness_finetune.origin import made, provenance
from xharness_finetune.origin.outcome import trained_head
from xharness_finetune.plans import ENCODER, make_plan
from xharness_finetune.recipes.scratch import SCRATCH
from xharness_finetune.recipes.tables import MLM, TRANSLATION
from xharness_finetune.whole import copy_folder, whole_or_absent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xharness import TrainedHead, TrainRequest

    from xharness_finetune.networks.encoder import Encoder
    from xharness_finetune.plans import Phase, Plan
    from xharness_finetune.recipes.model import Recipe

_SPACE_FACTOR = 1.2  # new heads, tokenizer and a margin over the encoder's own size
_CHECKPOINTS = 6  # two resumable checkpoints of weights and AdamW's two moments each


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    """The set that is being made."""

    plan: Plan
    request: TrainRequest
    parent: Encoder

    @property
    def out(self) -> Path:
        return self.request.out


def train(recipe: Recipe, request: TrainRequest) -> TrainedSet:
    """Makes the checkpoint set that `recipe` and `request` describe in `request.out`.

    Everything that can be checked is checked before anything is trained: settings, encoder, the data of every part, parts that
    are already there, disk space. Parts that the same request made before are kept, a part that was interrupted goes on from
    its last checkpoint. A part's folder is whole or absent, whatever interrupts the training.

    Raises UsageError, CheckpointError, DataError or RunError for what is wrong with the request, HarnessError for a
    training that fails.
    """
    recipe = _overridden(recipe, request)
    if recipe.select is not None:
        from xharness_finetune.choosing import train_and_choose

        return train_and_choose(recipe, request)
    with _planned(recipe, request) as job:
        _check_folder(job)
        encoder, parts = _encoder(job)
        for phase in job.plan.heads:
            parts.append(_head(job, phase, encoder))
        return TrainedSet(folder=job.out, heads=tuple(parts))


def check(recipe: Recipe, request: TrainRequest) -> None:
    """Raises what `train` raises before it trains; the folder `request.out` is neither read nor made."""
    recipe = _overridden(recipe, request)
    if recipe.select is not None:
        from xharness_finetune.choosing import check_candidates

        check_candidates(recipe, request)
        return
    with _planned(recipe, request):
        pass


def plan(recipe: Recipe, request: TrainRequest) -> Plan:
    """Returns what `train` would do with a recipe that does not choose among others, checked as `check` does."""
    with _planned(_overridden(recipe, request), request) as job:
        return job.plan


def _overridden(recipe: Recipe, request: TrainRequest) -> Recipe:
    heads = [task.head for task in request.tasks]
    return recipe.with_settings(request.settings, [*heads, *request.offered])


@contextmanager
def _planned(recipe: Recipe, request: TrainRequest) -> Iterator[_Set]:
    """Yields the set to be made; an encoder that the recipe makes from nothing is there as long."""
    if not request.tasks:
        raise UsageError("No task to train a head for; name at least one with --tasks.")
    from xharness_finetune.engine.trainer import pick_device

    pick_device(request.device)
    with _start(recipe, request) as parent:
        load_tokenizer(parent)
        yield _Set(plan=make_plan(recipe, parent, request), request=request, parent=parent)


@contextmanager
def _start(recipe: Recipe, request: TrainRequest) -> Iterator[Encoder]:
    """Yields the encoder that everything starts from: the one that the request names, or a new one."""
    if recipe.scratch is None:
        yield find_encoder(request.encoder)
        return
    if request.encoder != SCRATCH:
        raise UsageError(
            f"The recipe {recipe.name} makes its encoder itself ([scratch]) and cannot start from {request.encoder}: leave "
            f"--encoder out, or use a recipe without [scratch]."
        )
    from xharness_finetune.networks.scratch import make_encoder

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / SCRATCH
        folder.mkdir()
        yield make_encoder(recipe, recipe.scratch, request, folder)


# ---- the encoder that the heads start from --------------------------------------------------------------------------


def _encoder(job: _Set) -> tuple[Encoder, list[TrainedHead]]:
    """Returns the encoder after the intermediate phase, if there is one, and what the set shows of it."""
    phase = job.plan.intermediate
    if phase is None:
        return job.parent, [_copy(job)] if job.plan.copies else []
    decides = _made(phase, job, job.parent)
    home = job.out / ENCODER
    whole = processes.all_look(lambda: provenance.is_made(home, decides))
    if not whole:
        place = _place(job, decides)
        whole = _make(job, phase, job.parent, place, decides)
        if place != home:
            processes.first_only(lambda: copy_folder(place, home))
    else:
        _keep(job, home)
    after = find_encoder(str(home))
    tasks = " and ".join([*(unit.task.name for unit in phase.units), *(unit.name for unit in phase.texts)])
    shown = trained_head(ENCODER, provenance.read(home), kept=whole)
    return replace(after, name=f"{job.parent.name} after {tasks}"), [shown]


def _place(job: _Set, decides: Mapping[str, object]) -> Path:
    """Returns where the intermediate phase is trained: in the set, or where sets share it."""
    shared = job.request.shared
    if shared is None:
        return job.out / ENCODER
    return shared / f"{job.parent.folder.resolve().name}-{of_record(decides)[:12]}"


def _copy(job: _Set) -> TrainedHead:
    home = job.out / ENCODER
    decides = made.copied_made(job.parent.identity, ENCODER)
    whole = processes.all_look(lambda: provenance.is_made(home, decides))
    if not whole:
        from xharness_finetune.records import copied

        def write() -> None:
            with _disk(home), whole_or_absent(home) as folder:
                job.parent.copy_to(folder)
                provenance.write(folder, copied(decides, job.parent, job.plan.recipe, job.request))

        processes.first_only(write)
        job.request.report(f"{ENCODER}: copied from the encoder, which answers it untrained")
    else:
        _keep(job, home)
    return trained_head(ENCODER, provenance.read(home), kept=whole)


# ---- one part ---------------------------------------------------------------------------------------------------------


def _head(job: _Set, phase: Phase, encoder: Encoder) -> TrainedHead:
    home = job.out / phase.name
    kept = _make(job, phase, encoder, home, _made(phase, job, encoder))
    return trained_head(phase.name, provenance.read(home), kept=kept)


def _make(job: _Set, phase: Phase, encoder: Encoder, home: Path, decides: Mapping[str, object]) -> bool:
    """Trains a phase into the folder `home`; returns True, having done nothing, where it is whole already."""
    if processes.all_look(lambda: provenance.is_made(home, decides)):
        _keep(job, home)
        return True
    from xharness_finetune import records
    from xharness_finetune.phases import train_phase

    work = _work_of(home)
    with _disk(home):
        resumed = processes.all_look(lambda: provenance.continues(work, decides))
        if not resumed:
            processes.first_only(lambda: _begin(work, decides))
        job.request.report(records.opening(phase, resumed=resumed))
        outcome = train_phase(phase, job.plan.recipe, encoder, job.request, work)

        def write() -> None:
            with whole_or_absent(home) as folder:
                records.save(phase, outcome, encoder, folder)
                record = records.trained(decides, phase, outcome, encoder, job.plan, job.request)
                provenance.write(folder, record)
            shutil.rmtree(work, ignore_errors=True)

        processes.first_only(write)
    job.request.report(records.closing(phase, outcome))
    return False


def _begin(work: Path, decides: Mapping[str, object]) -> None:
    shutil.rmtree(work, ignore_errors=True)  # of a process that was killed before it said what it would do
    work.mkdir(parents=True)
    provenance.begin(work, decides)


def _work_of(home: Path) -> Path:
    return home.with_name(f".{home.name}.work")


def _made(phase: Phase, job: _Set, encoder: Encoder) -> Mapping[str, object]:
    """Returns all that decides a phase's weights."""
    asked = job.plan.recipe.intermediate
    chosen = phase.run.dev_every is not None  # then the development data decide too
    parts = [
        made.part_made(
            unit.task,
            unit.settings,
            data=unit.data.fingerprint,
            examples=len(unit.data.examples),
            dev=unit.data.dev_fingerprint if chosen else None,
        )
        for unit in phase.units
    ]
    if phase.kind == "target":
        return made.target_made(encoder.identity, phase.name, parts[0], run=phase.run, seed=job.request.seed)
    mixing = {} if asked is None else asked.mixing_record()
    texts = {unit.name: unit.record() for unit in phase.texts}
    return made.intermediate_made(
        encoder.identity,
        parts,
        mixing=mixing,
        text=texts.get(MLM),
        translation=texts.get(TRANSLATION),
        run=phase.run,
        seed=job.request.seed,
    )


def _keep(job: _Set, home: Path) -> None:
    name = home.name if home.parent == job.out else ENCODER
    job.request.report(f"{name}: already whole in {home.parent.name}, kept")


# ---- folders ----------------------------------------------------------------------------------------------------------


def _check_folder(job: _Set) -> None:
    """Raises before anything is trained where the set cannot be written, or holds parts of another request."""
    out, plan = job.out, job.plan
    if (out / "config.json").exists():
        raise UsageError(
            f"{out} is a checkpoint itself (it has a config.json); a checkpoint set needs a folder of its own: --out FOLDER."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(out).free
    except OSError as err:
        raise RunError(f"The folder {out} cannot be made ({err.strerror}); write elsewhere with --out.") from err
    missing = 0
    known: Encoder | None = job.parent
    if plan.intermediate is not None:
        decides = _made(plan.intermediate, job, job.parent)
        whole = _is_whole(out / ENCODER, decides)
        if not whole:
            _is_whole(_place(job, decides), decides)
        known = find_encoder(str(out / ENCODER)) if whole else None
        missing += not whole
    for phase in plan.heads:
        home = out / phase.name
        if known is None and home.exists():
            raise RunError(
                f"{home} is there but not the encoder that it must have been trained from ({out / ENCODER}). Write to another "
                f"folder (--out), or move {home} away to make it anew."
            )
        missing += known is None or not _is_whole(home, _made(phase, job, known))
    if not missing:
        return
    needed = int((missing + _CHECKPOINTS) * job.parent.size_bytes * _SPACE_FACTOR)
    if free < needed:
        raise RunError(
            f"{missing} parts and the checkpoints to resume from need about {needed / 2**20:,.0f} MiB in {out}, where "
            f"{free / 2**20:,.0f} MiB are free; make room or write elsewhere with --out."
        )


def _is_whole(home: Path, decides: Mapping[str, object]) -> bool:
    """Returns whether a part is whole. Raises RunError if it, or what was begun of it, is another request's."""
    if provenance.is_made(home, decides):
        return True
    provenance.continues(_work_of(home), decides)
    return False


@contextmanager
def _disk(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise RunError(
            f"{home} could not be written ({err.strerror or err}); what was whole before is kept. Make room or write elsewhere "
            f"(--out), then give the same command again."
        ) from err
