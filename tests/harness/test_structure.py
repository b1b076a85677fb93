"""The tree keeps its shape: imports flow one way, the core names no plugin, the wheel holds what the folders hold."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Each module, or package of modules, imports only from its left.
ORDER = (
    "errors", "records", "offers", "offline", "hub_cache", "unreachable", "sources", "data", "models", "protocols",
    "runs", "hookspecs", "candidates", "guarding", "identity", "plugins", "tours", "scoring", "bootstrap",
    "environment", "selection", "sealing", "cell_files", "store", "samples", "intervals", "summary", "planning",
    "doctor", "prefetching", "evaluation", "submissions", "training", "reports", "pictures", "score_picture",
    "comparison", "leaderboard",
    "testing", "scaffolding", "cli", "__main__",
)  # fmt: skip
# The same inside the packages in which it is promised.
SOURCES = ("text", "rows", "hub", "squad")
DATA = ("places", "rows", "searched", "plan", "defining", "making", "examples", "opening", "loading", "building")


# What is only named in annotations, where it stands to the right: a format's function takes what a board says.
ANNOTATED = {("offers", "leaderboard")}


def imports(path: Path, *, annotations: bool = True) -> set[str]:
    """Absolute names imported anywhere in a file; without `annotations` not those under `if TYPE_CHECKING`."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not annotations:
        tree.body = [
            node for node in tree.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def plugin_packages(repository: Path) -> list[str]:
    """Folders of the plugins."""
    return sorted(path.parent.name for path in (repository / "plugins").glob("*/__init__.py"))


def check_order(folder: Path, package: str, order: tuple[str, ...]) -> None:
    """Refuses modules (or packages, as one) of a package that have no place in the order, or import from their right."""
    files = [path for path in folder.rglob("*.py") if path != folder / "__init__.py"]
    places = {path: path.relative_to(folder).parts[0].removesuffix(".py") for path in files}
    assert set(places.values()) == set(order), "a new module needs its place in the order"
    for path, name in places.items():
        inside = [one.removeprefix(f"{package}.") for one in imports(path) if one.startswith(f"{package}.")]
        used = {one.split(".")[0] for one in inside}
        run = {one.removeprefix(f"{package}.").split(".")[0] for one in imports(path, annotations=False)}
        used -= {one for one in used - run if (name, one) in ANNOTATED}
        late = [one for one in used & set(order) if order.index(one) > order.index(name)]
        assert not late, f"{path.relative_to(folder)} imports from its right: {late}"


def test_imports_flow_one_way(repository):
    """Every core module imports only from modules to its left, and so does every reader of data."""
    core = repository / "harness" / "xharness"
    check_order(core, "xharness", ORDER)
    check_order(core / "sources", "xharness.sources", SOURCES)
    check_order(core / "data", "xharness.data", DATA)


def test_a_module_out_of_order_is_found(tmp_path):
    """The check above finds an import from the right, below a package too, and a package without a place."""
    (tmp_path / "cli").mkdir()
    for name, text in {"__init__": "import core.cli", "first": "", "cli/deep": "from core import first"}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    check_order(tmp_path, "core", ("first", "cli"))
    with pytest.raises(AssertionError, match=r"cli.deep\.py imports from its right: \['first'\]"):
        check_order(tmp_path, "core", ("cli", "first"))
    with pytest.raises(AssertionError, match="a new module needs its place"):
        check_order(tmp_path, "core", ("first",))


def test_core_never_names_a_plugin(repository):
    """No file of the core mentions a plugin's package."""
    for path in (repository / "harness").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in plugin_packages(repository) if name in text], path


def test_plugins_import_the_core_and_themselves(repository):
    """A plugin never imports another plugin."""
    packages = plugin_packages(repository)
    for package in packages:
        for path in (repository / "plugins" / package).rglob("*.py"):
            roots = {name.split(".")[0] for name in imports(path)}
            assert not roots & (set(packages) - {package}), path


def test_entry_points_are_the_plugin_folders(repository):
    """Every folder below plugins/ is registered, and nothing else is."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    assert sorted(project["project"]["entry-points"]["xharness"].values()) == plugin_packages(repository)


@pytest.mark.slow
def test_wheel_holds_core_and_plugins_only(repository, tmp_path):
    """The wheel contains every module of the core and the plugins, the type marker, and no tests or documents."""
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(repository)]
    subprocess.run(command, check=True, capture_output=True)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    contents = {name for name in names if ".dist-info/" not in name}
    expected = {
        str(path.relative_to(repository / root))
        for root in ("harness", "plugins")
        for path in (repository / root).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.name != "README.md"
    }
    assert contents == expected
    assert "xharness/py.typed" in contents


@pytest.mark.parametrize(
    "command",
    [["--help"], ["compare", "--help"], ["leaderboard", "add", "--help"], ["tasks"], ["plugins"], ["recipes"]],
)
def test_quick_commands_never_import_torch(command):
    """Help and listings import none of the heavy libraries."""
    code = (
        "import sys\nfrom xharness.cli.app import app\n"
        f"app({command!r}, standalone_mode=False)\n"
        "heavy = {'torch', 'transformers', 'datasets', 'faiss', 'scipy', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_is_cheap():
    """`import xharness` loads neither numpy nor pydantic."""
    code = "import sys, xharness; sys.exit(len({'numpy', 'torch', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_modules_and_functions_stay_small(repository):
    """No module passes 400 lines, no function 60 (commands, whose signatures are their options, count their body)."""
    for path in [*(repository / "harness").rglob("*.py"), *(repository / "plugins").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.body[0].lineno
                assert length <= 60, f"{path}:{node.lineno} {node.name} has {length} lines"
