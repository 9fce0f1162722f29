r"""A problem with square loss and quadratic penalty as a rational expression in Gaussian matrices.

The features are :math:`\Phi = \sum_kX_kB_k` with independent Gaussian data matrices :math:`X_k` of
rows of variance :math:`1/n`, the labels :math:`y = X_1\beta + \xi`. With sources
:math:`s,s_\Sigma,s_I` and the weight :math:`1/\nu` of the loss,

.. math:: \Psi = \min_\theta\;\tfrac1\nu\|y-\Phi\theta\|^2 + \zeta\,\theta^\top R\theta
   + s\,\big(\|\beta-B_1\theta\|^2 + \textstyle\sum_{k>1}\|B_k\theta\|^2\big)
   + s_\Sigma\|B_1\theta\|^2 + s_I\|\theta\|^2

is a quadratic form in :math:`\beta` and :math:`\xi` whose average over
:math:`\beta\sim N(0,\frac\rho dI)` and :math:`\xi\sim N(0,\frac{\tau^2}nI)` is a sum of normalised
traces. A fresh input moves :math:`h-f(x)` by a Gaussian of variance
:math:`\|\beta-B_1\theta\|^2+\sum_{k>1}\|B_k\theta\|^2`, so that the risk is
:math:`\tau^2+\partial_s\Psi` at :math:`s=s_\Sigma=s_I=0,\ \nu=1`, and the training error
:math:`-\partial_\nu\Psi`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce, singledispatch
from typing import Any

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.pencil.language import Dimension, Gaussian, Identity, Matrix, source
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.noise import GaussianNoise
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import LinearTarget
from asymp.reductions.constants import Constant
from asymp.symbols import POSITIVE, letter

RISK, SIGNAL, NORM = (sp.Symbol(f"s_{name}", real=True) for name in ("risk", "signal", "norm"))
NU = sp.Symbol("nu_loss", positive=True)
AT = {RISK: sp.Integer(0), SIGNAL: sp.Integer(0), NORM: sp.Integer(0), NU: sp.Integer(1)}


def slope(symbol: sp.Symbol) -> sp.Symbol:
    r"""Placeholder of the derivative of the value in a source."""
    return sp.Symbol(f"slope_{symbol.name}", real=True)


def response(output: str) -> sp.Symbol:
    """Placeholder of a normalised trace: the response of an output to its source."""
    return sp.Symbol(f"response_{output}", positive=True)


@dataclass(frozen=True)
class GaussianFeatures:
    r"""Features that are linear in independent Gaussian data matrices.

    Parameters
    ----------
    data : tuple of Gaussian
        :math:`X_k`, the inputs first; entries of variance :math:`1/n`.
    weights : tuple of Matrix
        :math:`B_k`.
    eigen : Matrix
        :math:`T`, of which the other matrices of the commuting family are functions.
    covariance, gradient : sympy.Expr
        :math:`\Sigma(t)` and :math:`A(t)`, affine in :data:`EIGENVALUE`; ``gradient`` is None where
        it is infinite.
    constants : mapping of sympy.Symbol to Constant
    """

    data: tuple[Gaussian, ...]
    weights: tuple[Matrix, ...]
    eigen: Matrix
    covariance: sp.Expr
    gradient: sp.Expr | None
    constants: Mapping[sp.Symbol, Constant] = field(default_factory=dict)


@dataclass(frozen=True)
class QuadraticModel:
    r"""The value :math:`\Psi`, as responses, and what its derivatives mean.

    Parameters
    ----------
    outputs : mapping of str to Matrix
        Vectors that end in the sources ``beta`` and ``xi``.
    inputs : mapping of str to str
        The source to which the response of an output is asked.
    value : sympy.Expr
        :math:`\Psi` in :func:`response` placeholders.
    meanings : mapping of str to sympy.Expr
        Order parameters and observables in :func:`slope` and :func:`response` placeholders.
    constants : mapping of sympy.Symbol to Constant
        Coefficients of the activation.
    letters : tuple of sympy.Symbol
        Parameters of the problem.
    """

    outputs: Mapping[str, Matrix]
    inputs: Mapping[str, str]
    value: sp.Expr
    meanings: Mapping[str, sp.Expr]
    constants: Mapping[sp.Symbol, Constant]
    letters: tuple[sp.Symbol, ...]


def quadratic_model(problem: ProblemStatement) -> QuadraticModel:
    """State a problem as a rational expression.

    Raises
    ------
    NotDerivable
        If loss or penalty is not quadratic, or a part is not Gaussian; the message names it.

    Examples
    --------
    >>> model = quadratic_model(ProblemStatement(features=IsotropicGaussian()))
    >>> model.value
    rho*response_value + tau**2*response_residual
    """
    require_quadratic(problem)
    many, features = gaussian_features(problem.features)
    penalty, tau, rho = (
        getattr(problem, part).parameters[0].symbol for part in ("penalty", "noise", "target")
    )
    outputs = _outputs(problem, many, features, penalty)
    return QuadraticModel(
        outputs=outputs,
        inputs={"value": "beta", "signal": "beta", "residual": "xi"},
        value=rho * response("value") + tau**2 * response("residual"),
        meanings=_meanings(features, tau, rho),
        constants=features.constants,
        letters=tuple(p.symbol for p in problem.parameters.values()),
    )


def require_quadratic(problem: ProblemStatement) -> None:
    """Refuse a problem whose value is not a rational expression in Gaussian matrices."""
    wrong = {
        "the loss is not the square r^2/2": not getattr(problem.loss, "is_square", False),
        "the training loss has an adversary, which makes it non-quadratic": bool(problem.adversary),
        "the labels are not a linear teacher plus noise": bool(getattr(problem, "labels", None)),
        "the target is not a linear teacher with Gaussian prior": type(problem.target)
        is not LinearTarget,
        "the label noise is not Gaussian": type(problem.noise) is not GaussianNoise,
        "the penalty is not quadratic (a Ridge)": type(problem.penalty) is not Ridge,
        "an intercept is trained": bool(getattr(problem, "intercept", False)),
    }
    for reason, holds in wrong.items():
        if holds:
            raise NotDerivable(
                f"second route: {reason}; it needs square loss, ridge penalty, Gaussian noise and "
                "no adversary. Use problem.derive() for the first route"
            )


def _outputs(
    problem: ProblemStatement, many: Dimension, features: GaussianFeatures, zeta: sp.Symbol
) -> dict[str, Matrix]:
    """Responses that make up the value, from the normal equations of the minimum."""
    signal = features.weights[0]
    size = signal.columns
    beta, xi = source("beta", signal.rows), source("xi", many)
    pairs = zip(features.data, features.weights, strict=True)
    design = _sum(data @ weight for data, weight in pairs)
    spread = _sum(weight.T @ weight for weight in features.weights)
    hessian = (
        (1 / NU) * (design.T @ design)
        + zeta * _penalty(problem.penalty.metric, features, size)
        + RISK * spread
        + SIGNAL * (signal.T @ signal)
        + NORM * Identity(size, size)
    )
    labels = features.data[0] @ beta + xi
    theta = hessian.inverse @ ((1 / NU) * (design.T @ labels) + RISK * (signal.T @ beta))
    residual = (1 / NU) * (labels - design @ theta)
    predicted = signal @ theta
    value = features.data[0].T @ residual + RISK * (beta - predicted)
    return {"value": value, "signal": predicted, "residual": residual}


def _penalty(metric: Any, features: GaussianFeatures, size: Dimension) -> Matrix:
    """Matrix of the ridge: an affine function of the eigenvalue t."""
    named = {
        "identity": sp.Integer(1),
        "covariance": features.covariance,
        "gradient": features.gradient,
    }
    polynomial = named.get(metric) if isinstance(metric, str) else metric
    if polynomial is None or sp.Poly(polynomial, EIGENVALUE).degree() > 1:
        raise NotDerivable(f"second route: the ridge metric {metric!r} is not affine in t")
    constant = polynomial.subs(EIGENVALUE, 0)
    linear = (polynomial - constant).subs(EIGENVALUE, 1)
    matrix: Matrix = Identity(size, size) * constant + features.eigen * linear
    return matrix


def _meanings(features: GaussianFeatures, tau: sp.Symbol, rho: sp.Symbol) -> dict[str, sp.Expr]:
    """What the derivatives of the value are."""
    risk = tau**2 + slope(RISK)
    training, norm = -slope(NU), slope(NORM)

    def average(polynomial: sp.Expr) -> sp.Expr:
        """Form of theta with that polynomial of the eigenvalue, by its two sources."""
        constant = polynomial.subs(EIGENVALUE, 0)
        linear = (polynomial - constant).subs(EIGENVALUE, 1)
        mu = features.covariance.coeff(EIGENVALUE, 1)
        return constant * norm + (sp.cancel(linear / mu) * slope(SIGNAL) if linear != 0 else 0)

    found = {
        "V": 1 / response("residual") - 1,
        "SR": risk,
        "m": rho * response("signal"),
        "q": average(features.covariance),
        "V_hat": response("residual"),
        "q_hat": training,
        "standard_risk": risk,
        "train_risk": training,
        "parameter_norm2": norm,
    }
    if features.gradient is not None:
        found["gradient_norm2"] = average(features.gradient)
    return found


@singledispatch
def gaussian_features(features: Any) -> tuple[Dimension, GaussianFeatures]:
    """Dimension of the samples, and the features as Gaussian matrices."""
    raise NotDerivable(
        f"second route: features of type {type(features).__name__} are not written in Gaussian "
        "matrices; register them in asymp.pencil.model.gaussian_features"
    )


@gaussian_features.register
def _(features: IsotropicGaussian) -> tuple[Dimension, GaussianFeatures]:
    alpha = features.parameters[0].symbol
    n, p = Dimension("n", alpha), Dimension("p", sp.Integer(1))
    x, one = Gaussian(n, p, "X", 1 / alpha), Identity(p, p)
    return n, GaussianFeatures((x,), (one,), one, EIGENVALUE, EIGENVALUE)


@gaussian_features.register
def _(features: RandomFeatures) -> tuple[Dimension, GaussianFeatures]:
    wide, many = (p.symbol for p in features.parameters)
    n, size, d = Dimension("n", many), Dimension("N", wide), Dimension("d", sp.Integer(1))
    constants = _constants(features)
    mu1, mu2, kappa2 = (constants.get(name, (sp.Integer(0), None))[0] for name in _NAMES)
    x, u = Gaussian(n, d, "X", 1 / many), Gaussian(n, size, "U", 1 / many)
    w = Gaussian(size, d, "W", sp.Integer(1))
    data, weights = (x, u), (mu1 * w.T, mu2 * Identity(size, size))
    count = 2 if mu2 != 0 else 1
    gradient = None if kappa2 is sp.oo else mu1**2 * EIGENVALUE + kappa2
    return n, GaussianFeatures(
        data[:count],
        weights[:count],
        w @ w.T,
        mu1**2 * EIGENVALUE + mu2**2,
        gradient,
        {symbol: constant for symbol, constant in constants.values() if constant is not None},
    )


_NAMES = ("mu1", "mu2", "kappa2")


def _constants(features: RandomFeatures) -> dict[str, tuple[sp.Expr, Constant | None]]:
    """Coefficients of the activation as letters; exact zeros and infinities as themselves."""
    found = features.activation.coefficients
    constants: dict[str, tuple[sp.Expr, Constant | None]] = {}
    for name, coefficient in zip(_NAMES, (found.mu1, found.mu2_squared, found.kappa2), strict=True):
        symbol = letter(name, POSITIVE)
        if coefficient.exact == 0 or coefficient.exact is sp.oo:
            constants[name] = (coefficient.exact, None)
        else:
            constants[name] = (symbol, Constant(symbol, coefficient, name == "mu2"))
    return constants


def _sum(parts: Iterable[Matrix]) -> Matrix:
    return reduce(operator.add, parts)
