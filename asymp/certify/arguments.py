"""Reading what a certification is asked for: ends, counts, tolerances."""

from __future__ import annotations

from typing import Any

from asymp.errors import InvalidParameter
from asymp.solver.single import real_number


def read_ends(name: str, ends: Any, admissible: str) -> tuple[float, float]:
    """Two real numbers.

    Parameters
    ----------
    name : str
    ends : (low, high)
    admissible : str
        What the ends may be, for the message.

    Raises
    ------
    InvalidParameter

    Examples
    --------
    >>> read_ends("alpha", (1, 2), "(0, inf)")
    (1.0, 2.0)
    """
    try:
        low, high = map(real_number, ends)
    except (TypeError, ValueError):
        low = high = None
    if low is None or high is None:
        raise InvalidParameter(
            f"{name} = {ends!r} is not a pair (low, high): give two real numbers in {admissible}"
        )
    return low, high


def read_count(name: str, value: Any) -> int:
    """Most pieces or evaluations: a whole number of at least 1."""
    number = real_number(value)
    if number is None or not number >= 1 or number % 1 != 0:
        raise InvalidParameter(
            f"{name} = {value!r} is not a whole number in [1, inf): say how many at most"
        )
    return int(number)


def read_tolerance(value: Any) -> float:
    """Relative half-width: a positive number."""
    number = real_number(value)
    if number is None or not number > 0:
        raise InvalidParameter(
            f"tolerance = {value!r} is not a number in (0, inf]: give a relative half-width, "
            "e.g. 0.02"
        )
    return number
