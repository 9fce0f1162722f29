"""Compiled twins of the logistic function and its integral."""

from __future__ import annotations

from math import exp, log1p

from asymp.special.compile import compiled


@compiled
def sigmoid(x: float) -> float:
    r"""Compute :math:`1/(1+e^{-x})`.

    Examples
    --------
    >>> sigmoid(0.0), sigmoid(-1000.0), sigmoid(1000.0)
    (0.5, 0.0, 1.0)
    """
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


@compiled
def softplus(x: float) -> float:
    r"""Compute :math:`\log(1+e^x)`.

    Examples
    --------
    >>> softplus(1000.0), round(softplus(0.0), 12)
    (1000.0, 0.69314718056)
    """
    return max(x, 0.0) + log1p(exp(-abs(x)))
