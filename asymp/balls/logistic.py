r"""Enclosures of Gaussian averages of the logistic function, :math:`\mathbb E\sigma^{(k)}(\mu+sZ)`.

On real balls the trapezoid rule with its bound (Trefethen & Weideman, SIAM Review 2014, theorem
5.1): for g analytic in :math:`|\mathrm{Im}|<a` with :math:`\int|g(x+ib)|dx\le N` on every line
inside, the rule of step h errs by at most :math:`2N/(e^{2\pi a/h}-1)`. On rectangles only the size
matters, which is bounded by that of :math:`\sigma^{(k)}` on the strip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import flint
from flint import acb, arb, arb_mat

from asymp.balls.ends import UNIT
from asymp.balls.rectangles import NotAnalytic
from asymp.balls.tail import Tail

Ball = Any
Orders = tuple[Any, ...]

# Bounds on the real line of the derivatives of order 0 to 5 of the logistic function: with
# p = sigma they are polynomials in p on [0, 1].
LARGEST = tuple(map(arb, ("1", "0.25", "0.09623", "0.125", "0.1277", "0.25")))
NARROW = 24.0  # deviations from which the derivatives move to the Gaussian
SHARE = 0.92  # of the way to the nearest pole


def strip_bounds(angle: Ball) -> Orders:
    r"""Bounds of :math:`|\sigma^{(k)}|`, k = 0 to 3, on :math:`|\mathrm{Im}|\le` angle < pi.

    :math:`|1+e^{-z}|\ge1` up to a right angle and :math:`\ge\sin` beyond it;
    :math:`|\sigma'|=1/|2\cosh(z/2)|^2`; :math:`\sigma''=-\sigma'\tanh(z/2)` and
    :math:`\sigma'''=\sigma'(1-6\sigma')`.
    """
    angle = arb(angle)
    first = 1 / (4 * (angle / 2).cos() ** 2)
    if angle < arb.pi() / 2:
        return arb(1), first, first, first * (1 + 6 * first)
    return 1 / angle.sin(), first, first * (angle / 2).tan(), first * (1 + 6 * first)


@lru_cache(maxsize=8)
def weights_at(step: float, count: int, precision: int) -> Ball:
    """Weights of the trapezoid rule against the normal density: a column, both sides in turn.

    The nodes are products of balls: a product of two doubles would be rounded.
    """
    scale = arb(step) / (2 * arb.pi()).sqrt()
    half = [scale * (-((arb(step) * k) ** 2) / 2).exp() for k in range(count + 1)]
    column = [half[0], *(w for weight in half[1:] for w in (weight, weight))]
    return arb_mat(len(column), 1, column)


def narrow_orders(mean: Ball, deviation: Ball, bits: float) -> Orders:
    """Orders 0 to 3 at exact arguments by nodes against the Gaussian density."""
    digits = bits * math.log(2)
    width = SHARE * math.pi / max(float(deviation), 1e-300)
    width = min(width, math.sqrt(2 * digits))
    # Steps on a ladder, so that the weights are shared.
    step = 2 * math.pi * width / (digits + width**2 / 2 + 8)
    step = 2.0 ** (math.floor(8 * math.log2(step)) / 8)
    count = math.ceil(math.sqrt(2 * digits) / step)
    totals = _weighted(_exponentials(mean, deviation * arb(step), count), step, count)
    size = (arb(width) ** 2 / 2).exp() * 2 / ((2 * arb.pi() * arb(width) / arb(step)).exp() - 1)
    rest = (arb(step) * count / arb(2).sqrt()).erfc()
    bounds = strip_bounds(deviation * arb(width))
    return tuple(
        t + arb(0, (size * b + rest * c).abs_upper())
        for t, b, c in zip(totals, bounds, LARGEST[:4], strict=True)
    )


def _exponentials(mean: Ball, gap: Ball, count: int) -> list[Ball]:
    """Values of exp(-x) at the nodes, in the order of the weights: powers of one number."""
    up = down = (-mean).exp()
    ratio, found = (-gap).exp(), [up]
    for _ in range(count):
        up, down = up * ratio, down / ratio
        found += (up, down)
    return found


def _weighted(exponentials: list[Ball], step: float, count: int) -> Orders:
    r"""Weighted sums of :math:`p,\ s=p(1-p),\ s(1-2p),\ s(1-6s)` over the nodes."""
    first = [1 / (1 + e) for e in exponentials]
    second = [e * p * p for e, p in zip(exponentials, first, strict=True)]
    third = [s * p for s, p in zip(second, first, strict=True)]
    rows = [*first, *second, *third, *(s * s for s in second)]
    sums = arb_mat(4, len(first), rows) * weights_at(step, count, flint.ctx.prec)
    p, s, sp, ss = (sums[k, 0] for k in range(4))
    return p, s, s - 2 * sp, s - 6 * ss


@lru_cache(maxsize=8)
def logistic_rule(step: float, count: int, precision: int) -> tuple[list[Ball], Ball]:
    """Nodes of the trapezoid rule and a column of its weights against the logistic density."""
    nodes = [arb(step) * k for k in range(-count, count + 1)]
    exponentials = [(-abs(node)).exp() for node in nodes]
    column = [arb(step) * e / (1 + e) ** 2 for e in exponentials]
    return nodes, arb_mat(len(column), 1, column)


def broad_orders(mean: Ball, deviation: Ball, bits: float) -> Orders:
    r"""Orders 0 to 3 by nodes against the logistic density: derivatives of the normal law.

    On :math:`|\mathrm{Im}|\le a`, the density integrates to at most :math:`a/\sin a`, and with
    :math:`c=a/s` the normal law's derivatives are at most :math:`1+ce^{c^2/2}`, and
    :math:`e^{c^2/2}` times 0.4, 0.61 + c, and 0.4 (1.74 + c²).
    """
    digits = bits * math.log(2)
    width = SHARE * math.pi
    step = 2 * math.pi * width / (digits + 4)
    count = math.ceil(digits / step)
    nodes, weights = logistic_rule(step, count, flint.ctx.prec)
    fields = [(mean - node) / deviation for node in nodes]
    normal = [(-u * u / 2).exp() for u in fields]
    first = [u * d for u, d in zip(fields, normal, strict=True)]
    root, scale = arb(2).sqrt(), 1 / (2 * arb.pi()).sqrt()
    rows = [(-u / root).erfc() for u in fields] + normal + first
    rows += [u * d for u, d in zip(fields, first, strict=True)]
    sums = arb_mat(4, len(nodes), rows) * weights
    tails, zeroth, once, twice = (sums[k, 0] for k in range(4))
    totals = (tails / 2, scale * zeroth, -scale * once, scale * (twice - zeroth))
    a = arb(width)
    size = 2 * a / a.sin() / ((2 * arb.pi() * a / arb(step)).exp() - 1)
    rest = 2 * (-arb(step) * count).exp()
    c = a / deviation
    growth = (c * c / 2).exp()
    largest = (
        1 + c * growth,
        growth * 2 / 5,
        growth * (c + arb("0.61")),
        growth * (c * c + arb("1.74")) * 2 / 5,
    )
    return tuple(
        (t + arb(0, ((size + rest) * b).abs_upper())) / deviation**k
        for k, (t, b) in enumerate(zip(totals, largest, strict=True))
    )


@dataclass
class LogisticNormal:
    """The function ``logistic_normal(order, mean, variance)`` of balls.

    Integrands ask for several orders at the same argument: the last one is kept.
    """

    _last: tuple[Any, Any, int, Orders] = field(default=(None, None, 0, ()))

    def __call__(self, order: Any, mean: Ball, variance: Ball) -> Ball:
        """Enclosure of one order."""
        k = int(float(order.mid()) if isinstance(order, arb) else order)
        if isinstance(mean, acb) or isinstance(variance, acb):
            return _bounded(k, mean, variance)
        if isinstance(mean, Tail):
            return mean.of(UNIT if k == 0 else arb(0, LARGEST[k].abs_upper()))
        last = self._last
        if not (last[0] is mean and last[1] is variance and last[2] == flint.ctx.prec):
            last = (mean, variance, flint.ctx.prec, _orders(mean, variance))
            self._last = last
        return last[3][k]


def _bounded(order: int, mean: Ball, variance: Ball) -> Ball:
    """Rectangle around zero that holds the average over shifts along the real line."""
    angle = mean.imag.abs_upper()
    if isinstance(variance, acb) or not angle < arb.pi():
        raise NotAnalytic
    size = strip_bounds(angle)[order].abs_upper()
    return acb(arb(0, size), arb(0, size))


def _orders(mean: Ball, variance: Ball) -> Orders:
    """Orders 0 to 3 from the middle; the next ones bound what the radii add."""
    middle, spread = arb(mean.mid()), arb(variance.mid())
    if not (spread > 0 and mean.is_finite() and variance.is_finite()):
        return (arb.nan(),) * 4
    deviation = spread.sqrt()
    # Digits below what the radii blur are not worth their nodes.
    blur = float(mean.rad() + variance.rad())
    bits = min(flint.ctx.prec + 4.0, max(12.0, 8.0 - math.log2(max(blur, 1e-300))))
    values = (narrow_orders if deviation < NARROW else broad_orders)(middle, deviation, bits)
    slack = [mean.rad() * LARGEST[k + 1] + variance.rad() * LARGEST[k + 2] / 2 for k in range(4)]
    return tuple(v + arb(0, s.abs_upper()) for v, s in zip(values, slack, strict=True))
