r"""Roots and panels in the field: where a loss crosses a level, and nodes between the kinks.

The loss of a point is a convex function at a nondecreasing argument: it falls, then rises, and the
fields of losses up to x are an interval. Its ends, and quantiles of the field, are found by
bisection on the scale :math:`\omega=s\sinh t`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from asymp.analysis.losses.compiled import Columns, Compiled

FAR = 75.0  # its hyperbolic sine is 1e32: laws with a mean have no digit left that far out
HALVINGS = 64
NODES = 12
# Masses at whose quantiles panels end: tails decade by decade, so that a power law is resolved.
TAILS = (1e-30, 1e-25, 1e-20, *(10.0**-k for k in range(16, 0, -1)))
BELOW = np.array([*TAILS, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, *(1 - x for x in TAILS[::-1])])
ABOVE = np.array([*(1 - x for x in TAILS), 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, *TAILS[::-1]])
# Panels shrink geometrically towards a kink, and further towards a level that is crossed, where a
# logarithm of the distance may be averaged.
TOWARDS_CUT = tuple(4.0**-k for k in range(7))
TOWARDS_CROSSING = tuple(5.0**-k for k in range(24))
Array = np.ndarray


def bisect(holds: Callable[[Array], Array], low: Array, high: Array, scale: Array) -> Array:
    """Least field from which on a monotone condition holds, elementwise.

    Parameters
    ----------
    holds : callable
        Condition at fields (m, k); taken to hold at ``high``.
    low, high : float arrays
        Broadcasting to (m, k).
    scale : float array, (m, 1)
        Below it, errors are of its round-off; beyond, of the field's own.
    """
    low, high = (np.arcsinh(x / scale) for x in np.broadcast_arrays(low, high))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        good = holds(scale * np.sinh(middle))
        low, high = np.where(good, low, middle), np.where(good, middle, high)
    return np.asarray(scale * np.sinh(high))


@dataclass(frozen=True, eq=False)
class Line:
    """The field's line at a list of points.

    Parameters
    ----------
    compiled : Compiled
    at : Columns
    """

    compiled: Compiled
    at: Columns

    @cached_property
    def scale(self) -> Array:
        """Scale of the field, (m, 1)."""
        return self.compiled.spread(self.at)

    @cached_property
    def far(self) -> Array:
        """A field beyond all others, (m, 1)."""
        return np.asarray(self.scale * np.sinh(FAR))

    @cached_property
    def turning(self) -> Array:
        """Field from which on the loss does not fall, (m, 1)."""

        def rising(field: Array) -> Array:
            slope = self.compiled.point(self.at, field)[2]
            # A convex loss that overflows falls on the left and rises on the right.
            return np.asarray((slope >= 0) | (np.isnan(slope) & (field > 0)))

        return bisect(rising, -self.far, self.far, self.scale)

    @property
    def falls(self) -> bool:
        """Whether no loss ever rises: a convex one that does not at the far end."""
        return bool(np.all(self.compiled.point(self.at, self.far)[2] <= 0))

    def quantile(self, below: Array, above: Array) -> Array:
        """Fields (m, k) with that mass on either side; the smaller of both is looked at."""
        lower = below <= above

        def reached(field: Array) -> Array:
            left, right = self.compiled.mass(self.at, field)
            return np.asarray(np.where(lower, left >= below, right <= above))

        shape = np.broadcast_shapes(below.shape, self.far.shape)
        far = np.broadcast_to(self.far, shape)
        return bisect(reached, -far, far, self.scale)

    def up_to(self, value: Array) -> Array:
        """Largest fields (m, k) whose residual or margin is at most a value."""
        value = value + _slack(value)
        far = np.broadcast_to(self.far, np.broadcast_shapes(value.shape, self.far.shape))

        def within(field: Array) -> Array:
            return np.asarray(self.compiled.point(self.at, -field)[0] <= value)

        return -bisect(within, -far, far, self.scale)

    def ends(self, level: Array) -> tuple[Array, Array]:
        """Ends of the fields (m, k) whose loss is at most a level; equal where there are none."""
        level = level + _slack(level)
        shape = np.broadcast_shapes(level.shape, self.scale.shape)
        far, turning = (np.broadcast_to(x, shape) for x in (self.far, self.turning))

        def within(field: Array) -> Array:
            return np.asarray(self.compiled.point(self.at, field)[1] <= level)

        left = bisect(within, -far, turning, self.scale)
        right = -bisect(lambda x: within(-x), -far, -turning, self.scale)
        return left, right

    def above(self, level: Array) -> Array:
        """Probability of a loss above a level, (m, k)."""
        left, right = self.ends(level)
        mass = self.compiled.mass(self.at, left)[0] + self.compiled.mass(self.at, right)[1]
        none = ~(self.compiled.point(self.at, left)[1] <= level + _slack(level))
        return np.asarray(np.where(none, 1.0, np.minimum(mass, 1.0)))

    def panels(self, bound: Array | None, levels: Array) -> Array:
        """Ends of panels (m, k) in order; between the crossings of ``bound`` if there is one."""
        breaks = self.quantile(BELOW[None, :], ABOVE[None, :])
        inner = len(TAILS)
        width = breaks[:, [-inner]] - breaks[:, [inner - 1]]
        parts = [breaks, *_graded(self.compiled.cuts(self.at), width, TOWARDS_CUT)]
        for end in self.ends(levels) if levels.size else ():
            parts += _graded(end, width, TOWARDS_CROSSING)
        low, high = breaks[:, :1], breaks[:, -1:]
        if bound is not None:
            left, right = self.ends(bound)
            low, high = np.maximum(low, left), np.minimum(high, right)
        inside = np.clip(np.concatenate(parts, axis=1), low, np.maximum(low, high))
        return np.asarray(np.sort(inside, axis=1))

    def nodes(self, bound: Array | None, levels: Array, halvings: int = 0) -> tuple[Array, Array]:
        """Fields and weights (m, k) that average over the field's law.

        Parameters
        ----------
        bound : float array, (m, 1), optional
            Fields of losses above it are left out.
        levels : float array, (m, j)
            Losses at whose crossings panels end.
        halvings : int
            How often every panel is halved.
        """
        points = self.panels(bound, levels)
        for _ in range(halvings):
            middles = 0.5 * (points[:, 1:] + points[:, :-1])
            points = np.sort(np.concatenate([points, middles], axis=1), axis=1)
        x, w = np.polynomial.legendre.leggauss(NODES)
        half = 0.5 * np.diff(points, axis=1)[..., None]
        fields = (points[:, :-1, None] + half * (1 + x)).reshape(len(points), -1)
        weights = (half * w).reshape(len(points), -1)
        return fields, weights * self.compiled.density(self.at, fields)


def _slack(value: Array) -> Array:
    """Round-off of a number that is computed in more ways than one, such as a loss at a kink."""
    return np.asarray(8 * np.finfo(float).eps * np.abs(value))


def _graded(centres: Array, width: Array, steps: tuple[float, ...]) -> list[Array]:
    """Points, and points around them at distances that fall geometrically."""
    return [centres, *(centres + sign * step * width for step in steps for sign in (-1, 1))]
