"""The task in a few lines: checked when it is defined, read when it is asked for.

The parts of an example, which `fields` finds in a row, by the task's kind:

| kind | parts |
|---|---|
| classification | text, gold |
| pair_classification | first, second, gold |
| tagging | words, gold (a list with a tag for each word) |
| span_qa | question, context, answers (a text, a list of texts, or in SQuAD's form); start, where the answer is one text |
| multiple_choice | context (may be left out), options, gold (the right one's number from 0, letter or text) |
| retrieval | text; gold (ids of documents of `pool`), or target (the right document itself: all targets are the pool) |
| mining | text; gold, or `pairs` |
| all | id, cluster, wider (as in `Example`); language, split (tell apart rows that stand in one file) |

A part that is not named is looked for in the column of its own name, gold in "label" or "tags". None as gold says that it is
not public. Without `id` the rows are numbered from 0; without `cluster` it is the id, and for questions the id of the first one
on the same context.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from xharness.data import defining
from xharness.data.plan import Plan
from xharness.data.rows import Reading
from xharness.offers import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xharness.data.places import Source
    from xharness.data.rows import Field
    from xharness.data.searched import Documents, Pairs
    from xharness.offers import DataRequest
    from xharness.records import Split


def _load(plan: Plan, request: DataRequest) -> Split:
    from xharness.data.loading import load

    return load(plan, request)


def task(
    *,
    name: str,
    version: str,
    kind: str,
    languages: Sequence[str] | Mapping[str, str],
    metrics: Sequence[str],
    license: str,  # noqa: A002 - as the record calls it
    citation: str,
    source: Source,
    fields: Mapping[str, Field] | None = None,
    labels: Sequence[str] = (),
    main: Sequence[str] = (),
    head: str = "",
    splits: Sequence[str] | Mapping[str, str] = ("test",),
    like: str | None = None,
    pool: Documents | None = None,
    pairs: Pairs | None = None,
    label_aliases: Mapping[str, str] | None = None,
    max_length: int = 128,
    parallel: bool = False,
    unanswerable: bool = False,
    title: str = "",
) -> Task:
    """Returns a task whose rows come from `source`; what is not explained here is as in `Task`.

    Args:
        name: of letters, digits, `.`, `_` and `-`: it becomes a folder's name.
        version: raise it whenever anything else here or in the data changes.
        kind: one of `Kind`, or with `like` a kind of the plugin's own.
        languages: codes, or code → the name that `{language}` stands for in the source.
        license, citation: of the data: who made them, and where that is written.
        source: made by `tsv`, `csv`, `jsonl`, `conll`, `squad`, `parquet` or `hub`.
        fields: part → where it is in a row (see `Field`); the parts are those of this module's table.
        labels: in the order that a new head gets; of multiple choice the numbers of the options.
        metrics, main: names of offered metrics, and of their main scores, which by default are the same names.
        head, title: by default the task's name.
        splits: those that exist, of "train", "dev" and "test", or split → the name that `{split}` stands for in the source.
        like: the kind whose inputs and gold the examples have.
        pool: what retrieval and mining search, made by `documents`.
        pairs: the gold of retrieval and mining where it stands in a file of its own, made by `pairs`.
        label_aliases, max_length: as in `Task`.
        parallel, unanswerable: languages share ids and clusters; questions may have no answer.

    Raises:
        PluginError: a part that the kind does not have, or something that it needs and lacks; with near matches.
    """
    reading = Reading(
        kind=like or kind,
        fields=fields or {},
        labels=frozenset(labels) if labels else None,
        unanswerable=unanswerable,
        unlabelled=True,
    )
    plan = Plan(
        name=name,
        version=version,
        source=source,
        reading=reading,
        languages=defining.mapped(name, "languages", languages),
        splits=defining.mapped(name, "splits", splits),
        pool=pool,
        pairs=pairs,
    )
    defining.check(plan, labels, metrics)
    return Task(
        name=name,
        version=version,
        kind=kind,
        languages=tuple(plan.languages),
        metrics=tuple(metrics),
        main=tuple(main or metrics),
        head=head or name,
        load=partial(_load, plan),
        labels=tuple(labels),
        label_aliases=label_aliases or {},
        max_length=max_length,
        parallel=parallel,
        unanswerable=unanswerable,
        splits=tuple(plan.splits),
        title=title or name,
        license=license,
        citation=citation,
    )
