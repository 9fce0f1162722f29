r"""Nodes of the double-exponential rule on a panel.

With :math:`x = \tanh(\frac\pi2\sinh t)` the trapezoid rule in t converges like
:math:`e^{-c/h}` for integrands that are analytic inside the panel, whatever they do at its ends.
Gaps are distances from the nearer end in units of the panel's length, so that no digit is lost
there.
"""

from __future__ import annotations

import numpy as np

STEP = 1.0 / 28.0
PANEL_COUNT = 88  # up to t = 3.1, where a gap is below 1e-14 and a weight below 1e-12

_T = STEP * np.arange(PANEL_COUNT)
PANEL_GAPS = 1.0 / (1.0 + np.exp(np.pi * np.sinh(_T)))
PANEL_WEIGHTS = 0.25 * np.pi * STEP * np.cosh(_T) / np.cosh(0.5 * np.pi * np.sinh(_T)) ** 2
