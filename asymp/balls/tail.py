r"""Bounds of an integrand far out, valid on a whole half-line, so that what is cut off is bounded.

The body of an integrand runs once on a :class:`Tail`, which encloses a function of
:math:`y\ge R` by :math:`\sum_pc_py^p\,e^{-ay^2}` with balls as coefficients: at each y the value
is that of the sum for some choice of coefficients in the balls. What no rule covers raises
:class:`Unbounded`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from flint import arb

from asymp.balls.ends import UNIT, Ends, extremes, hull, product, sum_of

Ball = Any
INFINITY = arb.pos_inf()
CONSTANT, LINEAR, SQUARE = Fraction(0), Fraction(1), Fraction(2)


class Unbounded(ArithmeticError):
    """No bound is known on the half-line."""


@dataclass(frozen=True, eq=False)
class Tail:
    r"""Enclosure :math:`\sum_pc_py^p\,e^{-ay^2}` of a function of y.

    Parameters
    ----------
    terms : mapping of Fraction to arb
        Coefficients :math:`c_p` by power, which may be negative.
    decay : arb
        :math:`a\ge0`, exact.
    start : arb
        :math:`R>0`, exact: the function is enclosed for all :math:`y\ge R`.
    ends : pair of arb, optional
        Of a constant: what it lies between, which may be of unlike sizes (a ball's is one).
    """

    terms: Mapping[Fraction, Ball]
    decay: Ball
    start: Ball
    ends: Ends | None = None

    @classmethod
    def line(cls, constant: Ball, slope: Ball, start: Ball) -> Tail:
        """The function ``constant + slope y``."""
        return cls(pruned({LINEAR: arb(slope), CONSTANT: arb(constant)}), arb(0), start)

    @property
    def constant(self) -> bool:
        """Whether it lies between two numbers, and that is all."""
        return self.terms.keys() == {CONSTANT} and self.decay == 0

    def of(self, constant: Ball) -> Tail:
        """Constant on the same half-line."""
        return Tail({CONSTANT: arb(constant)}, arb(0), self.start)

    def power(self, exponent: Fraction, coefficient: Ball) -> Tail:
        """Multiple of a power of y on the same half-line."""
        return Tail({exponent: coefficient}, arb(0), self.start)

    def lifted(self, other: Any) -> Tail:
        """A number as a constant."""
        return other if isinstance(other, Tail) else self.of(other)

    def scaled(self, factor: Ball) -> Tail:
        """Every coefficient times a ball."""
        terms = {p: product(c, factor) for p, c in self.terms.items()}
        return replace(self, terms=terms, ends=None)

    def __add__(self, other: Any) -> Tail:
        other = self.lifted(other)
        if self.constant and other.constant:
            (a, b), (c, d) = self.range(), other.range()
            return self.between((a + c).lower(), (b + d).upper())
        decay = self.decay if self.decay <= other.decay else other.decay
        terms = dict(weakened(self, decay).terms)
        for p, c in weakened(other, decay).terms.items():
            terms[p] = sum_of(terms[p], c) if p in terms else c
        return Tail(pruned(terms), decay, self.start)

    def __mul__(self, other: Any) -> Tail:
        other = self.lifted(other)
        if self.constant and other.constant:
            return self.between(*extremes(self.range(), other.range()))
        terms: dict[Fraction, Ball] = {}
        for p, x in self.terms.items():
            for q, y in other.terms.items():
                term = product(x, y)
                terms[p + q] = sum_of(terms[p + q], term) if p + q in terms else term
        decay = self.decay + other.decay
        result = Tail(pruned(terms), decay.lower(), self.start)
        # What rounding takes from the decay goes into the coefficients.
        return result if decay.is_exact() else result.scaled(UNIT)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Tail:
        ends = self.ends and (-self.ends[1], -self.ends[0])
        return replace(self, terms={p: -c for p, c in self.terms.items()}, ends=ends)

    def __sub__(self, other: Any) -> Tail:
        return self + (-self.lifted(other))

    def __rsub__(self, other: Any) -> Tail:
        return -self + other

    def __truediv__(self, other: Any) -> Tail:
        return self * (other.inverse() if isinstance(other, Tail) else 1 / arb(other))

    def __rtruediv__(self, other: Any) -> Tail:
        return self.inverse() * other

    def inverse(self) -> Tail:
        """One over it, if it keeps away from zero."""
        leading, (least, most) = self.shape()
        if leading > 0 and self.decay == 0 and (least > 0 or most < 0):
            return self.power(-leading, hull((1 / most).lower(), (1 / least).upper()))
        low, high = self.range()
        if not (low > 0 or high < 0):
            raise Unbounded
        return self.between((1 / high).lower(), (1 / low).upper())

    def between(self, low: Ball, high: Ball) -> Tail:
        """Any function with values between two numbers, in either order."""
        low, high = (high, low) if low > high else (low, high)
        if not (low.is_finite() and high.is_finite()):
            raise Unbounded
        ends = (low.lower(), high.upper())
        return Tail({CONSTANT: hull(low, high)}, arb(0), self.start, ends)

    def shape(self) -> tuple[Fraction, Ends]:
        """The leading power k, and what the sum over :math:`y^k` lies between."""
        leading = max(self.terms)
        low, high = self.terms[leading].lower(), self.terms[leading].upper()
        for p, c in self.terms.items():
            if p != leading:
                share = product(c, UNIT * self.at_start(p - leading))
                low, high = (low + share.lower()).lower(), (high + share.upper()).upper()
        return leading, (low, high)

    def at_start(self, exponent: Fraction) -> Ball:
        """Power of R."""
        return self.start ** (arb(exponent.numerator) / exponent.denominator)

    def range(self) -> Ends:
        """Numbers that the values lie between, possibly infinite."""
        if self.ends is not None:
            return self.ends
        if self.decay > 0:
            top = sum((abs(c) * self._peak(p) for p, c in self.terms.items()), arb(0)).upper()
            positive = all(c >= 0 for c in self.terms.values())
            return (arb(0) if positive else -top), top
        low = self._least()
        high = -(-self)._least()
        return low, high

    def _least(self) -> Ball:
        """Lower bound of a sum of powers: of each by itself, or of the leading one's multiple."""
        leading, (least, _) = self.shape()
        found = -INFINITY
        if leading > 0 and least >= 0:
            found = (least * self.at_start(leading)).lower()
        if all(c >= 0 for p, c in self.terms.items() if p > 0):
            total = arb(0)
            for p, c in self.terms.items():
                place = self.at_start(p)
                total += c.lower() * place if p >= 0 else product(c, UNIT * place).lower()
            found = found.max(total.lower())
        return found.lower()

    def _peak(self, power: Fraction) -> Ball:
        r"""Largest :math:`y^pe^{-ay^2}`: at :math:`\sqrt{p/2a}` or at the start."""
        square = self.start * self.start
        if power <= 0:
            return self.at_start(power) * (-self.decay * square).exp()
        half = arb(power.numerator) / (2 * power.denominator)
        place = (half / self.decay).max(square)
        return place**half * (-self.decay * place).exp()

    def integral(self) -> Ball:
        r"""Bound of :math:`\int_R^\infty|f|`, by incomplete gamma functions."""
        if not self.decay > 0:
            if all(c.is_zero() for c in self.terms.values()):
                return arb(0)
            raise Unbounded
        square, total = self.decay * self.start * self.start, arb(0)
        for p, c in self.terms.items():
            whole, factor = (p, arb(1)) if p >= 0 else (CONSTANT, self.at_start(p))
            half = (arb(whole.numerator) / whole.denominator + 1) / 2
            total += abs(c) * factor * square.gamma_upper(half) / (2 * self.decay**half)
        if not total.is_finite():
            raise Unbounded
        return total.abs_upper()


def pruned(terms: Mapping[Fraction, Ball]) -> dict[Fraction, Ball]:
    """Terms without those that vanish, but one."""
    kept = {p: c for p, c in terms.items() if not c.is_zero()}
    return kept or {CONSTANT: arb(0)}


def weakened(tail: Tail, decay: Ball) -> Tail:
    """The same with less decay: the rest goes into the coefficients."""
    excess = tail.decay - decay
    if excess == 0:
        return tail
    top = (-excess * tail.start * tail.start).exp()
    return replace(tail.scaled(UNIT * top), decay=decay)


def mixture(a: Any, b: Any) -> Any:
    """Anything between a and b, at each y."""
    if not (isinstance(a, Tail) or isinstance(b, Tail)):
        return a.union(b)
    like = tail_of(a, b)
    a, b = like.lifted(a), like.lifted(b)
    if a.constant and b.constant:
        (low, high), (least, most) = a.range(), b.range()
        return like.between(low.min(least).lower(), high.max(most).upper())
    decay = a.decay if a.decay <= b.decay else b.decay
    first, second = weakened(a, decay).terms, weakened(b, decay).terms
    terms = {}
    for p in first.keys() | second.keys():
        x, y = first.get(p, arb(0)), second.get(p, arb(0))
        terms[p] = hull(x.lower().min(y.lower()), x.upper().max(y.upper()))
    return Tail(pruned(terms), decay, a.start)


def tail_of(*values: Any) -> Tail:
    """First tail among values."""
    return next(v for v in values if isinstance(v, Tail))
