"""The environment is read, and a user's own settings stand."""

from __future__ import annotations

import os

import pytest
from xharness import environment


@pytest.mark.parametrize(
    ("variables", "main", "count"),
    [
        ({}, True, 1),
        ({"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "4"}, True, 4),
        ({"RANK": "4", "LOCAL_RANK": "0", "WORLD_SIZE": "8"}, False, 8),
        ({"LOCAL_RANK": "1"}, False, 1),
        ({"WORLD_SIZE": "many"}, True, 1),
    ],
)
def test_first_of_several_processes_is_the_main_one(monkeypatch, variables, main, count):
    """One process in all is the main one, also on several machines, and a lone process is it."""
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (environment.is_main_process(), environment.processes()) == (main, count)


def test_kernel_cache_is_limited_unless_the_user_says_otherwise(monkeypatch):
    """Few prepared kernels are kept by default; a variable that is set stays."""
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "7")
    monkeypatch.setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "")
    monkeypatch.delenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY")
    environment.limit_kernel_cache()
    assert os.environ["LRU_CACHE_CAPACITY"] == "7"
    assert os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] == "64"
