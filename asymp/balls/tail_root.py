"""Roots far out: between two curves on which the equation has known signs."""

from __future__ import annotations

from typing import Any

from asymp.balls.body import Balls, Body
from asymp.balls.tail import Tail, Unbounded, mixture, tail_of

SHIFTS = (0.0, *(2.0**k for k in (*range(-2, 8), *range(10, 40, 4))))  # how far curves are moved


def tail_root(body: Body, inputs: Balls) -> Tail:
    """Enclosure of the root of an increasing equation on a half-line of an input.

    Curves are the start of the search or zero, moved by a constant: a proximal point stays near
    its field, or between it and a constant.
    """
    ends, known = body.before(*inputs)
    like = tail_of(*inputs, *ends)
    sides = []
    for sign, end in ((1, ends[2]), (-1, ends[1])):
        if not isinstance(end, Tail) and end.is_finite():
            sides.append(like.of(end))
        else:
            sides.append(_side(body, known, like, ends[0], sign))
    return mixture(*sides)


def _side(body: Body, known: Balls, like: Tail, start: Any, sign: int) -> Tail:
    """Curve above (sign 1) or below the root, near the start if there is one."""
    for base in (like.lifted(start), like.of(0)):
        for shift in SHIFTS:
            curve = base + sign * shift
            try:
                low, high = like.lifted(body.body(curve, known)[0]).range()
            except Unbounded:
                continue
            if low >= 0 if sign > 0 else high <= 0:
                return curve
    raise Unbounded
