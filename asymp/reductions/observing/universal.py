r"""One perturbation for all inputs.

A fixed :math:`\delta` of order one moves each preactivation by :math:`O(1/\sqrt d)`, and f by
:math:`\theta^\top\mathrm{diag}(\sigma'(Wx))W\delta\to\mu_1\theta^\top W\delta`, the same for every
input: the residual's law is shifted. The worst direction is that of the mean gradient.
Linear models move by the same amount at every input, exactly.
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
        why=r"For every $\delta$ at once: the second-order term is at most "
        r"$\tfrac12\sup|\sigma''|\,\|\hat\theta\|_\infty\|W\delta\|^2$, and the part of the "
        r"first-order term that fluctuates from input to input has a variance of at most a "
        r"constant times $\sum_\ell\hat\theta_\ell^2(W\delta)_\ell^2\le"
        r"\|\hat\theta\|_\infty^2\|W\delta\|^2$. "
        r"Both vanish with the largest entry of the parameter. What is left is one shift for all "
        r"inputs; the residual has mean zero, so that the risk grows by its square, at most "
        r"$\varepsilon_u^2\|\mathbb E\nabla_xf\|^2$.",
        licence=Licence(
            "first-order expansion in the perturbation",
            hypotheses=(
                Hypothesis(
                    r"$\|\hat\theta\|_\infty\to0$; the activation has a bounded second derivative",
                    False,
                    "the entries are Gaussian of variance of order $1/N$ in the limit; activations "
                    "with kinks are confirmed by simulation, other directions by gradient ascent",
                ),
            ),
        ),
        check=lambda: proved(
            rest - rest.subs(EIGENVALUE, 0),
            "the gradient's matrix less that of the mean gradient is a multiple of the identity",
        ),
    )
