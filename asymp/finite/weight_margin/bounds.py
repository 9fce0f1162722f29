r"""How far a perturbation of the weights can lower a pairwise margin: proved bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asymp.finite.weight_margin.network import (
    Array,
    Network,
    as_labels,
    as_pairs,
    margins,
)
from asymp.finite.weight_margin.overflow import finite_result
from asymp.finite.weight_margin.radii import Norm, Radii, layer_radii
from asymp.finite.weight_margin.reach import hidden_box


@finite_result
def norm_bound(
    network: Network,
    inputs: ArrayLike,
    radii: Radii,
    pairs: ArrayLike | None = None,
    norm: Norm = "elementwise",
) -> Array:
    r"""Bound of the drop of every pairwise margin by products of norms.

    For all :math:`\hat W^k` with :math:`\|\hat W^k-W^k\|\le\epsilon_k`,
    :math:`f^{ij}_{\hat W}(x)\ge f^{ij}_W(x)-\eta^{ij}(x)` with

    .. math:: \eta^{ij}=\|w_i-w_j\|_1\,e_{L-1}+2\epsilon_L\,s_{L-1},\qquad
              e_k=\epsilon_ks_{k-1}+\|W^k\|_\infty e_{k-1},\ e_0=0

    for the largest entry of the perturbation (``norm="elementwise"``), where :math:`w_i` are the
    rows of :math:`W^L`, :math:`\|\cdot\|_\infty` is the largest absolute row sum, and
    :math:`s_k=\sum_a\max|\hat z^k_a|` over the box of outputs that layer k can reach. For the
    Frobenius norm, which also covers the operator norm,

    .. math:: \eta^{ij}=\|w_i-w_j\|_2\,e_{L-1}+\sqrt2\,\epsilon_L\,s_{L-1},\qquad
              e_k=\epsilon_ks_{k-1}+\|W^k\|_{op}e_{k-1},\ s_k=\|z^k\|_2+e_k .

    Parameters
    ----------
    network : Network
    inputs : array_like
        One sample a row.
    radii : float, sequence or mapping
        See :func:`~asymp.finite.weight_margin.radii.layer_radii`.
    pairs : array_like of int, optional
        Rows (i, j); all ordered pairs when not given.
    norm : {"elementwise", "frobenius"}

    Returns
    -------
    numpy.ndarray
        :math:`\eta`, of shape ``(samples, pairs)``; zero at radius zero, nondecreasing in every
        radius, and linear in the radius if one layer alone is perturbed.

    Raises
    ------
    InvalidParameter
        If an input, a pair, a radius or the norm is not admissible, or a bound passes the largest
        number.

    Notes
    -----
    Tsai, Hsu, Yu and Chen, *Formalizing generalization and adversarial robustness of neural
    networks to weight perturbations* (2021), arXiv:2103.02200. Their one-layer bounds are
    recalled, not read; for one layer the formula above coincides with them. Their bound for all
    layers, as recalled, fails from three layers on (see the documentation); the one above is
    proved there (status: derived).

    Examples
    --------
    >>> net = Network([np.eye(2), [[1.0, 0.0], [0.0, 2.0]]])
    >>> norm_bound(net, [[3.0, 1.0]], {1: 0.1}).tolist()  # 0.1 * |x|_1 * |w_0 - w_1|_1, twice
    [[1.2000000000000002, 1.2000000000000002]]
    """
    chosen, radius = as_pairs(network, pairs), layer_radii(network, radii, norm)
    difference = _row_differences(network, chosen)
    if norm == "elementwise":
        moved, size = _elementwise(network, inputs, radius)
        length, both = np.abs(difference).sum(axis=1), 2.0
    else:
        moved, size = _euclidean(network, inputs, radius)
        length, both = np.linalg.norm(difference, axis=1), np.sqrt(2.0)
    return np.asarray(moved[:, None] * length + both * radius[-1] * size[:, None])


@finite_result
def interval_bound(
    network: Network, inputs: ArrayLike, radii: Radii, pairs: ArrayLike | None = None
) -> Array:
    r"""Bound of the drop by propagating intervals, elementwise; never above ``norm_bound``.

    Each unit's output is enclosed in :math:`[l,u]`, and with :math:`c=w_i-w_j`

    .. math:: \eta^{ij}=f^{ij}_W-(b_i-b_j)
              -\sum_a\min_{|t|\le2\epsilon_L}\min_{l_a\le z\le u_a}(c_a+t)z .

    It is the **exact** worst case when no layer but the last two is perturbed: the rows of a
    matrix are perturbed independently, so every point of the box is reached.

    Parameters
    ----------
    network, inputs, radii, pairs
        As for :func:`norm_bound`.

    Returns
    -------
    numpy.ndarray
        Of shape ``(samples, pairs)``.

    Raises
    ------
    InvalidParameter
        As for :func:`norm_bound`.

    Notes
    -----
    Status: derived; not a formula of the paper.

    Examples
    --------
    >>> net = Network([np.eye(2), [[1.0, 0.0], [0.0, 2.0]]])
    >>> interval_bound(net, [[3.0, 1.0]], {1: 0.1}).round(12).tolist()
    [[1.2, 1.2]]
    """
    chosen, radius = as_pairs(network, pairs), layer_radii(network, radii)
    difference = _row_differences(network, chosen)
    low, high = hidden_box(network, inputs, radius)[-1]
    clean = network.layers(inputs)[-1] @ difference.T
    return np.asarray(clean - _least(difference, 2 * radius[-1], low, high))


def _least(c: Array, spread: float, low: Array, high: Array) -> Array:
    r"""Least :math:`(c+t)\cdot z` over :math:`|t_a|\le` spread and z in the box."""
    if (low < 0).any():  # a network of one layer: its input is a point of any sign
        return np.asarray(low @ c.T - spread * np.abs(low).sum(axis=1)[:, None])
    down = c - spread
    return np.asarray(low @ np.maximum(down, 0).T - high @ np.maximum(-down, 0).T)


def certified(
    network: Network,
    inputs: ArrayLike,
    labels: ArrayLike,
    radii: Radii,
    norm: Norm = "elementwise",
) -> NDArray[np.bool_]:
    r"""Whether the prediction provably stays at the label under every admissible perturbation.

    True where :math:`\min_{j\ne y}f^{yj}_W(x)-\eta^{yj}(x)>0`, with the better of the bounds.

    Parameters
    ----------
    network, inputs, radii, norm
        As for :func:`norm_bound`.
    labels : array_like of int
        Class of each input.

    Returns
    -------
    numpy.ndarray of bool
        Of shape ``(samples,)``.

    Raises
    ------
    InvalidParameter
        As for :func:`norm_bound`, or if the labels are not classes, one for each input.

    Examples
    --------
    >>> net = Network([np.eye(2), np.eye(2)])
    >>> certified(net, [[3.0, 1.0]], [0], 0.1).tolist()
    [True]
    >>> certified(net, [[3.0, 1.0]], [0], 0.5).tolist()
    [False]
    """
    wanted = as_labels(network, inputs, labels)
    drop = norm_bound(network, inputs, radii, norm=norm)
    if norm == "elementwise":
        drop = np.minimum(drop, interval_bound(network, inputs, radii))
    left = margins(network, inputs) - drop
    ours = as_pairs(network, None)[:, 0] == wanted[:, None]
    return np.asarray(np.where(ours, left, np.inf).min(axis=1) > 0)


def _row_differences(network: Network, pairs: NDArray[np.intp]) -> Array:
    rows = network.weights[-1]
    return np.asarray(rows[pairs[:, 0]] - rows[pairs[:, 1]])


def _elementwise(network: Network, inputs: ArrayLike, radius: Array) -> tuple[Array, Array]:
    """Largest move of a unit of the last hidden layer, and the l1 size of that layer."""
    sizes = [
        np.maximum(np.abs(low), np.abs(high)).sum(axis=1)
        for low, high in hidden_box(network, inputs, radius)
    ]
    moved = np.zeros(len(sizes[0]))
    for w, r, size in zip(network.weights[:-1], radius[:-1], sizes[:-1], strict=True):
        moved = r * size + np.abs(w).sum(axis=1).max() * moved
    return moved, sizes[-1]


def _euclidean(network: Network, inputs: ArrayLike, radius: Array) -> tuple[Array, Array]:
    """Euclidean move of the last hidden layer, and the length of that layer."""
    lengths = [np.linalg.norm(z, axis=1) for z in network.layers(inputs)]
    moved = np.zeros(len(lengths[0]))
    for k, (w, r) in enumerate(zip(network.weights[:-1], radius[:-1], strict=True)):
        moved = r * (lengths[k] + moved) + np.linalg.norm(w, 2) * moved
    return moved, np.asarray(lengths[-1] + moved)
