"""Gaussian coefficients of an activation as letters with values, shared by all input laws."""

from __future__ import annotations

import sympy as sp

from asymp.calculus.hermite.coefficients import GaussianCoefficients, verify
from asymp.errors import NotDerivable
from asymp.reductions.constants import Constant
from asymp.reductions.statements import RobustProblem
from asymp.reductions.step import CheckResult, Outcome
from asymp.symbols import POSITIVE, letter

MU1, MU2, KAPPA2 = (letter(name, POSITIVE) for name in ("mu1", "mu2", "kappa2"))


def mean_of(found: GaussianCoefficients) -> sp.Expr:
    r"""Feature mean :math:`\mu_0`, exact where it is known."""
    return found.mu0.exact if found.mu0.exact is not None else sp.Float(found.mu0.value)


def require_symmetry(robust: RobustProblem, found: GaussianCoefficients, name: str) -> None:
    """A feature mean is a free intercept: harmless where symmetry makes the best one zero.

    That is so for even losses of a regression, and for every loss of the margin as long as both
    labels are alike; elsewhere the problem itself must train an intercept.
    """
    problem = robust.problem
    symmetric = problem.loss.is_even or (problem.is_binary and not problem.is_mixture)
    if found.mu0.exact == 0 or symmetric or problem.intercept:
        return
    raise NotDerivable(
        f"activation {name!r} has mean mu0 = {found.mu0.value:.3g}, which gives the model a free "
        f"intercept, and neither the loss {problem.loss.expression} nor the label law is "
        "symmetric: state the problem with intercept=True, or subtract the mean"
    )


def letters_of(found: GaussianCoefficients) -> tuple[sp.Expr, sp.Expr, sp.Expr | None]:
    """Symbols of the coefficients; exact zeros are substituted so that corners are symbolic."""
    zero = sp.Integer(0)
    mu1 = zero if found.mu1.exact == 0 else MU1
    mu2 = zero if found.mu2_squared.exact == 0 else MU2
    if found.kappa2.exact is sp.oo:
        return mu1, mu2, None
    return mu1, mu2, zero if found.kappa2.exact == 0 else KAPPA2


def constants_of(found: GaussianCoefficients) -> dict[sp.Symbol, Constant]:
    """Letters with their values."""
    sources = (found.mu1, found.mu2_squared, found.kappa2)
    return {
        symbol: Constant(symbol, coefficient, is_root=symbol == MU2)
        for symbol, coefficient in zip(letters_of(found), sources, strict=True)
        if isinstance(symbol, sp.Symbol)
    }


def check_coefficients(found: GaussianCoefficients) -> CheckResult:
    """Coefficients against quadrature that shares nothing with them."""
    gap = verify(found)
    how = f"coefficients against independent quadrature, deviation {gap:.1e}"
    if gap <= 1e-12:  # the quadrature's own accuracy
        return CheckResult(Outcome.VERIFIED, how)
    return CheckResult(Outcome.FALSE, how, str(found))
