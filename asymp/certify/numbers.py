"""From floats, decimals and constants to balls, and back to floats rounded outwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
import numpy as np
from flint import arb, fmpq

from asymp.calculus.hermite.arb import constant_ball
from asymp.errors import InvalidParameter

Ball = Any

READINGS = ("float", "decimal")


def read_ball(value: float, reading: str) -> Ball:
    """Ball of a parameter in the current precision.

    Parameters
    ----------
    value : float
    reading : {"float", "decimal"}
        The float's exact binary value, or the shortest decimal fraction that prints as it: 0.1
        is 3602879701896397/36028797018963968 in one reading and 1/10 in the other.
    """
    if reading == "float":
        return arb(value)
    exact = Fraction(repr(value))
    return arb(fmpq(exact.numerator, exact.denominator))


def require_reading(reading: str) -> None:
    """Refuse an unknown reading."""
    if reading not in READINGS:
        raise InvalidParameter(f"reading = {reading!r} is not one of {', '.join(READINGS)}")


@lru_cache(maxsize=256)
def constant_enclosure(constant: Any, bits: int) -> tuple[Ball, str]:
    """Ball of a theorem's constant at a precision, and how it was found."""
    import flint

    with flint.ctx.workprec(bits):
        if not hasattr(constant, "bounded"):
            return arb(float(constant)), "taken as the float"
        if constant.exact is not None:
            return constant_ball(constant.exact).real, "exact"
        value, error, method = constant.bounded(int(bits / 3.32) + 3)
        ball = arb(mpmath.nstr(value, int(bits / 3.32) + 10)) + arb(0, float(error))
        return ball.sqrt() if constant.is_root else ball, method


def constants_at(constants: Mapping[Any, Any], bits: int) -> list[Ball]:
    """Balls of all constants."""
    return [constant_enclosure(c, bits)[0] for c in constants.values()]


def outward(balls: Iterable[Ball]) -> tuple[list[float], list[float]]:
    """Lower and upper ends as floats; the caller widens them by one unit (see :func:`widened`)."""
    kept = list(balls)
    return [float(b.lower()) for b in kept], [float(b.upper()) for b in kept]


def widened(lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends moved outwards by one unit in the last place, since conversion rounds to nearest."""
    exact = (lower == upper) & ((lower == 0) | np.isinf(lower))
    return (
        np.where(exact, lower, np.nextafter(lower, -np.inf)),
        np.where(exact, upper, np.nextafter(upper, np.inf)),
    )
