r"""Two-layer networks :math:`f(x)=\sum_{\ell\le k}a_\ell\,\psi(w_\ell\cdot x+b_\ell)` as values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import RELU, Activation, Array
from asymp.finite.robustness_law.data import as_data
from asymp.symbols.arguments import finite_array, generator, real_array, whole


@dataclass(frozen=True)
class TwoLayer:
    r"""The network :math:`f(x)=\sum_{\ell\le k}a_\ell\,\psi(w_\ell\cdot x+b_\ell)`.

    The class :math:`\mathcal F_k(\psi)` of Bubeck, Li and Nagaraj (COLT 2021; read). Points are
    rows; in the paper's scaling they have norm one, exactly or on average. One output, any
    activation and a gradient in the inputs are what its certificates need; deeper networks are
    :class:`~asymp.finite.weight_margin.Network`.

    Parameters
    ----------
    a : array_like, shape (k,)
        Output weights.
    W : array_like, shape (k, d)
        Rows :math:`w_\ell`.
    b : array_like, shape (k,), or scalar
        Biases.
    activation : Activation
        :math:`\psi`.

    Raises
    ------
    InvalidParameter
        If the shapes do not fit, or a weight is not a finite number.

    Examples
    --------
    >>> from asymp.finite.robustness_law import TwoLayer
    >>> network = TwoLayer([1.0, -2.0], [[1.0, 0.0], [0.0, 1.0]], -0.5)
    >>> network.predict([[1.0, 0.0], [0.0, 1.0]])
    array([ 0.5, -1. ])
    >>> network.gradient([[1.0, 0.0], [1.0, 1.0]])
    array([[ 1.,  0.],
           [ 1., -2.]])
    """

    a: Array
    W: Array
    b: Array = field(default_factory=lambda: np.zeros(()))
    activation: Activation = RELU

    def __post_init__(self) -> None:
        a, W = finite_array("a", self.a, "(k,)"), finite_array("W", self.W, "(k, d)")
        if W.ndim != 2 or a.shape != W.shape[:1] or 0 in W.shape:
            raise InvalidParameter(
                f"a of shape {a.shape} and W of shape {W.shape}: a must be (k,) and W (k, d), "
                "k and d at least 1; give one output weight for each row of W"
            )
        b = finite_array("b", self.b, "(k,)")
        if b.shape not in ((), a.shape):
            raise InvalidParameter(f"b of shape {b.shape}: must be {a.shape} or a scalar")
        b = np.array(np.broadcast_to(b, a.shape))
        for name, value in (("a", a), ("W", W), ("b", b)):
            object.__setattr__(self, name, value)

    @property
    def neurons(self) -> int:
        """The width k."""
        return self.W.shape[0]

    @property
    def dimension(self) -> int:
        """The dimension d of the inputs."""
        return self.W.shape[1]

    @property
    def parameters(self) -> int:
        """Number of weights: k (d + 2), or k (d + 1) if every bias is zero."""
        return self.neurons * (self.dimension + 1 + int(np.any(self.b != 0)))

    def preactivations(self, points: Array) -> Array:
        r"""Values :math:`w_\ell\cdot x+b_\ell`, shape (..., k)."""
        return np.asarray(self.as_points(points) @ self.W.T + self.b)

    def predict(self, points: Array) -> Array:
        """Outputs at points of shape (..., d), shape (...)."""
        return np.asarray(self.activation.value(self.preactivations(points)) @ self.a)

    def gradient(self, points: Array) -> Array:
        r"""Gradients :math:`\sum_\ell a_\ell\psi'(w_\ell\cdot x+b_\ell)w_\ell`, shape (..., d)."""
        return np.asarray((self.activation.slope(self.preactivations(points)) * self.a) @ self.W)

    def misfit(self, points: Array, labels: Array) -> float:
        r"""The greatest :math:`|f(x_i)-y_i|`, for points of shape (n, d)."""
        x, y = as_data(points, labels)
        return float(np.max(np.abs(self.predict(x) - y)))

    def as_points(self, points: Array) -> Array:
        """Points of shape (..., d), or a refusal."""
        points = real_array("points", points, "(..., d)")
        if points.ndim < 1 or points.shape[-1] != self.dimension:
            raise InvalidParameter(
                f"points of shape {points.shape}: the last axis must have d = {self.dimension} "
                "coordinates"
            )
        return points


def maximum_random_gradient(
    network: TwoLayer, *, draws: int = 1000, rng: int | np.random.Generator = 0
) -> float:
    r"""Greatest gradient at random points, :math:`\max_i\|\nabla f(z_i)\|`.

    With :math:`z_i\sim N(0,I_d/d)` it is the lower estimate of the Lipschitz constant that the
    experiments of Bubeck, Li and Nagaraj plot (section 1.1 and figures 1 to 3; read).

    Parameters
    ----------
    network : TwoLayer
        The network.
    draws : int
        Number of points, 1000 in the paper.
    rng : int or numpy.random.Generator
        Seed or generator.

    Raises
    ------
    InvalidParameter
        If there are no draws.

    Examples
    --------
    >>> from asymp.finite.robustness_law import IDENTITY, TwoLayer, maximum_random_gradient
    >>> maximum_random_gradient(TwoLayer([2.0], [[3.0, 4.0]], activation=IDENTITY))
    10.0
    """
    draws = whole("draws", draws, 1, "give a number of points")
    points = generator(rng).standard_normal((draws, network.dimension))
    slopes = network.gradient(points / np.sqrt(network.dimension))
    return float(np.max(np.linalg.norm(slopes, axis=1)))
