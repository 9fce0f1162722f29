"""Outcomes of a point: a small integer on grids, a sentence for a reader."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """What became of a point; the last three carry NaN."""

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
    Status.infinite: "a limit is infinite",
    Status.no_minimiser: "the training problem has no minimiser",
    Status.max_steps: "the iteration did not reach the fixed point",
    Status.out_of_domain: "a parameter is outside its domain",
}
