"""Times `xharness tasks` where a distribution with two hundred tasks is installed, from the start of the process to its end.

    python tests/benchmarks/listing.py [--repeats 10]

Target: 0.5 s. "python" is an interpreter that does nothing, on the same machine in the same minute.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import many_tasks

TARGET_SECONDS = 0.5
COMMANDS = {"python": ("-c", ""), "tasks": ("-m", "xharness", "tasks"), "help": ("-m", "xharness", "--help")}


def main() -> None:
    """Prints the median and the best time of each command, in seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=10)
    repeats = parser.parse_args().repeats
    with tempfile.TemporaryDirectory() as folder:
        environment = many_tasks.environment(Path(folder))
        for name, command in COMMANDS.items():
            times = [seconds(command, environment) for _ in range(repeats)]
            print(f"{name:8} median {statistics.median(times):.2f} s, best {min(times):.2f} s")
    print(f"target for tasks: {TARGET_SECONDS} s")


def seconds(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """Returns the wall time of a process."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
