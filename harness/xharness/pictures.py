"""Writes figures as SVG or PNG files: by matplotlib's defaults, whole or absent, the same figure always as the same bytes."""

from __future__ import annotations

import importlib.util
import logging
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from xharness.errors import UsageError
from xharness.store import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_METADATA: dict[str, dict[str, None]] = {".svg": {"Date": None}, ".png": {"Software": None}}
DPI = 150


def check_picture(path: Path) -> None:
    """Raises UsageError for a file of another form, or if matplotlib is not installed."""
    if path.suffix.lower() not in _METADATA:
        raise UsageError(f"{path}: a picture is written as .svg or .png: expected a name that ends so.")
    if importlib.util.find_spec("matplotlib") is None:
        raise UsageError("A picture needs matplotlib, which is not installed: pip install 'xharness[pictures]'")


def save(path: Path, figure: Callable[[], Any]) -> None:
    """Draws what `figure` returns, a matplotlib figure, as an SVG or PNG file, by the suffix of `path`.

    The same figure gives the same bytes with the same version of matplotlib.

    Raises:
        UsageError: another suffix, or matplotlib is not installed.
        RunError: the file cannot be written.
    """
    check_picture(path)
    suffix = path.suffix.lower()
    with _settings():
        drawn = figure()
        write_whole(
            path,
            lambda temporary: drawn.savefig(temporary, format=suffix[1:], dpi=DPI, metadata=_METADATA[suffix]),
        )


@contextmanager
def _settings() -> Iterator[None]:
    """Draws by matplotlib's defaults, whatever the user's own are, and keeps its remarks (fonts, glyphs) off the screen."""
    import matplotlib

    logger = logging.getLogger("matplotlib")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), matplotlib.rc_context():
            warnings.simplefilter("ignore")
            matplotlib.rcdefaults()
            matplotlib.rcParams.update({"svg.hashsalt": "xharness", "svg.fonttype": "path", "font.size": 8})
            yield
    finally:
        logger.setLevel(before)
