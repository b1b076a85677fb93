"""A comparison for people and programs: terminal, markdown, LaTeX, CSV, JSON. JSON and CSV keep fractions."""

from xharness.comparison.formats.documents import as_latex, as_markdown
from xharness.comparison.formats.fractions import as_csv, as_json
from xharness.comparison.formats.remarks import remarks, title
from xharness.comparison.formats.terminal import as_table

__all__ = ["as_csv", "as_json", "as_latex", "as_markdown", "as_table", "remarks", "title"]
