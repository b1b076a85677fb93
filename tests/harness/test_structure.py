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

# Each module imports only from its left.
ORDER = (
    "errors", "records", "offers", "models", "protocols", "runs", "hookspecs", "identity", "plugins", "scoring",
    "environment", "selection", "store", "summary", "planning", "evaluation", "submissions", "training", "reports", "cli",
    "__main__",
)  # fmt: skip


def imports(path: Path) -> set[str]:
    """Absolute names imported anywhere in a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def plugin_packages(repository: Path) -> list[str]:
    """Folders of the plugins."""
    return sorted(path.parent.name for path in (repository / "plugins").glob("*/__init__.py"))


def test_imports_flow_one_way(repository):
    """Every core module imports only from modules to its left."""
    core = repository / "harness" / "xharness"
    modules = {path.stem if path.parent == core else "cli" for path in core.rglob("*.py")} - {"__init__"}
    assert modules == set(ORDER), "a new module needs its place in the order"
    for path in core.rglob("*.py"):
        if path == core / "__init__.py":
            continue
        name = path.stem if path.parent == core else "cli"
        used = {parts[1] for parts in (one.split(".") for one in imports(path)) if parts[0] == "xharness" and parts[1:]}
        late = [one for one in used & set(ORDER) if ORDER.index(one) > ORDER.index(name)]
        assert not late, f"{path.name} imports from its right: {late}"


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
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".md"
    }
    assert contents == expected
    assert "xharness/py.typed" in contents


@pytest.mark.parametrize("command", [["--help"], ["tasks"], ["plugins"], ["recipes"]])
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
