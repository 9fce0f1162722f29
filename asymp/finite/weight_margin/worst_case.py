"""The largest drop itself: exactly where it is known, by projected ascent, and at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from asymp.errors import NotDerivable
from asymp.finite.weight_margin.bounds import interval_bound, norm_bound
from asymp.finite.weight_margin.network import Array, Network, as_pairs, margins
from asymp.finite.weight_margin.overflow import finite_result
from asymp.finite.weight_margin.radii import Norm, Radii, layer_radii
from asymp.symbols.arguments import generator, whole

_ENTRIES = 4_000_000  # of perturbed weights held at once: 32 megabytes an array


@finite_result
def worst_drop(
    network: Network,
    inputs: ArrayLike,
    radii: Radii,
    pairs: ArrayLike | None = None,
    norm: Norm = "elementwise",
) -> Array:
    r"""Largest drop of every pairwise margin, exactly, where it is known.

    Elementwise, if no layer but the last two is perturbed: each unit of the layer before the last
    moves on its own, and rows i and j of the last follow with opposite signs. For the last layer
    alone the drop is :math:`2\epsilon_L\|z^{L-1}\|_1`, at
    :math:`\Delta_{ia}=-\epsilon_L\operatorname{sgn}z_a=-\Delta_{ja}`.
    In the Frobenius norm, if the last layer alone is perturbed:
    :math:`\sqrt2\,\epsilon_L\|z^{L-1}\|_2`.

    Parameters
    ----------
    network, inputs, radii, pairs, norm
        As for :func:`~asymp.finite.weight_margin.bounds.norm_bound`.

    Returns
    -------
    numpy.ndarray
        Of shape ``(samples, pairs)``: each pair has its own worst perturbation.

    Raises
    ------
    NotDerivable
        If other layers are perturbed: no closed form is known, and :func:`ascended_drop` gives a
        lower bound.
    InvalidParameter
        As for the bounds.

    Notes
    -----
    Status: derived.

    Examples
    --------
    >>> net = Network([np.eye(2), [[1.0, 0.0], [0.0, 2.0]]])
    >>> worst_drop(net, [[3.0, 1.0]], {2: 0.1}).round(12).tolist()
    [[0.8, 0.8]]
    """
    radius = layer_radii(network, radii, norm)
    exact = 2 if norm == "elementwise" else 1
    if radius[:-exact].any():
        raise NotDerivable(
            f"the exact worst case in the {norm} norm is known when no layer but the last "
            f"{'two are' if exact == 2 else 'is'} perturbed; radii are {radius.tolist()}: "
            "use ascended_drop for a lower bound of it"
        )
    if norm == "elementwise":
        return interval_bound(network, inputs, radius, pairs)
    return norm_bound(network, inputs, radius, pairs, norm)


@finite_result
def random_drop(
    network: Network,
    inputs: ArrayLike,
    radii: Radii,
    pairs: ArrayLike | None = None,
    norm: Norm = "elementwise",
    draws: int = 100,
    rng: int | np.random.Generator = 0,
) -> Array:
    r"""Largest drop of every margin among random perturbations on the sphere of the ball.

    Elementwise: independent random signs times :math:`\epsilon_k`; in the Frobenius norm: a
    Gaussian matrix scaled to norm :math:`\epsilon_k`. A draw perturbs the network, and is the
    same for all samples.

    Parameters
    ----------
    network, inputs, radii, pairs, norm
        As for :func:`~asymp.finite.weight_margin.bounds.norm_bound`.
    draws : int
        Number of perturbed networks.
    rng : int or numpy.random.Generator
        Seed, or source of random numbers.

    Returns
    -------
    numpy.ndarray
        Of shape ``(samples, pairs)``; at least 0, the drop without perturbation.

    Raises
    ------
    InvalidParameter
        As for the bounds, or if ``draws`` is below 1 or ``rng`` is no seed.

    Examples
    --------
    >>> net = Network([np.eye(2), np.eye(2)])
    >>> bool(random_drop(net, [[3.0, 1.0]], 0.1).max() <= norm_bound(net, [[3.0, 1.0]], 0.1).max())
    True
    """
    radius = layer_radii(network, radii, norm)
    seeds = _seeds(draws, generator(rng))
    return _best_of(network, inputs, radius, pairs, norm, seeds)[0]


def _seeds(draws: int, source: np.random.Generator) -> NDArray[np.int64]:
    return source.integers(2**62, size=whole("draws", draws))


def _best_of(
    network: Network,
    inputs: ArrayLike,
    radius: Array,
    pairs: ArrayLike | None,
    norm: str,
    seeds: NDArray[np.int64],
) -> tuple[Array, NDArray[np.int64]]:
    """Largest drop among random networks, and the seed of the one that has it."""
    clean = margins(network, inputs, pairs)
    best, seed = np.zeros_like(clean), np.full(clean.shape, seeds[0])
    for s in seeds:
        moved = network.moved(_perturbation(network, radius, norm, s))
        drop = clean - margins(moved, inputs, pairs)
        seed[drop > best] = s
        np.maximum(best, drop, out=best)
    return best, seed


def _perturbation(network: Network, radius: Array, norm: str, seed: int) -> list[Array]:
    """A random perturbation of all layers."""
    source = np.random.default_rng(seed)
    shapes = [w.shape for w in network.weights]
    return [_random(s, r, norm, source) for s, r in zip(shapes, radius, strict=True)]


@finite_result
def ascended_drop(
    network: Network,
    inputs: ArrayLike,
    radii: Radii,
    pairs: ArrayLike | None = None,
    norm: Norm = "elementwise",
    starts: int = 4,
    steps: int = 40,
    draws: int = 100,
    rng: int | np.random.Generator = 0,
) -> Array:
    r"""Largest drop that projected ascent in the weights finds, for every sample and pair.

    From zero, from the best of the perturbations that :func:`random_drop` tries with the same
    ``draws`` and ``rng``, and from others at random, steps along the sign of the gradient
    (elementwise) or along the gradient (Frobenius), of lengths :math:`2\epsilon_k` down to
    :math:`0.02\,\epsilon_k`, are projected onto the ball of each layer; the best perturbation met
    counts. Where a unit is off, a small positive slope stands in for its zero one: the activation
    is monotone, so the direction is right. Every value is attained, so it is a lower bound of the
    worst case.

    Parameters
    ----------
    network, inputs, radii, pairs, norm
        As for :func:`~asymp.finite.weight_margin.bounds.norm_bound`.
    starts : int
        Number of starting points: zero, the best of the draws, and fresh ones for each sample.
    steps : int
        Number of steps from each.
    draws : int
        Number of perturbed networks among which the second starting point is chosen.
    rng : int or numpy.random.Generator
        Seed, or source of random numbers, of the starting points.

    Returns
    -------
    numpy.ndarray
        Of shape ``(samples, pairs)``; at least 0.

    Raises
    ------
    InvalidParameter
        As for the bounds, or if ``starts``, ``steps`` or ``draws`` is below 1, or ``rng`` is
        no seed.

    Examples
    --------
    >>> net = Network([np.eye(2), [[1.0, 0.0], [0.0, 2.0]]])
    >>> ascended_drop(net, [[3.0, 1.0]], {2: 0.1}).round(12).tolist()
    [[0.8, 0.8]]
    """
    chosen, radius = as_pairs(network, pairs), layer_radii(network, radii, norm)
    whole("starts", starts)
    whole("steps", steps)
    source = generator(rng)
    at_random, seeds = _best_of(network, inputs, radius, chosen, norm, _seeds(draws, source))
    clean = margins(network, inputs, chosen).ravel()
    x = np.repeat(network.layers(inputs)[0], len(chosen), axis=0)
    both = np.tile(chosen, (len(at_random), 1))
    best = at_random.ravel().copy()
    block = max(1, _ENTRIES // sum(w.size for w in network.weights))
    for first in range(0, len(x), block):
        part = slice(first, first + block)
        climb = _Climb(network, x[part], both[part], radius, norm)
        for start in range(starts):
            change = climb.start(start, seeds.ravel()[part], source)
            found = clean[part] - climb.lowest(change, steps, _LEAKS[start % 2])
            best[part] = np.maximum(best[part], found)
    return best.reshape(at_random.shape)


# Least slope of a unit, in turn: one that hardly bends the gradient, and one that wakes units.
_LEAKS = (1e-3, 0.3)


@dataclass(frozen=True, eq=False)
class _Climb:
    """Descent of one margin of each sample, each in its own copy of the weights."""

    network: Network
    inputs: Array
    pairs: NDArray[np.intp]
    radius: Array
    norm: str

    def start(
        self, number: int, seeds: NDArray[np.int64], source: np.random.Generator
    ) -> list[Array]:
        """Zero, the best of the random networks, or fresh perturbations."""
        shapes = [(len(self.inputs), *w.shape) for w in self.network.weights]
        if number > 1:
            return [
                _random(s, r, self.norm, source) for s, r in zip(shapes, self.radius, strict=True)
            ]
        found = [np.zeros(s) for s in shapes]
        for seed in np.unique(seeds) if number else ():
            change = _perturbation(self.network, self.radius, self.norm, seed)
            for place, c in zip(found, change, strict=True):
                place[seeds == seed] = c
        return found

    def lowest(self, change: list[Array], steps: int, leak: float) -> Array:
        """Lowest margin met on the way."""
        best = np.full(len(self.inputs), np.inf)
        for length in np.geomspace(2, 0.02, steps):
            margin, slopes = self.margin(change, leak)
            best = np.minimum(best, margin)
            change = [
                self.step(c, g, r, length)
                for c, g, r in zip(change, slopes, self.radius, strict=True)
            ]
        return np.minimum(best, self.margin(change, leak)[0])

    def margin(self, change: list[Array], leak: float) -> tuple[Array, list[Array]]:
        """Margins, and their gradients in the weights if no slope is below the leak."""
        rows, net = np.arange(len(self.inputs)), self.network
        inside, outside = [self.inputs], []
        for w, c, b in zip(net.weights, change, net.biases, strict=True):
            z = inside[-1]
            outside.append(z @ w.T + np.einsum("bij,bj->bi", c, z) + b)
            inside.append(net.activation.value(outside[-1]))
        output = outside[-1]
        push = np.zeros_like(output)
        push[rows, self.pairs[:, 0]], push[rows, self.pairs[:, 1]] = 1, -1
        slopes: list[Array] = []
        for k in range(net.depth - 1, -1, -1):
            slopes.insert(0, push[:, :, None] * inside[k][:, None, :])
            if k:
                back = push @ net.weights[k] + np.einsum("bij,bi->bj", change[k], push)
                push = back * np.maximum(net.activation.slope(outside[k - 1]), leak)
        return output[rows, self.pairs[:, 0]] - output[rows, self.pairs[:, 1]], slopes

    def step(self, change: Array, slope: Array, radius: float, length: float) -> Array:
        """One projected step of one layer."""
        if radius == 0:
            return change
        if self.norm == "elementwise":
            moved = change - length * radius * np.sign(slope)
            return np.asarray(np.clip(moved, -radius, radius))
        moved = change - length * radius * slope / _lengths(slope)
        return np.asarray(moved * np.minimum(1, radius / _lengths(moved)))


def _lengths(matrices: Array) -> Array:
    """Frobenius norms, positive, with axes to divide by."""
    found = np.sqrt((matrices**2).sum(axis=(-2, -1), keepdims=True))
    return np.asarray(np.maximum(found, np.finfo(float).tiny))


def _random(shape: tuple[int, ...], radius: float, norm: str, source: np.random.Generator) -> Array:
    if norm == "elementwise":
        return np.asarray(radius * source.choice([-1.0, 1.0], size=shape))
    drawn = source.normal(size=shape)
    return np.asarray(radius * drawn / _lengths(drawn))
