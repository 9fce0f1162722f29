r"""Enclosures of the root x of an increasing :math:`g(x; a)` for every input a in a box.

Real inputs: interval Newton, :math:`N=m-g(m;A)/g'(X;A)`. If N lies inside X, then every a in A
has exactly one root in X, and it is in N; where that fails, two points between which g changes
sign for every a hold the root of an increasing function. Complex inputs: the same operator on
rectangles, for :math:`g(x)-g(m)=(x-m)\int_0^1g'(m+t(x-m))dt` and a rectangle is convex.

Why the complex root is the continuation of the real one: inputs and X are taken symmetric about
the real line. At a real input the one root in X equals its own conjugate, so it is real, and an
increasing g has no other. As :math:`0\notin g'(X)` the root is analytic in the inputs, and the
inputs' rectangle is connected.

A root between ends, in an integrand, is one that lies between them wherever the integral is taken:
it stops at an end no sooner than the panel does. Where it certainly keeps off both at the middle
of the rectangle it is the root in X there, and stays so as long as the input stays in the panel,
for both are continuous and X has no other. What is continued is therefore the root itself, past
an end if need be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flint
from flint import acb, arb

from asymp.balls.body import Balls, Body
from asymp.balls.rectangles import NotAnalytic
from asymp.balls.tail import Tail
from asymp.balls.tail_root import tail_root

Ball = Any

STEPS = 200  # of the search for a midpoint
GROWTH = 24  # enlargements of a box before the next method is tried
SLACK = arb("1.25")


@dataclass(frozen=True)
class RootEnclosure:
    """The callable that stands for a root helper: on real balls, rectangles and tails.

    Parameters
    ----------
    real, complex_, tail : Body
        The helper's equation and slope over the three kinds of argument.
    """

    real: Body
    complex_: Body
    tail: Body

    def __call__(self, *inputs: Ball) -> Ball:
        """Enclosure of the root."""
        if any(isinstance(a, Tail) for a in inputs):
            return tail_root(self.tail, inputs)
        if any(isinstance(a, acb) for a in inputs):
            return self._on_rectangle(inputs)
        return self._on_reals(inputs)

    def _on_reals(self, inputs: Balls) -> Ball:
        ends, known = self.real.before(*inputs)
        low, high = ends[1], ends[2]
        if high.is_finite() and self.real.body(high, known)[0] <= 0:
            return high
        if low.is_finite() and self.real.body(low, known)[0] >= 0:
            return low
        middle = search(self.real, ends, known)
        root = newton_enclosure(self.real, middle, known)
        if not root.is_finite():
            root = bracket(self.real, middle, low, high, known)
        return root.max(low).min(high)

    def _on_rectangle(self, inputs: Balls) -> Ball:
        symmetric = [symmetrised(a) if isinstance(a, acb) else a for a in inputs]
        _, known = self.complex_.before(*symmetric)
        real_ends, real_known = self.real.before(*(arb(a.real.mid()) for a in symmetric))
        if not all(self._inside(real_ends, real_known)):
            raise NotAnalytic  # the root may stop at an end
        middle = search(self.real, real_ends, real_known)
        return rectangle(self.complex_, middle, known)

    def _inside(self, ends: Balls, known: Balls) -> Iterator[bool]:
        """Whether the root keeps off both ends: the signs of the equation there are known."""
        for end, sign in ((ends[1], -1), (ends[2], 1)):
            if end.is_finite():
                yield bool(sign * self.real.body(arb(end.mid()), known)[0] > 0)


def symmetrised(z: Ball) -> Ball:
    """Smallest rectangle around z that is symmetric about the real line."""
    return acb(z.real, arb(0, z.imag.abs_upper()))


def middle_of(known: Any) -> Any:
    """Exact middle of a ball, or of each result of a panel or table."""
    return tuple(map(middle_of, known)) if isinstance(known, tuple) else arb(known.mid())


def search(body: Body, ends: Balls, known: Balls) -> Ball:
    """Exact point near the root at the middle of the inputs: Newton's method with bisection."""
    start, low, high = (arb(e.mid()) if e.is_finite() else e for e in ends)
    known = tuple(map(middle_of, known))
    x = start.max(low).min(high)
    step = 1 + abs(x)
    tolerance = arb(2) ** (4 - flint.ctx.prec)
    for turn in range(STEPS):
        value, slope = body.body(x, known)[:2]
        if value.contains(0) or not value.is_finite():
            break
        low, high = (low, x) if value > 0 else (x, high)
        new = arb((x - value / slope).mid())
        if new.is_finite() and abs(new - x) <= tolerance * abs(new):
            break
        bounded = low.is_finite() and high.is_finite()
        if not (low < new < high) or (turn > 60 and bounded):
            if bounded:
                new = arb(((low + high) / 2).mid())
            else:
                new = arb((x - step if value > 0 else x + step).max(low).min(high).mid())
                step = 2 * step
        x = new
    return arb(x.mid())


def newton_enclosure(body: Body, middle: Ball, known: Balls) -> Ball:
    """Interval Newton on growing boxes; NaN if none contracts."""
    value, slope = body.body(middle, known)[:2]
    if not (value.is_finite() and slope > 0):
        return arb.nan()
    radius = (SLACK * value / slope).abs_upper() + abs(middle) * arb(2) ** (2 - flint.ctx.prec)
    for _ in range(GROWTH):
        box = middle + arb(0, radius)
        slope = body.body(box, known)[1]
        if not slope > 0:
            return arb.nan()
        image = middle - value / slope
        if box.contains_interior(image):
            return image
        radius = SLACK * radius.max((image - middle).abs_upper())
    return arb.nan()


def bracket(body: Body, middle: Ball, low: Ball, high: Ball, known: Balls) -> Ball:
    """Two points between which g changes sign for every input; NaN if none are found."""
    found = []
    for sign, end in ((-1, low), (1, high)):
        radius = (1 + abs(middle)) * arb(2) ** -30
        for _ in range(90):
            point = arb((middle + sign * radius).mid())
            if sign * point >= sign * end:
                point = end
                break
            if sign * body.body(point, known)[0] > 0:
                break
            radius = 2 * radius
        else:
            return arb.nan()
        found.append(point)
    return found[0].union(found[1])


def rectangle(body: Body, middle: Ball, known: Balls) -> Ball:
    """Complex interval Newton on growing rectangles; NaN if none contracts."""
    centre = acb(middle)
    value, slope = body.body(centre, known)[:2]
    image = centre - value / slope
    for _ in range(GROWTH):
        if not image.is_finite():
            break
        box = _enlarged(image, middle)
        slope = body.body(box, known)[1]
        if not acb(slope).real > 0:
            break
        image = centre - value / slope
        if box.real.contains_interior(image.real) and box.imag.contains_interior(image.imag):
            return image
    return acb(arb.nan(), arb.nan())


def _enlarged(image: Ball, middle: Ball) -> Ball:
    """Symmetric rectangle around the middle and a little more than the image."""
    tiny = (1 + abs(middle)) * arb(2) ** (3 - flint.ctx.prec)
    across = SLACK * (image.real - middle).abs_upper() + tiny
    return acb(
        middle + arb(0, across.abs_upper()),
        arb(0, (SLACK * image.imag.abs_upper() + tiny).abs_upper()),
    )
