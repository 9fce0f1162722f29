r"""Enclosures of :math:`\int_a^bf(x;A)\,dx` for all outputs of a panel at once.

Pieces of the panel are halved until a Gauss-Legendre rule is certified on each: one evaluation on
a rectangle around a Bernstein ellipse proves analyticity there and bounds the integrand, which
bounds the error of the rule; then come the nodes. What lies further out than the Gaussian weight
has digits is bounded by an enclosure on the whole half-line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import flint
from flint import acb, arb

from asymp.balls.body import Balls, Body
from asymp.balls.legendre import count_for, error, rule
from asymp.balls.rectangles import NotAnalytic
from asymp.balls.tail import Tail, Unbounded

Ball = Any

RHOS = (7.0, 4.0, 2.6, 1.9, 1.45)  # sums of semi-axes that are tried, in turn
SMALL = RHOS[2:]  # what a half may try where its whole was refused: the others reach further
GUARD = 6  # bits of the working precision that are left to rounding errors
PIECES = 2000  # most pieces of one panel
NOTHING = -8.0  # logarithm of a part of the tolerance that needs no nodes
DEPTH = 40  # halvings after which a piece is bounded by its length times its values
FACTORS = (1, 2, 4, 8)  # by which the window is widened until what is outside can be bounded
SCAN = 24  # points at which the sizes of the outputs are estimated


@dataclass(frozen=True)
class PanelEnclosure:
    """The callable that stands for a panel helper on real balls.

    Parameters
    ----------
    real, complex_, tail : Body
        The helper's integrands over the three kinds of argument.
    count : int
        Number of outputs.
    """

    real: Body
    complex_: Body
    tail: Body
    count: int

    def __call__(self, *inputs: Ball) -> Balls:
        """Enclosures of the integrals; NaN where none is found.

        A panel within the integrand of another has no continuation off the real line, and no bound
        far out: that is said in the ways in which every other function says it.
        """
        if any(isinstance(a, Tail) for a in inputs):
            raise Unbounded
        if any(isinstance(a, acb) for a in inputs):
            raise NotAnalytic
        ends, known = self.real.before(*inputs)
        return Integral(self, inputs, known, ends).enclosure()


@dataclass(frozen=True)
class Piece:
    """A part of the panel, the halvings that led to it, and the ellipses to try on it."""

    left: Ball
    right: Ball
    depth: int = 0
    rhos: tuple[float, ...] = RHOS

    @property
    def half(self) -> Ball:
        """Half its length."""
        return (self.right - self.left) / 2

    @property
    def middle(self) -> Ball:
        """Its middle, as a ball if the ends are."""
        return (self.left + self.right) / 2

    def rectangle(self, rho: float) -> Ball:
        """Smallest rectangle around the ellipse."""
        total = arb(rho)
        long, short = (total + 1 / total) / 2, (total - 1 / total) / 2
        reach = (self.half * long).abs_upper()
        height = (self.half * short).abs_upper()
        return acb(self.middle + arb(0, reach), arb(0, height))

    def halves(self, rhos: tuple[float, ...]) -> tuple[Piece, Piece]:
        """Both halves, cut at an exact point."""
        cut = arb(self.middle.mid())
        depth = self.depth + 1
        return Piece(self.left, cut, depth, rhos), Piece(cut, self.right, depth, rhos)


class Integral:
    """One panel at one box of inputs."""

    def __init__(self, panel: PanelEnclosure, inputs: Balls, known: Balls, ends: Balls) -> None:
        self.panel, self.inputs, self.known = panel, inputs, known
        self.low, self.high, self.centre, self.width, *self.cuts = ends
        self.middle = arb(self.centre.mid())
        self.count = panel.count

    def enclosure(self) -> Balls:
        """Integral over the window where the weight has digits, and bounds of what is outside."""
        if self.low >= self.high:
            return (arb(0),) * self.count
        if not self.low < self.high:
            return self._undecided()
        try:
            nearest, below = self._window(-1)
            farthest, above = self._window(1)
        except Unbounded:
            return (arb.nan(),) * self.count
        left = nearest if self.low < nearest else self.low
        right = farthest if self.high > farthest else self.high
        empty = left >= farthest or right <= nearest
        totals = [arb(0)] * self.count if empty else list(self._pieces(left, right))
        for cut, bounds in ((self.low < nearest, below), (self.high > farthest, above)):
            if cut or empty:
                totals = [t + arb(0, b) for t, b in zip(totals, bounds, strict=True)]
        return tuple(totals)

    def _undecided(self) -> Balls:
        """Ends that may be in either order: from nothing to the values times the length."""
        hull = self.low.union(self.high)
        length = arb(0).union((self.high - self.low).upper())
        return tuple(value * length for value in self.panel.real.body(hull, self.known))

    def _window(self, sign: int) -> tuple[Ball, Balls]:
        """End of the window on one side, and bounds of what lies beyond it."""
        end = self.high if sign > 0 else self.low
        reach = math.sqrt(2 * math.log(2) * (flint.ctx.prec + 8)) + 1
        for factor in FACTORS:
            edge = self.centre + sign * factor * reach * self.width
            edge = arb((edge.upper() if sign > 0 else edge.lower()).mid())
            if sign * end <= sign * edge:
                return edge, (arb(0),) * self.count
            try:
                return edge, tuple(self._beyond(edge, sign))
            except Unbounded:
                continue
        raise Unbounded

    def _beyond(self, edge: Ball, sign: int) -> Iterator[Ball]:
        """Bound of each output's integral beyond an edge, from its enclosure out there."""
        far = Tail.line(self.middle, sign, arb(abs(edge - self.middle).lower()))
        _, known = self.panel.tail.before(*self.inputs)
        for value in self.panel.tail.body(far, known):
            yield far.lifted(value).integral()

    def _pieces(self, left: Ball, right: Ball) -> Balls:
        tolerances = self._tolerances(left, right)
        totals, waiting, number = [arb(0)] * self.count, self._cut(left, right), 0
        while waiting:
            piece, number = waiting.pop(), number + 1
            if number > PIECES:
                return (arb.nan(),) * self.count
            found, refused = self._rule(piece, tolerances)
            if found is None and piece.depth >= DEPTH:
                found = self._hull(piece)
            if found is None:
                waiting += piece.halves(SMALL if refused else RHOS)
                continue
            for k, value in enumerate(found):
                totals[k] += value
        return tuple(totals)

    def _cut(self, left: Ball, right: Ball) -> list[Piece]:
        """Pieces between the cuts that certainly lie inside; where exactly is of no matter."""
        exact = (arb(c.mid()) for c in self.cuts if c.is_finite())
        inside = sorted({float(c) for c in exact if left < arb(float(c)) < right})
        points = [left, *map(arb, inside), right]
        return [Piece(a, b) for a, b in pairwise(points)]

    def _tolerances(self, left: Ball, right: Ball) -> list[float]:
        """Errors that do not show: beside the size of each output and what the inputs blur."""
        low, high = float(left.mid()), float(right.mid())
        step, unit = (high - low) / SCAN, 2.0 ** (GUARD - flint.ctx.prec)
        sizes = None
        for k in range(SCAN):
            values = self.panel.real.body(arb(low + (k + 0.5) * step), self.known)
            blurred = [
                float(abs(v).upper()) * unit + float(v.rad()) / 8 if v.is_finite() else 0.0
                for v in values
            ]
            sizes = blurred if sizes is None else list(map(sum, zip(sizes, blurred, strict=True)))
        return [max(step * size, 1e-300) for size in sizes or ()]

    def _rule(self, piece: Piece, tolerances: Sequence[float]) -> tuple[list[Ball] | None, bool]:
        """Enclosures on a piece by the cheapest certified rule, None if it has to be halved.

        Second, whether even the smallest ellipse was refused.
        """
        best: tuple[int, float, list[Ball]] | None = None
        half = piece.half
        length = max(float(half.abs_upper()), 1e-300)
        sizes = None
        for rho in piece.rhos:
            sizes = self._sizes(piece.rectangle(rho))
            if sizes is None:
                continue
            largest = max(
                math.log(max(float(s), 1e-300)) - math.log(t)
                for s, t in zip(sizes, tolerances, strict=True)
            )
            if largest + math.log(length) < NOTHING:
                return [arb(0, (2 * half * s).abs_upper()) for s in sizes], False
            count = count_for(largest + math.log(length), rho)
            if best is not None and (count is None or count >= best[0]):
                break
            if count is not None:
                best = (count, rho, sizes)
        return (None if best is None else self._sum(piece, *best)), sizes is None

    def _sizes(self, rectangle: Ball) -> list[Ball] | None:
        """Bounds of the outputs on a rectangle; None if they may not be analytic there."""
        try:
            values = self.panel.complex_.body(rectangle, self.known)
        except NotAnalytic:
            return None
        return [abs(v).upper() for v in values] if all(v.is_finite() for v in values) else None

    def _sum(self, piece: Piece, count: int, rho: float, sizes: Sequence[Ball]) -> list[Ball]:
        """Weighted sum over the nodes with its error."""
        middle, half = piece.middle, piece.half
        totals = [arb(0, error(size, arb(rho), count)) for size in sizes]
        for node, weight in rule(count, flint.ctx.prec):
            for k, value in enumerate(self.panel.real.body(middle + half * node, self.known)):
                totals[k] += weight * value
        return [half * total for total in totals]

    def _hull(self, piece: Piece) -> list[Ball]:
        """Length times the values on the piece: where nothing is analytic."""
        hull, length = piece.left.union(piece.right), piece.right - piece.left
        return [value * length for value in self.panel.real.body(hull, self.known)]
