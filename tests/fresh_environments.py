"""A fresh virtual environment that sees what the running one has installed, so that nothing is downloaded.

Packages are installed into it by pip itself, and its `bin` holds `pip` and `xharness`: commands run as a reader types them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPTS = {"pip": "from pip._internal.cli.main import main", "xharness": "from xharness.cli import main"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """The environment's folder."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a shell in which it is active and nothing can be fetched."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        offline = {"HF_HUB_OFFLINE": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        # pip reads the value as that of the option's opposite: 0 is --no-build-isolation.
        return {**os.environ, "PATH": path, "PIP_NO_BUILD_ISOLATION": "0", "NO_COLOR": "1", "COLUMNS": "100", **offline}

    def run(self, *arguments: object, cwd: Path, fails: bool = False) -> subprocess.CompletedProcess[str]:
        """Runs a command; asserts that it succeeds, or ends with a code other than 0 where it `fails`, without a traceback."""
        done = subprocess.run(
            list(map(str, arguments)),
            cwd=cwd,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert (done.returncode != 0) is fails, (
            f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
        return done

    def install(self, *packages: Path) -> None:
        """Installs wheels or projects by pip, without dependencies."""
        self.run("pip", "install", "--quiet", "--no-deps", *packages, cwd=self.folder)


def fresh_environment(folder: Path) -> Fresh:
    """Makes the environment in `folder`."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
    made = Fresh(folder=folder)
    site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder), "platbase": str(folder)}))
    running = sysconfig.get_path("purelib")
    # Not the path alone: an editable installation there is a .pth file of its own, which only addsitedir reads.
    (site / "running.pth").write_text(f"import site; site.addsitedir({running!r})\n", encoding="utf-8")
    for name, source in SCRIPTS.items():
        script = folder / "bin" / name
        script.write_text(f"#!{made.python}\n{source}\nraise SystemExit(main())\n", encoding="utf-8")
        script.chmod(0o755)
    return made


def build_wheels(projects: Sequence[Path], out: Path) -> list[Path]:
    """Builds a wheel of each project with the build backend of the running environment."""
    for project in projects:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, project]
        subprocess.run(command, check=True, capture_output=True)
    return sorted(out.glob("*.whl"))
