"""Tasks from files and from the hub in a few lines: say where the rows are and what their columns hold.

`task` makes a `Task` of a known kind from one of the sources `tsv`, `csv`, `jsonl`, `conll`, `squad`, `parquet` and `hub`.
Importing this reads nothing and loads no heavy library: a plugin's tasks are built each time that names are needed.
"""

from xharness.data.building import task
from xharness.data.places import conll, csv, hub, jsonl, parquet, squad, tsv
from xharness.data.rows import Field
from xharness.data.searched import documents, pairs

__all__ = ["Field", "conll", "csv", "documents", "hub", "jsonl", "pairs", "parquet", "squad", "task", "tsv"]
