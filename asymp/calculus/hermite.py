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

from asymp.calculus.gaussian_integral import NoClosedForm, gaussian_mean, settle
from asymp.calculus.hermite_integrable import divergence
from asymp.calculus.hermite_pieces import PiecewiseSmooth, piecewise_smooth
from asymp.calculus.hermite_quadrature import EXACT, Estimate, quadrature_mean
from asymp.calculus.hermite_symmetry import even_part_constant, odd_part_slope
from asymp.errors import InvalidProblem

_DIGITS = 40
# Relative accuracy of a coefficient's float, and the digits tried to reach it.
_WANTED = 1e-16
_LONGER = (60, 90)
# A first estimate worse than this is not a matter of digits.
_HOPELESS = 1e-8


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
        """The coefficient as an mpmath number of about that many significant digits.

        Examples
        --------
        >>> x = sp.Symbol("x", real=True)
        >>> gaussian_coefficients(sp.tanh(x), x).mu1.mp(30)
        mpf('0.605705509602158825579447374274703')
        """
        with mpmath.workdps(digits + 3):
            if self.exact is not None:
                return mpmath.mpf(self.exact.evalf(digits + 3))
            shift = max(0, -int(mpmath.log10(abs(self.value)))) if self.value else 0
            function = piecewise_smooth(self.expression, self.variable)
            return +_estimate(self.name, function, digits + shift + 5).value

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
    plain = _estimate(coefficient.name, function, 25, certify=False).value
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
    exact = _exact(name, function)
    if exact is not None:
        return make(exact=exact, value=float(exact), error=0.0, method=EXACT)
    found = _accurate(name, function)
    return make(exact=None, value=float(found.value), error=float(found.error), method=found.method)


def _accurate(name: str, function: PiecewiseSmooth) -> Estimate:
    """Estimate, with more digits if cancellation left too few."""
    found = _estimate(name, function, _DIGITS)
    for digits in _LONGER:
        if not _WANTED < found.error / abs(found.value or 1) < _HOPELESS:
            break
        found = _estimate(name, function, digits)
    if found.error > _HOPELESS * max(abs(found.value), mpmath.mpf("1e-30")):
        raise InvalidProblem(
            f"activation {function.as_expression()}: {name} = {float(found.value):.6g} could only "
            f"be computed to +-{float(found.error):.1g}; it varies too fast for quadrature"
        )
    return found


def _integrand(name: str, function: PiecewiseSmooth) -> PiecewiseSmooth:
    """Function whose Gaussian mean the raw coefficient is (up to the Hermite normalisation)."""
    u = function.variable
    if name == "second_moment":
        return function.map(lambda e: e**2)
    if name == "derivative_moment":
        return function.derivative().map(lambda e: e**2)
    polynomial = _hermite(_order(name), u)
    return function.map(lambda e: e * polynomial)


def _order(name: str) -> int:
    return {"mu0": 0, "mu1": 1}[name] if name in ("mu0", "mu1") else int(name.split("_")[1])


def _hermite(k: int, u: sp.Symbol) -> sp.Expr:
    """Probabilists' polynomial He_k."""
    before, polynomial = sp.S.Zero, sp.S.One
    for j in range(k):
        before, polynomial = polynomial, sp.expand(u * polynomial - j * before)
    return polynomial


@lru_cache(maxsize=1024)
def _exact(name: str, function: PiecewiseSmooth) -> sp.Expr | None:
    if name in ("mu2_squared", "kappa2"):
        return _exact_variance(name, function)
    if name == "derivative_moment" and not _has_square_integrable_derivative(function):
        return sp.oo
    mean = gaussian_mean(_integrand(name, function))
    if mean is not None and name.startswith("hermite"):
        return sp.expand(mean / sp.sqrt(sp.factorial(_order(name))))
    return mean if mean is not None else _by_symmetry(name, function)


def _by_symmetry(name: str, function: PiecewiseSmooth) -> sp.Expr | None:
    if name in ("second_moment", "derivative_moment"):
        return None
    order = _order(name)
    constant = even_part_constant(function) if order % 2 == 0 else odd_part_slope(function)
    if constant is None:
        return None
    return constant if order < 2 else sp.S.Zero


def _exact_variance(name: str, function: PiecewiseSmooth) -> sp.Expr | None:
    squares = "second_moment" if name == "mu2_squared" else "derivative_moment"
    subtracted = ("mu0", "mu1") if name == "mu2_squared" else ("mu1",)
    parts = [_exact(squares, function), *(_exact(n, function) for n in subtracted)]
    if parts[0] == sp.oo:
        return sp.oo
    if None in parts:
        return sp.S.Zero if _is_linear(function) else None
    try:
        return settle(parts[0] - sum(p**2 for p in parts[1:]))
    except NoClosedForm:
        return None


def _is_linear(function: PiecewiseSmooth) -> bool:
    return even_part_constant(function) is not None and odd_part_slope(function) is not None


@lru_cache(maxsize=256)
def _has_square_integrable_derivative(function: PiecewiseSmooth) -> bool:
    return not function.jumps() and not divergence(function.derivative())


def _estimate(name: str, function: PiecewiseSmooth, digits: int, certify: bool = True) -> Estimate:
    """Quadrature of a coefficient; parts of a variance that are exact are taken exactly."""
    if name in ("mu2_squared", "kappa2"):
        squares = "second_moment" if name == "mu2_squared" else "derivative_moment"
        subtracted = ("mu0", "mu1") if name == "mu2_squared" else ("mu1",)
        with mpmath.workdps(digits + 10):
            total = _estimate(squares, function, digits, certify)
            for part in subtracted:
                total = total.minus_square(_estimate(part, function, digits, certify))
            return total
    found = _mean_of(_integrand(name, function), digits, certify)
    if not name.startswith("hermite"):
        return found
    with mpmath.workdps(digits + 10):
        return found.scaled(1 / mpmath.sqrt(mpmath.factorial(_order(name))))


@lru_cache(maxsize=1024)
def _mean_of(function: PiecewiseSmooth, digits: int, certify: bool) -> Estimate:
    return quadrature_mean(function, digits, certify)
