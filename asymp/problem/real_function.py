"""Functions that a user gives: real numbers at real arguments, and nothing undefined inside."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from sympy.core.function import AppliedUndef

from asymp.errors import InvalidProblem
from asymp.symbols import Parameter

SAMPLES = tuple(map(sp.Float, (-7.3, -2.1, -0.6, 0.0, 0.4, 1.7, 5.9)))


def require_real(
    what: str, expression: sp.Expr, variable: sp.Symbol, parameters: Iterable[Parameter]
) -> None:
    """Refuse a function that is undefined, or not a real number at one of a few arguments.

    Infinite values are admitted: a loss may forbid a margin.

    Parameters
    ----------
    what : str
        What it is called, e.g. ``"loss"``.
    expression : sympy.Expr
    variable : sympy.Symbol
    parameters : iterable of Parameter
        Tried at their default, else at one half.

    Raises
    ------
    InvalidProblem

    Examples
    --------
    >>> r = sp.Symbol("r", real=True)
    >>> require_real("loss", sp.log(r), r, ())
    Traceback (most recent call last):
        ...
    asymp.errors.InvalidProblem: loss log(r) is 1.988 + 3.142*I at r = -7.3: it must be real
    """
    unknown = sorted(str(f.func) for f in expression.atoms(AppliedUndef))
    if unknown:
        raise InvalidProblem(f"{what} {expression} calls the undefined function {unknown[0]}")
    at = {
        p.symbol: sp.Float(0.5) if p.default is None else sp.Float(p.default)
        for p in parameters
        if not isinstance(p.default, str)
    }
    for x in SAMPLES:
        value = sp.N(expression.subs(at).subs(variable, x))
        # A parameter that follows another stays a symbol, and proves nothing.
        if value.is_number and (value is sp.nan or not value.is_extended_real):
            shown = f"{value.n(4)} at {variable} = {float(x):g}"
            raise InvalidProblem(f"{what} {expression} is {shown}: it must be real")
