r"""One perturbation for all inputs.

A fixed :math:`\delta` of order one moves each preactivation by :math:`O(1/\sqrt d)`, and f by
:math:`\theta^\top\mathrm{diag}(\sigma'(Wx))W\delta\to\mu_1\theta^\top W\delta`, the same for every
input: the residual's law is shifted. The worst direction is that of the mean gradient.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE, coefficients
from asymp.errors import NotDerivable
from asymp.problem.features import RandomFeatures
from asymp.problem.observation import UniversalPerturbation
from asymp.reductions.checking import proved
from asymp.reductions.observable import Observable
from asymp.reductions.observing.rule import MEAN_GRADIENT, Needs, Reading, needs, reading
from asymp.reductions.statements import GaussianModel, Letters
from asymp.reductions.step import Display, Hypothesis, Licence, Step
from asymp.symbols import NONNEGATIVE


def mean_gradient(model: GaussianModel) -> sp.Expr:
    r"""The matrix of :math:`\|\mathbb E\nabla_xf\|^2`.

    Raises
    ------
    NotDerivable
        Without a square-integrable gradient.
    """
    if model.gradient is None:
        raise NotDerivable(
            "a universal perturbation needs features whose gradient is square integrable and "
            "commutes with their covariance"
        )
    if isinstance(model.robust.problem.features, RandomFeatures):
        return coefficients(model.gradient)[1] * EIGENVALUE
    return model.gradient


@needs.register
def _needs(observation: UniversalPerturbation, model: GaussianModel) -> Needs:
    """The quadratic form of the mean gradient."""
    return Needs(forms={"P_mean": mean_gradient(model)})


@reading.register
def _reading(observation: UniversalPerturbation, model: GaussianModel) -> Reading:
    radius = observation.parameters[0].symbol
    risk = Observable(
        "universal_risk", NONNEGATIVE, "mean squared error under one perturbation for all inputs",
        expression=Letters.SR + radius**2 * MEAN_GRADIENT,
        definition=r"\max_{\|\delta\|_2\le\varepsilon_u}\mathbb E(y-f(x+\delta))^2",
    )  # fmt: skip
    size = Observable(
        "mean_gradient_norm2", NONNEGATIVE, "squared norm of the mean input gradient",
        expression=MEAN_GRADIENT, definition=r"\|\mathbb E\nabla_xf(x)\|^2",
    )  # fmt: skip
    return Reading((risk, size), _step(model, risk))


def _step(model: GaussianModel, risk: Observable) -> Step:
    matrix = mean_gradient(model)
    assert model.gradient is not None
    rest = sp.expand(model.gradient - matrix)
    return Step(
        name="universal-perturbation",
        title="One perturbation for all inputs",
        before=(
            Display(r"f(x+\delta)", r"f(x)+\langle\mathbb E\nabla_xf,\delta\rangle", r"\simeq"),
        ),
        after=(
            Display(MEAN_GRADIENT, r"\hat\theta^\top B\hat\theta"),
            Display("B(t)", matrix),
            Display(risk.latex, risk.expression),
        ),
        why=r"The shift of $f$ by a fixed $\delta$ has the mean $\langle\mathbb E\nabla_xf,\delta"
        r"\rangle$ and a variance of order $\|\delta\|^2\|\hat\theta\|^2/d$: the same shift for "
        r"every input. The residual has mean zero, so that the risk grows by the square of the "
        r"shift, at most $\varepsilon_u\|\mathbb E\nabla_xf\|$.",
        licence=Licence(
            "first-order expansion in the perturbation",
            hypotheses=(
                Hypothesis(
                    "the second-order term of a universal perturbation vanishes",
                    False,
                    r"each preactivation moves by $O(1/\sqrt d)$; for directions that depend on "
                    "the parameter the order is not bounded here; confirmed by simulation",
                ),
            ),
        ),
        check=lambda: proved(
            rest - rest.subs(EIGENVALUE, 0),
            "the gradient's matrix less that of the mean gradient is a multiple of the identity",
        ),
    )
