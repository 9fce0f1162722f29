"""Sums and products of balls from their ends: a sign that is known stays known.

A ball has a middle and a radius that is rounded up, so that [0, 1] times itself gives [-1/2, 1].
"""

from __future__ import annotations

from typing import Any

from flint import arb

Ball = Any
Ends = tuple[Any, Any]


def ends_of(x: Ball) -> Ends:
    """Exact ends of a ball."""
    return x.lower(), x.upper()


def sum_of(x: Ball, y: Ball) -> Ball:
    """Sum that does not cross zero by rounding."""
    plain = x + y
    if not plain.contains(0):
        return plain
    return hull((x.lower() + y.lower()).lower(), (x.upper() + y.upper()).upper())


def product(x: Ball, y: Ball) -> Ball:
    """Product from the ends."""
    if x.is_exact() and y.is_exact():
        return x * y
    return hull(*extremes(ends_of(x), ends_of(y)))


def extremes(x: Ends, y: Ends) -> Ends:
    """Least and greatest product of numbers between two pairs of ends."""
    products = [a * b for a in x for b in y]
    low, high = (e.lower() for e in products), (e.upper() for e in products)
    return min(low, key=arb.mid), max(high, key=arb.mid)


def hull(low: Ball, high: Ball) -> Ball:
    """Ball around two numbers; it does not cross zero unless they do."""
    ball = low.union(high)
    if low < 0 < high or not ball.contains(0):
        return ball
    return from_zero(high) if high > 0 else -from_zero(-low)


def from_zero(high: Ball) -> Ball:
    """Ball that begins at zero: the middle is put at the radius as it was rounded.

    Examples
    --------
    >>> float(from_zero(arb(1)).lower()), float(from_zero(arb(1)).upper()) >= 1
    (0.0, True)
    """
    half = high.upper() / 2
    return arb(arb(0, half).rad(), half)


UNIT = from_zero(arb(1))  # the whole of [0, 1]
