"""Plugins are found by name, distribution or path, and everything that they offer is checked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import xharness
from xharness.testing import Cells, assert_ok, check_plugin
from xharness.testing.locating import locate
from xharness.testing.offered import check_located

from . import good

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = '''
"""A task of six texts."""

import xharness


def load(request):
    texts = ("Habari za leo", "Timu imeshinda", "Mvua inanyesha", "Bei imepanda", "Mchezo wa kesho", "Rais amesafiri")
    examples = [
        xharness.Example(id=str(n), cluster=str(n), inputs=xharness.Text(text=text), gold=("news", "sport")[n % 2])
        for n, text in enumerate(texts)
    ]
    return xharness.Split(
        task="outside-topics", language="sw", name="test", version="1", examples=examples, source="made up"
    )


@xharness.hookimpl
def xharness_tasks():
    return [
        xharness.Task(
            name="outside-topics", version="1", kind="classification", labels=("news", "sport"), languages=("sw",),
            metrics=("accuracy",), main=("accuracy",), head="topics", load=load, license="Apache-2.0", citation="made up",
        )
    ]
'''
METRIC = '''

class NewsShare:
    """Accuracy, of news and sport only."""

    name, version, columns, scores, open_ids = "news_share", "1", ("correct", "n"), ("news_share",), False

    def statistics(self, split, predictions):
        import numpy

        if {example.gold for example in split.examples} - {"news", "sport"}:
            raise xharness.DataError("gold is neither news nor sport")
        pairs = zip(split.examples, predictions.values, strict=True)
        return xharness.Statistics(
            ids=[example.id for example in split.examples],
            clusters=[example.cluster for example in split.examples],
            columns=self.columns,
            rows=numpy.array([[float(example.gold == value), 1.0] for example, value in pairs]),
        )

    def score(self, totals):
        return {"news_share": totals[..., 0] / totals[..., 1]}


@xharness.hookimpl
def xharness_metrics():
    return [NewsShare()]
'''
PROJECT = '[project]\nname = "outside-dist"\nversion = "0.3"\n\n[project.entry-points.xharness]\ntopics = "{module}"\n'


@pytest.fixture
def fresh() -> Iterator[None]:
    """Forgets the modules that a test imports, and where they were found."""
    modules, path = set(sys.modules), list(sys.path)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("outside_"):
            del sys.modules[name]


def write(folder: Path, text: str = MODULE) -> Path:
    """Writes a module's text as a file or, for a folder, as a package."""
    file = folder if folder.suffix == ".py" else folder / "__init__.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_package_that_is_not_installed_is_checked(fresh, tmp_path):
    """A package's folder is a plugin of its name; its task is tried with the installed metrics."""
    findings = check_plugin(str(write(tmp_path / "outside_a")))
    assert_ok(findings)
    assert [one.place for one in findings] == [
        "outside_a", "outside-topics", "outside-topics/sw test", "outside-topics fingerprint",
    ]  # fmt: skip


def test_module_and_project_are_checked(fresh, tmp_path):
    """A module's file is a plugin too; a project names its plugins, and their modules may lie below src."""
    assert locate(str(write(tmp_path / "outside_b.py"))).names == ("outside_b",)
    write(tmp_path / "project" / "src" / "outside_c")
    (tmp_path / "project" / "pyproject.toml").write_text(PROJECT.format(module="outside_c"), encoding="utf-8")
    located = locate(str(tmp_path / "project"))
    assert [(one.name, one.distribution, one.version) for one in located.candidates] == [
        ("topics", "outside-dist", "0.3")
    ]
    (checked,) = check_located(located, Cells())
    assert_ok([finding for group in checked.groups.values() for finding in group])
    assert checked.file == tmp_path / "project" / "src" / "outside_c" / "xharness-fingerprints.json"


def test_installed_plugins_are_found_by_name_and_distribution():
    """A plugin's name wins over a distribution's; a distribution names all of its plugins."""
    assert locate("faiss").names == ("faiss",)
    assert {"faiss", "xtreme", "tables"} <= set(locate("xharness").names)
    assert "html" not in locate("xharness", ["html"]).names
    with pytest.raises(xharness.UsageError, match="Did you mean xtreme"):
        locate("xtrem")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"notes.txt": "x"}, "is no plugin: expected a module"),
        ({"pyproject.toml": "[project]"}, "registers no plugin"),
        ({"pyproject.toml": "[project"}, "is not valid TOML"),
    ],
)
def test_folder_without_a_plugin_is_refused(files, message, tmp_path):
    """A folder that holds something else is an error that says what was expected."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(xharness.UsageError, match=message):
        locate(str(tmp_path))


def test_plugin_that_does_not_import_is_blamed(fresh, tmp_path):
    """An import error names the plugin."""
    with pytest.raises(xharness.PluginError, match=r"'outside_d'.*No module named 'nowhere_at_all'"):
        check_plugin(str(write(tmp_path / "outside_d", "import nowhere_at_all\n")))


def test_plugin_that_imports_heavy_libraries_at_once_is_found(fresh, tmp_path):
    """A plugin that loads numpy before anything is asked of it is told, and which library it is."""
    folder = write(tmp_path / "outside_e", "import numpy\n" + MODULE)
    told = good.told(check_plugin(str(folder), cells=Cells(splits=())))
    assert "broken outside_e: heavy libraries that are imported before they are needed: 1 (first: numpy)" in told


def test_tasks_can_be_chosen(fresh, tmp_path):
    """Tasks that are not asked for are not tried, nor compared with what is stored."""
    (checked,) = check_located(locate(str(write(tmp_path / "outside_f"))), Cells(), tasks=())
    assert list(checked.groups) == ["plugin"]


def test_metric_is_tried_on_the_plugins_own_gold(fresh, tmp_path):
    """A metric that no made-up example fits is good if it is on the gold of a task of the same plugin."""
    picky = MODULE + METRIC
    findings = check_plugin(str(write(tmp_path / "outside_g", picky.replace('("accuracy",)', '("news_share",)'))))
    assert_ok(findings)
    assert [one.message for one in findings if one.place == "metric news_share"] == ["on the gold of outside-topics"]
    alone = check_plugin(str(write(tmp_path / "outside_h", picky)))
    assert [one.status for one in alone if one.place == "metric news_share"] == ["missing"]
