"""Numbers from printed expressions: letters are matched by name, at any precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import mpmath
import sympy as sp

from asymp.errors import InvalidParameter

DIGITS = 30
"""Working precision of the slow paths: audits compare to 1e-8, the rest is for cancellation."""


def letters_of(*expressions: Any) -> tuple[sp.Symbol, ...]:
    """Free symbols of the expressions, in the order of their names."""
    found: set[sp.Symbol] = set().union(*(sp.sympify(e).free_symbols for e in expressions))
    return tuple(sorted(found, key=lambda s: str(s.name)))


@lru_cache(maxsize=1024)
def compiled(expression: sp.Expr, backend: str = "mpmath") -> tuple[tuple[str, ...], Any]:
    """Names of the expression's letters, and a function of them in that order."""
    symbols = letters_of(expression)
    function = sp.lambdify(symbols, expression, backend, cse=True)
    return tuple(s.name for s in symbols), function


def number(expression: Any, values: Mapping[str, Any], digits: int = DIGITS) -> Any:
    """Value of an expression at the named values, to ``digits`` decimal digits.

    Parameters
    ----------
    expression : sympy.Expr or number
    values : mapping of str to number
        One value for each letter of the expression, by its name.
    digits : int
        Working precision.

    Returns
    -------
    mpmath.mpf or mpmath.mpc

    Raises
    ------
    InvalidParameter
        If a letter of the expression has no value.

    Examples
    --------
    >>> float(number(sp.Symbol("a") ** 2 / 4, {"a": 6}))
    9.0
    """
    with mpmath.workdps(digits):
        return mpmath.mpmathify(_called(expression, values))


def holds(condition: Any, values: Mapping[str, Any]) -> bool:
    """Whether a symbolic condition is true at the named values."""
    return bool(_called(condition, values))


def _called(expression: Any, values: Mapping[str, Any]) -> Any:
    names, function = compiled(sp.sympify(expression))
    missing = [name for name in names if name not in values]
    if missing:
        raise InvalidParameter(
            f"printed form needs {missing[0]!r}, which has no value; given are {sorted(values)}"
        )
    return function(*(mpmath.mpmathify(values[name]) for name in names))


def vector_function(
    symbols: tuple[sp.Symbol, ...], expressions: Any, backend: str
) -> Callable[..., Any]:
    """Compiled function of the symbols, in their order."""
    function: Callable[..., Any] = sp.lambdify(symbols, expressions, backend, cse=True)
    return function
