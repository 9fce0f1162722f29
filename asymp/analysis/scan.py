"""Where an optimum may lie: bounds of the parameters, nodes of the coarse scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.errors import InvalidParameter

# Without bounds from the user: what is beyond is no different from the ends in practice.
SMALLEST, LARGEST = 1e-6, 1e6
NODES = {1: 241, 2: 49}  # per parameter, by the number of parameters optimised over

Bounds = Sequence[float] | Mapping[str, Sequence[float]] | None


@dataclass(frozen=True)
class Range:
    """Interval that one parameter is optimised over.

    Parameters
    ----------
    name : str
    low, high : float
        Both ends may be attained.
    """

    name: str
    low: float
    high: float

    def nodes(self, count: int) -> np.ndarray:
        """Equally spaced in the logarithm, zero itself included where it is the lower end."""
        if self.low > 0:
            return np.geomspace(self.low, self.high, count)
        start = min(SMALLEST, 1e-6 * self.high)
        return np.concatenate([[self.low], np.geomspace(start, self.high, count - 1)])


def ranges_of(parameters: Mapping[str, Any], over: Sequence[str], bounds: Bounds) -> list[Range]:
    """Range of each parameter: the user's bounds, else the domain cut to what computes.

    Raises
    ------
    InvalidParameter
        For bounds that are not an interval of the domain.
    """
    given = bounds if isinstance(bounds, Mapping) else dict.fromkeys(over, bounds)
    for name in given:
        if name not in over:
            raise InvalidParameter(f"bounds for {name}, which is not optimised over")
    return [range_of(parameters[name], given.get(name)) for name in over]


def range_of(parameter: Any, bounds: Sequence[float] | None) -> Range:
    """Range of one parameter."""
    if bounds is None:
        start, end = float(parameter.domain.start), float(parameter.domain.end)
        if start < 0:
            raise InvalidParameter(f"{parameter.name} may be negative: give bounds=(low, high)")
        low = max(start, SMALLEST) if parameter.domain.left_open else start
        return Range(parameter.name, low, min(end, LARGEST))
    low, high = (float(b) for b in bounds)
    parameter.require([low, high])
    if not 0 <= low < high < np.inf:
        raise InvalidParameter(
            f"bounds of {parameter.name} = ({low:g}, {high:g}): give 0 <= low < high < inf"
        )
    return Range(parameter.name, low, high)
