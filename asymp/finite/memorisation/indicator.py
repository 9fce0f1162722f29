r"""Indicators of balls around samples as one sparse ReLU network.

The network has two outputs, :math:`A=\sum_{y_i=1}\varphi_i` and :math:`B=\sum_{y_i=-1}\varphi_i`,
where :math:`\varphi_i` is 1 on :math:`\mathbb B_p(X_i,\delta)`, 0 at distance
:math:`R=\delta+h` or more, and between 0 and 1 on the ramp between.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.sparse

from asymp.finite.memorisation.network import Array, ReluNetwork


def indicators(
    samples: Array, labels: Array, delta: float, ramp: float, norm: float
) -> ReluNetwork:
    r"""Network of the outputs A and B for balls of radius ``delta`` with a ramp of width ``ramp``.

    For :math:`p=\infty`,
    :math:`\varphi_i(x)=\mathrm{ReLU}\big(1-\tfrac1h\sum_k[\mathrm{ReLU}(z_{ik}-\delta)+
    \mathrm{ReLU}(-z_{ik}-\delta)]\big)` with :math:`z_{ik}=x_k-X_{ik}`: no coordinate leaves the
    box exactly on the box, and one that leaves it by ``h`` suffices for zero.

    For :math:`p=2`, squares are not piecewise linear. With
    :math:`t_{ik}=\min(|z_{ik}|/R,1)` and the interpolant
    :math:`q_m(t)=t-\sum_{s\le m}4^{-s}g^{\circ s}(t)` of :math:`t^2` at multiples of
    :math:`2^{-m}` (``g`` the hat function), :math:`0\le q_m-t^2\le4^{-m-1}`, so that
    :math:`F_i=R^2\sum_kq_m(t_{ik})` is at most :math:`T=\delta^2+DR^24^{-m-1}` on the ball and at
    least :math:`R^2` at distance ``R``;
    :math:`\varphi_i=\mathrm{ReLU}(1-\mathrm{ReLU}((F_i-T)/(R^2-T)))`. Depth ``m`` is the smallest
    for which :math:`T\le(\delta^2+R^2)/2`.

    Source: the indicators of Lemma 4.5 of Li and Li (second-hand); this network is derived here.
    The squares are Yarotsky's (recalled).

    Examples
    --------
    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([1.0, -1.0])
    >>> indicators(x, y, 0.2, 0.1, np.inf)([[0.2, -0.2], [0.25, 0.0], [0.3, 0.0]]).round(6).tolist()
    [[1.0, 0.0], [0.5, 0.0], [0.0, 0.0]]
    """
    signs = np.stack([labels > 0, labels < 0]).astype(float)
    out = (scipy.sparse.csr_array(signs), np.zeros(2))
    box = norm == np.inf
    layers = _box(samples, delta, ramp) if box else _ball(samples, delta, delta + ramp)
    weights, biases = zip(*layers, out, strict=True)
    return ReluNetwork(weights, biases)


def indicator_parameters(n: int, dimension: int, delta: float, ramp: float, norm: float) -> int:
    r"""Number of parameters of :func:`indicators`, as stated.

    :math:`6ND+2N+2` for :math:`p=\infty`; :math:`14ND+6N+(m-1)(8ND+2N)+2` for :math:`p=2`, with
    :math:`m=O(\log(DR^2/(R^2-\delta^2)))`.

    Examples
    --------
    >>> indicator_parameters(10, 3, 0.1, 0.05, np.inf)
    202
    """
    if norm == np.inf:
        return 6 * n * dimension + 2 * n + 2
    m = square_depth(dimension, delta, delta + ramp)
    return 14 * n * dimension + 6 * n + (m - 1) * (8 * n * dimension + 2 * n) + 2


def ball_bounds(
    distance: Array, around: float, dimension: int, delta: float, ramp: float
) -> tuple[Array, Array]:
    r"""Lower and upper bound of an indicator of :math:`p=2` on a ball of radius ``around``.

    The ball's centre is at ``distance`` ``s`` from the sample. On it :math:`|z|` lies between
    :math:`s-r` and :math:`s+r`, and :math:`0\le q_m-t^2\le4^{-m-1}` gives
    :math:`\min(|z|^2,R^2)\le F\le|z|^2+DR^24^{-m-1}`; the indicator falls with ``F``. Bounds of
    the formula of :func:`indicators`, not of stored weights.

    Examples
    --------
    >>> ball_bounds(np.array([0.0, 0.5, 1.0]), 0.3, 4, 0.3, 0.2)[0].tolist()
    [1.0, 0.0, 0.0]
    >>> ball_bounds(np.array([0.0, 0.5, 1.0]), 0.3, 4, 0.3, 0.2)[1].tolist()
    [1.0, 1.0, 0.0]
    """
    radius = delta + ramp
    error, inside = _squares_error(dimension, delta, radius)
    most = (distance + around) ** 2 + error
    least = np.minimum(np.maximum(distance - around, 0.0), radius) ** 2
    low, high = (1 - np.maximum(f - inside, 0.0) / (radius**2 - inside) for f in (most, least))
    return np.maximum(low, 0.0), np.maximum(high, 0.0)


def square_depth(dimension: int, delta: float, radius: float) -> int:
    r"""Smallest ``m`` with :math:`DR^24^{-m-1}\le(R^2-\delta^2)/2`, at least 1."""
    share = 2 * dimension * radius**2 / (radius**2 - delta**2)
    return max(1, math.ceil(math.log(share, 4)) - 1)


def _squares_error(dimension: int, delta: float, radius: float) -> tuple[float, float]:
    """Largest error of the sum of squares, and ``T``, its bound on the ball."""
    depth = square_depth(dimension, delta, radius)
    error = dimension * radius**2 * 4.0 ** (-depth - 1)
    return error, delta**2 + error


def _box(samples: Array, delta: float, ramp: float) -> list[tuple[Any, Array]]:
    """Two hidden layers: what leaves the box on either side, and one unit a sample."""
    n, dimension = samples.shape
    flat = samples.ravel()
    outside = np.concatenate([-flat - delta, flat - delta]) / ramp
    collect = _rows(n, dimension, -1.0)
    return [
        (_coordinates(n, dimension, 1.0 / ramp), outside),
        (_csr(scipy.sparse.hstack([collect, collect])), np.ones(n)),
    ]


def _ball(samples: Array, delta: float, radius: float) -> list[tuple[Any, Array]]:
    """Hidden layers of the ball: distances of coordinates, squares, the ramp."""
    n, dimension = samples.shape
    depth = square_depth(dimension, delta, radius)
    flat = samples.ravel()
    eye = scipy.sparse.eye_array(n * dimension)
    layers = [
        (_coordinates(n, dimension, 1.0), np.concatenate([-flat, flat])),
        # The unit is 1 - t, so that t = min(|z|/R, 1) is affine in it.
        (_csr(scipy.sparse.hstack([-eye, -eye]) / radius), np.ones(n * dimension)),
        *_squares(n, dimension, depth),
    ]
    _, inside = _squares_error(dimension, delta, radius)
    scale = radius**2 / (radius**2 - inside)
    layers.append(
        (
            _csr(scale * _sum_of_squares(n, dimension, depth)),
            np.full(n, -scale * inside / radius**2),
        )
    )
    layers.append((_csr(-scipy.sparse.eye_array(n)), np.ones(n)))
    return layers


def _squares(n: int, dimension: int, depth: int) -> list[tuple[Any, Array]]:
    r"""Layers of the units :math:`g^{(s-1)}`, :math:`(g^{(s-1)}-\frac12)_+` and partial sums.

    From these, the next hat is twice the first minus four times the second.
    """
    size = n * dimension
    eye = scipy.sparse.eye_array(size)
    # t = 1 - unit.
    first = _csr(scipy.sparse.vstack([-eye, -eye, _rows(n, dimension, -1.0)]))
    layers = [(first, np.concatenate([np.ones(size), np.full(size, 0.5), np.full(n, dimension)]))]
    hat = scipy.sparse.hstack([2 * eye, -4 * eye])
    for s in range(1, depth):
        nothing = scipy.sparse.coo_array((size, n))
        repeat = scipy.sparse.hstack([hat, nothing])
        weight = scipy.sparse.vstack([repeat, repeat, _sum_of_squares(n, dimension, s)])
        bias = np.concatenate([np.zeros(size), np.full(size, -0.5), np.zeros(n)])
        layers.append((_csr(weight), bias))
    return layers


def _sum_of_squares(n: int, dimension: int, s: int) -> Any:
    r"""Row a sample: the partial sum so far minus :math:`4^{-s}\sum_kg^{(s)}`."""
    hat = _rows(n, dimension, -(4.0**-s))
    return scipy.sparse.hstack([2 * hat, -4 * hat, scipy.sparse.eye_array(n)])


def _coordinates(n: int, dimension: int, scale: float) -> Any:
    """Weights of :math:`x_k` and :math:`-x_k` for every sample, sample by sample."""
    every = scipy.sparse.kron(np.ones((n, 1)), scipy.sparse.eye_array(dimension))
    return _csr(scale * scipy.sparse.vstack([every, -every]))


def _rows(n: int, dimension: int, value: float) -> Any:
    """Sum over the coordinates of each sample, times a value."""
    return scipy.sparse.kron(scipy.sparse.eye_array(n), np.full((1, dimension), value))


def _csr(matrix: Any) -> Any:
    """Compressed rows without stored zeros: Kronecker products keep blocks, zeros included."""
    compressed = scipy.sparse.csr_array(matrix)
    compressed.eliminate_zeros()
    return compressed
