"""Quantiles of the losses, and losses with weights, of a few points."""

from __future__ import annotations

import numpy as np

from asymp.analysis.losses.quadrature import Line, bisect

Array = np.ndarray
FAR_LEFT, FAR_RIGHT = ((np.array([[a]]), np.array([[b]])) for a, b in ((1e-30, 1.0), (1.0, 1e-30)))


def loss_quantiles(line: Line, levels: Array, even: bool) -> Array:
    """Quantiles (m, k) of the loss at levels (1, k); ``even`` where the sign does not matter."""
    if even:
        field = line.quantile(0.5 * (1 + levels), 0.5 * (1 - levels))
    elif line.falls:
        field = line.quantile(1 - levels, levels)
    else:
        return two_sided(line, levels)
    return line.compiled.point(line.at, field)[1]


def two_sided(line: Line, levels: Array) -> Array:
    """Quantiles of losses that are reached on both sides, by bisection in the loss."""
    least = line.compiled.point(line.at, line.turning)[1]
    ends = (line.quantile(*sides) for sides in (FAR_LEFT, FAR_RIGHT))
    most = np.maximum(*(line.compiled.point(line.at, end)[1] for end in ends))
    scale = np.maximum(most - least, np.finfo(float).tiny)
    shape = (line.at.size, levels.shape[1])
    low, high = (np.broadcast_to(x, shape) for x in (np.zeros_like(scale), 2 * scale))
    rise = bisect(lambda x: line.above(least + x) <= 1 - levels, low, high, 1e-9 * scale)
    resting = line.above(least + np.zeros(shape)) <= 1 - levels
    return np.asarray(least + np.where(resting, 0.0, rise))


def clipped_nodes(
    line: Line, top: Array | None, cut: Array | None, halvings: int
) -> tuple[Array, Array]:
    """Losses and weights (m, k) of sum one; the last is the mass beyond ``top`` (m, 1)."""
    none = np.empty((line.at.size, 0))
    levels = np.concatenate([none if x is None else x for x in (top, cut)], axis=1)
    fields, weights = line.nodes(top, levels, halvings)
    losses = line.compiled.point(line.at, fields)[1]
    if top is not None:
        losses = np.concatenate([np.minimum(losses, top), top], axis=1)
        weights = np.concatenate([weights, line.above(top)], axis=1)
    # Where the weight has no digit left, a loss may have overflowed.
    losses = np.where(weights > 0, losses, 0.0 if top is None else top)
    return losses, weights / weights.sum(axis=1, keepdims=True)
