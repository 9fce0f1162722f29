"""Nodes and weights of the rules for Gaussian averages of the logistic function."""

from __future__ import annotations

import numpy as np

# Against the Gaussian density: steps 1/2, 1/4, ... for deviations up to 0.9, 1.8, ...
_STEPS = [0.5**k for k in range(1, 5)]
_NODES = [step * np.arange(int(9.5 / step) + 1) for step in _STEPS]
NEAR_WEIGHTS = np.concatenate(
    [h * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) for h, z in zip(_STEPS, _NODES, strict=True)]
)
NEAR_STARTS = np.cumsum([0, *(z.size for z in _NODES)])
# Against the logistic density.
FAR = 0.5 * np.arange(-74, 75)
FAR_WEIGHTS = 0.125 / np.cosh(FAR / 2) ** 2
