r"""The root of a scalar equation as a node: what has no closed form, such as a proximal point."""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp


class Root(sp.Expr):
    r"""The root x of an increasing function :math:`g(x)` between two ends.

    Derivatives follow by implicit differentiation,
    :math:`\partial_ax = -\partial_ag/\partial_xg`. Lowered to Newton's method with bisection as
    its safeguard.

    Parameters
    ----------
    equation : sympy.Expr
        :math:`g`, increasing in the variable.
    variable : sympy.Symbol
        Bound by the node.
    start : sympy.Expr
        Where the search begins.
    low, high : sympy.Expr
        Ends between which the root lies, wherever it is used (it is clipped to them against
        rounding alone); infinite ends are found by doubling.

    Examples
    --------
    >>> x, a = sp.symbols("x a", positive=True)
    >>> root = Root(x**2 - a, x, a, 0, sp.oo)
    >>> sp.simplify(root.diff(a) - 1 / (2 * root))
    0
    >>> root.subs(a, 2).evalf(15)
    1.41421356237310
    """

    is_commutative = True
    is_real = True

    def __new__(
        cls, equation: Any, variable: sp.Symbol, start: Any, low: Any = -sp.oo, high: Any = sp.oo
    ) -> Root:
        """Root of ``equation`` in ``variable``."""
        parts = map(sp.sympify, (equation, variable, start, low, high))
        return sp.Expr.__new__(cls, *parts)

    @property
    def equation(self) -> sp.Expr:
        """The increasing function."""
        return self.args[0]

    @property
    def variable(self) -> sp.Symbol:
        """The bound symbol."""
        return self.args[1]

    @property
    def slope(self) -> sp.Expr:
        """Derivative of the equation; that of a fraction as one fraction, of one sign if it is.

        Examples
        --------
        >>> x, a = sp.symbols("x a", positive=True)
        >>> Root(a * x / (1 + x) - 1, x, 0, 0, sp.oo).slope
        a/(x + 1)**2
        """
        terms = sp.Add.make_args(self.equation)
        return sp.Add(*(_slope(term, self.variable) for term in terms))

    @property
    def free_symbols(self) -> set[sp.Basic]:
        """All symbols but the bound one."""
        return super().free_symbols - {self.variable}

    @property
    def bound_symbols(self) -> list[sp.Basic]:
        """The variable."""
        return [self.variable]

    def _eval_derivative(self, symbol: sp.Symbol) -> sp.Expr:
        push = self.equation.diff(symbol)
        if push == 0:
            return sp.Integer(0)
        return -(push / self.slope).subs(self.variable, self)

    def _eval_evalf(self, prec: int) -> sp.Expr | None:
        if self.free_symbols:
            return None
        with mpmath.workprec(prec + 10):
            g = sp.lambdify(self.variable, self.equation, "mpmath")
            start, low, high = (mp_number(a, prec) for a in self.args[2:])
            return sp.Float(mp_root(g, start, low, high), precision=prec)

    def _mpmathcode(self, printer: Any) -> str:
        inside, *numbers = (printer._print(a) for a in (self.equation, *self.args[2:]))
        return f"mp_root(lambda {self.variable}: {inside}, {', '.join(numbers)})"

    _pythoncode = _mpmathcode

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        text = rf"\mathrm{{root}}_{{{printer._print(self.variable)}}}\left[" + (
            rf"{printer._print(self.equation)}\right]"
        )
        return rf"\left({text}\right)^{{{exp}}}" if exp else text


def _slope(term: sp.Expr, variable: sp.Symbol) -> sp.Expr:
    slope = term.diff(variable)
    whole = term.is_polynomial(variable) or not term.is_rational_function(variable)
    return slope if whole else sp.factor(slope)


def mp_number(value: sp.Expr, prec: int) -> Any:
    """A number or an infinity of SymPy's as mpmath's."""
    if value.is_infinite:
        return mpmath.inf if value.is_extended_positive else -mpmath.inf
    return mpmath.mpf(sp.N(value, prec))


def mp_root(g: Any, start: Any, low: Any, high: Any) -> Any:
    """Root of an increasing function in the current mpmath precision, by secants and bisection.

    Examples
    --------
    >>> round(float(mp_root(lambda x: x**3 - 2, 1, -mpmath.inf, mpmath.inf)), 12)
    1.259921049895
    """
    low, high = _bracket(g, mpmath.mpf(start), low, high)
    below, above, middle = g(low), g(high), low
    for turn in range(4 * mpmath.mp.prec):
        if below >= 0 or above <= 0 or high - low <= 2 * mpmath.eps * abs(middle):
            break
        chord = low - below * (high - low) / (above - below)
        middle = chord if turn % 3 and low < chord < high else (low + high) / 2
        value = g(middle)
        if value < 0:
            low, below = middle, value
        else:
            high, above = middle, value
    return high if abs(above) <= abs(below) else low


def _bracket(g: Any, start: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Finite ends with a change of sign, by doubling steps from the start."""
    start = min(max(start, low), high)
    if not mpmath.isfinite(low):
        step, low = max(1, abs(start)), start
        while g(low) > 0:
            low, step = low - step, 2 * step
    if not mpmath.isfinite(high):
        step, high = max(1, abs(start)), start
        while g(high) < 0:
            high, step = high + step, 2 * step
    return low, high
