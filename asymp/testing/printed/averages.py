"""Averages for audits that evaluate a theorem by hand: nothing of the engine stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def gaussian_mean(function: Callable[[Any], Any]) -> float:
    r""":math:`\mathbb E f(G)`, :math:`G\sim N(0,1)`, by adaptive quadrature cut at zero.

    Parameters
    ----------
    function : callable
        Smooth on either side of zero.

    Examples
    --------
    >>> round(gaussian_mean(lambda u: max(u, 0.0) ** 2), 12)
    0.5
    """
    from scipy.integrate import quad

    def inside(u: float) -> Any:
        return function(u) * np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)

    return sum(quad(inside, *e, epsabs=1e-14, epsrel=1e-13)[0] for e in ((-12, 0), (0, 12)))


def marchenko_pastur_nodes(ratio: float, count: int = 400) -> tuple[Array, Array]:
    r"""Nodes and weights of the law of the eigenvalues of :math:`WW^\top`, atom at zero last.

    :math:`t=1+\psi_1+2\sqrt{\psi_1}\cos\vartheta` at Chebyshev's angles. The nodes resolve no gap
    below the bulk much narrower than its width over ``count``, as near :math:`\psi_1=1`.

    Parameters
    ----------
    ratio : float
        :math:`\psi_1=N/d`, rows of W of unit length.
    count : int
        Nodes on the bulk.

    Examples
    --------
    >>> t, w = marchenko_pastur_nodes(2.0)
    >>> [round(float(w @ t**k), 12) for k in (0, 1, 2)]
    [1.0, 1.0, 3.0]
    """
    angle = (np.arange(count) + 0.5) * np.pi / count
    t = 1 + ratio + 2 * np.sqrt(ratio) * np.cos(angle)
    weight = 2 * np.sin(angle) ** 2 / t / count
    return np.append(t, 0.0), np.append(weight, 1 - min(1, 1 / ratio))
