r"""Moments of the excess of a standard Gaussian over a threshold.

.. math:: U_k(a) = \mathbb E\big[(Z-a)_+^k\big] = \int_a^\infty (z-a)^k\varphi(z)\,dz .

The average of a piece that vanishes at its finite end and runs to infinity is small where that end
is far out; its truncated moments about the mean, and the coefficients that multiply them, are not,
and cancel. Expanded about the end it is a sum in :math:`U_1` and :math:`U_2` instead.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError

from asymp.calculus.primitives import excess1, excess2, excess_latex
from asymp.calculus.truncated_moment import TailMoment, TruncatedMoment, gaussian_density

ORDERS = (1, 2)


class ExcessMoment(TruncatedMoment):
    r""":math:`U_k(a) = \mathbb E[(Z-a)_+^k]` for k = 1 and 2; for k = 0 it is a tail.

    Examples
    --------
    >>> a = sp.Symbol("a", positive=True)
    >>> ExcessMoment(2, a).diff(a, 2)
    2*TailMoment(0, a)
    >>> ExcessMoment(1, 0), ExcessMoment(2, 0), ExcessMoment(2, sp.oo)
    (sqrt(2)/(2*sqrt(pi)), 1/2, 0)
    """

    @classmethod
    def eval(cls, k: sp.Expr, a: sp.Expr) -> sp.Expr | None:
        """Order zero, and thresholds at zero and at both infinities."""
        if k.is_zero:
            return TailMoment(k, a)
        if k not in ORDERS:
            raise ValueError(f"the order of an excess moment is 0, 1 or 2, not {k}")
        if a is -sp.oo:
            return sp.oo
        return TailMoment(k, a) if a is sp.oo or a.is_zero else None

    def fdiff(self, argindex: int = 2) -> sp.Expr:
        r"""Derivative in the threshold, :math:`U_k'=-kU_{k-1}`."""
        if argindex != 2:
            raise ArgumentIndexError(self, argindex)
        k, a = self.args
        return -k * ExcessMoment(k - 1, a)

    def rewrite_elementary(self) -> sp.Expr:
        """The difference of terms in erfc and exp that a paper would print."""
        k, a = self.args
        tail = TailMoment(sp.Integer(0), a).rewrite_elementary()
        if k == 1:
            return gaussian_density(a) - a * tail
        return (1 + a**2) * tail - a * gaussian_density(a)

    def numeric_form(self) -> sp.Expr:
        """The primitive, which does not cancel."""
        k, a = self.args
        return (excess1 if k == 1 else excess2)(a)

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        return self.numeric_form()._eval_evalf(prec) if self.is_number else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        k, a = self.args
        return excess_latex(int(k), printer._print(a), exp)


def excess_average(
    value: sp.Expr,
    variable: sp.Symbol,
    low: sp.Expr,
    high: sp.Expr,
    mean: sp.Expr,
    deviation: sp.Expr,
) -> sp.Expr | None:
    r"""Gaussian average of a polynomial on a half-line at whose end it vanishes.

    .. math:: \mathbb E\Big[\sum_kc_k(\omega-b)_+^k\Big]
              = \sum_kc_ks^k\,U_k\Big(\frac{b-\bar\omega}s\Big),\qquad
              \omega\sim N(\bar\omega,s^2).

    Parameters
    ----------
    value : sympy.Expr
        Polynomial in ``variable``.
    variable : sympy.Symbol
    low, high : sympy.Expr
        Ends of the interval.
    mean, deviation : sympy.Expr

    Returns
    -------
    sympy.Expr or None
        None where the interval is no half-line, the polynomial does not vanish at its end, or is
        of higher degree than two.

    Examples
    --------
    >>> x, b = sp.symbols("x b", positive=True)
    >>> excess_average((x - b)**2, x, b, sp.oo, 0, 1)
    ExcessMoment(2, b)
    >>> excess_average(x**2, x, b, sp.oo, 0, 1) is None
    True
    """
    up, down = high is sp.oo, low is -sp.oo
    if up is down:
        return None
    end, side = (low, 1) if up else (high, -1)
    if not value.has(variable) or sp.degree(value, variable) not in ORDERS:
        return None
    if sp.cancel(value.subs(variable, end)) != 0:
        return None
    coefficients = (value.diff(variable).subs(variable, end), value.diff(variable, 2) / 2)
    threshold = side * (end - mean) / deviation
    return sp.Add(
        *(
            sp.factor(c) * (side * deviation) ** k * ExcessMoment(k, threshold)
            for k, c in zip(ORDERS, coefficients, strict=True)
        )
    )
