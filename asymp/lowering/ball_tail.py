r"""Bounds of an integrand far out, valid on a whole half-line, so that what is cut off is bounded.

The body of an integrand runs once on a :class:`Tail`, which encloses a function of
:math:`y\ge R` by :math:`P(y)e^{-ay^2}` with balls as coefficients of the polynomial P: at each y
the value is that of P for some choice of coefficients in the balls. What no rule covers raises
:class:`Unbounded`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flint import arb

from asymp.lowering.ball_body import Balls, Body

Ball = Any
SIGNS = arb(0, 1)
INFINITY = arb.pos_inf()
CURVES = (*range(-2, 8), *range(10, 40, 4))  # binary logarithms of how far curves are moved


class Unbounded(ArithmeticError):
    """No bound is known on the half-line."""


def product(x: Ball, y: Ball) -> Ball:
    """Product from the ends: with a middle and a radius, [0, 1] times itself gives [-1/2, 1]."""
    if x.is_exact() or y.is_exact():
        return x * y
    return hull(*extremes((x.lower(), x.upper()), (y.lower(), y.upper())))


def extremes(x: tuple[Ball, Ball], y: tuple[Ball, Ball]) -> tuple[Ball, Ball]:
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
    """Ball that begins at zero: radii are rounded up, so the middle is put at the radius."""
    half = high.upper() / 2
    return arb(arb(0, half).rad(), half)


UNIT = from_zero(arb(1))  # the whole of [0, 1]


@dataclass(frozen=True, eq=False)
class Tail:
    r"""Enclosure :math:`P(y)e^{-ay^2}` of a function of :math:`y\ge R`.

    Parameters
    ----------
    coefficients : tuple of arb
        Of P, from the constant one.
    decay : arb
        :math:`a\ge0`, exact.
    start : arb
        :math:`R>0`, exact.
    ends : pair of arb, optional
        Of a constant: what it lies between, which may be of unlike sizes (a ball's is one).
    """

    coefficients: Balls
    decay: Ball
    start: Ball
    ends: tuple[Ball, Ball] | None = None

    @property
    def constant(self) -> bool:
        """Whether it lies between two numbers, and that is all."""
        return len(self.coefficients) == 1 and self.decay == 0

    def of(self, *coefficients: Ball) -> Tail:
        """Polynomial on the same half-line."""
        return Tail(tuple(map(arb, coefficients)), arb(0), self.start)

    def lifted(self, other: Any) -> Tail:
        """A number as a constant."""
        return other if isinstance(other, Tail) else self.of(other)

    def weakened(self, decay: Ball) -> Tail:
        """The same with less decay: the rest goes into the coefficients."""
        excess = self.decay - decay
        if excess == 0:
            return self
        top = (-excess * self.start * self.start).exp()
        return Tail(tuple(product(c, UNIT * top) for c in self.coefficients), decay, self.start)

    def __add__(self, other: Any) -> Tail:
        other = self.lifted(other)
        if self.constant and other.constant:
            (a, b), (c, d) = self.range(), other.range()
            return self.between((a + c).lower(), (b + d).upper())
        decay = self.decay if self.decay <= other.decay else other.decay
        a, b = self.weakened(decay).coefficients, other.weakened(decay).coefficients
        if len(a) < len(b):
            a, b = b, a
        return Tail((*(x + y for x, y in zip(a, b, strict=False)), *a[len(b) :]), decay, self.start)

    def __mul__(self, other: Any) -> Tail:
        other = self.lifted(other)
        if self.constant and other.constant:
            return self.between(*extremes(self.range(), other.range()))
        total = [arb(0)] * (len(self.coefficients) + len(other.coefficients) - 1)
        for i, x in enumerate(self.coefficients):
            for j, y in enumerate(other.coefficients):
                total[i + j] += product(x, y)
        decay = self.decay + other.decay
        if not decay.is_exact():  # what rounding takes from the decay
            total = [product(c, UNIT) for c in total]
        return Tail(tuple(total), decay.lower(), self.start)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Tail:
        ends = self.ends and (-self.ends[1], -self.ends[0])
        return Tail(tuple(-c for c in self.coefficients), self.decay, self.start, ends)

    def __sub__(self, other: Any) -> Tail:
        return self + (-self.lifted(other))

    def __rsub__(self, other: Any) -> Tail:
        return -self + other

    def __truediv__(self, other: Any) -> Tail:
        return self * (self.lifted(other).inverse() if isinstance(other, Tail) else 1 / arb(other))

    def __rtruediv__(self, other: Any) -> Tail:
        return self.inverse() * other

    def inverse(self) -> Tail:
        """One over it, if it keeps away from zero."""
        low, high = self.range()
        if not (low > 0 or high < 0):
            raise Unbounded
        return self.between((1 / high).lower(), (1 / low).upper())

    def between(self, low: Ball, high: Ball) -> Tail:
        """Any function with values between two numbers, in either order."""
        low, high = (high, low) if low > high else (low, high)
        if not (low.is_finite() and high.is_finite()):
            raise Unbounded
        return Tail((hull(low, high),), arb(0), self.start, (low.lower(), high.upper()))

    def range(self) -> tuple[Ball, Ball]:
        """Numbers that the values lie between, possibly infinite."""
        if self.ends is not None:
            return self.ends
        if self.decay > 0:
            top = sum((abs(c) * self._peak(i) for i, c in enumerate(self.coefficients)), arb(0))
            positive = all(c >= 0 for c in self.coefficients)
            return (arb(0) if positive else -top.upper()), top.upper()
        first, *rest = self._shifted()
        low = first.lower() if all(c >= 0 for c in rest) else -INFINITY
        return low, first.upper() if all(c <= 0 for c in rest) else INFINITY

    def _peak(self, power: int) -> Ball:
        r"""Largest :math:`y^ie^{-ay^2}`: at :math:`\sqrt{i/2a}` or at the start."""
        place = (arb(power) / (2 * self.decay)).max(self.start * self.start)
        return (
            place.sqrt() ** power * (-self.decay * place).exp()
            if power
            else ((-self.decay * self.start * self.start).exp())
        )

    def _shifted(self) -> list[Ball]:
        """Coefficients in the powers of y - R."""
        shifted = list(self.coefficients)
        for i in range(len(shifted) - 1):
            for j in range(len(shifted) - 2, i - 1, -1):
                shifted[j] = shifted[j] + self.start * shifted[j + 1]
        return shifted

    def integral(self) -> Ball:
        r"""Bound of :math:`\int_R^\infty|f|`, by incomplete gamma functions."""
        if not self.decay > 0:
            if all(c.is_zero() for c in self.coefficients):
                return arb(0)
            raise Unbounded
        square, total = self.decay * self.start * self.start, arb(0)
        for i, c in enumerate(self.coefficients):
            half = arb(i + 1) / 2
            total += abs(c) * square.gamma_upper(half) / (2 * self.decay**half)
        if not total.is_finite():
            raise Unbounded
        return total.abs_upper()


def mixture(a: Any, b: Any) -> Any:
    """Anything between a and b, at each y."""
    return b + (a - b) * UNIT


def tail_of(*values: Any) -> Tail:
    """First tail among values."""
    return next(v for v in values if isinstance(v, Tail))


def tail_root(body: Body, inputs: Balls) -> Tail:
    """Enclosure of the root of an increasing equation far out: between two curves of known sign.

    Curves are the start of the search or zero, moved by a constant: a proximal point stays near
    its field, or between it and a constant.
    """
    ends, known = body.before(*inputs)
    like = tail_of(*inputs, *ends)
    sides = []
    for sign_, end in ((1, ends[2]), (-1, ends[1])):
        bound = end if not isinstance(end, Tail) and end.is_finite() else None
        sides.append(
            like.of(bound) if bound is not None else _side(body, known, like, ends[0], sign_)
        )
    return mixture(*sides)


def _side(body: Body, known: Balls, like: Tail, start: Any, sign_: int) -> Tail:
    """Curve above (sign 1) or below the root, near the start if there is one."""
    for base in (like.lifted(start), like.of(0)):
        for k in CURVES:
            curve = base + sign_ * arb(2) ** k
            try:
                low, high = like.lifted(body.body(curve, known)[0]).range()
            except Unbounded:
                continue
            if low >= 0 if sign_ > 0 else high <= 0:
                return curve
    raise Unbounded
