"""Balls and mpmath numbers side by side, for the tests of certificates."""

from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
from flint import arb, fmpq

from asymp.certify.numbers import constants_at
from asymp.certify.system import certifiable
from asymp.lowering.multiprecision import mp_system
from asymp.solver.arguments import labelled_arguments
from asymp.solver.points import solve_points

DIGITS = 40


def exact(value: Any) -> arb:
    """Ball of an mpmath number, rounded no worse than the current precision."""
    sign, mantissa, exponent, _ = mpmath.mpmathify(value)._mpf_
    size = fmpq(int(mantissa)) * fmpq(2) ** int(exponent)
    return arb(-size if sign else size)


def holds(ball: arb, value: Any, slack: float = 1e-35) -> bool:
    """Whether a ball holds a number that mpmath knows to a relative error of ``slack``."""
    if mpmath.isinf(value):
        return not ball.is_finite()
    return bool(ball.overlaps(exact(value) + arb(0, slack) * exact(value)))


def between(lower: Any, value: Any, upper: Any, slack: float = 1e-30) -> bool:
    """Whether floats enclose a number known to a relative error of ``slack``."""
    low, high = (mpmath.mpf(float(end)) for end in (lower, upper))
    if mpmath.isinf(value):
        return bool(low == value == high)
    room = abs(value) * slack
    return bool(low <= value + room and value - room <= high)


def enclosing(proof: Any, values: dict[str, Any], places: dict[str, int] | None = None) -> None:
    """Fail unless every number that a certificate names lies in its enclosure."""
    point = proof.isel(places or {})
    for name, value in values.items():
        if f"{name}_lower" not in point:
            continue
        ends = float(point[f"{name}_lower"]), float(point[f"{name}_upper"])
        if mpmath.isnan(value):
            assert np.isnan(ends).all(), (name, ends)
        else:
            assert between(ends[0], value, ends[1]), (name, ends, mpmath.nstr(value, 25))


class Reference:
    """A theorem's values in many digits, by mpmath's own evaluation of the same branches.

    Its functions are printed by another printer and share no arithmetic with the balls.
    """

    def __init__(self, theorem: Any) -> None:
        self.theorem, self.ready = theorem, certifiable(theorem)
        symbols = [p.symbol for p in theorem.parameters.values()]
        self.system = mp_system(theorem.branches, symbols, list(theorem.constants))
        with mpmath.workdps(DIGITS + 20):
            constants = {s.name: c.mp(DIGITS + 10) for s, c in theorem.constants.items()}
        self.constants = constants

    def row(self, point: dict[str, float]) -> list[float]:
        """Values of all parameters."""
        full = labelled_arguments(self.theorem.parameters, point)
        return [float(full[name]) for name in self.theorem.parameters]

    def solved(self, row: list[float]) -> Any:
        """What the compiled solver finds."""
        return solve_points(self.ready.kernel, np.array([row]), self.ready.floats)

    def values(self, row: list[Any]) -> dict[str, Any]:
        """Every value to 40 digits; rows of floats or of fractions."""
        found = self.solved([float(x) for x in row])
        start = found.states[0][~np.isnan(found.states[0])]
        with mpmath.workdps(DIGITS + 10):
            numbers = [
                mpmath.mpf(x.numerator) / x.denominator
                if isinstance(x, Fraction)
                else mpmath.mpf(x)
                for x in row
            ]
            inputs = dict(zip(self.theorem.parameters, numbers, strict=True)) | self.constants
            return self.system.solve(inputs, start.tolist() or None)

    def inputs(self, row: list[float]) -> list[arb]:
        """Parameters and constants as balls at the current precision."""
        bits = flint.ctx.prec
        return [*map(arb, row), *constants_at(self.theorem.constants, bits)]

    def state(self, row: list[float]) -> list[Any]:
        """Root of the branch that holds, to 40 digits."""
        values = self.values(row)
        branch = self.theorem.branches[int(self.solved(row).branch[0])]
        return [values[x.name] for x in branch.system.state]
