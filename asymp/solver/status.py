"""Outcomes of a point: a small integer on grids, a sentence for a reader."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What became of a point; the last three carry NaN.

    The first three speak of the observables. An order parameter may be infinite beside
    ``converged``, as the proximal scale V is where data are interpolated without ridge.

    ``max_steps`` need not be a failure of the solver. Where the minimiser is not unique, or runs
    away, and the theorem has no branch for its limit, the equations have no finite root: margin
    losses without ridge on separable data are such a case. A small ridge has an answer there.
    """

    converged = 0
    null = 1
    infinite = 2
    no_minimiser = 3
    max_steps = 4
    out_of_domain = 5

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        return SENTENCES[self]


SENTENCES = {
    Status.converged: "the fixed point was found",
    Status.null: "the estimator is exactly zero",
    Status.infinite: "a limit is infinite, or beyond 1e140",
    Status.no_minimiser: "the training problem has no minimiser",
    Status.max_steps: "no fixed point was reached; there may be none (separable data, no ridge)",
    Status.out_of_domain: "a parameter is outside its domain",
}
