"""The nine intermediate tasks as the harness sees them (spec/training.md §2).

A tagging task with labels () takes the sorted label set of its training data: CCG's 1,363 supertags are in nobody's list.
"""

from __future__ import annotations

from functools import partial

from xharness import DataRequest, Kind, Split, Task

NLI_LABELS = ("contradiction", "entailment", "neutral")
NLI_ALIASES = {"contradictory": "contradiction", "contradict": "contradiction", "entail": "entailment"}
QQP_LABELS = ("not_duplicate", "duplicate")
"""In the order of the class numbers that the data have: 0 and 1."""

OPTIONS = {"hellaswag": 4, "cosmosqa": 4, "commonsenseqa": 5}
"""Multiple choice: how many options each question has."""


def _load(task: str, request: DataRequest) -> Split:
    from xharness_intermediate.loading import load

    return load(task, request)


def _task(
    name: str,
    kind: Kind,
    metric: str,
    main: tuple[str, ...],
    *,
    title: str,
    license_: str,
    citation: str,
    labels: tuple[str, ...] = (),
    max_length: int = 256,
    unanswerable: bool = False,
    label_aliases: dict[str, str] | None = None,
) -> Task:
    return Task(
        name=name,
        version="1",
        kind=kind,
        languages=("en",),
        metrics=(metric,),
        main=main,
        head=name,
        load=partial(_load, name),
        labels=labels,
        label_aliases=label_aliases or {},
        max_length=max_length,
        unanswerable=unanswerable,
        splits=("train", "dev"),
        title=title,
        license=license_,
        citation=citation,
    )


def _choice(name: str, *, title: str, license_: str, citation: str) -> Task:
    numbers = tuple(str(number) for number in range(OPTIONS[name]))
    accuracy = ("accuracy",)
    return _task(
        name,
        Kind.MULTIPLE_CHOICE,
        "accuracy",
        accuracy,
        labels=numbers,
        title=title,
        license_=license_,
        citation=citation,
    )


TASKS: tuple[Task, ...] = (
    _task(
        "anli-plus",
        Kind.PAIR_CLASSIFICATION,
        "accuracy",
        ("accuracy",),
        labels=NLI_LABELS,
        label_aliases=NLI_ALIASES,
        title="ANLI+ (ANLI, MNLI and SNLI together)",
        license_="ANLI CC BY-NC 4.0; MNLI mostly OANC's, fiction under several; SNLI CC BY-SA 4.0",
        citation="Nie et al. 2020, Adversarial NLI; Williams et al. 2018, MultiNLI; Bowman et al. 2015, SNLI",
    ),
    _task(
        "mnli",
        Kind.PAIR_CLASSIFICATION,
        "accuracy",
        ("accuracy",),
        labels=NLI_LABELS,
        label_aliases=NLI_ALIASES,
        title="MultiNLI",
        license_="mostly OANC's, fiction under several",
        citation="Williams et al. 2018, A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference",
    ),
    _task(
        "qqp",
        Kind.PAIR_CLASSIFICATION,
        "accuracy",
        ("accuracy",),
        labels=QQP_LABELS,
        label_aliases={"0": "not_duplicate", "1": "duplicate", "not duplicate": "not_duplicate"},
        title="Quora Question Pairs",
        license_="none stated",
        citation="Iyer et al. 2017, First Quora Dataset Release: Question Pairs; split of Wang et al. 2019, GLUE",
    ),
    _task(
        "squad-v1.1",
        Kind.SPAN_QA,
        "squad",
        ("exact_match", "f1"),
        max_length=384,
        title="SQuAD v1.1",
        license_="CC BY-SA 4.0",
        citation="Rajpurkar et al. 2016, SQuAD: 100,000+ Questions for Machine Comprehension of Text",
    ),
    _task(
        "squad-v2.0",
        Kind.SPAN_QA,
        "squad_v2",
        ("exact_match", "f1"),
        max_length=384,
        unanswerable=True,
        title="SQuAD v2.0",
        license_="CC BY-SA 4.0",
        citation="Rajpurkar et al. 2018, Know What You Don't Know: Unanswerable Questions for SQuAD",
    ),
    _choice(
        "hellaswag",
        title="HellaSwag",
        license_="MIT",
        citation="Zellers et al. 2019, HellaSwag: Can a Machine Really Finish Your Sentence?",
    ),
    _task(
        "ccg",
        Kind.TAGGING,
        "token_accuracy",
        ("token_accuracy",),
        title="CCG supertagging (CCGbank)",
        license_="LDC licence (LDC2005T13)",
        citation="Hockenmaier and Steedman 2007, CCGbank",
    ),
    _choice(
        "cosmosqa",
        title="Cosmos QA",
        license_="CC BY 4.0 (card of the hub's copy)",
        citation="Huang et al. 2019, Cosmos QA: Machine Reading Comprehension with Contextual Commonsense Reasoning",
    ),
    _choice(
        "commonsenseqa",
        title="CommonsenseQA",
        license_="none stated",
        citation="Talmor et al. 2019, CommonsenseQA: A Question Answering Challenge Targeting Commonsense Knowledge",
    ),
)
"""All intermediate tasks, in the order in which they are listed."""
