r"""Integrals over one panel as nodes: Gaussian averages without a closed form.

.. math:: \int_a^b f(x)\,dx.

Lowered to the double-exponential rule on the panel, which resolves a feature at either end on
every scale; kinks therefore belong at ends. Tails are cut where the weight has no digit left.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.implicit_root import mp_number

REACH = 9.0  # half-widths kept of an infinite panel: exp(-81/2) is below 1e-17


class Panel(sp.Expr):
    r"""The integral of a smooth integrand over a panel; differentiated by Leibniz' rule.

    Parameters
    ----------
    integrand : sympy.Expr
    variable : sympy.Symbol
        Bound by the node.
    low, high : sympy.Expr
        Ends, possibly infinite.
    centre, width : sympy.Expr
        Where the weight in the integrand sits, and its standard deviation: the panel is cut to
        nine widths around the centre.
    cuts : expressions
        Points, in any order, near which the integrand changes on a small scale.

    Examples
    --------
    >>> x, a = sp.symbols("x a", positive=True)
    >>> node = Panel(sp.exp(-(x**2)), x, a, sp.oo, 0, 1)
    >>> node.diff(a)
    -exp(-a**2)
    >>> abs(node.subs(a, 1).evalf(15) - (sp.sqrt(sp.pi) / 2 * sp.erfc(1)).evalf(15)) < 1e-13
    True
    """

    is_commutative = True
    is_real = True

    def __new__(
        cls,
        integrand: Any,
        variable: sp.Symbol,
        low: Any,
        high: Any,
        centre: Any,
        width: Any,
        *cuts: Any,
    ) -> Panel:
        """Integral of ``integrand`` over ``variable``."""
        integrand = sp.sympify(integrand)
        if integrand == 0:
            return sp.Integer(0)
        return sp.Expr.__new__(
            cls, integrand, variable, *map(sp.sympify, (low, high, centre, width, *cuts))
        )

    @property
    def integrand(self) -> sp.Expr:
        """The integrated function."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """The bound symbol."""
        return self.args[1]

    @property
    def frame(self) -> tuple[sp.Basic, ...]:
        """Variable, ends, centre, width and cuts: panels that share it share their nodes."""
        return self.args[1:]

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the bound one."""
        return super().free_symbols - {self.variable}

    @property
    def bound_symbols(self) -> list[sp.Basic]:
        """The variable."""
        return [self.variable]

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        variable, low, high = self.frame[:3]
        total = PanelSlope(self.integrand.diff(symbol), *self.frame)
        for end, sign in ((high, 1), (low, -1)):
            slope = end.diff(symbol) if end.is_finite is not False else sp.Integer(0)
            if slope != 0:
                total += sign * slope * self.integrand.subs(variable, end)
        return total

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols:
            return None
        with mpmath.workprec(prec + 10):
            f = sp.lambdify(self.variable, self.integrand, "mpmath")
            numbers = [mp_number(a, prec) for a in self.args[2:]]
            return sp.Float(mp_panel(f, *numbers), precision=prec)

    def _mpmathcode(self, printer: Any) -> str:
        inside, *numbers = (printer._print(a) for a in (self.integrand, *self.args[2:]))
        return f"mp_panel(lambda {self.variable}: {inside}, {', '.join(numbers)})"

    _pythoncode = _mpmathcode

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        low, high = (printer._print(end) for end in self.args[2:4])
        text = rf"\int_{{{low}}}^{{{high}}} {printer._print(self.integrand)}\,d" + printer._print(
            self.variable
        )
        return rf"\left({text}\right)^{{{exp}}}" if exp else text


class PanelSlope(Panel):
    """Integral that is a panel's derivative: it takes the panel's nodes as they are.

    The nodes are chosen for the panels themselves; a Jacobian need not be known to all digits.
    """


class CoarsePanel(Panel):
    """The same integral by the coarser rule within the rule: the error estimate's other side."""


def mp_panel(f: Any, low: Any, high: Any, centre: Any, width: Any, *cuts: Any) -> Any:
    """Integral in the current mpmath precision, by panels of three widths between the cuts."""
    reach = mpmath.sqrt(2 * mpmath.mp.prec * mpmath.log(2)) + 2
    low, high = max(low, centre - reach * width), min(high, centre + reach * width)
    if not low < high:
        return mpmath.mpf(0)
    inner = [centre + k * width for k in range(-int(reach), int(reach) + 1, 3)]
    points = sorted({x for x in (*inner, *cuts) if low < x < high})
    return mpmath.quad(f, [low, *points, high])
