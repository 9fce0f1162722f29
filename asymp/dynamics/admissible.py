"""Sizes and numbers that a user gives: what they must be, said in one line when they are not."""

from __future__ import annotations

from typing import Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.symbols.interval import Domain, Interval, contained, interval_text

POSITIVE = Domain(0.0, float("inf"), left_open=True, right_open=True)
NONNEGATIVE = Domain(0.0, float("inf"), left_open=False, right_open=True)
BETWEEN = Domain(0.0, 1.0, left_open=True, right_open=True)


def whole(name: str, value: Any, least: int = 1, advice: str = "give an integer") -> int:
    """Integer of at least ``least``, or a refusal.

    Examples
    --------
    >>> whole("steps", 3)
    3
    >>> whole("steps", 2.5)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: steps = 2.5 is not in {1, 2, ...}; give an integer
    """
    kind = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not kind or value < least:
        raise InvalidParameter(
            f"{name} = {shown(value)} is not in {{{least}, {least + 1}, ...}}; {advice}"
        )
    return int(value)


def number(name: str, value: Any, domain: Interval, advice: str = "give a number") -> float:
    """Finite number of an interval, or a refusal.

    Examples
    --------
    >>> number("scale", "a", POSITIVE)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: scale = 'a' is not in (0, inf); give a number
    """
    found = _real(value)
    if not (np.isfinite(found) and contained(np.asarray(found), domain).all()):
        raise InvalidParameter(
            f"{name} = {shown(value)} is not in {interval_text(domain)}; {advice}"
        )
    return found


def finite_array(name: str, value: Any, shape: str) -> Any:
    """Array of finite numbers, or a refusal that says which shape to give."""
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InvalidParameter(
            f"{name} = {value!r} is not an array of numbers; give one of shape {shape}"
        ) from None
    if not np.isfinite(found).all():
        bad = found[~np.isfinite(found)].ravel()[0]
        raise InvalidParameter(
            f"{name} holds {bad}, which is not in (-inf, inf); give finite numbers"
        )
    return found


def shown(value: Any) -> str:
    """Value as a message shows it: words in quotes, NumPy's numbers as plain ones."""
    return repr(value) if isinstance(value, str) else str(value)


def _real(value: Any) -> float:
    """Value as a float; NaN for what is no number, words that spell one included."""
    if isinstance(value, str | bool):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
