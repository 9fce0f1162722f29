"""What the units of a network can output when every weight moves within an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from asymp.finite.weight_margin.network import Array, Network


def hidden_box(
    network: Network, inputs: ArrayLike, radius: Array
) -> tuple[tuple[Array, Array], ...]:
    r"""Intervals :math:`[l^k,u^k]` of the inputs of each layer, ``k = 0..L-1``.

    With :math:`|\hat W^k-W^k|\le\epsilon_k` entry by entry and :math:`0\le l\le z\le u`,

    .. math:: u^k=\varphi\big((W^k+\epsilon_k)_+u^{k-1}-(W^k+\epsilon_k)_-l^{k-1}+b^k\big),\quad
              l^k=\varphi\big((W^k-\epsilon_k)_+l^{k-1}-(W^k-\epsilon_k)_-u^{k-1}+b^k\big).

    Each end is attained by the unit alone; the box of a layer is attained as a whole if only
    that layer is perturbed.
    """
    z = network.layers(inputs)[0]
    found = [(z, z)]
    for k, (w, b) in enumerate(zip(network.weights[:-1], network.biases[:-1], strict=True)):
        low, high = _first(z, w, radius[k]) if k == 0 else _next(*found[-1], w, radius[k])
        found.append((network.activation.value(low + b), network.activation.value(high + b)))
    return tuple(found)


def _first(x: Array, w: Array, radius: float) -> tuple[Array, Array]:
    """The input may have any sign, but it is one point."""
    centre, half = x @ w.T, radius * np.abs(x).sum(axis=1, keepdims=True)
    return centre - half, centre + half


def _next(low: Array, high: Array, w: Array, radius: float) -> tuple[Array, Array]:
    up, down = w + radius, w - radius
    return (
        low @ np.maximum(down, 0).T - high @ np.maximum(-down, 0).T,
        high @ np.maximum(up, 0).T - low @ np.maximum(-up, 0).T,
    )
