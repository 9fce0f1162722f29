"""The rule's entry, one implementation for each kind of features; and the ridge's matrix."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.problem.penalty import Ridge
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import Step


@singledispatch
def equivalent(features: Any, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Gaussian model of a kind of features; register an implementation for a new kind."""
    raise NotDerivable(
        f"no Gaussian equivalent is known for features of type {type(features).__name__}; "
        "register one with asymp.reductions.gaussian_equivalence.equivalent"
    )


def ridge_matrix(penalty: Any, covariance: sp.Expr, gradient: sp.Expr | None) -> sp.Expr:
    r"""Matrix :math:`R(t)` of the ridge in the commuting family; zero for other penalties.

    Raises
    ------
    NotDerivable
        If the metric is an expression of anything but the eigenvalue, not affine in it, or
        negative somewhere.
    """
    if not isinstance(penalty, Ridge):
        return sp.Integer(0)
    if isinstance(penalty.metric, str):
        named = {"identity": sp.Integer(1), "covariance": covariance, "gradient": gradient}
        found = named[penalty.metric]
        assert found is not None, "a rule refuses the gradient metric where there is no gradient"
        return found
    matrix = sp.sympify(penalty.metric)
    strange = sorted(map(str, matrix.free_symbols - {EIGENVALUE}))
    if strange:
        raise NotDerivable(
            f"ridge metric {matrix} has symbols {strange}: it must be affine in asymp.EIGENVALUE "
            "with numbers as coefficients"
        )
    return _affine(matrix)


def _affine(matrix: sp.Expr) -> sp.Expr:
    if not matrix.is_polynomial(EIGENVALUE) or sp.degree(matrix, EIGENVALUE) > 1:
        raise NotDerivable(
            f"ridge metric {matrix} is not affine in the eigenvalue t: averages over the spectrum "
            "have one resolvent pole only"
        )
    parts = sp.Poly(matrix, EIGENVALUE).all_coeffs()
    if any(not part.is_nonnegative for part in parts) or matrix == 0:
        raise NotDerivable(
            f"ridge metric {matrix} is not positive semidefinite for every spectrum: give "
            "coefficients that are not negative, and not all zero"
        )
    return sp.expand(matrix)
