r"""Two-layer ReLU networks really trained, to look at their gradients afterwards.

Adam on the mean square loss, over all points at once or in mini-batches, both layers and the
biases, with or without normalisation of the preactivations over the batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from asymp.errors import InvalidParameter, NotConverged
from asymp.finite.robustness_law.activation import Array
from asymp.finite.robustness_law.data import as_data
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols.arguments import POSITIVE, generator, number, whole

FIRST, SECOND, TINY = 0.9, 0.999, 1e-8
# Added to variances of preactivations, as usual.
SAFE = 1e-5


@dataclass(frozen=True)
class Trained:
    """A trained network, its mean square loss and the steps it took."""

    network: TwoLayer
    loss: float
    steps: int


@dataclass(frozen=True)
class Batch:
    """The whole data set or a part of it, and how preactivations are treated."""

    x: Array
    y: Array
    neurons: int
    normalised: bool

    def views(self, weights: Array) -> tuple[Array, Array, Array, Array]:
        """Rows, gains, biases and output weights, as views of one vector."""
        k, size = self.neurons, self.neurons * self.x.shape[1]
        return (
            weights[:size].reshape(k, -1),
            weights[size : size + k],
            weights[size + k : -k],
            weights[-k:],
        )

    def start(self, scale: float, rng: np.random.Generator) -> Array:
        """Gaussian weights, gains one and biases zero."""
        (_, d), k = self.x.shape, self.neurons
        weights = np.zeros(k * d + 3 * k)
        W, gain, _, a = self.views(weights)
        W[:] = rng.standard_normal((k, d)) * scale / np.sqrt(d)
        a[:] = rng.standard_normal(k) * scale / np.sqrt(k)
        gain[:] = 1.0
        return weights

    def preactivations(self, weights: Array) -> tuple[Array, Array, Array]:
        """Standardised preactivations, and the means and deviations that were taken out."""
        bare = self.x @ self.views(weights)[0].T
        if not self.normalised:
            return bare, np.zeros(self.neurons), np.ones(self.neurons)
        mean, deviation = bare.mean(axis=0), np.sqrt(bare.var(axis=0) + SAFE)
        return (bare - mean) / deviation, mean, deviation

    def parts(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """The points in random order, in equal parts of at least ``size`` (up to one point)."""
        count = max(len(self.y) // size, 1)
        for chosen in np.array_split(rng.permutation(len(self.y)), count):
            yield Batch(self.x[chosen], self.y[chosen], self.neurons, self.normalised)

    def loss(self, weights: Array) -> float:
        """Mean square loss."""
        _, gain, b, a = self.views(weights)
        hidden = np.maximum(gain * self.preactivations(weights)[0] + b, 0.0)
        return float(np.mean((hidden @ a - self.y) ** 2))

    def loss_and_slope(self, weights: Array) -> tuple[float, Array]:
        """Mean square loss and its gradient."""
        _, gain, b, a = self.views(weights)
        unit, _, deviation = self.preactivations(weights)
        hidden = np.maximum(gain * unit + b, 0.0)
        residual = hidden @ a - self.y
        slope = np.empty_like(weights)
        to_W, to_gain, to_b, to_a = self.views(slope)
        to_a[:] = hidden.T @ residual * (2 / len(self.y))
        back = (hidden > 0) * (residual[:, None] * (2 / len(self.y))) * a
        to_b[:] = back.sum(axis=0)
        to_gain[:] = 0.0
        if self.normalised:
            to_gain[:] = np.sum(back * unit, axis=0)
            back *= gain
            back -= back.mean(axis=0) + unit * np.mean(back * unit, axis=0)
            back /= deviation
        to_W[:] = back.T @ self.x
        return float(residual @ residual) / len(self.y), slope

    def network(self, weights: Array) -> TwoLayer:
        """The network, with the normalisation absorbed into rows and biases."""
        W, gain, b, a = self.views(weights)
        _, mean, deviation = self.preactivations(weights)
        rows = W * (gain / deviation)[:, None]
        return TwoLayer(a.copy(), rows, b - gain * mean / deviation)


@dataclass
class Adam:
    """Averages of slopes and of their squares, and the steps taken."""

    rate: float
    first: Array
    second: Array
    steps: int = 0

    def move(self, weights: Array, slope: Array) -> None:
        """One step, in place."""
        self.steps += 1
        self.first += (1 - FIRST) * (slope - self.first)
        self.second += (1 - SECOND) * (slope**2 - self.second)
        size = self.rate * np.sqrt(1 - SECOND**self.steps) / (1 - FIRST**self.steps)
        weights -= size * self.first / (np.sqrt(self.second) + TINY)


def passes(
    data: Batch, weights: Array, adam: Adam, batch: int | None, rng: np.random.Generator
) -> Iterator[float]:
    """Losses of all points before each pass over them; the weights move when asked for the next."""
    while True:
        if batch is None:
            reached, slope = data.loss_and_slope(weights)
            yield reached
            adam.move(weights, slope)
        else:
            yield data.loss(weights)
            for part in data.parts(batch, rng):
                adam.move(weights, part.loss_and_slope(weights)[1])


def train(
    points: Array,
    labels: Array,
    neurons: int,
    *,
    loss: float = 0.02,
    rate: float = 0.005,
    scale: float = 1.0,
    steps: int = 20_000,
    normalised: bool = False,
    batch: int | None = None,
    rng: int | np.random.Generator = 0,
) -> Trained:
    r"""Train a two-layer ReLU network until its mean square loss is below a threshold.

    Both layers and the biases follow Adam with moments 0.9 and 0.999 on
    :math:`\frac1n\sum_i(f(x_i)-y_i)^2`.  Weights start as Gaussian variables of variance
    ``scale**2 / d`` (rows) and ``scale**2 / k`` (output), biases at zero; ``scale = 3**-0.5`` has
    the variances of the uniform weights with which PyTorch starts.

    Parameters
    ----------
    points : array_like, shape (n, d)
        Inputs of norm of order one.
    labels : array_like, shape (n,)
        Labels.
    neurons : int
        Width k.
    loss : float
        Training stops below it; 0.02 in the first experiment of Bubeck, Li and Nagaraj (read).
    rate : float
        Step size of Adam.
    scale : float
        Scale of the first weights.
    steps : int
        Greatest number of steps; in mini-batches, the pass in which it is reached is finished.
    normalised : bool
        Standardise each preactivation over the points of a step, with a gain and a bias after it
        (batch normalisation).  The network that is handed back has it absorbed into its weights,
        with means and deviations over all points.
    batch : int, optional
        Each pass over the points takes them in random order and in n // batch parts of equal size
        (up to one point), one step a part, and the loss of the network that would be handed back
        is taken between passes; at least 2 if normalised. By default every step takes all points.
    rng : int or numpy.random.Generator
        Seed or generator of the first weights and of the order of points.

    Returns
    -------
    Trained
        The network, its loss and the steps.

    Raises
    ------
    InvalidParameter
        If a setting is not positive, a size no integer, a normalised batch a single point, or the
        shapes do not fit.
    NotConverged
        If the loss is not reached.

    Examples
    --------
    >>> from asymp.finite.robustness_law import generic_data, train
    >>> trained = train(*generic_data(30, 10, law="gaussian"), 20)
    >>> trained.loss < 0.02
    True
    """
    x, y = as_data(points, labels)
    neurons = whole("neurons", neurons, 1, "give the width")
    steps = whole("steps", steps, 1, "give the greatest number of steps")
    loss = number("loss", loss, POSITIVE, "training stops below it")
    rate = number("rate", rate, POSITIVE, "give the step size")
    scale = number("scale", scale, POSITIVE, "give the scale of the first weights")
    if batch is not None:
        batch = as_batch(batch, normalised)
    data, source = Batch(x, y, neurons, normalised), generator(rng)
    weights = data.start(scale, source)
    adam = Adam(rate, np.zeros_like(weights), np.zeros_like(weights))
    for reached in passes(data, weights, adam, batch, source):
        if reached < loss:
            return Trained(data.network(weights), reached, adam.steps)
        if adam.steps >= steps:
            break
    raise NotConverged(
        f"loss {reached:.3g} after {adam.steps} steps, not below {loss}: give more neurons than "
        f"k = {neurons}, more steps or another rate"
    )


def as_batch(batch: int, normalised: bool) -> int:
    """A size of mini-batches, of which normalisation needs at least two points."""
    batch = whole("batch", batch, 1, "give the number of points of a step")
    if normalised and batch == 1:
        raise InvalidParameter(
            "batch = 1 with normalised = True: one point has no deviation; give at least 2"
        )
    return batch
