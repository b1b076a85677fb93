"""Writes small data sets in the form in which the hub has them, so that the real `datasets` reads them without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from datasets import Dataset


def write_repository(folder: Path, tables: Mapping[tuple[str, str], Dataset]) -> None:
    """Writes (configuration, split) → table as parquet files with the card that names them."""
    card: dict[str, list[str]] = {}
    for (config, split), table in tables.items():
        (folder / config).mkdir(parents=True, exist_ok=True)
        table.to_parquet(folder / config / f"{split}-00000-of-00001.parquet")
        card.setdefault(config, []).append(f"  - split: {split}\n    path: {config}/{split}-*\n")
    configs = "".join(f"- config_name: {name}\n  data_files:\n{''.join(files)}" for name, files in card.items())
    (folder / "README.md").write_text(f"---\nconfigs:\n{configs}---\n", encoding="utf-8")
