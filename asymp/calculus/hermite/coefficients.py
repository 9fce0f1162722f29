r"""Gaussian coefficients of an activation: all that the proportional limit knows of it.

With :math:`G \sim N(0,1)`,

.. math:: \mu_0 = \mathbb E\sigma(G),\quad \mu_1 = \mathbb E[G\sigma(G)],\quad
          \mu_2^2 = \mathbb E\sigma(G)^2-\mu_0^2-\mu_1^2,\quad
          \kappa_2 = \mathbb E\sigma'(G)^2-\mu_1^2 .

A coefficient is exact where a closed form or a symmetry gives it; a zero that is exact is the
SymPy zero, since derivations branch on it. Otherwise it is a number with an error bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.hermite.integrable import divergence
from asymp.calculus.hermite.moments import accurate_moment, estimated_moment, exact_moment
from asymp.calculus.hermite.pieces import PiecewiseSmooth, piecewise_smooth
from asymp.calculus.hermite.quadrature import EXACT
from asymp.errors import InvalidProblem


@dataclass(frozen=True)
class Coefficient:
    r"""One Gaussian coefficient of one activation.

    Parameters
    ----------
    name : str
        ``"mu0"``, ``"mu1"``, ``"mu2_squared"``, ``"kappa2"``, ``"second_moment"``,
        ``"derivative_moment"`` or ``"hermite_k"``.
    exact : sympy.Expr or None
        Closed form, ``oo`` if infinite, None if only a number is known.
    value : float
        Nearest float.
    error : float
        Bound of the error of the number behind the float (certified or estimated: see
        ``method``); 0 for exact coefficients.
    method : str
        ``"exact"``, ``"certified quadrature (Arb)"`` or ``"estimated quadrature (mpmath)"``.
    expression, variable : sympy.Expr, sympy.Symbol
        The activation.
    """

    name: str
    exact: sp.Expr | None
    value: float
    error: float
    method: str
    expression: sp.Expr
    variable: sp.Symbol

    def mp(self, digits: int) -> Any:
        """Compute the coefficient to about that many significant digits, as an mpmath number.

        Examples
        --------
        >>> x = sp.Symbol("x", real=True)
        >>> mpmath.nstr(gaussian_coefficients(sp.tanh(x), x).mu1.mp(30), 30)
        '0.605705509602158825583540227556'
        """
        with mpmath.workdps(digits + 3):
            if self.exact == sp.oo:
                return mpmath.inf
            if self.exact is not None:
                return mpmath.mpf(self.exact.evalf(digits + 3))
            shift = max(0, -int(mpmath.log10(abs(self.value)))) if self.value else 0
            function = piecewise_smooth(self.expression, self.variable)
            return +estimated_moment(self.name, function, digits + shift + 5).value

    def bounded(self, digits: int) -> tuple[Any, Any, str]:
        """Value, bound of its error, and the method, aiming at that many significant digits.

        Examples
        --------
        >>> x = sp.Symbol("x", real=True)
        >>> value, error, method = gaussian_coefficients(sp.tanh(x), x).mu1.bounded(30)
        >>> error < 1e-28, method
        (True, 'certified quadrature (Arb)')
        """
        function = piecewise_smooth(self.expression, self.variable)
        found = estimated_moment(self.name, function, digits)
        return found.value, found.error, found.method

    @property
    def is_zero(self) -> bool:
        """Whether the coefficient is exactly zero."""
        return self.exact == 0


@dataclass(frozen=True)
class GaussianCoefficients:
    r"""Coefficients through which an activation enters its proportional limit.

    Parameters
    ----------
    expression, variable : sympy.Expr, sympy.Symbol
        The activation.
    mu0, mu1 : Coefficient
        Mean and linear coefficient.
    mu2_squared : Coefficient
        Variance of the part orthogonal to constants and linear functions; 0 exactly for linear
        activations.
    kappa2 : Coefficient
        Variance of the derivative; ``oo`` if the activation jumps or its derivative is not
        square-integrable, 0 exactly for linear activations.
    second_moment, derivative_moment : Coefficient
        The raw moments :math:`\mathbb E\sigma(G)^2` and :math:`\mathbb E\sigma'(G)^2`.
    """

    expression: sp.Expr
    variable: sp.Symbol
    mu0: Coefficient
    mu1: Coefficient
    mu2_squared: Coefficient
    kappa2: Coefficient
    second_moment: Coefficient
    derivative_moment: Coefficient

    @property
    def all(self) -> tuple[Coefficient, ...]:
        """The six coefficients."""
        return (
            self.mu0,
            self.mu1,
            self.mu2_squared,
            self.kappa2,
            self.second_moment,
            self.derivative_moment,
        )


@lru_cache(maxsize=256)
def gaussian_coefficients(expr: sp.Expr, u: sp.Symbol) -> GaussianCoefficients:
    r"""Compute :math:`\mu_0,\mu_1,\mu_2^2,\kappa_2` and the moments behind them.

    Parameters
    ----------
    expr : sympy.Expr
        The activation, a real function of ``u`` alone.
    u : sympy.Symbol
        A symbol declared real.

    Raises
    ------
    InvalidProblem
        If the activation is not covered or not square-integrable under the Gaussian.

    Examples
    --------
    The shifted ReLU [1]_:

    >>> x = sp.Symbol("x", real=True)
    >>> c = gaussian_coefficients(sp.Max(x, 0) - 1 / sp.sqrt(2 * sp.pi), x)
    >>> c.mu0.exact, c.mu1.exact, c.mu2_squared.exact, c.kappa2.exact
    (0, 1/2, 1/4 - 1/(2*pi), 1/4)
    >>> gaussian_coefficients(sp.sign(x), x).kappa2.exact
    oo

    References
    ----------
    .. [1] H. Hassani and A. Javanmard, "The curse of overparametrization in adversarial
       training", Ann. Statist. 52(2), 2024.
    """
    function = _admitted(expr, u)
    names = ("mu0", "mu1", "mu2_squared", "kappa2", "second_moment", "derivative_moment")
    return GaussianCoefficients(expr, u, **{n: _coefficient(n, expr, u, function) for n in names})


def hermite_coefficients(expr: sp.Expr, u: sp.Symbol, order: int) -> tuple[Coefficient, ...]:
    r"""Normalised Hermite coefficients :math:`\mathbb E[\sigma(G)\mathrm{He}_k(G)]/\sqrt{k!}`.

    Parameters
    ----------
    expr, u : sympy.Expr, sympy.Symbol
        The activation and its real symbol.
    order : int
        The largest :math:`k`, at least 0.

    Returns
    -------
    tuple of Coefficient
        For :math:`k = 0, \dots,` ``order``; their squares sum to
        :math:`\mathbb E\sigma(G)^2` as the order grows (Parseval).

    Raises
    ------
    InvalidProblem
        As for :func:`gaussian_coefficients`, or if the order is negative.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> [c.exact for c in hermite_coefficients(x**2, x, 3)]
    [1, 0, sqrt(2), 0]
    """
    if order < 0:
        raise InvalidProblem(f"order = {order}: a Hermite order is at least 0")
    function = _admitted(expr, u)
    return tuple(_coefficient(f"hermite_{k}", expr, u, function) for k in range(order + 1))


def verify(coefficients: GaussianCoefficients) -> float:
    """Largest deviation of the exact coefficients from plain numerical quadrature.

    The quadrature (mpmath, 25 digits) shares no formula with the closed forms. Deviations are
    relative to the larger of 1 and the coefficient.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> verify(gaussian_coefficients(sp.erf(x), x)) < 1e-20
    True
    """
    function = piecewise_smooth(coefficients.expression, coefficients.variable)
    known = [c for c in coefficients.all if c.exact is not None and c.exact.is_finite]
    return float(max((_deviation(c, function) for c in known), default=0.0))


def _deviation(coefficient: Coefficient, function: PiecewiseSmooth) -> Any:
    plain = estimated_moment(coefficient.name, function, 25, certify=False).value
    with mpmath.workdps(30):
        exact = coefficient.mp(30)
        return abs(plain - exact) / max(1, abs(exact))


def _admitted(expr: sp.Expr, u: sp.Symbol) -> PiecewiseSmooth:
    function = piecewise_smooth(expr, u)
    reason = divergence(function)
    if reason:
        raise InvalidProblem(f"activation {expr} is not square-integrable under N(0,1): {reason}")
    return function


def _coefficient(name: str, expr: sp.Expr, u: sp.Symbol, function: PiecewiseSmooth) -> Coefficient:
    make = partial(Coefficient, name, expression=expr, variable=u)
    exact = exact_moment(name, function)
    if exact is not None:
        return make(exact=exact, value=float(exact), error=0.0, method=EXACT)
    found = accurate_moment(name, function)
    return make(exact=None, value=float(found.value), error=float(found.error), method=found.method)
