r"""Moments of an activation by name: exact where possible, else to a wanted accuracy.

The names are ``mu0``, ``mu1``, ``second_moment``, ``derivative_moment``, ``hermite_k`` for
Gaussian means, and ``mu2_squared``, ``kappa2`` for the variances made of them.
"""

from __future__ import annotations

from functools import lru_cache

import mpmath
import sympy as sp

from asymp.calculus.hermite.closed_form import gaussian_mean, settle
from asymp.calculus.hermite.family import NoClosedForm
from asymp.calculus.hermite.integrable import divergence
from asymp.calculus.hermite.pieces import PiecewiseSmooth
from asymp.calculus.hermite.quadrature import Estimate, quadrature_mean
from asymp.calculus.hermite.symmetry import even_part_constant, is_affine, odd_part_slope
from asymp.errors import InvalidProblem

# Digits tried in turn until a value has the wanted relative accuracy. An error that starts
# above _ROUGH is not a matter of digits; a value known no better than _HOPELESS is refused.
_LADDER = (40, 60, 90)
_WANTED, _ROUGH, _HOPELESS = 1e-16, 1e-20, 1e-8


@lru_cache(maxsize=1024)
def exact_moment(name: str, function: PiecewiseSmooth) -> sp.Expr | None:
    """Find the closed form or the value that a symmetry fixes; ``oo`` if infinite, else None."""
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
    parts = [exact_moment(squares, function), *(exact_moment(n, function) for n in subtracted)]
    if parts[0] == sp.oo:
        return sp.oo
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return sp.S.Zero if is_affine(function) else None
    try:
        return settle(known[0] - sum(p**2 for p in known[1:]))
    except NoClosedForm:
        return None


@lru_cache(maxsize=256)
def _has_square_integrable_derivative(function: PiecewiseSmooth) -> bool:
    return not function.jumps() and not divergence(function.derivative())


def accurate_moment(name: str, function: PiecewiseSmooth) -> Estimate:
    """Estimate to a relative accuracy of 1e-16 (absolute 1e-90 around zero).

    Raises
    ------
    InvalidProblem
        If the activation varies too fast for quadrature.
    """
    found = Estimate(mpmath.mpf(0), mpmath.inf)
    for digits in _LADDER:
        found = estimated_moment(name, function, digits)
        if found.error <= _WANTED * abs(found.value) or found.error > _ROUGH:
            break
    if found.error > _ROUGH and found.error > _HOPELESS * abs(found.value):
        raise InvalidProblem(
            f"activation {function.as_expression()}: {name} = {float(found.value):.6g} could only "
            f"be computed to +-{float(found.error):.1g}; it varies too fast for quadrature"
        )
    return found


def estimated_moment(
    name: str, function: PiecewiseSmooth, digits: int, certify: bool = True
) -> Estimate:
    """Quadrature of a coefficient; parts of a variance that are exact are taken exactly."""
    if name in ("mu2_squared", "kappa2"):
        squares = "second_moment" if name == "mu2_squared" else "derivative_moment"
        subtracted = ("mu0", "mu1") if name == "mu2_squared" else ("mu1",)
        with mpmath.workdps(digits + 10):
            total = estimated_moment(squares, function, digits, certify)
            for part in subtracted:
                total = total.minus_square(estimated_moment(part, function, digits, certify))
            return total
    found = _mean_of(_integrand(name, function), digits, certify)
    if not name.startswith("hermite"):
        return found
    with mpmath.workdps(digits + 10):
        return found.scaled(1 / mpmath.sqrt(mpmath.factorial(_order(name))))


@lru_cache(maxsize=1024)
def _mean_of(function: PiecewiseSmooth, digits: int, certify: bool) -> Estimate:
    return quadrature_mean(function, digits, certify)


def _integrand(name: str, function: PiecewiseSmooth) -> PiecewiseSmooth:
    """Build the function whose Gaussian mean the moment is (up to Hermite normalisation)."""
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
