r"""Symmetric tensors :math:`T=\sum_ic_i\,x_i^{\otimes p}` and their norms.

As a function, :math:`\langle T,x^{\otimes p}\rangle=\sum_ic_i(x_i\cdot x)^p`. No entry is formed
where Gram matrices of powers :math:`(x_i\cdot x_j)^q` will do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from asymp.errors import InvalidParameter
from asymp.finite.robustness_law.activation import Array, power
from asymp.finite.robustness_law.data import as_data, require_powers
from asymp.finite.robustness_law.enclosure import Enclosure, exactly
from asymp.finite.robustness_law.network import TwoLayer
from asymp.symbols.arguments import generator, whole

STARTS = 64
CLIMBS = 200
# Relative residual up to which a linear system counts as solved.
SOLVED = 1e-8


@dataclass(frozen=True)
class SymmetricTensor:
    r"""The tensor :math:`T=\sum_ic_i\,x_i^{\otimes p}`.

    Parameters
    ----------
    weights : array_like, shape (n,)
        :math:`c_i`.
    points : array_like, shape (n, d)
        :math:`x_i`.
    order : int
        :math:`p\ge2`.

    Raises
    ------
    InvalidParameter
        If the shapes do not fit, the order is less than two, or powers of points leave double
        precision.

    Examples
    --------
    >>> from asymp.finite.robustness_law import SymmetricTensor
    >>> T = SymmetricTensor([2.0, -3.0], [[1.0, 0.0], [0.0, 1.0]], 4)
    >>> round(T.frobenius() ** 2, 12)
    13.0
    >>> T.operator_norm().lower, T.operator_norm().upper
    (3.0, 3.0)
    """

    weights: Array
    points: Array
    order: int

    def __post_init__(self) -> None:
        points, weights = as_data(self.points, self.weights)
        order = whole("order", self.order, 2, "give the order of the tensor")
        require_powers("points", points, order)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "points", points)

    @classmethod
    def fit(cls, points: Array, labels: Array, order: int) -> SymmetricTensor:
        r"""The tensor of least Frobenius norm with :math:`\langle T,x_i^{\otimes p}\rangle=y_i`.

        Its weights solve :math:`\sum_j(x_i\cdot x_j)^pc_j=y_i`.

        Raises
        ------
        InvalidParameter
            If no tensor of that order fits, or it is no order.
        """
        x, y = as_data(points, labels)
        order = whole("order", order, 2, "give the order of the tensor")
        require_powers("points", x, order)
        weights = linalg.lstsq(gram(x, order), y)[0]
        fitted = cls(weights, x, order)
        off = np.max(np.abs(fitted.at(x) - y))
        if off > SOLVED * np.max(np.abs(y)):
            raise InvalidParameter(
                f"n = {len(x)} points in d = {x.shape[1]}: no tensor of order {order} fits them "
                f"(off by {off:.2g}); take fewer points or a higher order"
            )
        return fitted

    @classmethod
    def labelled(cls, points: Array, labels: Array, order: int) -> SymmetricTensor:
        r"""The tensor :math:`\Omega=\sum_iy_i\,x_i^{\otimes p}` of the data."""
        return cls(labels, points, order)

    @property
    def dimension(self) -> int:
        """Number d of coordinates."""
        return self.points.shape[1]

    @property
    def network(self) -> TwoLayer:
        r"""The polynomial as a network with one neuron :math:`t^p` for each point."""
        return TwoLayer(self.weights, self.points, activation=power(self.order))

    def at(self, x: Array) -> Array:
        r"""Values :math:`\langle T,x^{\otimes p}\rangle` at points of shape (..., d)."""
        return np.asarray((np.asarray(x) @ self.points.T) ** self.order @ self.weights)

    def inner(self, other: SymmetricTensor) -> float:
        r""":math:`\langle T,S\rangle`."""
        return float(self.weights @ other.at(self.points))

    def frobenius(self) -> float:
        r""":math:`\|T\|_F`."""
        return float(np.sqrt(max(self.inner(self), 0.0)))

    def matrix(self) -> Array:
        """The matrix, for order two."""
        if self.order != 2:
            raise InvalidParameter(f"order = {self.order}: only order 2 is a matrix")
        return np.asarray((self.points.T * self.weights) @ self.points)

    def operator_norm(self, *, rng: int | np.random.Generator = 0) -> Enclosure:
        r"""Enclose :math:`\|T\|_{op}=\max_{\|x\|=1}|\langle T,x^{\otimes p}\rangle|`.

        For symmetric tensors it is also the maximum of :math:`\langle T,u_1\otimes\cdots\otimes
        u_p\rangle` over unit vectors (Banach 1938; recalled). The largest eigenvalue for
        :math:`p=2`; otherwise, since the norm is hard to compute, the upper end is the least
        operator norm of a flattening into a :math:`d^q\times d^{p-q}` matrix, and the lower end
        the best of 64 power iterations.
        """
        if self.order == 2:
            return exactly(np.max(np.abs(linalg.eigvalsh(self.matrix()))))
        methods = {
            f"flattening {q}|{self.order - q}": flattening_norm(self, q)
            for q in range(1, self.order // 2 + 1)
        }
        lower = power_iteration(self, generator(rng))
        return Enclosure(lower, max(lower, min(methods.values())), methods)


def gram(points: Array, order: int) -> Array:
    r"""The matrix :math:`(x_i\cdot x_j)^p`."""
    return np.asarray((points @ points.T) ** order)


def flattening_norm(tensor: SymmetricTensor, first: int) -> float:
    r"""Operator norm of the matrix :math:`\sum_ic_i\,x_i^{\otimes q}(x_i^{\otimes p-q})^\top`."""
    left = _root(tensor.points, first)
    right = _root(tensor.points, tensor.order - first)
    return float(np.linalg.norm(left.T @ (tensor.weights[:, None] * right), 2))


def _root(points: Array, order: int) -> Array:
    r"""A matrix R with :math:`RR^\top=(x_i\cdot x_j)^q`: the powers, or a square root."""
    n, d = points.shape
    if d**order <= n:
        rows = np.ones((n, 1))
        for _ in range(order):
            rows = (rows[:, :, None] * points[:, None, :]).reshape(n, -1)
        return rows
    values, vectors = linalg.eigh(gram(points, order))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def power_iteration(tensor: SymmetricTensor, rng: np.random.Generator) -> float:
    r"""Greatest :math:`|\langle T,x^{\otimes p}\rangle|` that shifted power iterations find.

    Both signs of the tensor, from random points and from the heaviest of its own.
    """
    heavy = tensor.points[np.argsort(-np.abs(tensor.weights))[:STARTS]]
    starts = np.vstack([rng.standard_normal((STARTS, tensor.dimension)), heavy])
    starts = starts[np.linalg.norm(starts, axis=1) > 0]
    x = np.vstack([starts, starts])
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    sign = np.repeat([1.0, -1.0], len(starts))
    best = 0.0
    for _ in range(CLIMBS):
        inner = x @ tensor.points.T
        slope = (inner ** (tensor.order - 1) * tensor.weights) @ tensor.points
        values = np.sum(slope * x, axis=1)
        best = max(best, float(np.max(np.abs(values))))
        # The shift of a few times the value makes the step an ascent near a maximum.
        x = sign[:, None] * slope + (tensor.order - 1) * np.abs(values)[:, None] * x
        x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), np.finfo(float).tiny)
    return best
