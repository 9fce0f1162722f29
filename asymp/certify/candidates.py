"""Candidates for certification: what the compiled solver finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from asymp.solver.points import Points

Candidate = Callable[[int], Sequence[float] | None]


def candidate_of(found: Points, row: int) -> Candidate:
    """State that the solver found at a row, for the branch that it chose."""

    def candidate(branch: int) -> Sequence[float] | None:
        state = found.states[row]
        state = state[~np.isnan(state)]
        good = branch == found.branch[row] and state.size and bool((state > 0).all())
        return state if good else None

    return candidate
