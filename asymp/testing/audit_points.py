"""Random points of an audit: log-uniform between ends that may depend on earlier parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from asymp.errors import InvalidProblem
from asymp.testing.printed.numeric import number


def draw(
    ranges: Mapping[str, tuple[Any, Any]], fixed: Mapping[str, Any], rng: np.random.Generator
) -> dict[str, float]:
    """One point: each name between its ends, in order, log-uniform where the lower end is positive.

    Parameters
    ----------
    ranges : mapping of str to (low, high)
        Ends are numbers or SymPy expressions of the names drawn before and of ``fixed``.
    fixed : mapping of str to number
        Values that are not drawn; they are part of the point.
    rng : numpy.random.Generator

    Returns
    -------
    dict of str to float

    Raises
    ------
    InvalidProblem
        If a lower end exceeds its upper end.

    Examples
    --------
    >>> import sympy as sp
    >>> a = sp.Symbol("a")
    >>> draw({"a": (1, 1), "b": (2 * a, 2 * a)}, {"zeta": 0}, np.random.default_rng(0))
    {'zeta': 0.0, 'a': 1.0, 'b': 2.0}
    """
    point = {name: float(value) for name, value in fixed.items()}
    for name, ends in ranges.items():
        low, high = (float(number(end, point)) for end in ends)
        if not low <= high:
            raise InvalidProblem(f"range of {name}: low end {low:g} exceeds high end {high:g}")
        share = rng.uniform()
        point[name] = low + (high - low) * share if low <= 0 else low * (high / low) ** share
    return point
