"""Turning points of an observable along a parameter: where its curve changes direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from asymp.errors import InvalidParameter, NotConverged
from asymp.testing.pointwise import Pointwise

GOLDEN = (np.sqrt(5.0) - 1) / 2
FLAT = 1e-12  # relative: differences below are rounding, as on the plateau of a null phase


@dataclass(frozen=True)
class TurningPoint:
    """A local minimum or maximum.

    Parameters
    ----------
    kind : {"minimum", "maximum"}
    at : float
        Value of the parameter.
    value : float
        Value of the observable there.
    """

    kind: Literal["minimum", "maximum"]
    at: float
    value: float


def turning_points(
    theorem: Any, observable: str, along: str, between: tuple[float, float], count: int = 400,
    **fixed: float,
) -> tuple[TurningPoint, ...]:  # fmt: skip
    """Local extrema of an observable along one parameter, the others fixed.

    Parameters
    ----------
    theorem : Theorem
    observable : str
    along : str
        The parameter, on a log grid.
    between : (float, float)
        Its smallest and largest value, both positive.
    count : int
        Grid points; features narrower than a step are not seen.
    **fixed
        The other parameters.

    Returns
    -------
    tuple of TurningPoint
        In increasing order of the parameter; ends of the range and plateaus are not turning points.

    Raises
    ------
    InvalidParameter
        If the range is not positive and increasing, or there is no such observable.

    Examples
    --------
    >>> import asymp
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> found = turning_points(thm, "standard_risk", "zeta", (0.01, 10), alpha=2.0, tau=1.0)
    >>> [(p.kind, round(p.at, 4)) for p in found]
    [('minimum', 0.5)]
    """
    low, high = between
    if not 0 < low < high:
        raise InvalidParameter(f"between = {between}: give two positive values in increasing order")
    solve = Pointwise(theorem)

    def curve(log_x: float) -> float:
        try:
            numbers = solve(**{**fixed, along: float(np.exp(log_x))})
        except NotConverged:  # a phase without minimiser: the curve has a gap
            return np.nan
        if observable not in numbers:
            raise InvalidParameter(f"no observable {observable!r}; there are: {list(numbers)}")
        return numbers[observable]

    grid = np.linspace(np.log(low), np.log(high), count)
    values = np.array([curve(x) for x in grid])
    found = []
    for i in range(1, count - 1):
        kind = _kind(*values[i - 1 : i + 2])
        if kind is not None:
            x = _golden(curve, grid[i - 1], grid[i + 1], 1.0 if kind == "minimum" else -1.0)
            found.append(TurningPoint(kind, float(np.exp(x)), curve(x)))
    return tuple(found)


def _kind(left: float, here: float, right: float) -> Literal["minimum", "maximum"] | None:
    slack = FLAT * abs(here)
    if here < left - slack and here < right - slack:
        return "minimum"
    if here > left + slack and here > right + slack:
        return "maximum"
    return None


def _golden(curve: Callable[[float], float], low: float, high: float, sign: float) -> float:
    """Minimise ``sign * curve`` by golden section, down to the square root of rounding."""
    while high - low > 1e-7:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if sign * curve(left) <= sign * curve(right):
            high = right
        else:
            low = left
    return (low + high) / 2
