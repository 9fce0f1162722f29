"""Observables of sparse estimators: which coordinates they select."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from asymp.problem.adversary import LinfInput
from asymp.problem.penalty import SeparablePenalty
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw

SELECTED = 1e-6
"""Size of w above which a coordinate counts as selected: the solver puts the others at zero."""

MEANINGS: Mapping[str, str] = {
    "selected_fraction": "share of non-zero coordinates",
    "l1_norm": "mean size of the coordinates w",
    "true_positive_rate": "share of the teacher's non-zero coordinates that are selected",
    "false_positive_rate": "share of the teacher's zero coordinates that are selected",
}


def selection_names(problem: ProblemStatement) -> list[str]:
    """Which of them a problem has."""
    l1 = any(isinstance(adversary, LinfInput) for adversary in problem.adversaries)
    if not isinstance(problem.penalty, SeparablePenalty) and not l1:
        return []
    names = list(MEANINGS)
    return names if isinstance(problem.target, SparseTarget) else names[:2]


def selection(problem: ProblemStatement, draw: Draw, theta: Array) -> dict[str, float]:
    """The shares; NaN of an empty set."""
    names = selection_names(problem)
    if not names:
        return {}
    w = np.sqrt(theta.size) * theta
    chosen = np.abs(w) > SELECTED
    found = {"selected_fraction": float(chosen.mean()), "l1_norm": float(np.abs(w).mean())}
    if "true_positive_rate" in names:
        support = draw.teacher != 0
        found["true_positive_rate"] = _share(chosen[support])
        found["false_positive_rate"] = _share(chosen[~support])
    return found


def _share(chosen: Array) -> float:
    return float(chosen.mean()) if chosen.size else float("nan")
