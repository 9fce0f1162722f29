r"""A tube around a curve of roots: Krawczyk's test for all values of a parameter at once.

Around a root m at the middle of a piece, with the slope s of the curve there, the state is
written :math:`y = m + s\,(p-p_0) + w`. The root's offset w is of second order in the length of the
piece. With :math:`\partial H` enclosed on the whole tube :math:`|w_i|\le r_i`, the mean value
theorem gives

.. math:: K = -C\,[H(m;p_0) + (\partial_yH\,s + \partial_pH)(p-p_0)] + (I - C\,\partial_yH)\,w ,

and K in the interior of the tube proves that each p of the piece has exactly one root in it.
Values are enclosed by their total derivative along the curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb

from asymp.balls.curve import Derivatives
from asymp.certify.root import (
    RootBox,
    contraction,
    derivative_of,
    inverse_of,
    product,
    row_sums,
)

Ball = Any
Vector = list[Ball]
Evaluate = Callable[[Ball, Vector], tuple[Derivatives, Derivatives]]

ROUNDS = 3  # growing the tube, and tightening the slope of the curve
GROWTH = 4


@dataclass(frozen=True)
class Tube:
    """A proved piece of a curve of roots.

    Parameters
    ----------
    values : list of arb
        Enclosures of the values over the piece.
    left, right : RootBox
        The root at each end, the only one in the tube's section there.
    """

    values: Vector
    left: RootBox
    right: RootBox


@dataclass(frozen=True)
class LogSystem:
    """H in log variables on a box: its derivatives, and those of the values."""

    by_state: Any
    along: Vector
    values: Derivatives


def log_system(evaluate: Evaluate, parameter: Ball, state: Vector) -> LogSystem | None:
    r"""Derivatives of :math:`H=y-\log F(e^y)`; None unless the map is positive and finite."""
    maps, values = evaluate(parameter, state)
    flat = [*maps.numbers, *(e for row in maps.by_state for e in row)]
    by_state = derivative_of(flat, state)
    if by_state is None or not all(a.is_finite() for a in maps.along):
        return None
    along = [-a / f for a, f in zip(maps.along, maps.numbers, strict=True)]
    return LogSystem(by_state, along, values)


def prove_tube(
    evaluate: Evaluate, low: Ball, high: Ball, middle: Ball, state: Vector
) -> Tube | None:
    """Prove a curve of roots over a piece.

    Parameters
    ----------
    evaluate : callable
        Map and values with their derivatives at a parameter and a state.
    low, high, middle : arb
        Ends of the piece and a point between them.
    state : list of arb
        Enclosure of the root at the middle.

    Returns
    -------
    Tube or None
        None if the test fails, which proves nothing.
    """
    piece, centre = low.union(high), [x.mid() for x in state]
    shift = piece - middle
    local = log_system(evaluate, middle, centre)
    inverse = None if local is None else inverse_of(local.by_state)
    if local is None or inverse is None:
        return None
    slope = [-e.mid() for e in product(inverse, local.along)]
    start = [(x / c).log() for x, c in zip(state, centre, strict=True)]
    sides = [2 * abs(e).upper() for e in start]
    for _ in range(ROUNDS):
        box = displaced(centre, slope, shift, [arb(0, r) for r in sides])
        found = log_system(evaluate, piece, box)
        if found is None:
            return None
        offsets = _offsets(found, inverse, slope, shift, start, sides)
        if all(abs(w) < r for w, r in zip(offsets, sides, strict=True)):
            values = _values(evaluate, found, inverse, (piece, middle), state, box)
            left, right = (
                RootBox(
                    displaced(centre, slope, end - middle, offsets),
                    displaced(centre, slope, end - middle, [arb(0)] * len(centre)),
                    sides,
                )
                for end in (low, high)
            )
            return Tube(values, left, right)
        sides = [(GROWTH * abs(w) + r).upper() for w, r in zip(offsets, sides, strict=True)]
        if not all(r < 1 for r in sides):
            return None
    return None


def displaced(centre: Vector, slope: Vector, shift: Ball, offsets: Vector) -> Vector:
    """State at ``m + s shift + w`` in log variables."""
    return [m * (s * shift + w).exp() for m, s, w in zip(centre, slope, offsets, strict=True)]


def _offsets(
    found: LogSystem, inverse: Any, slope: Vector, shift: Ball, start: Vector, sides: Vector
) -> Vector:
    """Image of the tube under Krawczyk's operator.

    The root at the middle is known: its offset stands for -C H(m) to first order, and exactly in
    the mean value form started from it.
    """
    drift = product(found.by_state, slope)
    push = [(d + a) * shift for d, a in zip(drift, found.along, strict=True)]
    rest = contraction(inverse, found.by_state)
    moved = product(rest, [arb(0, r) - e for r, e in zip(sides, start, strict=True)])
    pushed = product(inverse, push)
    return [e - p + m for e, p, m in zip(start, pushed, moved, strict=True)]


def _values(
    evaluate: Evaluate,
    found: LogSystem,
    inverse: Any,
    parameter: tuple[Ball, Ball],
    root: Vector,
    box: Vector,
) -> Vector:
    """Values over a proved tube: directly, and by the mean value theorem from the middle."""
    piece, middle = parameter
    curve = _curve_slope(found, inverse)
    along = [
        a + sum((d * x * c for d, x, c in zip(row, box, curve, strict=True)), arb(0))
        for a, row in zip(found.values.along, found.values.by_state, strict=True)
    ]
    start = evaluate(middle, root)[1].numbers
    shifted = [m + a * (piece - middle) for m, a in zip(start, along, strict=True)]
    return [both(arb(d), s) for d, s in zip(found.values.numbers, shifted, strict=True)]


def _curve_slope(found: LogSystem, inverse: Any) -> Vector:
    r"""Slope of the curve of roots, :math:`-(\partial_yH)^{-1}\partial_pH`, over the tube."""
    rest = contraction(inverse, found.by_state)
    right = [-e for e in product(inverse, found.along)]
    norm = max(row_sums(rest), default=arb(0))
    size = max((abs(e).upper() for e in right), default=arb(0))
    bound = (size / (1 - norm)).upper() if norm < 1 else arb.pos_inf()
    slope = [arb(0, bound) for _ in right]
    for _ in range(ROUNDS):
        slope = [r + p for r, p in zip(right, product(rest, slope), strict=True)]
    return slope


def both(a: Ball, b: Ball) -> Ball:
    """Intersection of two enclosures of one number; the first if the second is not finite.

    The second one rests on the mean value theorem: where the first is not finite, neither is the
    number known to be continuous.
    """
    if not (a.is_finite() and b.is_finite()):
        return a
    return a.intersection(b) if a.overlaps(b) else arb.nan()
