"""The training loss of Tsai, Hsu, Yu and Chen, as third-party code has it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from asymp.finite.weight_margin.bounds import norm_bound
from asymp.finite.weight_margin.network import Network, as_labels, as_pairs
from asymp.finite.weight_margin.overflow import finite_result
from asymp.finite.weight_margin.radii import Radii
from asymp.symbols.arguments import NONNEGATIVE, number


@finite_result
def weight_robust_loss(
    network: Network,
    inputs: ArrayLike,
    labels: ArrayLike,
    radii: Radii,
    margin_weight: float = 1.0,
    norm_weight: float = 1.0,
) -> float:
    r"""Cross-entropy, plus the largest drop of a margin, plus norms of the weights.

    .. math:: \frac1n\sum_i\Big[\mathrm{CE}(f_W(x_i),y_i)
              +\lambda\max_{j\ne y_i}\eta^{y_ij}_W(x_i)\Big]
              +\mu\sum_m\Big(\max_a\|W^m_{a,:}\|_1+\max_b\|W^m_{:,b}\|_1\Big),

    with :math:`\eta` of :func:`~asymp.finite.weight_margin.bounds.norm_bound`, elementwise.

    Parameters
    ----------
    network, inputs, radii
        As for :func:`~asymp.finite.weight_margin.bounds.norm_bound`.
    labels : array_like of int
        Class of each input.
    margin_weight, norm_weight : float
        :math:`\lambda\ge0` and :math:`\mu\ge0`.

    Returns
    -------
    float

    Raises
    ------
    InvalidParameter
        As for the bounds, or if a weight is negative, or the loss passes the largest number.

    Notes
    -----
    Status: second-hand, from one third-party implementation of arXiv:2103.02200, which leaves
    :math:`\eta` to its caller; that it is averaged over the samples is ours.

    Examples
    --------
    >>> net = Network([np.eye(2), np.eye(2)])
    >>> weight_robust_loss(net, [[0.0, 0.0]], [0], 0.1, norm_weight=0.0)  # log 2, and no drop
    0.6931471805599453
    """
    for name, weight in (("margin_weight", margin_weight), ("norm_weight", norm_weight)):
        number(name, weight, NONNEGATIVE)
    wanted = as_labels(network, inputs, labels)
    outputs = network.outputs(inputs)
    entropy = logsumexp(outputs, axis=1) - outputs[np.arange(len(outputs)), wanted]
    ours = as_pairs(network, None)[:, 0] == wanted[:, None]
    drop = np.where(ours, norm_bound(network, inputs, radii), 0).max(axis=1)
    sizes = sum(np.abs(w).sum(axis=1).max() + np.abs(w).sum(axis=0).max() for w in network.weights)
    return float(np.mean(entropy + margin_weight * drop) + norm_weight * sizes)
