r"""Numerically safe scalar functions that symbolic nodes are lowered to.

Each is a SymPy function with a derivative rule, a multi-precision value and the name of its
compiled twin in :mod:`asymp.special`. Nodes such as a resolvent moment have many equivalent
forms; the forms written in these functions are sums and products of positive terms, so that no
digit is lost at any corner.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp


class Primitive(sp.Function):
    """Base class: subclasses set ``kernel_name`` and the static method ``mp``."""

    kernel_name: str

    @staticmethod
    def mp(*args: Any) -> Any:
        """Value in the current mpmath precision."""
        raise NotImplementedError

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        values = [arg._to_mpmath(prec) for arg in self.args] if self.is_number else None
        if values is None:
            return None
        with mpmath.workprec(prec + 10):
            return sp.Float(type(self).mp(*values), precision=prec)


class central2(Primitive):
    r"""Truncated second moment :math:`\int_0^a z^2\varphi(z)\,dz`, without cancellation."""

    kernel_name = "central2"
    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Derivative: the integrand at the end point."""
        a = self.args[0]
        return a**2 * sp.exp(-(a**2) / 2) / sp.sqrt(2 * sp.pi)

    @staticmethod
    def mp(a: Any) -> Any:
        """Regularised lower incomplete gamma function of order 3/2, halved."""
        return mpmath.gammainc(mpmath.mpf(3) / 2, 0, a**2 / 2, regularized=True) / 2


class upper_tail(Primitive):
    r"""Upper tail :math:`\int_a^\infty\varphi`, for either sign of a.

    SymPy turns ``erfc(-x)`` into ``2 - erfc(x)``, which loses the digits of a small tail.
    """

    kernel_name = "upper_tail"
    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Derivative: minus the density."""
        return -sp.exp(-(self.args[0] ** 2) / 2) / sp.sqrt(2 * sp.pi)

    @staticmethod
    def mp(a: Any) -> Any:
        """By the complementary error function."""
        return mpmath.erfc(a / mpmath.sqrt(2)) / 2


class excess1(Primitive):
    r"""Mean excess :math:`\mathbb E(Z-a)_+=\varphi(a)-a\,Q(a)`, for either sign of a.

    Far out the difference is :math:`a^{-2}` of its terms.
    """

    kernel_name = "excess1"
    nargs = (1,)
    is_positive = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Derivative: minus the tail."""
        return -upper_tail(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return excess_latex(1, printer._print(self.args[0]), exp)

    @staticmethod
    def mp(a: Any) -> Any:
        """By the difference, with digits to spare."""
        if not mpmath.isfinite(a):
            return max(-a, mpmath.mpf(0))
        with mpmath.extraprec(_cancelled(a, 1)):
            value = mpmath.npdf(a) - a * upper_tail.mp(a)
        return +value


class excess2(Primitive):
    r"""Mean squared excess :math:`\mathbb E(Z-a)_+^2=(1+a^2)Q(a)-a\varphi(a)`.

    Far out the difference is :math:`2a^{-4}` of its terms.
    """

    kernel_name = "excess2"
    nargs = (1,)
    is_positive = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Derivative: minus twice the mean excess."""
        return -2 * excess1(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        return excess_latex(2, printer._print(self.args[0]), exp)

    @staticmethod
    def mp(a: Any) -> Any:
        """By the difference, with digits to spare."""
        if not mpmath.isfinite(a):
            return max(-a, mpmath.mpf(0))
        with mpmath.extraprec(_cancelled(a, 2)):
            value = (1 + a * a) * upper_tail.mp(a) - a * mpmath.npdf(a)
        return +value


def _cancelled(a: Any, k: int) -> int:
    """Bits that the difference for the k-th power of the excess loses at a, and a few."""
    return 10 + 2 * k * max(0, int(mpmath.mag(a))) if a else 10


def excess_latex(k: int, argument: str, exp: str | None = None) -> str:
    """LaTeX of the mean k-th power of the excess over the argument."""
    power = f"^{{{exp}}}" if exp else ""
    return rf"U_{{{k}}}{power}\left({argument}\right)"


class central_quantile(Primitive):
    r"""The point a with :math:`\mathbb P(|Z|<a)=p`: :math:`\sqrt2\,\mathrm{erf}^{-1}(p)`."""

    kernel_name = "central_quantile"
    nargs = (1,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Inverse of twice the normal density at the quantile."""
        return sp.sqrt(sp.pi / 2) * sp.exp(self**2 / 2)

    def _latex(self, printer: Any, exp: str = "") -> str:
        text = rf"\sqrt{{2}}\,\mathrm{{erf}}^{{-1}}\left({printer._print(self.args[0])}\right)"
        return rf"\left({text}\right)^{{{exp}}}" if exp else text

    @staticmethod
    def mp(p: Any) -> Any:
        """Inverse error function."""
        return mpmath.sqrt(2) * mpmath.erfinv(p) if p < 1 else mpmath.inf


class sigmoid(Primitive):
    r"""Logistic function :math:`1/(1+e^{-x})`, without overflow on either side."""

    kernel_name = "sigmoid"
    nargs = (1,)
    is_positive = True

    @classmethod
    def eval(cls, x: sp.Expr) -> sp.Expr | None:
        """Limits at both infinities."""
        return {sp.oo: sp.Integer(1), -sp.oo: sp.Integer(0)}.get(x)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Product of both tails."""
        return self * sigmoid(-self.args[0])

    @staticmethod
    def mp(x: Any) -> Any:
        """By the exponential that does not overflow."""
        return 1 / (1 + mpmath.exp(-x)) if x > 0 else mpmath.exp(x) / (1 + mpmath.exp(x))


class softplus(Primitive):
    r"""Softplus :math:`\log(1+e^x)`, without overflow and with full relative accuracy."""

    kernel_name = "softplus"
    nargs = (1,)
    is_positive = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The logistic function."""
        return sigmoid(self.args[0])

    @staticmethod
    def mp(x: Any) -> Any:
        """By the logarithm that does not cancel."""
        return mpmath.log1p(mpmath.exp(-abs(x))) + max(x, 0)


class weight_gap(Primitive):
    r"""What a weight :math:`w=(1+p)e^{-b}` adds to a divergence: :math:`w-1-\log w\ge0`.

    Relatively exact near :math:`w=1`, where it is of second order, and for weights of any size.
    """

    kernel_name = "weight_gap"
    nargs = (2,)
    is_nonnegative = True

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Slopes, which vanish where the weight is one."""
        pull, depth = self.args
        weight = (1 + pull) * sp.exp(-depth)
        return (weight - 1) / (1 + pull) if argindex == 1 else 1 - weight

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        pull, depth = map(printer._print, self.args)
        weight = rf"\left(1+{pull}\right)e^{{-{depth}}}"
        text = rf"\left({weight}-1-\log\left[{weight}\right]\right)"
        return f"{text}^{{{exp}}}" if exp else text

    @staticmethod
    def mp(pull: Any, depth: Any) -> Any:
        """By the exponential of the logarithm, with digits to spare."""
        with mpmath.workprec(3 * mpmath.mp.prec):
            log = mpmath.log1p(pull) - depth
            value = mpmath.expm1(log) - log
        return +value


def without_overflow(expression: sp.Expr) -> sp.Expr:
    """Softplus and logistic functions in place of exponentials that overflow.

    Examples
    --------
    >>> x = sp.Symbol("x", real=True)
    >>> without_overflow(sp.log(1 + sp.exp(-x))), without_overflow(1 / (1 + sp.exp(x)))
    (softplus(-x), sigmoid(-x))
    """
    inner = sp.Wild("inner")
    soft = expression.replace(sp.log(1 + sp.exp(inner)), lambda inner: softplus(inner))
    return soft.replace(1 / (1 + sp.exp(inner)), lambda inner: sigmoid(-inner))


def _from_the_right(x: Any) -> Any:
    """The argument, or a tiny one in place of zero, where the value is a limit."""
    return x if x else mpmath.mpf("1e-300")


def _discriminant(x: Any, ratio: Any) -> Any:
    return mpmath.sqrt((x + 1 - ratio) ** 2 + 4 * ratio * x)


class mp_full(Primitive):
    r"""Marchenko-Pastur average :math:`D(x) = \int t/(t+x)\,d\mu(t)`.

    The smaller root of :math:`\psi D^2 - (1+\psi+x) D + 1 = 0`; :math:`D(0)=\min(1,1/\psi)`.
    """

    kernel_name = "mp_full"
    nargs = (2,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        r"""Implicit differentiation of the quadratic, written with positive terms.

        With :math:`\Delta=s+\tilde sD`: :math:`\partial_xD=-D^2/\Delta` and
        :math:`\partial_\psi D=-D^2s/\Delta`.

        Examples
        --------
        >>> psi = sp.Symbol("psi", positive=True)
        >>> float(mp_full(1, psi).diff(psi).subs(psi, 2).evalf())  # D(1) = 1 - 1/sqrt 2
        -0.07322330470336312
        """
        x, ratio = self.args
        full, empty, dual = self, mp_empty(x, ratio), mp_dual_empty(x, ratio)
        slope = -(full**2) / (empty + dual * full)
        return slope if argindex == 1 else slope * empty

    @staticmethod
    def mp(x: Any, ratio: Any) -> Any:
        """Stable root."""
        x = _from_the_right(x)
        return 2 / (x + 1 + ratio + _discriminant(x, ratio))


class mp_empty(Primitive):
    r"""Marchenko-Pastur average :math:`s(x) = \int x/(t+x)\,d\mu(t) = 1 - D(x)`, stable.

    The positive root of :math:`\psi s^2 + (x+1-\psi)s - x = 0`; :math:`s(0)=\max(0,1-1/\psi)`.
    """

    kernel_name = "mp_empty"
    nargs = (2,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """Opposite of the derivative of :class:`mp_full`."""
        return -mp_full(*self.args).fdiff(argindex)

    @staticmethod
    def mp(x: Any, ratio: Any) -> Any:
        """Stable root, chosen by the sign of the linear coefficient."""
        x = _from_the_right(x)
        b, root = x + 1 - ratio, _discriminant(x, ratio)
        return 2 * x / (b + root) if b > 0 else (root - b) / (2 * ratio)


class mp_dual_empty(Primitive):
    r"""The same for the dual law (of :math:`W^\top W`): :math:`\tilde s(x) = 1 - \psi D(x)`.

    The positive root of :math:`\tilde s^2 + (x+\psi-1)\tilde s - x = 0`;
    :math:`\tilde s(0)=\max(0,1-\psi)`.
    """

    kernel_name = "mp_dual_empty"
    nargs = (2,)

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        r"""Derivative of :math:`1-\psi D`; in the ratio :math:`-D\tilde s/\Delta`."""
        x, ratio = self.args
        full, empty = mp_full(x, ratio), mp_empty(x, ratio)
        if argindex == 1:
            return -ratio * full.fdiff(1)
        return -full * self / (empty + self * full)

    @staticmethod
    def mp(x: Any, ratio: Any) -> Any:
        """Stable root, chosen by the sign of the linear coefficient."""
        x = _from_the_right(x)
        b, root = x + ratio - 1, _discriminant(x, ratio)
        return 2 * x / (b + root) if b > 0 else (root - b) / 2
