"""A run's record as it is published: without what is private, large, or of one machine's last command only."""

from __future__ import annotations

import re
from typing import Any

from xharness.runs import RunRecord

_CURVES = {"curve", "dev_curve"}
_PRIVATE = {"host", "hostname", "node", "user", "username", "cwd", "argv", "command"}
_PATH = re.compile(r"(?<![\w.:/~<-])(?:file://)?(?:~|[A-Za-z]:)?(?:[/\\][^\s/\\'\"()<>,;:]+){2,}[/\\]?|~[/\\]\S+")


def published(run: RunRecord) -> RunRecord:
    """Returns the record without loss curves, seconds of cells, host and user names, and with file names for absolute paths.

    Versions, marks, provenance and everything that fixes a number stay. Doing it twice changes nothing.
    """
    content = run.model_dump(mode="json")
    content["seconds"] = {}
    return RunRecord.model_validate(_trimmed(content))


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _trimmed(one)
            for key, one in value.items()
            if not (key in _CURVES and isinstance(one, list)) and not (key in _PRIVATE and isinstance(one, str | list))
        }
    if isinstance(value, list):
        return [_trimmed(one) for one in value]
    return _PATH.sub(_name, value) if isinstance(value, str) else value


def _name(found: re.Match[str]) -> str:
    """Returns the last part of a path."""
    return re.split(r"[/\\]", found.group().rstrip("/\\"))[-1]
