"""What is installed: Python, the required packages, the plugins."""

from __future__ import annotations

import importlib
import platform
import sys
import time
from importlib import metadata
from typing import TYPE_CHECKING

from xharness.candidates import OWN_DISTRIBUTION
from xharness.doctor.diagnosis import broken, fine, warning
from xharness.errors import HarnessError
from xharness.plugins import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xharness.candidates import Candidate
    from xharness.doctor.diagnosis import Diagnosis

REINSTALL = "Install xharness again: python -m pip install --upgrade xharness, or `make setup` in a checkout."
LEAST_PYTHON = (3, 11)
# Whose compiled parts can be damaged although their version is right.
_IMPORTED = ("torch", "transformers", "datasets", "faiss", "pyarrow", "scipy")


def examine_installed() -> Iterator[Diagnosis]:
    """Yields what is found about Python and every package that xharness requires; some packages are imported."""
    version = platform.python_version()
    if sys.version_info < LEAST_PYTHON:
        yield broken(
            "python", f"{version}; 3.11 or newer is needed", "Install Python 3.11 or newer, and xharness into it."
        )
    else:
        yield fine("python", f"{version}, {platform.system()} {platform.machine()}")
    yield fine("xharness", metadata.version(OWN_DISTRIBUTION))
    yield from _required()
    yield from map(_imported, _IMPORTED)


def examine_plugins(candidates: Sequence[Candidate]) -> Iterator[Diagnosis]:
    """Yields how every plugin loads and how long it takes, and whether they go together."""
    whole = True
    for candidate in candidates:
        place = f"plugin {candidate.name}"
        try:
            info = Plugins([candidate]).infos()[0]
        except HarnessError as error:
            whole = False
            yield broken(place, str(error), candidate.way_out)
            continue
        message = f"{info.distribution} {info.version}, loaded in {info.seconds:.2f} s"
        if info.heavy:
            remedy = "Its authors should import them inside functions, for they delay every command."
            message = f"{message}, importing {', '.join(info.heavy)}"
            yield warning(place, message, f"{remedy} Until then --no-plugin {candidate.name} leaves it out.")
        else:
            yield fine(place, message)
    if whole:
        yield _together(candidates)


def _together(candidates: Sequence[Candidate]) -> Diagnosis:
    try:
        plugins = Plugins(candidates)
        plugins.infos()
        suites = [f"{suite.name} ({len(plugins.suite_tasks(suite))} tasks)" for suite in plugins.suites.values()]
    except HarnessError as error:
        return broken("plugins", str(error), "Leave one of them out with --no-plugin NAME, or update them.")
    return fine("plugins", f"{len(candidates)}, which offer the suites {', '.join(suites) or 'none'}")


def _required() -> Iterator[Diagnosis]:
    from packaging.requirements import Requirement

    for text in metadata.requires(OWN_DISTRIBUTION) or ():
        needed = Requirement(text)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(needed.name)
        except metadata.PackageNotFoundError:
            yield broken(needed.name, f"not installed; {needed.specifier or 'any version'} is needed", REINSTALL)
            continue
        if needed.specifier.contains(version, prereleases=True):
            yield fine(needed.name, version)
        else:
            yield broken(needed.name, f"{version} is installed; {needed.specifier} is needed", REINSTALL)


def _imported(module: str) -> Diagnosis:
    started = time.perf_counter()
    try:
        importlib.import_module(module)
    except Exception as error:  # a damaged library can fail in any way
        return broken(f"import {module}", f"{type(error).__name__}: {error}", REINSTALL)
    return fine(f"import {module}", f"{time.perf_counter() - started:.1f} s")
