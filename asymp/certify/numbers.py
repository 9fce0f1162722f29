"""From floats, decimals and constants to balls, and back to floats rounded outwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

import mpmath
from flint import arb, fmpq

from asymp.balls.constants import precision, real_ball
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
    with precision(bits):
        if not hasattr(constant, "bounded"):
            return arb(float(constant)), "taken as the float"
        if constant.exact is not None:
            return real_ball(constant.exact), "exact"
        value, error, method = constant.bounded(int(bits / 3.32) + 3)
        ball = exact_ball(value) + arb(0, exact_ball(error))
        return ball.sqrt() if constant.is_root else ball, method


def exact_ball(number: Any) -> Ball:
    """Ball around a multi-precision float: the number itself, whatever the precision.

    Examples
    --------
    >>> exact_ball(mpmath.mpf(-0.375))
    -0.375000000000000
    """
    sign, mantissa, exponent, _ = mpmath.mpmathify(number)._mpf_
    size = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
    return arb(-size if sign else size)


def constants_at(constants: Mapping[Any, Any], bits: int) -> list[Ball]:
    """Balls of all constants."""
    return [constant_enclosure(c, bits)[0] for c in constants.values()]


def outward(balls: Iterable[Ball]) -> tuple[list[float], list[float]]:
    """Floats below and above: the nearest ones outside, or the ends where they are floats."""
    kept = list(balls)
    return [float_below(b.lower()) for b in kept], [float_above(b.upper()) for b in kept]


def float_below(exact: Ball) -> float:
    """A float that is no larger; the largest finite one below an overflow."""
    near = float(exact)
    return near if arb(near) <= exact else math.nextafter(near, -math.inf)


def float_above(exact: Ball) -> float:
    """A float that is no smaller."""
    return 0.0 - float_below(-exact)
