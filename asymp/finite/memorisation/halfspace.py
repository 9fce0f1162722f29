r"""A half-space as a classifier: as a ReLU network, and its robust error exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.errors import InvalidProblem
from asymp.finite.memorisation.network import Array, ReluNetwork
from asymp.finite.memorisation.separation import checked_sample, require_norm
from asymp.symbols.arguments import NONNEGATIVE, POSITIVE, REAL, finite_array, number


@dataclass(frozen=True)
class Halfspace:
    r"""The classifier :math:`x\mapsto\mathrm{sgn}(\langle w,x\rangle+b)`.

    Parameters
    ----------
    normal : sequence of float
        :math:`w`, not zero.
    offset : float
        :math:`b`.

    Examples
    --------
    >>> weak = Halfspace((0.0, 1.0))
    >>> weak.robustly_wrong([[1.0, 0.2], [1.0, 0.4]], [1, 1], 0.3).tolist()
    [True, False]
    """

    normal: tuple[float, ...]
    offset: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a normal that is zero, not finite or no vector, and a strange offset."""
        finite_array("normal", self.normal, "(D,)", 1)
        number("offset", self.offset, REAL)
        if not np.any(self.normal):
            raise InvalidProblem("normal is zero; a half-space needs a nonzero normal")

    def __call__(self, x: Any) -> Array:
        r"""Value :math:`\langle w,x\rangle+b` at the rows of ``x``."""
        points = np.atleast_2d(finite_array("x", x, "(n, D)"))
        if points.shape[1] != len(self.normal):
            raise InvalidProblem(
                f"points have {points.shape[1]} coordinates and the normal {len(self.normal)}; "
                "give equally many"
            )
        return np.asarray(points @ np.asarray(self.normal) + self.offset)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return len(self.normal)

    @property
    def network(self) -> ReluNetwork:
        """The same function with two hidden units."""
        w = np.asarray(self.normal, dtype=float)
        return ReluNetwork.of(
            [(np.stack([w, -w]), [self.offset, -self.offset]), ([[1.0, -1.0]], [0.0])]
        )

    def robustly_wrong(self, x: Any, y: Any, delta: float, norm: float = np.inf) -> Any:
        r"""Which points have an error in their ball: :math:`y f(x)\le\delta\|w\|_*`."""
        points, labels = checked_sample(x, y)
        delta = number("delta", delta, NONNEGATIVE, "give the radius of the balls")
        dual = 1 if require_norm(norm) == np.inf else 2
        reach = delta * np.linalg.norm(np.asarray(self.normal), dual)
        return labels * self(points) <= reach

    def wrong_boxes(self, x: Any, y: Any, delta: float, *, outer: bool = False) -> Any:
        r"""Box of wrong points within each point's :math:`\mathbb B_\infty(x,\delta)`.

        All of the box is wrong, or, if ``outer``, all that is wrong is in the box; both are the
        same if the normal has one entry that is not zero. For points of
        :meth:`robustly_wrong`; for others the box is empty or a point of the boundary.

        Returns
        -------
        low, high : arrays of shape (n, D)

        Examples
        --------
        >>> low, high = Halfspace((0.0, 2.0)).wrong_boxes([[5.0, 0.2]], [1], 0.5)
        >>> low.tolist(), high.round(9).tolist()
        ([[4.5, -0.3]], [[5.5, 0.0]])
        """
        points, labels = checked_sample(x, y)
        delta = number("delta", delta, POSITIVE, "give the radius of the balls")
        w = np.asarray(self.normal, dtype=float)
        slack = (delta * np.abs(w).sum() - labels * self(points))[:, None]
        # From the worst corner inwards, until the value is zero: in one coordinate, or in all.
        steepness = np.abs(w) if outer else np.abs(w).sum()
        inwards = slack / np.where(w == 0, np.inf, steepness)
        inwards = np.where(w == 0, 2 * delta, np.clip(inwards, 0.0, 2 * delta))
        towards = np.where(w == 0, 1.0, np.sign(labels[:, None] * w))
        worst = points - delta * towards
        best = worst + towards * inwards
        return np.minimum(worst, best), np.maximum(worst, best)
