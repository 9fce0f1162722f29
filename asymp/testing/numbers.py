"""Numbers by name: evaluating claims' expressions at a point."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from asymp.claims import Numbers, Predicate, expression
from asymp.errors import InvalidParameter


@lru_cache(maxsize=1024)
def compiled(value: sp.Basic) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """Names that an expression uses, and the function of their floats."""
    symbols = sorted(value.free_symbols, key=lambda s: s.name)
    function = sp.lambdify(symbols, value, modules=["math"])
    return tuple(s.name for s in symbols), function


def evaluate(value: Any, numbers: Numbers) -> float:
    """Value of an expression in names.

    Raises
    ------
    InvalidParameter
        If it uses a name that is not among the numbers.

    Examples
    --------
    >>> evaluate("eps_max*(1 - h)", {"eps_max": 2.0, "h": 0.25})
    1.5
    """
    if isinstance(value, float | int):
        return float(value)
    return float(_call(expression(value), numbers))


def holds(condition: Predicate | None, numbers: Numbers) -> bool:
    """Whether a condition in names, or a predicate, holds; None always does.

    Examples
    --------
    >>> holds("(a > 1) & (b < 1)", {"a": 2.0, "b": 0.5})
    True
    """
    if condition is None:
        return True
    if callable(condition) and not isinstance(condition, sp.Basic):
        return bool(condition(numbers))
    return bool(_call(expression(condition), numbers))


def _call(value: sp.Basic, numbers: Numbers) -> Any:
    names, function = compiled(value)
    missing = [n for n in names if n not in numbers]
    if missing:
        raise InvalidParameter(
            f"{value} uses {missing[0]!r}, which is unknown here; known are: {', '.join(numbers)}"
        )
    try:
        return function(*(numbers[n] for n in names))
    except (ZeroDivisionError, OverflowError, ValueError):
        return math.nan


def told(point: Mapping[str, float]) -> str:
    """Write a point for a reader, with enough digits to repeat it."""
    return ", ".join(f"{name}={value:.10g}" for name, value in point.items())
