"""Figures copied from publications: read as they are, or refused with the line that is wrong."""

from __future__ import annotations

import pytest
from made_up_runs import TASKS
from xharness.errors import DataError
from xharness.leaderboard.reported import read
from xharness.leaderboard.standing import content_of

HEAD = "system,task,metric,value,source\n"


@pytest.fixture
def figures(tmp_path):
    """Reads a file of these lines."""

    def read_lines(*lines, head=HEAD, tasks=TASKS):
        path = tmp_path / "reported.csv"
        path.write_bytes((head + "".join(f"{line}\n" for line in lines)).encode())
        return read(path, tasks, TASKS)

    return read_lines


def test_a_task_has_the_mean_of_its_scores(figures):
    """Percent become fractions; a task of EM and F1 has their mean, in any order of lines, and none where one is missing."""
    found = figures(
        "theirs,answers,f1,80,paper",
        "theirs,moods,correct,65.4,paper",
        "theirs,answers,exact_match,60,paper",
        "half,answers,f1,70,paper",
        "half,moods,correct,100,paper",
        "nothing,answers,f1,70,paper",
    )
    assert [(one.system, one.source) for one in found] == [("theirs", "paper"), ("half", "paper")]
    assert dict(found[0].values) == pytest.approx({"moods": 0.654, "answers": 0.7})
    assert dict(found[1].values) == {"moods": 1.0}


def test_sources_are_not_mixed(figures):
    """EM of one publication and F1 of another make no score; two sources of one system are two rows."""
    found = figures(
        "a,answers,f1,80,one", "a,answers,exact_match,60,two", "a,moods,correct,1,one", "a,moods,correct,2,two"
    )
    assert [(one.source, dict(one.values)) for one in found] == [("one", {"moods": 0.01}), ("two", {"moods": 0.02})]


def test_a_board_shows_them_apart(board, plugins):
    """They are in `reported`, and neither a system nor a rank comes of them; without a file there are none."""
    before = content_of(board, plugins)
    assert before.reported == []
    board.reported_path.write_text(f'{HEAD}"a, <b>|c",moods,correct,99.9,"line\nbreak"\n', encoding="utf-8")
    after = content_of(board, plugins)
    assert [(one.system, one.source, dict(one.values)) for one in after.reported] == [
        ("a, <b>|c", "line\nbreak", {"moods": pytest.approx(0.999)})
    ]
    assert after.complete == before.complete


def test_tasks_of_the_suite_that_the_board_lacks_are_passed_over(figures):
    """A table of the whole suite can be copied beside a board of one task."""
    (found,) = figures("a,moods,correct,1,s", "a,pairs,f1,2,s", tasks={"moods": TASKS["moods"]})
    assert dict(found.values) == {"moods": 0.01}


@pytest.mark.parametrize("value", ["", "x", "-0.1", "100.01", "nan", "inf", "1,5", "65.4 %", "9" * 500])
def test_other_values_are_refused(figures, value):
    """Anything but a number from 0 to 100 is named with its line, cut to a readable length."""
    with pytest.raises(DataError, match=r"reported\.csv, line 3: the value is .*expected percent") as raised:
        figures("a,moods,correct,1,s", f'a,answers,f1,"{value}",s')
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("head", "lines", "words"),
    [
        ("system,task,value,source\n", (), "the columns are system, task, value, source; expected"),
        ("", (), "the columns are ; expected"),
        ("\ufeff" + HEAD, (), "expected system, task"),
        (HEAD, ("a,moods,correct,1",), "line 2: it has 4 columns"),
        (HEAD, ("a,moods,correct,1,Conneau, 2020",), "line 2: it has 6 columns.*needs quotes"),
        (HEAD, ("a,mods,correct,1,s",), "line 2: .*'mods'.*Did you mean moods"),
        (HEAD, ("a,moods,correct,1,s", "", "a,moods,correct,1,s"), "line 4: correct of moods is given a second time"),
        (HEAD, (f"{'x' * 200_000},moods,correct,1,s",), r"cannot be read \(field larger"),
    ],
)
def test_other_files_are_refused(figures, head, lines, words):
    """Other columns, lines with more or fewer, tasks that do not exist and figures given twice are named."""
    with pytest.raises(DataError, match=words):
        figures(*lines, head=head)


def test_what_is_no_text_is_refused(tmp_path):
    """Bytes that are no UTF-8 are an error that names the file, a folder or no file is no figures."""
    path = tmp_path / "reported.csv"
    assert read(path, TASKS, TASKS) == []
    path.write_bytes(HEAD.encode() + b"\xff\xfe,moods,correct,1,s\n")
    with pytest.raises(DataError, match=r"reported\.csv cannot be read .*UTF-8"):
        read(path, TASKS, TASKS)
