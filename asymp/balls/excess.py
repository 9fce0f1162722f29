r"""Enclosures of the moments :math:`U_k(a)=\mathbb E[(Z-a)_+^k]` of an excess, for k = 1 and 2."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint
from flint import arb

from asymp.balls.ends import hull

Ball = Any

SPARE = 10  # bits beyond those that the difference loses
FARTHEST = arb(2) ** 40  # beyond it the bits that the difference needs are not spent


def excess1(a: Ball) -> Ball:
    r"""Mean excess :math:`\varphi(a)-a\,Q(a)`."""
    return _between_ends(lambda end: density(end) - end * tail(end), a)


def excess2(a: Ball) -> Ball:
    r"""Mean squared excess :math:`(1+a^2)Q(a)-a\varphi(a)`."""
    return _between_ends(lambda end: (1 + end * end) * tail(end) - end * density(end), a)


def density(a: Ball) -> Ball:
    """Density of the normal law."""
    return (-a * a / 2).exp() / (2 * arb.pi()).sqrt()


def tail(a: Ball) -> Ball:
    """Upper tail of the normal law."""
    return (a / arb(2).sqrt()).erfc() / 2


def _between_ends(difference: Callable[[Ball], Ball], a: Ball) -> Ball:
    """Enclosure of a decreasing positive function from the exact ends of a ball."""
    if not a.is_finite():
        return arb.nan()
    return hull(*(_exactly(difference, end) for end in (a.upper(), a.lower())))


def _exactly(difference: Callable[[Ball], Ball], end: Ball) -> Ball:
    """Value at an exact number; beyond the farthest all that lies between zero and its value."""
    if end > FARTHEST:
        return arb(0).union(_exactly(difference, FARTHEST))
    # Above zero the difference is of the order of a^-4 of its terms, below it is a sum.
    lost = 4 * max(0, math.frexp(float(end))[1]) if end > 0 else 0
    with flint.ctx.workprec(flint.ctx.prec + lost + SPARE):
        return difference(end)
