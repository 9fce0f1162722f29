"""Numbers and arrays that a user gives: what they must be, said in one line when they are not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from asymp.errors import InvalidParameter
from asymp.symbols.interval import Domain, Interval, contained, interval_text

Array = NDArray[np.float64]

REAL = Domain(-math.inf, math.inf, left_open=True, right_open=True)
POSITIVE = Domain(0.0, math.inf, left_open=True, right_open=True)
NONNEGATIVE = Domain(0.0, math.inf, left_open=False, right_open=True)
BETWEEN = Domain(0.0, 1.0, left_open=True, right_open=True)
SHARE = Domain(0.0, 1.0, left_open=False, right_open=False)

_COUNTABLE = 2**63 - 1
"""Largest size that an array can have."""


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
    if not kind or not least <= value <= _COUNTABLE:
        end = "2^63 - 1" if kind and value > _COUNTABLE else "..."
        members = f"{least}, {least + 1}, " + ("..., " if end != "..." else "") + end
        raise InvalidParameter(f"{name} = {shown(value)} is not in {{{members}}}; {advice}")
    return int(value)


def number(name: str, value: Any, domain: Interval, advice: str = "give a number inside") -> float:
    """One finite number of an interval, or a refusal; truth values and words are no numbers.

    Examples
    --------
    >>> number("scale", "a", POSITIVE)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: scale = 'a' is not in (0, inf); give a number inside
    """
    array = _reals(value)
    if array is None or array.ndim or not _inside(array, domain).all() or isinstance(value, bool):
        raise InvalidParameter(
            f"{name} = {shown(value)} is not in {interval_text(domain)}; {advice}"
        )
    return float(array)


def numbers(name: str, value: Any, domain: Interval, advice: str = "give numbers inside") -> Array:
    """Array of finite numbers of an interval, of any shape.

    Examples
    --------
    >>> numbers("alpha", [0.5, 1.5], SHARE)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: alpha = 1.5 is not in [0, 1]; give numbers inside
    """
    array = real_array(name, value)
    inside = _inside(array, domain)
    if not inside.all():
        bad = array[~inside].flat[0]
        raise InvalidParameter(f"{name} = {bad:g} is not in {interval_text(domain)}; {advice}")
    return array


def real_array(name: str, value: Any, shape: str = "()") -> Array:
    """Array of real numbers, which may still be infinite or NaN.

    Parameters
    ----------
    name : str
    value : array_like
        Fractions and SymPy's numbers are welcome.
    shape : str
        To give, for the message.

    Examples
    --------
    >>> real_array("labels", [[1.0], [1.0, 2.0]], "(n,)")
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: labels = [[1.0], [1.0, 2.0]] is not an array of real numbers; \
give one of shape (n,)
    """
    array = _reals(value)
    if array is None:
        what = "a number, or an array of numbers" if shape == "()" else f"one of shape {shape}"
        raise InvalidParameter(
            f"{name} = {shown(value)} is not an array of real numbers; give {what}"
        )
    return array


def finite_array(name: str, value: Any, shape: str = "()", axes: int | None = None) -> Array:
    """Array of finite numbers.

    Parameters
    ----------
    name : str
    value : array_like
    shape : str
        To give, for the message.
    axes : int, optional
        How many there must be, none of them empty.

    Examples
    --------
    >>> finite_array("labels", [1.0, float("nan")])
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: labels holds nan at [1], which is not in (-inf, inf); drop or \
clip such entries
    """
    array = real_array(name, value, shape)
    if axes is not None and (array.ndim != axes or 0 in array.shape):
        raise InvalidParameter(
            f"{name} has shape {array.shape}; give a non-empty array of shape {shape}"
        )
    _require_all(name, array, np.isfinite(array), "(-inf, inf)", "drop or clip such entries")
    return array


def labelled_points(
    name: str, points: Any, labels: Any, sizes: tuple[str, str] = ("n", "d")
) -> tuple[Array, Array]:
    """Finite points, one a row, and one label for each; at least one point of one coordinate.

    Examples
    --------
    >>> labelled_points("points", [[0.0, 1.0]], [1.0, -1.0])
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: points of shape (1, 2) and labels of shape (2,): give (n, d) \
and (n,), with n and d at least 1
    """
    n, d = sizes
    x, y = finite_array(name, points, f"({n}, {d})"), finite_array("labels", labels, f"({n},)")
    if x.ndim != 2 or y.shape != x.shape[:1] or 0 in x.shape:
        raise InvalidParameter(
            f"{name} of shape {x.shape} and labels of shape {y.shape}: give ({n}, {d}) and "
            f"({n},), with {n} and {d} at least 1"
        )
    return x, y


def signs(name: str, value: Any, length: int) -> Array:
    """Array of so many signs 1 or -1.

    Examples
    --------
    >>> signs("labels", [1, 2], 2)
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: labels holds 2 at [1], which is not in {-1, 1}; give 2 entries \
1 or -1
    """
    array = finite_array(name, value, f"({length},)")
    advice = f"give {length} entries 1 or -1"
    if array.shape != (length,):
        raise InvalidParameter(f"{name} has shape {array.shape}; {advice}")
    _require_all(name, array, np.abs(array) == 1, "{-1, 1}", advice)
    return array


def choice(name: str, value: Any, choices: Sequence[str], advice: str = "choose one") -> str:
    """One word of several.

    Examples
    --------
    >>> choice("law", "cube", ("sphere", "gaussian"))
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: law = 'cube' is not in {'sphere', 'gaussian'}; choose one
    """
    if not (isinstance(value, str) and value in choices):
        known = ", ".join(map(repr, choices))
        raise InvalidParameter(f"{name} = {shown(value)} is not in {{{known}}}; {advice}")
    return value


def generator(rng: Any) -> np.random.Generator:
    """Source of random numbers from a seed, or the one that is given.

    Examples
    --------
    >>> generator("a")
    Traceback (most recent call last):
    asymp.errors.InvalidParameter: rng = 'a' is no seed; give a nonnegative integer, a \
numpy.random.Generator, or None
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise InvalidParameter(
            f"rng = {shown(rng)} is no seed; give a nonnegative integer, a "
            "numpy.random.Generator, or None"
        ) from None


def shown(value: Any, length: int = 40) -> str:
    """Value as a message shows it, in one short line: words in quotes, NumPy's numbers plain."""
    text = " ".join((repr(value) if isinstance(value, str) else str(value)).split())
    return text if len(text) <= length else text[: length - 3] + "..."


def _reals(value: Any) -> Array | None:
    """Float array of what holds real numbers only, else None."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "O" and not any(isinstance(x, str) for x in array.flat):
            return np.asarray([float(x) for x in array.flat], dtype=float).reshape(array.shape)
    except (TypeError, ValueError):
        return None
    return np.asarray(array, dtype=float) if array.dtype.kind in "biuf" else None


def _require_all(
    name: str, array: Array, good: NDArray[np.bool_], members: str, advice: str
) -> None:
    if not good.all():
        at = np.argwhere(~good)[0].tolist()
        where = f" at {at}" if at else ""
        raise InvalidParameter(
            f"{name} holds {array[tuple(at)]:g}{where}, which is not in {members}; {advice}"
        )


def _inside(array: Array, domain: Interval) -> NDArray[np.bool_]:
    return np.asarray(contained(array, domain) & np.isfinite(array))
