"""The contract of submission formats: what is written is read again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from xharness.errors import UsageError
from xharness.records import Kind
from xharness.testing import answers
from xharness.testing.findings import MISSING, Report
from xharness.testing.made_up import made_up_split, made_up_task

if TYPE_CHECKING:
    from xharness.offers import Finding, SubmissionFormat
    from xharness.records import Predictions


def check_submission_format(form: SubmissionFormat, *, kinds: tuple[str, ...] = tuple(Kind)) -> list[Finding]:
    """Returns what is wrong with a submission format, or one good line that names the kinds that it has a form for.

    Predictions of made-up examples of each kind are written, in a folder of their own, and read again: the same ids and
    answers. An absent file is None. A kind that it has no form for is refused with UsageError.
    """
    report = Report(place=f"submission format {form.name}")
    with tempfile.TemporaryDirectory() as folder:
        written = [kind for kind in kinds if _round_trip(form, kind, Path(folder), report)]
    if not written:
        report.add(MISSING, "it has a form for none of the known kinds; it was not tried.")
    return report.done(f"writes and reads {', '.join(written)}")


def _round_trip(form: SubmissionFormat, kind: str, folder: Path, report: Report) -> bool:
    """Returns whether the format has a form for this kind."""
    split, task = made_up_split(kind), made_up_task(kind)
    given = answers.right(split, answers.forms(kind)[0])
    with report.survives(f"writing and reading {kind}"):
        try:
            absent = form.read(folder, split, task)
            form.write(folder, task, split.language, split.name, given.ids, given.values)
        except UsageError:
            return False
        report.expect(absent is None, f"reading {kind} where there is no file gives predictions; expected None.")
        read = form.read(folder, split, task)
        if report.expect(read is not None, f"what was written for {kind} is not found again.") and read is not None:
            report.expect(_said(read) == _said(given), f"{kind}: what is read is not what was written.")
    return True


def _said(predictions: Predictions) -> dict[str, object]:
    """Returns the answers by id, without those that say nothing."""
    pairs = zip(predictions.ids, predictions.values, strict=True)
    return {name: value for name, value in pairs if value is not None and value != ()}
