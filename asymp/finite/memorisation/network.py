r"""Feed-forward ReLU networks with sparse weights: values, interval bounds, counted parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.layers import require_chain
from asymp.symbols.arguments import finite_array

Array = np.ndarray[Any, np.dtype[np.float64]]
# Hidden activations held at once while values are computed.
_HELD = 2_000_000


@dataclass(frozen=True)
class ReluNetwork:
    r"""The function :math:`x\mapsto W_L\,\mathrm{ReLU}(\cdots\mathrm{ReLU}(W_1x+b_1)\cdots)+b_L`.

    Its weights are sparse and its parameters the stored ones, as the construction counts them;
    compare :class:`~asymp.finite.weight_margin.Network`, dense and of any nonnegative activation.

    Parameters
    ----------
    weights : tuple of scipy.sparse.csr_array
        :math:`W_\ell`, of shapes (units, units of the layer before).
    biases : tuple of numpy.ndarray
        :math:`b_\ell`, one number a unit.

    Examples
    --------
    >>> absolute = ReluNetwork.of([([[1.0], [-1.0]], [0.0, 0.0]), ([[1.0, 1.0]], [0.0])])
    >>> absolute([[-2.0], [3.0]]).tolist()
    [2.0, 3.0]
    >>> absolute.parameters
    7
    """

    weights: tuple[Any, ...]
    biases: tuple[Array, ...]

    def __post_init__(self) -> None:
        """Refuse layers that do not fit together or hold what is no number."""
        require_chain(self.weights, self.biases)
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            finite_array(f"weights[{k}]", weight.data)
            finite_array(f"biases[{k}]", bias)

    @classmethod
    def of(cls, layers: Iterable[tuple[Any, Any]]) -> ReluNetwork:
        """Network from pairs (weight, bias) of nested sequences or arrays, first layer first."""
        pairs = [(np.atleast_2d(np.asarray(w, float)), np.asarray(b, float)) for w, b in layers]
        return cls(tuple(scipy.sparse.csr_array(w) for w, _ in pairs), tuple(b for _, b in pairs))

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return int(self.weights[0].shape[1])

    @property
    def outputs(self) -> int:
        """Number of outputs."""
        return int(self.weights[-1].shape[0])

    @property
    def hidden_layers(self) -> int:
        """Number of layers that a ReLU follows."""
        return len(self.weights) - 1

    @property
    def parameters(self) -> int:
        """Stored weights and biases: absent connections of a sparse layer are not counted."""
        return sum(int(w.nnz) for w in self.weights) + sum(b.size for b in self.biases)

    def __call__(self, x: Any) -> Array:
        """Values at the rows of ``x``: shape (n,), or (n, outputs) if there are several."""
        points = self._rows("x", x)
        rows = max(1, _HELD // max(b.size for b in self.biases))
        parts = [self._values(points[i : i + rows]) for i in range(0, len(points), rows)]
        values = np.concatenate(parts) if parts else np.empty((0, self.outputs))
        return values[:, 0] if self.outputs == 1 else values

    def _rows(self, name: str, x: Any) -> Array:
        points = np.atleast_2d(finite_array(name, x, "(n, D)"))
        if points.ndim != 2 or points.shape[1] != self.inputs:
            raise InvalidProblem(
                f"{name} has shape {points.shape}; give (n, {self.inputs}): the network takes "
                f"{self.inputs} inputs"
            )
        return points

    def _values(self, points: Array) -> Array:
        state = points.T
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            state = np.maximum(weight @ state + bias[:, None], 0.0)
        return np.asarray(self.weights[-1] @ state + self.biases[-1][:, None]).T

    def bounds(self, low: Any, high: Any) -> tuple[Array, Array]:
        r"""Lower and upper bounds of every output on the boxes :math:`[low,high]`.

        Interval arithmetic layer by layer: valid for every network, tight only where units of a
        layer reach their ends together. Rows are boxes; shapes are those of a call.
        """
        lower, upper = self._rows("low", low).T, self._rows("high", high).T
        if lower.shape != upper.shape or (lower > upper).any():
            raise InvalidParameter("low is not below high in every coordinate; give boxes")
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
                lower, upper = np.maximum(lower, 0.0), np.maximum(upper, 0.0)
            up, down = weight.maximum(0.0), weight.minimum(0.0)
            lower, upper = (
                up @ lower + down @ upper + bias[:, None],
                up @ upper + down @ lower + bias[:, None],
            )
        if self.outputs == 1:
            return lower[0], upper[0]
        return lower.T, upper.T
