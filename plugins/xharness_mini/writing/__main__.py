"""`python -m xharness_mini.writing DIR`: writes the data files below DIR."""

import sys
from pathlib import Path

from xharness_mini.writing.files import write

if len(sys.argv) != 2:
    sys.exit("Name the folder to write to: python -m xharness_mini.writing DIR")
write(Path(sys.argv[1]))
