"""Intervals of real numbers, as the domains of quantities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class Interval(Protocol):
    """What a domain is asked for; a ``sympy.Interval`` answers as well as a :class:`Domain`."""

    @property
    def start(self) -> Any:
        """Lower end, a number or minus infinity."""

    @property
    def end(self) -> Any:
        """Upper end, a number or infinity."""

    @property
    def left_open(self) -> Any:
        """Whether the lower end is left out."""

    @property
    def right_open(self) -> Any:
        """Whether the upper end is left out."""


@dataclass(frozen=True)
class Domain:
    """An interval without SymPy: its ends as floats, and which of them are left out.

    Examples
    --------
    >>> interval_text(Domain(0.0, float("inf"), left_open=False, right_open=True))
    '[0, inf)'
    """

    start: float
    end: float
    left_open: bool
    right_open: bool

    @classmethod
    def of(cls, interval: Interval) -> Domain:
        """Copy of any interval."""
        return cls(
            start=float(interval.start),
            end=float(interval.end),
            left_open=bool(interval.left_open),
            right_open=bool(interval.right_open),
        )


def contained(values: np.ndarray, interval: Interval) -> np.ndarray:
    """Boolean array: which of the values lie in the interval (NaN never does)."""
    low, high = float(interval.start), float(interval.end)
    above = values > low if interval.left_open else values >= low
    below = values < high if interval.right_open else values <= high
    return np.asarray(above & below)


def interval_text(interval: Interval) -> str:
    """Interval in the usual brackets, e.g. ``[0, inf)``."""
    left = "(" if interval.left_open else "["
    right = ")" if interval.right_open else "]"
    return f"{left}{float(interval.start):g}, {float(interval.end):g}{right}"
