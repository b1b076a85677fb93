"""Working without a network: the switch, and whether it is on."""

from __future__ import annotations

import os

OWN_VARIABLE = "XHARNESS_OFFLINE"
_OBEYED = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE = {"1", "ON", "YES", "TRUE"}  # what the hub's library takes for yes (huggingface_hub.constants)


def forbid_network() -> None:
    """Makes the hub's libraries, here and in every process started from here, read their caches only.

    They look at the environment when they are imported: call it before.
    """
    os.environ[OWN_VARIABLE] = "1"
    for name in _OBEYED:
        os.environ[name] = "1"
    # Else every table read from the cache is announced as not found on the hub.
    os.environ.setdefault("DATASETS_VERBOSITY", "error")


def is_offline() -> bool:
    """Returns whether the hub's library is told not to use the network, by this program or by the user."""
    return any(
        os.environ.get(name, "").upper() in _TRUE for name in (OWN_VARIABLE, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    )
