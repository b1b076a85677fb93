"""Bootstrap intervals, paired tests and corrections for any metric that is a function of sums of rows.

Knows only statistics, ids and clusters: no task, no model, no file. `Cell` holds the rows of one or more systems, `resample`
draws everything once, `combine` makes means of what was drawn; intervals, p-values and corrections are read off the draws.
"""

from __future__ import annotations

from xharness.bootstrap.cells import Cell
from xharness.bootstrap.corrections import (
    benjamini_hochberg,
    check_resamples,
    holds_in_at_least,
    holm,
    step_down_maxt,
)
from xharness.bootstrap.intervals import Interval, bca, of_difference, of_score, percentile, student
from xharness.bootstrap.resampling import Draws, Influence, combine, resample
from xharness.bootstrap.seeds import Difference, between_methods, between_paired, seed_variance
from xharness.bootstrap.significance import detectable, randomisation_p, shifted_bootstrap_p

__all__ = [
    "Cell",
    "Difference",
    "Draws",
    "Influence",
    "Interval",
    "bca",
    "benjamini_hochberg",
    "between_methods",
    "between_paired",
    "check_resamples",
    "combine",
    "detectable",
    "holds_in_at_least",
    "holm",
    "of_difference",
    "of_score",
    "percentile",
    "randomisation_p",
    "resample",
    "seed_variance",
    "shifted_bootstrap_p",
    "step_down_maxt",
    "student",
]
