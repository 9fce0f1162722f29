r"""What the loss sees before training acts: the field's law for every label model.

The argument of the loss (residual or margin) is, given the label, a Gaussian field tilted by what
the label says about the teacher. With additive noise the field is Gaussian, once the scale of the
noise is fixed; for a mixture of classes it is Gaussian within a class; for labels of a teacher

.. math:: p(\omega) = T(\omega)\,N(\omega;0,q),\qquad T(\omega) = 2\,\mathbb E[f(h)\mid\omega],
          \qquad T_m(\omega) = 2\,\mathbb E[f'(h)\mid\omega],

with :math:`f(h)=\mathbb P(y=1|h)`, since margins of both labels have the same law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import sympy as sp

from asymp.calculus.logistic_normal import logistic_normal
from asymp.calculus.panel import Panel
from asymp.calculus.primitives import sigmoid
from asymp.problem.labels import GaussianMixture, LogitLabels, ProbitLabels, SignLabels
from asymp.problem.losses import RESIDUAL
from asymp.problem.noise import (
    MIXING,
    ContaminatedNoise,
    GaussianNoise,
    LaplaceNoise,
    StudentNoise,
)
from asymp.problem.statement import ProblemStatement
from asymp.reductions.general.letters import EXP_B, M_POSITIVE, Q_PERP, E
from asymp.reductions.statements import FIELD, Letters

ONE, ZERO = sp.Integer(1), sp.Integer(0)
LOG_SCALE = sp.Symbol("log_S", real=True)
# The mixing density is integrated in log S. Beyond these ends the exponential law has no digit
# left; Student's tail is a power, and its end follows from the slowest average that is finite.
LOG_ENDS = (-50, -4, 0, 4, 160)


@dataclass(frozen=True)
class Field:
    r"""One Gaussian component of the field's law.

    Parameters
    ----------
    weight, mean, variance : sympy.Expr
        In order parameters and parameters.
    tilt, tilt_m : sympy.Expr
        :math:`T` and :math:`T_m` in :data:`FIELD`; 1 and 0 without a tilt.
    mean_m, mean_b : sympy.Expr
        Derivatives of the mean in m and in the intercept.
    outer : callable
        Average over the noise's scale of an expression in :data:`MIXING`.
    """

    weight: sp.Expr
    mean: sp.Expr
    variance: sp.Expr
    tilt: sp.Expr = ONE
    tilt_m: sp.Expr = ZERO
    mean_m: sp.Expr = ZERO
    mean_b: sp.Expr = ZERO
    outer: Callable[[sp.Expr], sp.Expr] = lambda expression: expression

    @property
    def deviation(self) -> sp.Expr:
        """Standard deviation before the tilt."""
        return sp.sqrt(self.variance)

    @property
    def density(self) -> sp.Expr:
        """Gaussian density before the tilt, in :data:`FIELD`."""
        exponent = -((FIELD - self.mean) ** 2) / (2 * self.variance)
        return sp.exp(exponent) / sp.sqrt(2 * sp.pi * self.variance)


def fields_of(problem: ProblemStatement) -> tuple[Field, ...]:
    """The law of the loss's argument as Gaussian components."""
    shift = -sp.log(EXP_B) if problem.intercept else ZERO
    if problem.labels is None:
        return _noisy(problem.noise, shift, problem)
    return _labelled(problem.labels, problem)


@singledispatch
def _noisy(noise: Any, shift: sp.Expr, problem: ProblemStatement) -> tuple[Field, ...]:
    r"""Residuals :math:`\xi+(h-u)-b`: the excess risk E is the variance of the middle part."""
    raise NotImplementedError(type(noise).__name__)


@_noisy.register
def _gaussian(noise: GaussianNoise, shift: sp.Expr, problem: ProblemStatement) -> tuple[Field, ...]:
    tau = noise.parameters[0].symbol
    return (Field(ONE, shift, E + tau**2, mean_b=-ONE),)


@_noisy.register
def _contaminated(
    noise: ContaminatedNoise, shift: sp.Expr, problem: ProblemStatement
) -> tuple[Field, ...]:
    tau, outlier, share = (p.symbol for p in noise.parameters)
    return (
        Field(1 - share, shift, E + tau**2, mean_b=-ONE),
        Field(share, shift, E + outlier**2, mean_b=-ONE),
    )


@_noisy.register(LaplaceNoise)
@_noisy.register(StudentNoise)
def _mixed(
    noise: LaplaceNoise | StudentNoise, shift: sp.Expr, problem: ProblemStatement
) -> tuple[Field, ...]:
    tau, density = noise.parameters[0].symbol, noise.mixing_density

    def outer(expression: sp.Expr) -> sp.Expr:
        inside = (expression * density * MIXING).subs(MIXING, sp.exp(LOG_SCALE))
        low, *cuts, high = LOG_ENDS
        top = sp.sympify(high)
        if isinstance(noise, StudentNoise):
            # Beyond this the tail is below 1e-14; S itself overflows where the rate is below 1/21,
            # and such points end as max_steps.
            top = cuts[-1] + 32 / slowest_decay(noise, problem)
        return Panel(inside, LOG_SCALE, low, top, 0, top, *cuts)

    return (Field(ONE, shift, E + tau**2 * MIXING, mean_b=-ONE, outer=outer),)


def slowest_decay(noise: StudentNoise, problem: ProblemStatement) -> sp.Expr:
    r"""Rate in log S of the slowest finite average: :math:`\nu/2` less half the loss's power."""
    nu = noise.parameters[1].symbol
    power = loss_power(problem)
    return sp.Piecewise(((nu - power) / 2, nu > power), (nu / 2, True))


def loss_power(problem: ProblemStatement) -> int:
    """1 for a loss of bounded slope, 2 for one that grows like the square, by its far slopes."""
    loss = problem.loss.expression
    half = dict.fromkeys(loss.free_symbols - {RESIDUAL}, sp.Rational(1, 2))
    slope = loss.diff(RESIDUAL).subs(half)
    far, near = (abs(float(sp.N(slope.subs(RESIDUAL, r)))) for r in (10**8, 10**4))
    return 1 if far < 2 * near else 2


@singledispatch
def _labelled(labels: Any, problem: ProblemStatement) -> tuple[Field, ...]:
    """Margins given the label."""
    raise NotImplementedError(type(labels).__name__)


@_labelled.register
def _mixture(labels: GaussianMixture, problem: ProblemStatement) -> tuple[Field, ...]:
    balance = labels.parameters[1].symbol
    m, q = M_POSITIVE, Letters.q
    if not problem.intercept:  # both classes have the same margins
        return (Field(ONE, m, q, mean_m=ONE),)
    b = sp.log(EXP_B)
    return (
        Field(balance, m + b, q, mean_m=ONE, mean_b=ONE),
        Field(1 - balance, m - b, q, mean_m=ONE, mean_b=-ONE),
    )


def _posterior(problem: ProblemStatement) -> tuple[sp.Expr, sp.Expr]:
    r"""Mean and variance of the teacher field given the student's."""
    rho = problem.target.parameters[0].symbol
    m, q = M_POSITIVE, Letters.q
    return m * FIELD / q, rho * Q_PERP / q


def _probit(problem: ProblemStatement, latent: sp.Expr) -> tuple[Field, ...]:
    mean, variance = _posterior(problem)
    total = variance + latent
    tilt = sp.erfc(-mean / sp.sqrt(2 * total))
    tilt_m = 2 * sp.exp(-(mean**2) / (2 * total)) / sp.sqrt(2 * sp.pi * total)
    return (Field(ONE, ZERO, Letters.q, tilt, tilt_m),)


@_labelled.register
def _sign(labels: SignLabels, problem: ProblemStatement) -> tuple[Field, ...]:
    return _probit(problem, ZERO)


@_labelled.register
def _probit_labels(labels: ProbitLabels, problem: ProblemStatement) -> tuple[Field, ...]:
    return _probit(problem, labels.parameters[0].symbol ** 2)


@_labelled.register
def _logit(labels: LogitLabels, problem: ProblemStatement) -> tuple[Field, ...]:
    mean, variance = _posterior(problem)
    tilt, tilt_m = (2 * logistic_normal(k, mean, variance) for k in (0, 1))
    return (Field(ONE, ZERO, Letters.q, tilt, tilt_m),)


@singledispatch
def chance_of(labels: Any, h: sp.Expr) -> sp.Expr:
    r"""Probability of the label 1 given the teacher's field h; 1 on h > 0 for signs."""
    raise NotImplementedError(type(labels).__name__)


@chance_of.register
def _sign_chance(labels: SignLabels, h: sp.Expr) -> sp.Expr:
    return ONE


@chance_of.register
def _probit_chance(labels: ProbitLabels, h: sp.Expr) -> sp.Expr:
    return sp.erfc(-h / (sp.sqrt(2) * labels.parameters[0].symbol)) / 2


@chance_of.register
def _logit_chance(labels: LogitLabels, h: sp.Expr) -> sp.Expr:
    return sigmoid(h)
