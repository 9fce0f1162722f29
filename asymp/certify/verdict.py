"""Outcomes of a certification: a small integer on grids, a sentence for a reader."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any


class Certificate(IntEnum):
    """What was proved of a point."""

    certified = 0
    disagrees = 1
    no_contraction = 2
    branch_undecided = 3
    not_enclosed = 4
    not_solved = 5
    out_of_domain = 6

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        return SENTENCES[self]


SENTENCES = {
    Certificate.certified: (
        "the branch is decided, its fixed point exists and is unique in the stated box, every "
        "value is enclosed, and the numbers given agree with the enclosures"
    ),
    Certificate.disagrees: "values are enclosed, and a number given lies off its enclosure",
    Certificate.no_contraction: "no box around the candidate was proved to hold one root",
    Certificate.branch_undecided: "the balls cannot tell which branch holds",
    Certificate.not_enclosed: "a root was proved, and a value's enclosure is infinite or too wide",
    Certificate.not_solved: "there is no candidate: the solver gave no finite state",
    Certificate.out_of_domain: "a parameter is outside its domain",
}


def enclosed(values: Iterable[Any], stated: Iterable[bool]) -> Certificate:
    """Outcome of a proved root: every value that its branch states needs an enclosure."""
    pairs = zip(values, stated, strict=True)
    good = all(value.is_finite() or value.is_exact() for value, wanted in pairs if wanted)
    return Certificate.certified if good else Certificate.not_enclosed
