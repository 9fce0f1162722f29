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

from dataclasses import dataclass

import numpy as np

from asymp.special.lanes import WIDTH

GAUSS = 24
NULL = 20, 21  # degrees of the coefficients that tell a Gauss rule's error
STEPS = 1 / 7, 1 / 14, 1 / 28  # of the double-exponential rule
LAST = 23  # nodes of the first of these on either side: there the gap is below 1e-18
TAIL_STEP, TAIL_COUNT = 0.2, 40  # t in -3.9..3.9: from a gap of 1e-21 to 7 scales
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


def gauss() -> Level:
    """Gauss's rule."""
    x, w = np.polynomial.legendre.leggauss(GAUSS)
    extra = sum(np.polynomial.legendre.Legendre.basis(k)(x) * np.sqrt(2 * k + 1) for k in NULL)
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


def tail(halvings: int, side: float) -> Level:
    """The rule of a tail after some halvings of its step, on the side of its finite end."""
    step = TAIL_STEP / 2**halvings
    shift = np.arange(TAIL_COUNT * 2**halvings) * step
    if halvings:
        shift = shift[1::2]
    t = shift - TAIL_STEP * (TAIL_COUNT - 1) / 2
    gaps = np.exp(0.5 * t - np.exp(-t)) / TAIL_SCALES
    weights = step * gaps * (0.5 + np.exp(-t))
    checks = np.where(np.arange(t.size) % 2 == 0, 2 * weights, 0) if not halvings else 0 * weights
    return Level(gaps, weights, checks, np.full(t.size, side), 0.5 if halvings else 0.0)


def padded(values: np.ndarray, filling: float) -> np.ndarray:
    """Values with as many more as fill the last row of lanes; their weights are zero."""
    return np.append(values, np.full(-values.size % WIDTH, filling))


# Three kinds of pieces, four levels each: between two ends, a right tail, a left tail.
_LEVELS = [
    gauss(), *(tanh_sinh(step, step == STEPS[0]) for step in STEPS),
    *(tail(halvings, side) for side in (0.0, 1.0) for halvings in range(4)),
]  # fmt: skip
PANEL_LEVELS = 4
PANEL_GAPS = np.concatenate([padded(level.gaps, 0.5) for level in _LEVELS])
PANEL_WEIGHTS = np.concatenate([padded(level.weights, 0.0) for level in _LEVELS])
PANEL_CHECKS = np.concatenate([padded(level.checks, 0.0) for level in _LEVELS])
PANEL_SIDES = np.concatenate([padded(level.sides, 0.0) for level in _LEVELS])
PANEL_STARTS = np.cumsum([0, *(padded(level.gaps, 0.0).size for level in _LEVELS)])
PANEL_KEEP = np.array([level.keep for level in _LEVELS])
PANEL_ACCEPTED = np.tile([ACCEPTED] * (PANEL_LEVELS - 1) + [np.inf], 3)
