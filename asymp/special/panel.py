r"""Nodes of the quadrature rules on one piece of a panel.

A piece between two finite ends is tried by Gauss's rule first. What that does not resolve goes to
the double-exponential rule, which is indifferent to what the integrand does at the ends: with
:math:`x=\tanh(\frac\pi2\sinh t)` the trapezoid rule in t converges like :math:`e^{-c/h}`. A tail
takes :math:`x=a+s\,e^{t/2-e^{-t}}`, double exponential at its finite end only. Gaps are distances
from the nearer end, so that no digit is lost there.

Every rule holds a coarser one on its own nodes: with half the nodes, or for Gauss's rule with two
of the highest Legendre coefficients added. The rule's error is about the square of the difference,
relatively. Where that is too much the next *level* follows; where it halves the step it keeps the
sums made so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.special.lanes import WIDTH

GAUSS = 24
NULL = 4, 3  # degrees below its order of the coefficients that tell a Gauss rule's error
STEPS = 1 / 7, 1 / 14, 1 / 28  # of the double-exponential rule
LAST = 23  # nodes of the first of these on either side: there the gap is below 1e-18
TAIL_COUNT, TAIL_LAST = 40, 3.9  # t in -3.9..3.9: from a gap of 1e-21 to 7 scales
TAIL_SCALES = 6.0  # scales between a tail's ends
ACCEPTED = 1e-7  # relative difference from the coarser rule, at most


@dataclass(frozen=True)
class Level:
    """Nodes of one level.

    Parameters
    ----------
    gaps, weights, checks : float arrays
        Distances from an end and weights, in units of the piece; weights of the coarser rule.
    sides : float array
        0 where the gap is from the left end, 1 from the right.
    keep : float
        What the sums of the level before are multiplied by: 0 or 1/2.
    """

    gaps: np.ndarray
    weights: np.ndarray
    checks: np.ndarray
    sides: np.ndarray
    keep: float = 0.0


def gauss(count: int = GAUSS) -> Level:
    """Gauss's rule."""
    x, w = np.polynomial.legendre.leggauss(count)
    extra = sum(
        np.polynomial.legendre.Legendre.basis(count - k)(x) * np.sqrt(2 * (count - k) + 1)
        for k in NULL
    )
    sides = (x > 0).astype(float)
    return Level(0.5 * (1 - np.abs(x)), 0.5 * w, 0.5 * w * (1 + extra), sides)


def tanh_sinh(step: float, first: bool) -> Level:
    """The double-exponential rule, or the nodes that halving the step adds to it."""
    last = round(LAST * STEPS[0] / step)
    k = np.arange(-last, last + 1)
    k = k if first else k[k % 2 != 0]
    t = step * np.abs(k)
    gaps = 1 / (1 + np.exp(np.pi * np.sinh(t)))
    weights = 0.25 * np.pi * step * np.cosh(t) / np.cosh(0.5 * np.pi * np.sinh(t)) ** 2
    checks = np.where(k % 2 == 0, 2 * weights, 0) if first else 0 * weights
    return Level(gaps, weights, checks, (k > 0).astype(float), 0.0 if first else 0.5)


def tail(halvings: int, side: float, count: int = TAIL_COUNT) -> Level:
    """The rule of a tail after some halvings of its step, on the side of its finite end."""
    first = 2 * TAIL_LAST / (count - 1)
    step = first / 2**halvings
    shift = np.arange(count * 2**halvings) * step
    if halvings:
        shift = shift[1::2]
    t = shift - TAIL_LAST
    gaps = np.exp(0.5 * t - np.exp(-t)) / TAIL_SCALES
    weights = step * gaps * (0.5 + np.exp(-t))
    checks = np.where(np.arange(t.size) % 2 == 0, 2 * weights, 0) if not halvings else 0 * weights
    return Level(gaps, weights, checks, np.full(t.size, side), 0.5 if halvings else 0.0)


def padded(values: np.ndarray, filling: float) -> np.ndarray:
    """Values with as many more as fill the last row of lanes; their weights are zero."""
    return np.append(values, np.full(-values.size % WIDTH, filling))


def tables(levels: Sequence[Level]) -> dict[str, Any]:
    """Tables that kernels read, by name: levels of a piece, of a right tail, of a left tail."""
    each = len(levels) // 3
    columns = {
        "PANEL_GAPS": [padded(level.gaps, 0.5) for level in levels],
        "PANEL_WEIGHTS": [padded(level.weights, 0.0) for level in levels],
        "PANEL_CHECKS": [padded(level.checks, 0.0) for level in levels],
        "PANEL_SIDES": [padded(level.sides, 0.0) for level in levels],
    }
    sizes = [gaps.size for gaps in columns["PANEL_GAPS"]]
    return {name: np.concatenate(parts) for name, parts in columns.items()} | {
        "PANEL_LEVELS": each,
        "PANEL_STARTS": np.cumsum([0, *sizes]),
        "PANEL_KEEP": np.array([level.keep for level in levels]),
        "PANEL_ACCEPTED": np.tile([ACCEPTED] * (each - 1) + [np.inf], 3),
    }


_TABLES = tables((
    gauss(), *(tanh_sinh(step, step == STEPS[0]) for step in STEPS),
    *(tail(halvings, side) for side in (0.0, 1.0) for halvings in range(4)),
))  # fmt: skip
PANEL_LEVELS: int = _TABLES["PANEL_LEVELS"]
PANEL_GAPS, PANEL_WEIGHTS = _TABLES["PANEL_GAPS"], _TABLES["PANEL_WEIGHTS"]
PANEL_CHECKS, PANEL_SIDES = _TABLES["PANEL_CHECKS"], _TABLES["PANEL_SIDES"]
PANEL_STARTS, PANEL_KEEP = _TABLES["PANEL_STARTS"], _TABLES["PANEL_KEEP"]
PANEL_ACCEPTED = _TABLES["PANEL_ACCEPTED"]
