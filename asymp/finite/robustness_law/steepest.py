"""Steep points of a network: lower bounds on its Lipschitz constant that some point attains."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.network import TwoLayer

STARTS = 64
CLIMBS = 12
# Random sets of rows of each size.
SUMS = 8
# Preactivations below this share of the weights' length are at a kink, where the slope of one
# side is no gradient of the other.
KINK = 1e-10
# Far points of the whole space, where biases no longer matter.
SCALES = (0.1, 1.0, 10.0, 1e6)


def steepest(
    network: TwoLayer,
    domain: str,
    radius: float,
    corners: Array,
    points: Array | None,
    rng: np.random.Generator,
) -> float:
    """Greatest length of the gradient found, of its tangential part on the sphere."""
    x = _starts(network, domain, radius, corners, points, rng)
    best = 0.0
    for _ in range(CLIMBS):
        slope = network.gradient(x)
        best = max(best, _longest(network, x, slope, domain))
        slope = slope[np.any(slope != 0, axis=1)]
        if not len(slope):
            break
        # A convex function climbs along its gradient; elsewhere it is one more point to look at.
        x = _placed(slope + 1e-3 * np.abs(slope).max() * rng.standard_normal(slope.shape), radius)
    return best


def _starts(
    network: TwoLayer,
    domain: str,
    radius: float,
    corners: Array,
    points: Array | None,
    rng: np.random.Generator,
) -> Array:
    shape = (STARTS, network.dimension)
    random = _placed(rng.standard_normal(shape), radius)
    rows = np.vstack([network.W, -network.W])
    along = _placed(rows[rng.permutation(len(rows))[:STARTS]], radius)
    together = _placed(_sums(network, rng), radius)
    # Points where the preactivations have the wanted signs, if there are such.
    solved = np.linalg.lstsq(network.W, (corners - network.b).T, rcond=None)[0]
    wanted: Array = np.asarray(solved.T, dtype=np.float64)
    found = [random, along, together, _placed(wanted, radius)]
    if points is not None:
        found.append(_placed(points, radius))
    x = np.vstack(found)
    if domain == "sphere":
        return x
    inside: Array = x * rng.uniform(0.3, 1.0, (len(x), 1))
    near = wanted if domain == "space" else wanted[np.linalg.norm(wanted, axis=1) <= radius]
    scales = SCALES if domain == "space" else (1.0,)
    return np.vstack([inside, near, *[x * s for s in scales]])


def _sums(network: TwoLayer, rng: np.random.Generator) -> Array:
    """Sums of a few rows whose output weights share a sign: there they are active together."""
    sums = []
    for sign in (1, -1):
        rows = network.W[np.sign(network.a) == sign]
        size = 2
        while size <= len(rows):
            for _ in range(SUMS):
                sums.append(rows[rng.choice(len(rows), size, replace=False)].sum(axis=0))
            size *= 2
    return np.array(sums).reshape(-1, network.dimension)


def _placed(x: Array, radius: float) -> Array:
    x = x[np.any(x != 0, axis=1)]
    return np.asarray(radius * x / np.linalg.norm(x, axis=1, keepdims=True))


def _longest(network: TwoLayer, x: Array, slope: Array, domain: str) -> float:
    if domain == "sphere":
        unit = x / np.linalg.norm(x, axis=1, keepdims=True)
        slope = slope - np.sum(slope * unit, axis=1, keepdims=True) * unit
    lengths = np.linalg.norm(slope, axis=1)
    if network.activation.homogeneous:
        lengths = lengths[_off_kinks(network, x)]
    return float(np.max(lengths, initial=0.0))


def _off_kinks(network: TwoLayer, x: Array) -> NDArray[np.bool_]:
    """Which points lie on no neuron's hyperplane; a neuron without weights bends nothing."""
    rows = np.linalg.norm(network.W, axis=1)
    straight = (rows == 0) | (network.a == 0)
    size = rows * np.linalg.norm(x, axis=1, keepdims=True) + np.abs(network.b)
    return np.all((np.abs(network.preactivations(x)) > KINK * size) | straight, axis=1)
