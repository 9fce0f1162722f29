"""Roots far out: between two curves on which the equation has known signs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from asymp.balls.body import Balls, Body
from asymp.balls.tail import Tail, Unbounded, mixture, tail_of

SHIFTS = (0.0, *(2.0**k for k in (*range(-2, 8), *range(10, 40, 4))))  # how far curves are moved

FACTORS = tuple(2.0**k for k in (*range(-30, 60), *range(60, 400, 4)))  # multiples of the input


def tail_root(body: Body, inputs: Balls) -> Tail:
    """Enclosure of the root of an increasing equation on a half-line of an input.

    Curves are the start of the search or zero, moved by a constant: a proximal point stays near
    its field, or between it and a constant. Multiples of the input come last: the odds of a point
    before a wall grow like it, and where the one end is infinite they are tried at the other too.
    """
    ends, known = body.before(*inputs)
    like = tail_of(*inputs, *ends)
    grows = any(not isinstance(e, Tail) and not e.is_finite() for e in ends[1:3])
    sides = []
    for sign, end in ((1, ends[2]), (-1, ends[1])):
        if isinstance(end, Tail) or not end.is_finite():
            sides.append(_first(body, known, like, _curves(like, ends[0], sign), sign))
            continue
        sides.append(like.of(end))
        if grows:
            with suppress(Unbounded):
                sides[-1] = _first(body, known, like, _multiples(like, sign), sign)
    return mixture(*sides)


def _first(body: Body, known: Balls, like: Tail, curves: Iterator[Tail], sign: int) -> Tail:
    """First curve above (sign 1) or below the root."""
    for curve in curves:
        try:
            low, high = like.lifted(body.body(curve, known)[0]).range()
        except Unbounded:
            continue
        if low >= 0 if sign > 0 else high <= 0:
            return curve
    raise Unbounded


def _curves(like: Tail, start: Any, sign: int) -> Iterator[Tail]:
    """Near the start or zero, if there is one, else multiples."""
    for base in (like.lifted(start), like.of(0)):
        for shift in SHIFTS:
            yield base + sign * shift
    yield from _multiples(like, sign)


def _multiples(like: Tail, sign: int) -> Iterator[Tail]:
    """Multiples of the input from the closest to the root on."""
    if not like.constant:
        yield from (like * factor for factor in FACTORS[::sign])
