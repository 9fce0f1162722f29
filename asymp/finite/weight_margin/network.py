r"""Feed-forward networks given by their weights, and their pairwise margins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from asymp.errors import InvalidParameter
from asymp.finite.layers import require_chain
from asymp.finite.weight_margin.overflow import finite_result
from asymp.symbols.arguments import finite_array, real_array, shown

Array = NDArray[np.floating[Any]]
_GRID = np.linspace(-40, 40, 80_001)
_ROUND_OFF = 1e-9  # the grid's differences are of order 1e-3, with rounding 1e-15 * 40


@dataclass(frozen=True)
class Nonlinearity:
    r"""A non-negative, monotone, 1-Lipschitz function applied to each unit.

    .. math:: \varphi\ge0,\qquad 0\le\varphi(b)-\varphi(a)\le b-a\quad(a\le b).

    Parameters
    ----------
    name : str
    value, slope : callable
        The function and its derivative (one-sided at kinks) of an array.

    Raises
    ------
    InvalidParameter
        If one of the three properties fails on a grid of 80,001 points of [-40, 40], or a value
        or slope is not finite there; the message says where.

    Examples
    --------
    >>> Nonlinearity("tanh", np.tanh, lambda u: 1 / np.cosh(u) ** 2)
    Traceback (most recent call last):
    ...
    asymp.errors.InvalidParameter: activation 'tanh' is -1 at -40; give a non-negative one
    """

    name: str
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]

    def __post_init__(self) -> None:
        found = self._on_grid("value", self.value)
        self._on_grid("slope", self.slope)
        rise, step = np.diff(found), _GRID[1] - _GRID[0]
        self._require(found < 0, found, "a non-negative one")
        self._require(rise < -_ROUND_OFF * step, found, "a monotone one")
        self._require(rise > step * (1 + _ROUND_OFF), found, "one of slope at most 1")

    def _on_grid(self, what: str, function: Any) -> Array:
        """Finite values on the grid."""
        if not callable(function):
            raise InvalidParameter(
                f"{what} = {shown(function)} of activation {self.name!r} is no function; give one "
                "of an array"
            )
        found = real_array(f"{what} of activation {self.name!r}", function(_GRID), "of the input's")
        if found.shape != _GRID.shape:
            raise InvalidParameter(
                f"{what} of activation {self.name!r} has shape {found.shape} for an array of shape "
                f"{_GRID.shape}; give a function that acts on each entry"
            )
        self._require(~np.isfinite(found), found, f"a {what} that is finite")
        return found

    def _require(self, wrong: NDArray[np.bool_], found: Array, what: str) -> None:
        if wrong.any():
            at = int(np.argmax(wrong))
            raise InvalidParameter(
                f"activation {self.name!r} is {found[at]:.3g} at {_GRID[at]:.3g}; give {what}"
            )


NAMED = {
    n.name: n
    for n in (
        Nonlinearity("relu", lambda u: np.maximum(u, 0), lambda u: 1.0 * (u > 0)),
        Nonlinearity("softplus", lambda u: np.logaddexp(u, 0), expit),
        Nonlinearity("sigmoid", expit, lambda u: expit(u) * expit(-u)),
    )
}


@dataclass(frozen=True, eq=False, init=False)
class Network:
    r"""A feed-forward network with one linear output for each class.

    .. math:: z^0=x,\quad z^k=\varphi(W^kz^{k-1}+b^k)\ (k<L),\quad f(x)=W^Lz^{L-1}+b^L .

    Its weights are dense and its units nonnegative, as bounds under moved weights ask; compare
    :class:`~asymp.finite.memorisation.ReluNetwork`, whose weights are sparse, and
    :class:`~asymp.finite.robustness_law.TwoLayer`, which has a gradient in its inputs.

    Parameters
    ----------
    weights : sequence of array_like
        :math:`W^1,\dots,W^L`, the k-th of shape ``(units_k, units_{k-1})``; ``units_0`` is the
        dimension of the inputs and ``units_L`` the number of classes.
    biases : sequence of array_like, optional
        :math:`b^1,\dots,b^L`; no perturbation acts on them. Zero when not given.
    activation : str or Nonlinearity
        ``"relu"``, ``"softplus"``, ``"sigmoid"``, or one of your own.

    Raises
    ------
    InvalidParameter
        If shapes do not fit, an entry is not finite, or the activation is not admissible.

    Examples
    --------
    >>> net = Network([[[1.0, -1.0], [0.5, 2.0]], [[1.0, 0.0], [0.0, 1.0]]])
    >>> net.outputs([[2.0, 1.0]]).tolist()
    [[1.0, 3.0]]
    >>> Network([np.ones((2, 3)), np.ones((2, 4))])
    Traceback (most recent call last):
    ...
    asymp.errors.InvalidParameter: weights[1] takes 4 inputs, but layer 1 has 2 units
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    activation: Nonlinearity

    def __init__(
        self,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike] | None = None,
        activation: str | Nonlinearity = "relu",
    ) -> None:
        matrices = tuple(
            finite_array(f"weights[{k}]", w, "(units, inputs)", 2)
            for k, w in enumerate(_each("weights", weights))
        )
        vectors = tuple(np.zeros(len(w)) for w in matrices)
        if biases is not None:
            vectors = tuple(
                finite_array(f"biases[{k}]", b, "(units,)", 1)
                for k, b in enumerate(_each("biases", biases))
            )
        require_chain(matrices, vectors)
        if len(matrices[-1]) < 2:
            raise InvalidParameter("the last matrix has one row; a margin needs two classes")
        object.__setattr__(self, "weights", matrices)
        object.__setattr__(self, "biases", vectors)
        object.__setattr__(self, "activation", _nonlinearity(activation))

    @property
    def depth(self) -> int:
        """Number of layers of weights, :math:`L`."""
        return len(self.weights)

    @property
    def classes(self) -> int:
        """Number of outputs."""
        return len(self.weights[-1])

    def layers(self, inputs: ArrayLike) -> tuple[Array, ...]:
        r"""Inputs of every layer, :math:`z^0,\dots,z^{L-1}`, each ``(samples, units)``.

        Raises
        ------
        InvalidParameter
            If the inputs are not finite or have another dimension than the network takes.
        """
        z = finite_array("inputs", inputs, "(samples, coordinates)", 2)
        wanted = self.weights[0].shape[1]
        if z.shape[1] != wanted:
            raise InvalidParameter(
                f"inputs have {z.shape[1]} coordinates; the network takes {wanted}"
            )
        found: list[Array] = [z]
        for w, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            found.append(self.activation.value(found[-1] @ w.T + b))
        return tuple(found)

    @finite_result
    def outputs(self, inputs: ArrayLike) -> Array:
        """Outputs, of shape ``(samples, classes)``.

        Raises
        ------
        InvalidParameter
            If the inputs are not admissible, or an output passes the largest number.
        """
        return self.layers(inputs)[-1] @ self.weights[-1].T + self.biases[-1]

    def moved(self, changes: Sequence[ArrayLike]) -> Network:
        """Return the network with a matrix added to the weights of each layer.

        Parameters
        ----------
        changes : sequence of array_like
            One for each layer, of the shape of its weights.

        Returns
        -------
        Network

        Raises
        ------
        InvalidParameter
            If their number, a shape or an entry is wrong.

        Examples
        --------
        >>> Network([np.eye(2)]).moved([np.ones((2, 2))]).weights[0].tolist()
        [[2.0, 1.0], [1.0, 2.0]]
        """
        given = [finite_array(f"changes[{k}]", c) for k, c in enumerate(_each("changes", changes))]
        shapes = [w.shape for w in self.weights]
        if [c.shape for c in given] != shapes:
            raise InvalidParameter(
                f"changes have shapes {[c.shape for c in given]}; the weights have {shapes}"
            )
        moved = [w + c for w, c in zip(self.weights, given, strict=True)]
        return Network(moved, self.biases, self.activation)


@finite_result
def margins(network: Network, inputs: ArrayLike, pairs: ArrayLike | None = None) -> Array:
    r"""Pairwise margins :math:`f^{ij}(x)=f^i(x)-f^j(x)`, of shape ``(samples, pairs)``.

    Parameters
    ----------
    network : Network
    inputs : array_like
        One sample a row.
    pairs : array_like of int, optional
        Rows (i, j); all ordered pairs of different classes, in lexicographic order, when not
        given.

    Returns
    -------
    numpy.ndarray
        Of shape ``(samples, pairs)``.

    Raises
    ------
    InvalidParameter
        If a pair names a class that is not there, or the same class twice, an input is not
        admissible, or a margin passes the largest number.

    Examples
    --------
    >>> margins(Network([np.eye(2)]), [[3.0, 1.0]]).tolist()
    [[2.0, -2.0]]
    """
    chosen = as_pairs(network, pairs)
    found = network.outputs(inputs)
    return np.asarray(found[:, chosen[:, 0]] - found[:, chosen[:, 1]])


def require_network(network: Any) -> None:
    """Refuse what is no :class:`Network`."""
    if not isinstance(network, Network):
        raise InvalidParameter(
            f"network = {shown(network)} is no Network; give Network(weights, biases, activation)"
        )


def as_pairs(network: Network, pairs: ArrayLike | None) -> NDArray[np.intp]:
    """Pairs of classes, checked."""
    require_network(network)
    count = network.classes
    if pairs is None:
        pairs = [(i, j) for i in range(count) for j in range(count) if i != j]
    found = np.atleast_2d(_as_array(pairs))
    good = found.ndim == 2 and found.shape[1] == 2 and found.dtype.kind in "iu"
    if not good or found.min() < 0 or found.max() >= count or (found[:, 0] == found[:, 1]).any():
        raise InvalidParameter(
            f"pairs = {shown(pairs)}: give rows (i, j) of two different classes out of "
            f"0..{count - 1}"
        )
    return found.astype(np.intp)


def as_labels(network: Network, inputs: ArrayLike, labels: ArrayLike) -> NDArray[np.intp]:
    """Labels, checked: one class for each input."""
    require_network(network)
    samples = len(finite_array("inputs", inputs, "(samples, coordinates)", 2))
    found = _as_array(labels)
    good = found.shape == (samples,) and found.dtype.kind in "iu"
    if not good or (samples and (found.min() < 0 or found.max() >= network.classes)):
        raise InvalidParameter(
            f"labels: give {samples} integers out of 0..{network.classes - 1}, one for each input"
        )
    return found.astype(np.intp)


def _nonlinearity(activation: str | Nonlinearity) -> Nonlinearity:
    if isinstance(activation, Nonlinearity):
        return activation
    if not isinstance(activation, str) or activation not in NAMED:
        raise InvalidParameter(
            f"activation {shown(activation)} is not known; choose {', '.join(NAMED)}, or give a "
            "Nonlinearity"
        )
    return NAMED[activation]


def _each(name: str, value: Any) -> list[Any]:
    """Members of a sequence with one for each layer."""
    try:
        return list(value)
    except TypeError:
        raise InvalidParameter(
            f"{name} = {shown(value)} is no list; give one array for each layer"
        ) from None


def _as_array(value: Any) -> NDArray[Any]:
    """Array as it is given; an empty one of floats if it is none."""
    try:
        return np.asarray(value)
    except ValueError:
        return np.empty(0)
