r"""The loss as a numeric curve on :math:`[0,\infty)`: value, slope and curvature.

Training needs :math:`\ell(|r| + \varepsilon s)`, so the loss must be even, convex and smooth away
from the origin up to finitely many jumps of its curvature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import NotDerivable
from asymp.problem.losses import RESIDUAL, ResidualLoss
from asymp.symbols import POSITIVE, letter

Array = np.ndarray[Any, np.dtype[np.float64]]
Function = Callable[[Array], Array]

_SIZE = letter("size", POSITIVE)
_PROBES = np.concatenate([np.geomspace(1e-6, 1e3, 400), np.linspace(0.01, 20, 400)])


@dataclass(frozen=True)
class LossCurve:
    r"""Numeric loss :math:`\ell` of the size :math:`x \ge 0` of the attacked residual.

    Parameters
    ----------
    value, slope, curvature : callable
        :math:`\ell`, :math:`\ell'`, :math:`\ell''`, elementwise.
    is_square : bool
        Whether :math:`\ell(x) = x^2/2`, for which linear algebra replaces optimisation at
        :math:`\varepsilon = 0`.
    """

    value: Function
    slope: Function
    curvature: Function
    is_square: bool = False


def loss_curve(loss: ResidualLoss, parameters: Mapping[str, float]) -> LossCurve:
    r"""Lower a loss expression to numbers, at given values of its own parameters.

    Raises
    ------
    NotDerivable
        If the loss is not even, or not convex and nondecreasing on :math:`[0,\infty)`.

    Examples
    --------
    >>> from asymp.problem.losses import HuberLoss
    >>> curve = loss_curve(HuberLoss(), {"knee": 1.0})
    >>> curve.slope(np.array([0.5, 3.0])).tolist()
    [0.5, 1.0]
    """
    expression = loss.expression.subs([(p.symbol, parameters[p.name]) for p in loss.parameters])
    right, left = (expression.subs(RESIDUAL, sign * _SIZE).doit() for sign in (1, -1))
    orders = [right, right.diff(_SIZE), right.diff(_SIZE, 2)]
    value, slope, curvature = (_vectorised(each) for each in orders)
    curve = LossCurve(value, slope, curvature, sp.simplify(right - _SIZE**2 / 2) == 0)
    _require_admissible(curve, _vectorised(left), loss)
    return curve


def _vectorised(expression: sp.Expr) -> Function:
    compiled = sp.lambdify(_SIZE, expression, "numpy")

    def function(x: Array) -> Array:
        return np.broadcast_to(np.asarray(compiled(x), dtype=float), np.shape(x)).copy()

    return function


def _require_admissible(curve: LossCurve, mirrored: Function, loss: ResidualLoss) -> None:
    value, slope = curve.value(_PROBES), curve.slope(_PROBES)
    if not np.allclose(value, mirrored(_PROBES), rtol=1e-12, atol=1e-12):
        raise NotDerivable(
            f"loss {loss.expression} is not even in r; simulation covers even losses only"
        )
    slopes = slope[np.argsort(_PROBES)]
    # Differences of slopes carry round-off of the slopes' own size.
    if slopes[0] < 0 or np.any(np.diff(slopes) < -1e-12 * (1 + np.abs(slopes[1:]))):
        raise NotDerivable(
            f"loss {loss.expression} is not convex and nondecreasing in |r|; "
            "simulation covers such losses only"
        )
