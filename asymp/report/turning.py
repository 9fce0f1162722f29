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
SPARSE, PATIENCE = 12, 20.0  # least density, and seconds that the search may take


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


def find_turns(theorem: Theorem, plan: Plan, observable: str, cost: float = 0.0) -> list[Turns]:
    """Turning points of every curve of a plan; none on an axis that reaches zero.

    Parameters
    ----------
    theorem : Theorem
    plan : Plan
    observable : str
    cost : float
        Seconds that a point costs: an expensive theorem is searched on fewer points.
    """
    ends = float(np.min(plan.arguments[plan.x])), float(np.max(plan.arguments[plan.x]))
    if ends[0] <= 0:
        return [Turns(member, ()) for member, _ in plan.curves]
    length = np.log(ends[1] / ends[0])
    density = min(DENSITY, PATIENCE / max(cost, 1e-9) / len(plan.curves) / length)
    count = 2 * int(max(SPARSE, density) / 2 * length) + 4
    return [
        Turns(member, turning_points(theorem, observable, plan.x, ends, count, **fixed))
        for member, fixed in plan.curves
    ]


def turns_table(turns: list[Turns], plan: Plan, observable: str) -> str:
    """CSV with a row for each turning point."""
    rows = [f"{plan.family or 'curve'},kind,{plan.x},{observable}"]
    rows += [f"{t.member!r},{p.kind},{p.at!r},{p.value!r}" for t in turns for p in t.points]
    return "\n".join(rows) + "\n"
