"""Where an observable turns along a parameter, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asymp.report.plan import Plan
from asymp.testing.turning import TurningPoint, turning_points

if TYPE_CHECKING:
    from asymp.api import Theorem

DENSITY = 120  # points of the search in each factor e of the axis


@dataclass(frozen=True)
class Turns:
    """Turning points of one curve.

    Parameters
    ----------
    member : float
        Value of the family's parameter.
    points : tuple of TurningPoint
        In increasing order.
    """

    member: float
    points: tuple[TurningPoint, ...]

    @property
    def peak(self) -> TurningPoint | None:
        """The highest maximum."""
        maxima = [p for p in self.points if p.kind == "maximum"]
        return max(maxima, key=lambda p: p.value, default=None)

    @property
    def hurts_from(self) -> TurningPoint | None:
        """The first minimum beyond the peak: from there more of the parameter hurts."""
        if self.peak is None:
            return None
        beyond = [p for p in self.points if p.kind == "minimum" and p.at > self.peak.at]
        return beyond[0] if beyond else None


def find_turns(theorem: Theorem, plan: Plan, observable: str) -> list[Turns]:
    """Turning points of every curve of a plan."""
    ends = float(np.min(plan.arguments[plan.x])), float(np.max(plan.arguments[plan.x]))
    count = 2 * int(DENSITY / 2 * np.log(ends[1] / ends[0])) + 4
    return [
        Turns(
            float(member),
            turning_points(
                theorem, observable, plan.x, ends, count,
                **{**plan.fixed, plan.family: float(member)},
            ),
        )
        for member in plan.arguments[plan.family]
    ]  # fmt: skip


def turns_table(turns: list[Turns], plan: Plan, observable: str) -> str:
    """CSV with a row for each turning point."""
    rows = [f"{plan.family},kind,{plan.x},{observable}"]
    rows += [f"{t.member!r},{p.kind},{p.at!r},{p.value!r}" for t in turns for p in t.points]
    return "\n".join(rows) + "\n"
