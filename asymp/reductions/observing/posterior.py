r"""Bayes' posterior of the ridge problem: the mean is the estimator, the covariance a resolvent.

.. math:: \mathrm{tr}\,BC=\frac{s^2}n\mathrm{tr}\,B\big(\tfrac1n\Phi^\top\Phi+\zeta I\big)^{-1}
          \to s^2\lim\tfrac1n\mathrm{tr}\,BH^{-1},

by the deterministic equivalent of the resolvent, which is also the response of the input channel
to a source. A draw's squared gradient is that of the mean and this trace at :math:`B=A`.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.problem.observation import Posterior
from asymp.reductions.observable import Observable
from asymp.reductions.observing.rule import GRADIENT_TRACE, Needs, Reading, needs, reading
from asymp.reductions.statements import GaussianModel, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.symbols import NONNEGATIVE


@needs.register
def _needs(observation: Posterior, model: GaussianModel) -> Needs:
    """The trace of the gradient's matrix against the resolvent."""
    problem = model.robust.problem
    identity = getattr(problem.penalty, "metric", None) == "identity"
    reasons = {
        "the loss is not square": not problem.loss.is_square,
        "training is adversarial": model.robust.is_adversarial,
        "the ridge's metric is not the identity": not identity,
        "the gradient is not square integrable": model.gradient is None,
    }
    for reason, holds in reasons.items():
        if holds:
            raise NotDerivable(
                f"a Gaussian posterior belongs to the square loss with a plain ridge: {reason}"
            )
    return Needs(traces={"V_grad": model.gradient})


@reading.register
def _reading(observation: Posterior, model: GaussianModel) -> Reading:
    variance = observation.parameters[0].symbol ** 2
    spread = Observable(
        "posterior_variance", NONNEGATIVE, "posterior variance of the prediction at a new input",
        expression=variance * Letters.V,
        definition=r"\mathbb E\,\mathrm{Var}(f(x)\mid\mathrm{data})",
    )  # fmt: skip
    gradient = Observable(
        "posterior_gradient_variance", NONNEGATIVE,
        "posterior variance of the input gradient, summed over its entries",
        expression=variance * GRADIENT_TRACE,
        definition=r"\mathbb E\|\nabla f_\theta-\nabla f_{\hat\theta}\|^2",
    )  # fmt: skip
    return Reading((spread, gradient), _step(model, (spread, gradient)))


def _step(model: GaussianModel, found: tuple[Observable, ...]) -> Step:
    assert model.gradient is not None
    return Step(
        name="posterior",
        title="The posterior",
        before=(
            Display(
                r"\theta\mid\mathrm{data}",
                r"N\Big(\hat\theta,\tfrac{s^2}n\big(\tfrac1n\Phi^\top\Phi+\zeta I\big)^{-1}\Big)",
                r"\sim",
            ),
        ),
        after=(
            Display(GRADIENT_TRACE, r"\lim\tfrac1n\mathrm{tr}\,AH^{-1}"),
            *(Display(item.latex, item.expression) for item in found),
        ),
        why=r"The resolvent of the sample covariance is equivalent to $H^{-1}$ in traces against "
        r"functions of $WW^\top$: for $B=\Sigma$ this is the proximal scale $V$. A draw's gradient "
        r"is that of the posterior mean and an independent centred part.",
        licence=Licence("deterministic equivalent of the resolvent"),
        check=lambda: _check(model),
    )


def _check(model: GaussianModel) -> CheckResult:
    """A drawn sample covariance of Gaussian features with the model's spectrum, at size 1200."""
    gradient = sp.sympify(model.gradient)
    rng, wide, many, ridge = np.random.default_rng(0), 900, 1200, 0.3
    t = rng.gamma(2.0, 0.5, size=wide)
    numbers = dict.fromkeys(
        (model.covariance.free_symbols | gradient.free_symbols) - {EIGENVALUE}, 0.6
    )
    sigma, slope = (
        np.broadcast_to(sp.lambdify(EIGENVALUE, m.subs(numbers))(t), wide)
        for m in (model.covariance, gradient)
    )
    drawn = rng.standard_normal((many, wide)) * np.sqrt(sigma)
    inverse = np.linalg.inv(drawn.T @ drawn / many + ridge * np.eye(wide))
    v_hat = 1.0
    for _ in range(200):
        v_hat = 1 / (1 + np.sum(sigma / (ridge + v_hat * sigma)) / many)
    gap = abs(float(np.diag(inverse) @ slope) / np.sum(slope / (ridge + v_hat * sigma)) - 1)
    good = gap < 0.02  # fluctuations of order 1/size with a constant below ten
    how = f"trace of a drawn resolvent at size {wide} against the equivalent: off by {gap:.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
