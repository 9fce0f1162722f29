r"""Adversaries as budgets: each moves the loss's argument by at most a radius times a seminorm.

Several adversaries add their budgets, :math:`e=\sum_k\varepsilon_ks_k`, since each maximum is
attained on its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import sympy as sp

from asymp.calculus.spectral_law import coefficients
from asymp.errors import NotDerivable
from asymp.problem.adversary import L2Input, LabelPerturbation, LinfInput, WeightPerturbation
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.losses import MARGIN, RESIDUAL, ResidualLoss
from asymp.problem.statement import ProblemStatement
from asymp.reductions.adversary import robust_loss
from asymp.reductions.general.letters import N_1, N_1_HAT, P_W, P_W_HAT
from asymp.reductions.statements import BUDGET, GaussianModel, Letters


@dataclass(frozen=True)
class Seminorm:
    r"""One adversary's share of the budget.

    Parameters
    ----------
    radius, test_radius : sympy.Symbol
    size : sympy.Expr
        The seminorm s in order parameters.
    letter, conjugate : sympy.Symbol or None
        Order parameter that it adds, and its conjugate; None for a constant seminorm.
    matrix : sympy.Expr or None
        :math:`A_k(t)` with :math:`P_k=\theta^\top A_k\theta`; None for the l1 norm.
    """

    radius: sp.Symbol
    test_radius: sp.Symbol
    size: sp.Expr
    letter: sp.Symbol | None = None
    conjugate: sp.Symbol | None = None
    matrix: sp.Expr | None = None

    @property
    def slope(self) -> sp.Expr:
        """Derivative of the budget in the order parameter, as the conjugate counts it.

        A quadratic form enters the lemma with a factor one half, the l1 norm without.
        """
        factor = 2 if self.matrix is not None else 1
        return factor * self.radius * self.size.diff(self.letter)


def seminorms(model: GaussianModel) -> tuple[Seminorm, ...]:
    """Every adversary of the problem as a seminorm.

    Raises
    ------
    NotDerivable
        If an adversary does not fit the features; the message names the hypothesis.
    """
    return tuple(_seminorm(a, model) for a in model.robust.problem.adversaries)


@singledispatch
def _seminorm(adversary: Any, model: GaussianModel) -> Seminorm:
    raise NotDerivable(f"no seminorm is known for the adversary {type(adversary).__name__}")


@_seminorm.register
def _l2(adversary: L2Input, model: GaussianModel) -> Seminorm:
    if model.gradient is None:
        raise NotDerivable("an input adversary needs features with a square-integrable gradient")
    radius, test = (p.symbol for p in adversary.parameters)
    x = Letters
    return Seminorm(radius, test, sp.sqrt(x.P), x.P, x.P_hat, model.gradient)


@_seminorm.register
def _linf(adversary: LinfInput, model: GaussianModel) -> Seminorm:
    if not isinstance(model.robust.problem.features, IsotropicGaussian):
        raise NotDerivable(
            "the l-infinity adversary is derived for isotropic features, where its dual l1 norm "
            "decouples over coordinates: with correlated features the minimum over the parameter "
            "is not separable"
        )
    radius, test = (p.symbol for p in adversary.parameters)
    return Seminorm(radius, test, N_1, N_1, N_1_HAT, None)


@_seminorm.register
def _label(adversary: LabelPerturbation, model: GaussianModel) -> Seminorm:
    if model.robust.problem.is_binary:
        raise NotDerivable(
            "a perturbation of the label needs real labels; these are plus or minus 1"
        )
    radius, test = (p.symbol for p in adversary.parameters)
    return Seminorm(radius, test, sp.Integer(1))


@_seminorm.register
def _weights(adversary: WeightPerturbation, model: GaussianModel) -> Seminorm:
    radius, test = (p.symbol for p in adversary.parameters)
    if adversary.layer == "output":
        constant, linear = coefficients(model.covariance)
        size = sp.sqrt(constant + linear * model.law.moment(1) + model.mean**2)
        return Seminorm(radius, test, size)
    if not isinstance(model.robust.problem.features, RandomFeatures) or model.gradient is None:
        raise NotDerivable(
            "a perturbation of the hidden weights needs random features whose activation has a "
            "square-integrable derivative; use layer='output' for a linear model"
        )
    constant, linear = coefficients(model.gradient)
    return Seminorm(radius, test, sp.sqrt(P_W), P_W, P_W_HAT, constant + linear)


def budgeted_loss(problem: ProblemStatement) -> tuple[sp.Expr, sp.Symbol]:
    r"""The loss within the budget :math:`e`, and its argument: residual or margin.

    With binary labels an even loss of the residual is a loss of the margin, since
    :math:`|y-u|=|1-yu|`.
    """
    loss, attacked = problem.loss.expression, bool(problem.adversaries)
    if isinstance(problem.loss, ResidualLoss):
        robust = robust_loss(loss) if attacked else loss
        if not problem.is_binary:
            return robust, RESIDUAL
        return robust.subs(RESIDUAL, 1 - MARGIN), MARGIN
    if not attacked:
        return loss, MARGIN
    far = {MARGIN: 100, **dict.fromkeys(loss.free_symbols - {MARGIN}, sp.Rational(1, 2))}
    if loss.diff(MARGIN).subs(far) > 0:
        raise NotDerivable(
            f"the loss {loss} of the margin increases for large margins: under attack it must be "
            "nonincreasing, or an even loss of the residual"
        )
    return loss.subs(MARGIN, MARGIN - BUDGET), MARGIN
