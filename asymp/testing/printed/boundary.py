"""A candidate saddle on the boundary, where letters are zero and stationarity says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.testing.printed.numeric import number

if TYPE_CHECKING:
    from asymp.testing.printed.saddle import PrintedSaddle

SLACK = 1e-9
"""Relative gain that round-off and the stand-in for 0+ can produce."""

AT_ZERO = 1e-13
"""Stands for 0+ where a boundary candidate has a zero letter: its value moves by about as much."""

SHIFTS = (0.0, 0.5, -1.0)
"""The optimiser starts at the candidate and at these logarithmic distances from it."""


def boundary_value(saddle: PrintedSaddle, letters: Mapping[str, Any]) -> float | None:
    r"""Value at the boundary candidate if it is a saddle, else None.

    Both sides of :math:`R(x,\hat y)\le R(\hat x,\hat y)\le R(\hat x,y)` are put to a numerical
    optimiser, from the candidate itself and from points away from it.
    """
    parameters = {k: float(v) for k, v in letters.items()}
    here = {n: float(number(e, letters)) or AT_ZERO for n, e in saddle.boundary.items()}
    known = {**parameters, **here}
    value = saddle.value_at(known)
    for side, sign in ((saddle.maximise, 1.0), (saddle.minimise, -1.0)):
        gain = _best_gain(saddle, known, [s.name for s in side], sign)
        if gain > SLACK * max(1.0, abs(value)):
            return None
    return value


def _best_gain(
    saddle: PrintedSaddle, known: Mapping[str, float], names: list[str], sign: float
) -> float:
    """Largest improvement found by moving the named letters."""
    value = saddle.value_at(known)

    def loss(v: np.ndarray) -> float:
        moved = dict(zip(names, np.exp(np.clip(v, -60, 20)), strict=True))
        return -sign * (saddle.value_at({**known, **moved}) - value)

    centre = np.log([max(known[n], 1e-2) for n in names])
    options = {"maxfev": 150}
    from scipy.optimize import minimize  # loads on first use: most of a second

    runs = [minimize(loss, centre + s, method="Nelder-Mead", options=options) for s in SHIFTS]
    return max(-float(run.fun) for run in runs)
