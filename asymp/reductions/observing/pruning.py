r"""Magnitude pruning of a random-features estimator.

The entries :math:`\sqrt N\hat\theta_\ell` are centred Gaussian in the limit, of variance
:math:`\|\hat\theta\|^2`: given the spectrum of :math:`WW^\top` its eigenvectors are uniform, and
:math:`\hat\theta=H^{-1}(\sqrt{\hat q/n}\,\Sigma^{1/2}g+\hat mc)` is a Gaussian vector and an image
of a uniform direction. Keeping the share :math:`\kappa` of largest size keeps those beyond
:math:`k`, :math:`\mathbb P(|Z|>k)=\kappa`, and acts as

.. math:: \theta'=a\hat\theta+\sqrt{a(1-a)}\,\|\hat\theta\|\,u,\qquad
          a=\mathbb E[Z^2;|Z|>k],

with a u that is white in every average over the features (Bussgang): its entries are odd
functions of the parameter's without a linear part, whose correlations are the cubes of
correlations of order :math:`N^{-1/2}`.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.calculus.primitives import central2, central_quantile
from asymp.calculus.spectral_law import coefficients
from asymp.errors import NotDerivable
from asymp.problem.features import RandomFeatures
from asymp.problem.observation import Pruning
from asymp.reductions.observable import NORM, TRAINING, Observable
from asymp.reductions.observing.rule import (
    Needs,
    Reading,
    attacked,
    label_variance,
    needs,
    reading,
)
from asymp.reductions.statements import GaussianModel, Letters
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step
from asymp.reductions.system import Definition
from asymp.symbols import NONNEGATIVE, letter

GAIN = letter("g_kept", NONNEGATIVE)
CENTRED = 1e-12  # a numerical mean that is zero up to quadrature


@needs.register
def _needs(observation: Pruning, model: GaussianModel) -> Needs:
    """Nothing beyond m, q, P and the norm."""
    if not isinstance(model.robust.problem.features, RandomFeatures):
        raise NotDerivable(
            "pruning is derived for random features, whose parameter has Gaussian entries; the "
            "entries of a linear model have the law of the teacher's: take RandomFeatures"
        )
    if abs(float(model.mean)) > CENTRED:
        raise NotDerivable(
            f"the activation has the mean {float(model.mean):.3g}: the sum of the entries that are "
            "pruned shifts the output by a random number of order one, and the risk does not "
            "concentrate; subtract the mean (asymp's 'relu' has none, 'plain-relu' has)"
        )
    return Needs()


def retained(kept: sp.Expr) -> sp.Expr:
    r"""The gain :math:`a=\mathbb E[Z^2;|Z|>k]=\kappa+2k\varphi(k)`, less what lies below k.

    Written so that it stays finite where :math:`1-\kappa` rounds to 1 and k to infinity.

    Examples
    --------
    >>> retained(sp.Integer(1)).evalf(), round(float(retained(sp.Rational(1, 2)).evalf()), 6)
    (1.00000000000000, 0.928674)
    """
    return 1 - 2 * central2(central_quantile(1 - kept))


@reading.register
def _reading(observation: Pruning, model: GaussianModel) -> Reading:
    robust, risk = model.robust, _risk(model)
    found = [risk]
    if robust.is_adversarial:
        found.append(_robust_risk(model, risk.expression))
    elif robust.problem.loss.is_square:
        found.append(_training(model))
    gain = Definition(GAIN, retained(observation.parameters[0].symbol), "gain of pruning")
    return Reading(tuple(found), _step(observation, tuple(found)), (gain,))


def _white(model: GaussianModel, matrix: sp.Expr) -> sp.Expr:
    r""":math:`\frac1N\mathrm{tr}`: what the white part of size one adds to a quadratic form."""
    constant, linear = coefficients(matrix)
    return constant + linear * model.law.moment(1)


def _risk(model: GaussianModel) -> Observable:
    r""":math:`\rho+\tau^2-2am+a^2q+a(1-a)\|\theta\|^2\mathrm{tr}\,\Sigma/N`, positive terms."""
    x = Letters
    lost = label_variance(model) + GAIN * (NORM * _white(model, model.covariance) - x.q)
    return Observable(
        "pruned_risk", NONNEGATIVE, "mean squared error on clean inputs after pruning",
        expression=GAIN * x.SR + (1 - GAIN) * lost,
        definition=r"\mathbb E(y-\theta'^\top\varphi(x))^2",
    )  # fmt: skip


def _robust_risk(model: GaussianModel, risk: sp.Expr) -> Observable:
    assert model.gradient is not None
    white = NORM * _white(model, model.gradient)
    seminorm = GAIN**2 * Letters.P + GAIN * (1 - GAIN) * white
    return Observable(
        "pruned_robust_risk", NONNEGATIVE, "mean squared error on perturbed inputs after pruning",
        expression=attacked(risk, seminorm, model.robust.symbol("adversary", 1)),
        definition=r"\mathbb E\max_{\|\delta\|_2\le\varepsilon_{\mathrm{test}}}"
        r"(y-f_{\theta'}(x+\delta))^2",
    )  # fmt: skip


def _training(model: GaussianModel) -> Observable:
    r"""With :math:`y-a u=(1-a)y+ar`, and :math:`\mathbb E[yr]=(\rho+\tau^2-m)\hat V` by Stein."""
    x, size = Letters, label_variance(model)
    kept = GAIN**2 * 2 * TRAINING + (1 - GAIN) ** 2 * size
    mixed = 2 * (size - x.m) * x.V_hat + NORM * _white(model, model.covariance)
    return Observable(
        "pruned_train_risk", NONNEGATIVE, "mean squared training residual after pruning",
        expression=kept + GAIN * (1 - GAIN) * mixed,
        definition=r"\frac1n\sum_i(y_i-\theta'^\top\varphi(x_i))^2",
    )  # fmt: skip


def _step(observation: Pruning, found: tuple[Observable, ...]) -> Step:
    kept, k = observation.parameters[0].symbol, sp.Symbol("k", positive=True)
    return Step(
        name="pruning",
        title="Magnitude pruning",
        before=(Display(r"\theta'_\ell", r"\hat\theta_\ell\,\mathbf 1\{\sqrt N|\hat\theta_\ell|>"
                        r"k\|\hat\theta\|\}"),),
        after=(
            Display(r"\mathbb P(|Z|>k)", kept),
            Display(GAIN, kept + 2 * k * sp.exp(-(k**2) / 2) / sp.sqrt(2 * sp.pi)),
            *(Display(item.latex, item.expression) for item in found),
        ),
        why=r"The entries $\sqrt N\hat\theta_\ell$ are Gaussian of variance $\|\hat\theta\|^2$: "
        r"given the spectrum, the eigenvectors of $WW^\top$ are uniform. A threshold of a Gaussian "
        r"is its best linear part $a\hat\theta$ and a remainder of variance "
        r"$a(1-a)\|\hat\theta\|^2$ without linear part, whose entries are uncorrelated up to cubes "
        r"of correlations of order $N^{-1/2}$: white in each quadratic form. One sample moves the "
        r"parameter by little, and the remainder's mean slope is zero, so that it is independent "
        r"of the training residuals too.",
        licence=Licence(
            "Bussgang's decomposition of a Gaussian field",
            hypotheses=(
                Hypothesis(
                    "the remainder after pruning is white and independent of the residuals",
                    False,
                    "by the leave-one-out argument above, without a bound of its error; confirmed "
                    "by simulation",
                ),
            ),
        ),
        check=_check,
    )  # fmt: skip


def _check() -> CheckResult:
    """The gain against quadrature over the Gaussian density."""
    from scipy import stats

    worst = 0.0
    for kept in np.linspace(0.02, 0.98, 9):
        k = stats.norm.isf(kept / 2)
        tail = stats.norm.expect(lambda z: z * z, lb=k) * 2
        worst = max(worst, abs(float(retained(sp.Float(kept)).evalf()) - tail))
    good = worst < 1e-7  # accuracy of the adaptive quadrature's default
    how = f"the retained second moment against quadrature at 9 shares, deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
