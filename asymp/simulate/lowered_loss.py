"""A problem's loss and penalty at a point, lowered to numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import NotDerivable
from asymp.problem.losses import MarginLoss
from asymp.problem.penalty import WEIGHT, NoPenalty, SeparablePenalty
from asymp.problem.statement import ProblemStatement
from asymp.simulate.convex_curve import Curve, curve_of, numbers_for
from asymp.simulate.curve import LossCurve, loss_curve

STEEP = 300  # margins' multipliers are of order one at a ridge of order one
_PROBES = np.linspace(-20, 20, 401)


@dataclass(frozen=True)
class Lowered:
    r"""Loss and penalty in numbers.

    Parameters
    ----------
    curve : Curve
        :math:`\psi` of the residual, or of minus the margin.
    margin : bool
    even : LossCurve or None
        The same loss as a function of the residual's size, where it is one.
    coordinates : Curve or None
        :math:`r_0` of a separable penalty that is not zero.
    """

    curve: Curve
    margin: bool
    even: LossCurve | None
    coordinates: Curve | None


def lower(problem: ProblemStatement, at: Mapping[str, float]) -> Lowered:
    """Lower loss and penalty at the values of their parameters.

    Raises
    ------
    NotDerivable
        If the loss or penalty is not convex, or a loss of the margin is not nonincreasing.
    """
    parts = (problem.loss, problem.penalty)
    names = [parameter.name for part in parts for parameter in part.parameters]
    return _lowered(*parts, tuple((name, float(at[name])) for name in names))


@lru_cache(maxsize=1024)
def _lowered(loss: Any, penalty: Any, values: tuple[tuple[str, float], ...]) -> Lowered:
    """Lower once in each process: the repeats of a simulation share the values."""
    at, margin = dict(values), isinstance(loss, MarginLoss)
    expression = numbers_for(without_barrier(loss.expression), loss.parameters, at)
    if margin:
        expression = expression.subs(loss.variable, -loss.variable)
    curve = curve_of(expression, loss.variable)
    with np.errstate(over="ignore"):
        if margin and np.any(curve.slope(_PROBES) < -1e-12):
            raise NotDerivable(
                f"loss {loss.expression} of the margin increases somewhere; simulation covers "
                "nonincreasing ones, or an even loss of the residual"
            )
    smooth = not np.any((curve.above > curve.below) & (curve.breaks != 0))
    even = _even(loss, penalty, at) if smooth else None
    return Lowered(curve, margin, even, _coordinates(penalty, at))


def without_barrier(expression: sp.Expr) -> sp.Expr:
    """A steep line in place of a barrier: an exact penalty once its slope exceeds every multiplier.

    Examples
    --------
    >>> k = sp.Symbol("k", real=True)
    >>> without_barrier(sp.Piecewise((sp.oo, k < 1), (0, True))).subs(k, 0)
    300
    """

    def steep(*branches: tuple[sp.Expr, sp.Basic]) -> sp.Expr:
        return sp.Piecewise(
            *((STEEP * (c.rhs - c.lhs) if value is sp.oo else value, c) for value, c in branches)
        )

    return expression.replace(sp.Piecewise, steep) if expression.has(sp.oo) else expression


def _even(loss: Any, penalty: Any, at: Mapping[str, float]) -> LossCurve | None:
    """The loss for the interior-point method: even, a plain ridge, no kink but at zero."""
    named = ("identity", "gradient")
    plain = isinstance(penalty, NoPenalty) or getattr(penalty, "metric", None) in named
    if isinstance(loss, MarginLoss) or not loss.is_even or not plain:
        return None
    return loss_curve(loss, at)


def _coordinates(penalty: Any, at: Mapping[str, float]) -> Curve | None:
    if not isinstance(penalty, SeparablePenalty):
        return None
    expression = numbers_for(penalty.expression, penalty.parameters, at)
    return curve_of(expression, WEIGHT) if expression.has(WEIGHT) else None
