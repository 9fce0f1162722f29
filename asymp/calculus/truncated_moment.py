r"""Truncated moments of a standard Gaussian: what averages of piecewise polynomials are made of.

.. math:: C_k(a) = \int_0^a z^k\varphi(z)\,dz, \qquad T_k(a) = \int_a^\infty z^k\varphi(z)\,dz.
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.core.function import ArgumentIndexError

from asymp.calculus.primitives import central2, upper_tail


def gaussian_density(z: sp.Expr) -> sp.Expr:
    """Density of the standard Gaussian."""
    return sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)


class TruncatedMoment(sp.Function):
    """Common part of the nodes: arguments ``(k, a)``, k a non-negative integer."""

    nargs = (2,)
    is_real = True
    _letter: str
    _sign: int

    def fdiff(self, argindex: int = 2) -> sp.Expr:
        """Derivative in the truncation point: plus or minus the integrand."""
        if argindex != 2:
            raise ArgumentIndexError(self, argindex)
        k, a = self.args
        return self._sign * a**k * gaussian_density(a)

    def numeric_form(self) -> sp.Expr:
        """Equivalent expression without cancellation, in erf, erfc, exp and primitives."""
        raise NotImplementedError

    def rewrite_elementary(self) -> sp.Expr:
        """Equivalent expression in erf, erfc and exp, as a paper would print it."""
        raise NotImplementedError

    def _eval_rewrite_as_erf(self, *args: Any, **kwargs: Any) -> sp.Expr:
        return self.rewrite_elementary()

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        return self.rewrite_elementary()._eval_evalf(prec + 20) if self.is_number else None

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        k, a = (printer._print(arg) for arg in self.args)
        power = f"^{{{exp}}}" if exp else ""
        return rf"{self._letter}_{{{k}}}{power}\left({a}\right)"


class CentralMoment(TruncatedMoment):
    r""":math:`C_k(a) = \mathbb E[Z^k;\,0<Z<a]`, :math:`a \ge 0`.

    Examples
    --------
    >>> a = sp.Symbol("a", positive=True)
    >>> CentralMoment(0, a).rewrite_elementary()
    erf(sqrt(2)*a/2)/2
    >>> CentralMoment(2, a).diff(a)
    sqrt(2)*a**2*exp(-a**2/2)/(2*sqrt(pi))
    """

    _letter = "C"
    _sign = 1

    @classmethod
    def eval(cls, k: sp.Expr, a: sp.Expr) -> sp.Expr | None:
        """Whole half-line and empty interval."""
        if a is sp.oo:
            return TailMoment(k, sp.Integer(0))
        return sp.Integer(0) if a.is_zero else None

    def rewrite_elementary(self) -> sp.Expr:
        r"""Recursion :math:`C_k = (k-1)C_{k-2} - a^{k-1}\\varphi(a)` down to erf and exp."""
        k, a = int(self.args[0]), self.args[1]
        if k == 0:
            return sp.erf(a / sp.sqrt(2)) / 2
        if k == 1:
            return gaussian_density(sp.Integer(0)) - gaussian_density(a)
        lower = CentralMoment(sp.Integer(k - 2), a).rewrite_elementary()
        return (k - 1) * lower - a ** (k - 1) * gaussian_density(a)

    def numeric_form(self) -> sp.Expr:
        """As elementary, with the cancelling second moment as a primitive."""
        k, a = int(self.args[0]), self.args[1]
        if k < 2:
            return self.rewrite_elementary()
        if k == 2:
            return central2(a)
        lower = CentralMoment(sp.Integer(k - 2), a).numeric_form()
        return (k - 1) * lower - a ** (k - 1) * gaussian_density(a)


class TailMoment(TruncatedMoment):
    r""":math:`T_k(a) = \mathbb E[Z^k;\,Z>a]`.

    Examples
    --------
    >>> a = sp.Symbol("a", positive=True)
    >>> TailMoment(1, a).rewrite_elementary()
    sqrt(2)*exp(-a**2/2)/(2*sqrt(pi))
    """

    _letter = "T"
    _sign = -1

    @classmethod
    def eval(cls, k: sp.Expr, a: sp.Expr) -> sp.Expr | None:
        """Moments of the whole half-line are numbers; beyond infinity there is nothing."""
        if a is sp.oo:
            return sp.Integer(0)
        if a.is_zero:
            k = int(k)
            return sp.sqrt(2) ** (k - 1) * sp.gamma(sp.Rational(k + 1, 2)) / sp.sqrt(2 * sp.pi)
        return None

    def rewrite_elementary(self) -> sp.Expr:
        r"""Recursion :math:`T_k = (k-1)T_{k-2} + a^{k-1}\\varphi(a)`: positive for a > 0."""
        k, a = int(self.args[0]), self.args[1]
        if k == 0:
            return sp.erfc(a / sp.sqrt(2)) / 2
        if k == 1:
            return gaussian_density(a)
        lower = TailMoment(sp.Integer(k - 2), a).rewrite_elementary()
        return (k - 1) * lower + a ** (k - 1) * gaussian_density(a)

    def numeric_form(self) -> sp.Expr:
        """The elementary form; where SymPy would turn the tail around, as a primitive."""
        k, a = int(self.args[0]), self.args[1]
        if not a.could_extract_minus_sign() or k == 1:
            return self.rewrite_elementary()
        if k == 0:
            return upper_tail(a)
        lower = TailMoment(sp.Integer(k - 2), a).numeric_form()
        return (k - 1) * lower + a ** (k - 1) * gaussian_density(a)


def interval_moment(k: int, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    r"""Moment :math:`\mathbb E[Z^k;\, low<Z<high]` in the two nodes above."""
    power = sp.Integer(k)
    if low is -sp.oo and high is sp.oo:
        return (1 + (-1) ** k) * TailMoment(power, sp.Integer(0))
    if low is -sp.oo:
        return (-1) ** k * interval_moment(k, -high, sp.oo)
    if low.is_zero:
        return CentralMoment(power, high)
    if high.is_zero:
        return (-1) ** k * CentralMoment(power, -low)
    if high is sp.oo and low.is_nonnegative:
        return TailMoment(power, low)
    if sp.expand(low + high) == 0:
        return (1 + (-1) ** k) * CentralMoment(power, high)
    return TailMoment(power, low) - TailMoment(power, high)
