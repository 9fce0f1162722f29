r"""Matrices R of a ridge :math:`\frac\zeta2\theta^\top R\theta` at finite size."""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.problem.penalty import Ridge
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw


def ridge_metric(penalty: Ridge, draw: Draw) -> Array | None:
    """Matrix R; None for the identity.

    Raises
    ------
    NotDerivable
        If an expression of the eigenvalue is not affine in it.
    """
    if penalty.metric == "identity":
        return None
    if penalty.metric == "gradient":
        return draw.metric
    if penalty.metric == "covariance":
        return draw.covariance
    polynomial = sp.Poly(penalty.metric, EIGENVALUE)
    if polynomial.degree() > 1:
        raise NotDerivable(f"ridge metric {penalty.metric} is not affine in {EIGENVALUE}")
    constant, linear = (float(polynomial.coeff_monomial(EIGENVALUE**k)) for k in (0, 1))
    return np.asarray(constant * np.eye(len(draw.family)) + linear * draw.family)
