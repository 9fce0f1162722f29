r"""The seminorm :math:`\|\theta\|_A=\|B\theta\|` of a metric :math:`A=B^\top B`, by its root B.

All lengths are those of :math:`B\theta`. From the metric itself, :math:`\theta^\top A\theta` would
lose half of the digits, and where A has a null space, what lies in it would drown the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Array = NDArray[np.float64]

_RANK = 1e-13
"""Relative size of a pivot below which a root counts as singular."""


@dataclass(frozen=True)
class Seminorm:
    r"""The seminorm of a root; None means the identity.

    Parameters
    ----------
    root : ndarray, (k, N), or None
        B with at most N rows; upper triangular if it has N.
    """

    root: Array | None = None

    @staticmethod
    def of_root(root: Array) -> Seminorm:
        """From any root: as it stands if it is wide, else its triangular factor."""
        rows, columns = root.shape
        if rows < columns:
            return Seminorm(root)
        return Seminorm(linalg.qr(root, mode="r", check_finite=False)[0][:columns])

    @staticmethod
    def of_metric(metric: Array) -> Seminorm:
        """From a positive semidefinite matrix, without its directions of size round-off."""
        try:
            return Seminorm(np.asarray(linalg.cholesky(metric, check_finite=False)))
        except linalg.LinAlgError:
            values, vectors = linalg.eigh(metric, check_finite=False)
        kept = values > values.size * np.finfo(float).eps * max(values[-1], 0.0)
        return Seminorm.of_root(np.sqrt(values[kept])[:, None] * vectors[:, kept].T)

    @property
    def definite(self) -> bool:
        """Whether it is a norm."""
        if self.root is None:
            return True
        pivots = np.abs(np.diag(self.root))
        square = self.root.shape[0] == self.root.shape[1]
        return bool(square and pivots.min() > _RANK * pivots.max())

    @cached_property
    def metric(self) -> Array | None:
        """A; None is the identity."""
        return None if self.root is None else np.asarray(self.root.T @ self.root)

    def coordinates(self, theta: Array) -> Array:
        r""":math:`B\theta`, whose length is the seminorm."""
        return theta if self.root is None else np.asarray(self.root @ theta)

    def pull(self, tail: Array) -> Array:
        r""":math:`B^\top z`."""
        return tail if self.root is None else np.asarray(self.root.T @ tail)

    def __call__(self, theta: Array) -> float:
        r""":math:`\|\theta\|_A`."""
        return float(np.linalg.norm(self.coordinates(theta)))


IDENTITY = Seminorm()
"""The Euclidean norm."""
