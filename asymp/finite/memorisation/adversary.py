r"""An adversary that knows the construction, and what can be proved against any adversary.

Within a ball of a test point, :math:`f_{\mathcal S}` errs where the clean classifier errs outside
of the class's own memorised balls, or inside one of the other class. For a half-space the first
set is known, and the question is whether the balls cover it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.errors import InvalidProblem
from asymp.finite.memorisation.box_cover import cover_box
from asymp.finite.memorisation.classifier import RobustMemoriser
from asymp.finite.memorisation.halfspace import Halfspace
from asymp.finite.memorisation.network import Array
from asymp.finite.memorisation.separation import checked_sample, distances
from asymp.symbols.arguments import generator, whole

# Share of what is left of the radius that goes further into the wrong half-space.
_DEPTHS = (1e-6, 0.05, 0.2)
# A point outside a ball by rounding is no error.
_OUTSIDE = 1 + 1e-7
_INSIDE = 1 - 1e-12
_STEPS = 40
# Distances from the samples that are tried between the end of the ramp and the ball.
_RADII = 6
_POLISH = 200


@dataclass(frozen=True)
class Attack:
    """What an adversary found in the balls of test points.

    Parameters
    ----------
    broken : numpy.ndarray of bool, shape (n,)
        An error was found by evaluation: their share is a lower bound of the robust error.
    points : numpy.ndarray, shape (n, D)
        Where; the test point itself where none was found.
    proved : numpy.ndarray of bool, shape (n,)
        There is none, by proof, up to rounding: the share of the others is an upper bound.
    """

    broken: Any
    points: Array
    proved: Any

    @property
    def at_least(self) -> float:
        """Lower bound of the robust error on the points: an attack."""
        return float(np.mean(self.broken))

    @property
    def at_most(self) -> float:
        """Upper bound of the robust error on the points: a certificate."""
        return float(np.mean(~self.proved))


def attack(
    f: RobustMemoriser,
    clean: Halfspace,
    x: Any,
    y: Any,
    *,
    ramp: bool = True,
    starts: int = 12,
    rng: int | np.random.Generator = 0,
) -> Attack:
    r"""Attack a memoriser of a half-space at test points within its own radius.

    Tried are the point itself, the move towards the nearest sample of the other class, and points
    where the half-space is wrong and no ball of the class reaches. For :math:`p=\infty` the wrong
    points are searched for one that the boxes miss, exactly if the normal has one entry that is
    not zero (:func:`~asymp.finite.memorisation.cover_box`), and a wrong region that the boxes
    cover proves the point robust. For :math:`p=2` the half-space's boundary is just crossed and
    what is left of the radius goes away from the samples, by subgradient steps from random starts:
    a search that proves nothing; only points that the half-space has robustly right, away from the
    other class, are proved. Derived here.

    Parameters
    ----------
    f : RobustMemoriser
    clean : Halfspace
        Of whose values, or network, ``f`` was made.
    x : array of shape (n, D)
    y : array of shape (n,)
        Labels, 1 or -1.
    ramp : bool
        Attack the network, or the lemma's function if false.
    starts : int
        Random starts a point, for :math:`p=2`.
    rng : int or numpy.random.Generator

    Raises
    ------
    InvalidParameter
        If shapes do not fit or labels are not signs.
    InvalidProblem
        If ``clean`` is not the clean classifier of ``f`` at the points.

    Examples
    --------
    >>> from asymp.finite.memorisation import memorise
    >>> weak = Halfspace((0.0, 1.0))
    >>> f = memorise(weak.network, [[1.0, 0.1], [-1.0, -0.1]], [1, -1], 0.4)
    >>> found = attack(f, weak, [[1.0, 0.1], [1.5, 0.1]], [1, 1], ramp=False)
    >>> found.broken.tolist(), found.proved.tolist()
    ([False, True], [True, False])
    """
    points, labels = checked_sample(x, y)
    whole("starts", starts)
    _require_same(clean(points), f.clean_values(points))
    draw = generator(rng)
    search = _Search(f, clean, points, labels, ramp)
    search.try_moves(np.zeros_like(points))
    search.try_moves(_towards_others(f, points, labels))
    proved = ~search.wrong
    if f.norm == np.inf:
        proved |= search.boxes()
    else:
        search.balls(starts, draw)
    search.polish(draw)
    where = np.where(search.broken[:, None], search.found, points)
    return Attack(search.broken, where, proved & search.alone & ~search.broken)


class _Search:
    """Errors found so far."""

    def __init__(
        self, f: RobustMemoriser, clean: Halfspace, points: Array, labels: Array, ramp: bool
    ) -> None:
        self.f, self.clean, self.points, self.labels = f, clean, points, labels
        self.value = f.ramped if ramp else f.value
        self.end = f.edge if ramp else f.delta
        # An indicator on its ramp need not outweigh the clean value: nearer points may do.
        self.radii = np.linspace(f.delta, self.end, _RADII if ramp else 1) * _OUTSIDE
        self.wrong = clean.robustly_wrong(points, labels, f.delta, f.norm)
        self.alone = ~f.near_other(points, labels, f.delta + self.end)
        self.broken = np.zeros(len(points), dtype=bool)
        self.found, self.margin = points.copy(), np.full(len(points), np.inf)

    def try_moves(self, moves: Array, rows: Any = None) -> None:
        """Evaluate moves, cut to the radius, at those of the rows that are not broken yet."""
        rows = np.arange(len(self.points)) if rows is None else rows
        rows, moves = rows[~self.broken[rows]], moves[~self.broken[rows]]
        moved = self.points[rows] + self._cut(moves)
        margins = self.labels[rows] * self.value(moved)
        # Rows may occur twice: the best comes last.
        for k in np.argsort(-margins):
            i = rows[k]
            if margins[k] < self.margin[i]:
                self.found[i], self.margin[i] = moved[k], margins[k]
        self.broken = self.margin <= 0

    def polish(self, rng: np.random.Generator) -> None:
        """Change the best moves so far at random, by less and less, and keep what lowers a margin.

        Where no ball of the class is left, the margin is at most one.
        """
        for k, scale in enumerate(np.geomspace(0.5, 0.01, _POLISH)):
            rows = np.flatnonzero(self.wrong & ~self.broken & (self.margin <= 1))
            if not rows.size:
                return
            best = self.found[rows] - self.points[rows]
            change = rng.standard_normal(best.shape) * (rng.random(best.shape) < 0.5)
            # Every other time a few coordinates go to the end of their range.
            change *= scale if k % 2 else 1e3 * (rng.random(best.shape) < 0.5)
            self.try_moves(best + self.f.delta * change, rows)

    def _cut(self, moves: Array) -> Array:
        most = self.f.delta * _INSIDE
        if self.f.norm == np.inf:
            return np.clip(moves, -most, most)
        size = np.linalg.norm(moves, axis=1, keepdims=True)
        return moves * np.minimum(1.0, most / np.maximum(size, np.finfo(float).tiny))

    def boxes(self) -> Any:
        """Try points outside of boxes; give the points whose wrong regions boxes cover."""
        proved = np.zeros(len(self.points), dtype=bool)
        if not self.wrong.any():
            return proved
        rows = np.flatnonzero(self.wrong)
        mine = self.points[rows], self.labels[rows], self.f.delta
        inner = self.clean.wrong_boxes(*mine)
        outer = self.clean.wrong_boxes(*mine, outer=True)
        fixed = np.asarray(self.clean.normal) != 0
        for k, i in enumerate(rows):
            own = self.f.samples[self.f.labels == self.labels[i]]
            for radius in self.radii:
                missed = cover_box(inner[0][k], inner[1][k], own, radius).missed
                if self.broken[i] or missed is None:
                    break
                step = missed - self.points[i]
                deepest = -self.labels[i] * self.f.delta * np.sign(self.clean.normal)
                self.try_moves(np.stack([step, np.where(fixed, deepest, step)]), np.array([i, i]))
            if not self.broken[i]:
                proved[i] = cover_box(outer[0][k], outer[1][k], own, self.f.delta).proved
        return proved

    def balls(self, starts: int, rng: np.random.Generator) -> None:
        """Errors outside of balls, by steps away from the samples along the half-space."""
        w = np.asarray(self.clean.normal, dtype=float)
        normal = w / np.linalg.norm(w)
        depth = self.labels * self.clean(self.points) / np.linalg.norm(w)
        for start in range(starts):
            rows = np.flatnonzero(self.wrong & ~self.broken)
            if not rows.size:
                break
            down = np.maximum(depth[rows], 0.0)
            down += _DEPTHS[start % len(_DEPTHS)] * (self.f.delta - down)
            left = np.sqrt(np.maximum(self.f.delta**2 - down**2, 0.0))[:, None]
            crossing = -(self.labels[rows] * down)[:, None] * normal
            along = rng.standard_normal(crossing.shape)
            for step in range(_STEPS + 1):
                along -= (along @ normal)[:, None] * normal
                along *= left / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-300)
                if step < _STEPS:
                    away = self._away(rows, self.points[rows] + crossing + along)
                    along += left * away / (1 + 0.2 * step)
            self.try_moves(crossing + along, rows)

    def _away(self, rows: Any, moved: Array) -> Array:
        """Unit directions away from all own samples whose balls hold the points."""
        direction = np.zeros_like(moved)
        for sign in (1.0, -1.0):
            mine = self.labels[rows] == sign
            own, here = self.f.samples[self.f.labels == sign], moved[mine]
            if not (len(own) and len(here)):
                continue
            apart = np.maximum(distances(here, own, 2.0), 1e-12)
            pull = (apart <= self.end * _OUTSIDE) / apart
            direction[mine] = here * pull.sum(axis=1, keepdims=True) - pull @ own
        return direction / np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-300)


def _require_same(given: Array, used: Array) -> None:
    # Rounding may change the sign of a value that is nearly zero.
    apart = (given * used < 0) & (np.abs(given) > 1e-9 * np.abs(given).max())
    if apart.any():
        raise InvalidProblem(
            "clean and the clean classifier of f give some points different classes; give the "
            "half-space that f was made of"
        )


def _towards_others(f: RobustMemoriser, points: Array, labels: Array) -> Array:
    """Moves to the nearest sample of the other class, as far as they may go."""
    moves = np.zeros_like(points)
    for sign in (1.0, -1.0):
        others, mine = f.samples[f.labels == -sign], labels == sign
        if len(others) and mine.any():
            nearest = distances(points[mine], others, f.norm).argmin(axis=1)
            moves[mine] = others[nearest] - points[mine]
    return moves
