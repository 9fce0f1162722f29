"""Enclosures as columns of a result: the lower and the upper end of every value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from asymp.certify.numbers import outward

Ball = Any


def ends_of(rows: Sequence[Sequence[Ball]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of so many values; NaN in a row of which nothing was proved.

    Parameters
    ----------
    rows : sequence of sequences of arb
        Enclosures, none where nothing was proved.
    count : int
    """
    lower, upper = np.full((2, len(rows), count), np.nan)
    for i, row in enumerate(rows):
        if row:
            lower[i], upper[i] = outward(row)
    return lower, upper


def columns_of(names: Sequence[str], lower: np.ndarray, upper: np.ndarray) -> dict[str, np.ndarray]:
    """Columns ``X_lower`` of all names, then ``X_upper``."""
    pairs = (("lower", lower), ("upper", upper))
    return {f"{n}_{end}": ends[:, k] for end, ends in pairs for k, n in enumerate(names)}
