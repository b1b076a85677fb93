"""Fixtures for every test: where the real data are, and a plugin registry without plugins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ("tiny_checkpoints",)
REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real XTREME data beside the repository; XHARNESS_SHARED names another place."""
    folder = Path(os.environ.get("XHARNESS_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data" / "xtreme").is_dir():
        absent = f"the real XTREME data are not at {folder}: set XHARNESS_SHARED to the folder that holds data/xtreme"
        if os.environ.get("XHARNESS_REQUIRE_SHARED"):
            pytest.fail(absent)
        pytest.skip(absent)
    return folder


@pytest.fixture(scope="session")
def golden() -> Path:
    """The official scorer's outputs on inputs made for this project."""
    return REPOSITORY / "tests" / "golden"
