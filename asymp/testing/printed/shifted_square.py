"""The attacked square loss, averaged by hand for audits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class ShiftedSquare(NamedTuple):
    r"""Averages of :math:`\frac12(|r|+e)^2` at its proximal point, field :math:`\omega\sim N(0,S)`.

    Parameters
    ----------
    q_hat : float
        :math:`\mathbb E\,\mathcal M_V'(\omega)^2`, of the Moreau envelope.
    V_hat : float
        :math:`\mathbb E\,\mathcal M_V''(\omega)`.
    push : float
        :math:`\mathbb E(|r|+e)`, the derivative in e.
    loss : float
        :math:`\mathbb E(|r|+e)^2`.
    """

    q_hat: float
    V_hat: float
    push: float
    loss: float


def shifted_square(V: float, S: float, e: float) -> ShiftedSquare:
    r"""Averages of the attacked square loss over a centred Gaussian field.

    The proximal point is zero for :math:`|\omega|\le Ve`, where the envelope is
    :math:`\omega^2/2V+e^2/2`, and :math:`|r|+e=(|\omega|+e)/(1+V)` beyond.

    Parameters
    ----------
    V, S, e : float
        Proximal scale and variance of the field, positive; budget of the attack, nonnegative.

    Examples
    --------
    >>> shifted_square(1.0, 2.0, 0.0)[:2]  # without attack: S/(1+V)^2 and 1/(1+V)
    (0.5, 0.5)
    """
    from scipy.special import erf, erfc

    cut = V * e / np.sqrt(2 * S)
    inside, outside = erf(cut), erfc(cut)
    bell = np.sqrt(2 * S / np.pi) * np.exp(-(cut**2))  # E[|w|; |w| > Ve]
    below = S * inside - V * e * bell  # E[w^2; |w| < Ve]
    above = S - below + 2 * e * bell + e**2 * outside  # E[(|w| + e)^2; |w| > Ve]
    return ShiftedSquare(
        q_hat=float(below / V**2 + above / (1 + V) ** 2),
        V_hat=float(inside / V + outside / (1 + V)),
        push=float((bell + e * outside) / (1 + V) + e * inside),
        loss=float(inside * e**2 + above / (1 + V) ** 2),
    )
