"""What a plugin imports before anything is asked of it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from xharness.testing.findings import Report

if TYPE_CHECKING:
    from xharness.offers import Finding
    from xharness.testing.locating import Located

_CODE = """
import json, sys
from xharness.candidates import HEAVY
from xharness.plugins import Plugins
from xharness.testing.locating import locate
before = set(sys.modules)
found = locate(sys.argv[1], sys.argv[2:], alone=True)
found.plugins.infos()
print(json.dumps([name for name in HEAVY if name in sys.modules and name not in before]))
"""


def check_start(located: Located) -> list[Finding]:
    """Returns which heavy libraries are imported when the plugins' offers are listed, or one good line.

    They are listed in a process of their own, without any other plugin.
    """
    report = Report(place=", ".join(located.names))
    command = [sys.executable, "-c", _CODE, located.what, *located.without]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = done.stderr.strip().rsplit("\n", 1)[-1]
    if report.expect(done.returncode == 0, f"its offers cannot be listed by themselves: {last:.300}"):
        heavy = json.loads(done.stdout.rsplit("\n", 2)[-2])
        remedy = "Every command would wait for them: import them in the functions that need them."
        report.none_of(heavy, "heavy libraries that are imported before they are needed", remedy)
    return report.done("fits the hooks, and lists its offers without heavy libraries")
