r"""Krawczyk's operator in log variables: a box that holds one root, or none proved.

For the map F with :math:`y=\log x`, :math:`H(y)=y-\log F(e^y)`, a candidate m and a matrix C near
:math:`H'(m)^{-1}`,

.. math:: K(Y) = m - C\,H(m) + (I - C\,H'(Y))(Y-m).

If :math:`K(Y)` lies in the interior of the box Y then H has exactly one zero in Y, and it lies in
:math:`K(Y)`: R. Krawczyk, Computing 4 (1969); R. E. Moore, SIAM J. Numer. Anal. 14 (1977).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flint import arb, arb_mat, ctx

from asymp.certify.numbers import float_below

Ball = Any
Vector = list[Ball]
Step = Callable[[Vector], Vector]

TIGHTENINGS = 3  # each multiplies the part of the width that the box's size causes by |I - C H'|


@dataclass(frozen=True)
class RootBox:
    """A proved root, the only one in a box of the log variables.

    Parameters
    ----------
    state : list of arb
        Enclosure of the root.
    centre : list of arb
        Middle of the box, not in logarithms.
    sides : list of arb
        Half-widths of the box, in logarithms.
    """

    state: Vector
    centre: Vector
    sides: Vector

    @property
    def radius(self) -> float:
        """The root is the only one within this distance of it in every logarithm; NaN without any.

        The shortest way from the root to the box's boundary.
        """
        parts = zip(self.state, self.centre, self.sides, strict=True)
        ways = [float_below((side - abs((x / c).log())).lower()) for x, c, side in parts]
        return min(ways) if ways else float("nan")

    def holds(self, state: Vector) -> bool:
        """Whether an enclosure certainly lies in the box."""
        parts = zip(state, self.centre, self.sides, strict=True)
        return all(abs((x / c).log()) < side for x, c, side in parts)


@dataclass(frozen=True)
class Linearised:
    r"""The system at a candidate: correction of Newton's method, preconditioner, weights.

    Parameters
    ----------
    correction : list of arb
        :math:`-C\,H(m)`.
    inverse : arb_mat
        C, with exact entries.
    weights : list of arb
        Relative sizes of the box's sides, the largest is 1.
    """

    correction: Vector
    inverse: Any
    weights: Vector


def identity(n: int) -> Any:
    """Identity matrix."""
    return arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])


def product(matrix: Any, vector: Vector) -> Vector:
    """Matrix times vector."""
    return list((matrix * arb_mat(len(vector), 1, vector)).entries())


def inverse_of(matrix: Any) -> Any | None:
    """Inverse of the middle of a matrix, with exact entries; None if that is singular."""
    n = matrix.nrows()
    try:
        inverse = arb_mat(n, n, [e.mid() for e in matrix.entries()]).inv()
    except ZeroDivisionError:
        return None
    return arb_mat(n, n, [e.mid() for e in inverse.entries()])


def contraction(inverse: Any, derivative: Any) -> Any:
    """Matrix I - C H', which is small where C is close to the inverse of H'."""
    return identity(inverse.nrows()) - inverse * derivative


def row_sums(matrix: Any) -> Vector:
    """Upper bounds of the sums of moduli in each row."""
    n = matrix.nrows()
    return [sum((abs(matrix[i, j]) for j in range(n)), arb(0)).upper() for i in range(n)]


def derivative_of(out: Vector, state: Vector) -> Any | None:
    """Matrix H' = I - dlog F/dlog x from map and Jacobian on a box.

    None unless the map is positive and everything finite there.
    """
    n = len(state)
    if not all(f > 0 for f in out[:n]):
        return None
    pairs = [(i, j) for i in range(n) for j in range(n)]
    entries = [int(i == j) - out[n + i * n + j] * state[j] / out[i] for i, j in pairs]
    return arb_mat(n, n, entries) if all(e.is_finite() for e in entries) else None


def linearise(step: Step, inputs: Vector, point: Vector) -> Linearised | None:
    """Linearise at a point; None where the map or its inverse is not defined."""
    out = step([*inputs, *point])
    derivative = derivative_of(out, point)
    inverse = None if derivative is None else inverse_of(derivative)
    if inverse is None:
        return None
    sums = row_sums(inverse)
    largest = max(sums)
    if not largest.is_finite():
        return None
    defect = [(f / x).log() for f, x in zip(out, point, strict=False)]
    weights = [(s / largest).mid() for s in sums]
    return Linearised(product(inverse, defect), inverse, weights)


def refined(step: Step, inputs: Vector, point: Vector, digits: int) -> Vector | None:
    """Improve a candidate by Newton's method until its steps reach the working precision."""
    small = arb(10) ** -digits
    for _ in range(12):
        local = linearise(step, inputs, point)
        if local is None:
            return None
        moves = [c.mid() for c in local.correction]
        if not all(abs(d) < 1 for d in moves):
            return None
        point = [(x * d.exp()).mid() for x, d in zip(point, moves, strict=True)]
        if all(abs(d) < small for d in moves):
            break
    return point


def prove(step: Step, inputs: Vector, point: Vector, radius: Ball | None) -> RootBox | None:
    """Prove a root near a point.

    Parameters
    ----------
    step : callable
        Map and Jacobian on balls.
    inputs : list of arb
        Parameters, constants and guards, exact or as balls.
    point : list of arb
        Exact positive candidate.
    radius : arb, optional
        Half-width of the box in log variables; default: just beyond Newton's correction.

    Returns
    -------
    RootBox or None
        None if the test fails, which proves nothing.
    """
    local = linearise(step, inputs, point)
    if local is None:
        return None
    needed = max(abs(c).upper() / w for c, w in zip(local.correction, local.weights, strict=True))
    if radius is None:
        radius = (4 * needed).upper() + arb(2) ** (8 - ctx.prec)
    sides = [(radius * w).upper() for w in local.weights]
    if not all(side.is_finite() for side in sides):
        return None
    return _contracted(step, inputs, point, local, sides)


def _contracted(
    step: Step, inputs: Vector, point: Vector, local: Linearised, sides: Vector
) -> RootBox | None:
    """Krawczyk's test on one box."""
    box = [x * arb(0, side).exp() for x, side in zip(point, sides, strict=True)]
    derivative = derivative_of(step([*inputs, *box]), box)
    if derivative is None:
        return None
    rest = contraction(local.inverse, derivative)
    offsets = [arb(0, side) for side in sides]
    for turn in range(TIGHTENINGS):
        pushed = product(rest, offsets)
        image = [c + p for c, p in zip(local.correction, pushed, strict=True)]
        if not turn and not all(abs(v) < side for v, side in zip(image, sides, strict=True)):
            return None
        offsets = image
    state = [x * v.exp() for x, v in zip(point, offsets, strict=True)]
    return RootBox(state, point, sides)
