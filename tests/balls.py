"""Balls and mpmath numbers side by side, for the tests of certificates."""

from typing import Any

import mpmath
import numpy as np
from flint import arb, fmpq


def exact(value: Any) -> arb:
    """Ball of an mpmath number, rounded no worse than the current precision."""
    sign, mantissa, exponent, _ = mpmath.mpmathify(value)._mpf_
    size = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
    return arb(-size if sign else size)


def holds(ball: arb, value: Any, slack: float = 1e-35) -> bool:
    """Whether a ball holds a number that mpmath knows to a relative error of ``slack``."""
    if mpmath.isinf(value):
        return not ball.is_finite()
    return bool(ball.overlaps(exact(value) + arb(0, slack) * exact(value)))


def between(lower: Any, value: Any, upper: Any, slack: float = 1e-30) -> bool:
    """Whether floats enclose a number known to a relative error of ``slack``."""
    low, high = (mpmath.mpf(float(end)) for end in (lower, upper))
    room = abs(value) * slack
    return bool(low <= value + room and value - room <= high)


def enclosing(proof: Any, values: dict[str, Any], places: dict[str, int] | None = None) -> None:
    """Fail unless every number that a certificate names lies in its enclosure."""
    point = proof.isel(places or {})
    for name, value in values.items():
        if f"{name}_lower" not in point:
            continue
        ends = float(point[f"{name}_lower"]), float(point[f"{name}_upper"])
        if mpmath.isnan(value):
            assert np.isnan(ends).all(), (name, ends)
        else:
            assert between(ends[0], value, ends[1]), (name, ends, mpmath.nstr(value, 25))
