r"""Distance between the classes of a sample, and the balls that it leaves room for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from asymp.errors import InvalidParameter, InvalidProblem
from asymp.finite.memorisation.network import Array
from asymp.symbols.arguments import labelled_points, signs

_METRICS = {2.0: "euclidean", np.inf: "chebyshev"}
_NAMES = {2.0: "l2", np.inf: "l_inf"}


@dataclass(frozen=True)
class Separation:
    r"""Smallest distance between samples of different classes, and the two that attain it.

    Parameters
    ----------
    distance : float
        :math:`\min_{y_i\ne y_k}\|X_i-X_k\|_p`, infinite if there is one class only.
    first, second : int
        Rows of the pair (the first of class 1, the second of class -1), or -1.
    norm : float
        ``p``.
    """

    distance: float
    first: int
    second: int
    norm: float

    def require_above(self, delta: float) -> None:
        r"""Refuse classes that are not more than :math:`2\delta` apart.

        Raises
        ------
        InvalidProblem
            Names the two samples, their distance and the largest radius that would do.
        """
        if not self.distance > 2 * delta:
            raise InvalidProblem(
                f"{self._pair}, not above 2 delta = {2 * delta:g}: their balls "
                f"meet; take delta below {self.distance / 2:g} or leave one of the two out"
            )

    def require_no_less_than(self, population: float) -> None:
        """Refuse a population separation that the sample contradicts.

        Raises
        ------
        InvalidProblem
            Names the two samples and their distance.
        """
        if self.distance < population:
            raise InvalidProblem(
                f"{self._pair}, below population_separation = {population:g}; "
                f"give at most {self.distance:g}"
            )

    @property
    def _pair(self) -> str:
        return (
            f"samples {self.first} (y = 1) and {self.second} (y = -1) are {self.distance:g} "
            f"apart in {_NAMES[self.norm]}"
        )


def class_separation(samples: Any, labels: Any, norm: float = np.inf) -> Separation:
    r"""Distance between the two classes of a sample (Assumption 4.2's quantity, on a sample).

    Parameters
    ----------
    samples : array of shape (N, D)
    labels : array of shape (N,)
        Entries 1 or -1.
    norm : {2, inf}

    Raises
    ------
    InvalidParameter
        If shapes do not fit, labels are not signs, entries are not finite, or the norm is neither.

    Examples
    --------
    >>> class_separation([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]], [1, -1, 1], norm=2).second
    1
    >>> float(class_separation([[0.0, 0.0], [3.0, 4.0]], [1, -1], norm=float("inf")).distance)
    4.0
    """
    norm = require_norm(norm)
    x, y = checked_sample(samples, labels)
    plus, minus = np.flatnonzero(y > 0), np.flatnonzero(y < 0)
    if not (plus.size and minus.size):
        return Separation(np.inf, -1, -1, norm)
    between = distances(x[plus], x[minus], norm)
    i, k = np.unravel_index(np.argmin(between), between.shape)
    return Separation(float(between[i, k]), int(plus[i]), int(minus[k]), norm)


def require_norm(norm: float) -> float:
    """Refuse a norm other than 2 and infinity."""
    if not np.isscalar(norm) or norm not in _METRICS:
        raise InvalidParameter(f"norm = {norm!r} is not in {{2, inf}} (the norm of the balls)")
    return float(norm)


def checked_sample(samples: Any, labels: Any) -> tuple[Array, Array]:
    """Sample as arrays of shapes (N, D) and (N,), or a refusal that says what is wrong."""
    x, y = labelled_points("samples", samples, labels, ("N", "D"))
    return x, signs("labels", y, len(x))


def distances(points: Array, centres: Array, norm: float) -> Array:
    """Distances of shape (points, centres) in the given norm."""
    return np.asarray(cdist(points, centres, _METRICS[norm]))
