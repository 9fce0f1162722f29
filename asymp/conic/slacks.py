r"""Iterates of robust regression by interior points: slacks and the seminorm's cone, with duals.

The constraints are :math:`v_i\ge\pm r_i` for the residuals and :math:`t\ge\|\theta\|_A`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from asymp.conic.cone import Array, ConeVector

_TO_BOUNDARY = 0.99


@dataclass(frozen=True)
class Slacks:
    r"""The parameter; slacks :math:`v\mp r` and :math:`(t,B\theta)`, each with its multiplier.

    The slacks are carried along, not recomputed: on an interpolated sample they are far smaller
    than the round-off of :math:`v - r`.
    """

    slack_above: Array
    slack_below: Array
    above: Array
    below: Array
    theta: Array
    primal: ConeVector
    dual: ConeVector

    @classmethod
    def around(
        cls, v: Array, residual: Array, theta: Array, primal: ConeVector, slope: Array,
        eps: float, **more: Any,
    ) -> Self:  # fmt: skip
        """First iterate from sizes above the residuals' and slopes of the loss there.

        ``more`` is what a subclass holds besides.
        """
        tilt = np.clip(residual / v, -0.9, 0.9)
        return cls(
            slack_above=v - residual,
            slack_below=v + residual,
            above=0.5 * slope * (1 + tilt),
            below=0.5 * slope * (1 - tilt),
            theta=theta,
            primal=primal,
            dual=ConeVector(eps * float(slope.sum()), 0.0 * primal.tail),
            **more,
        )

    def sizes(self, eps: float) -> Array:
        r"""Attacked sizes :math:`v_i+\varepsilon t`."""
        return np.asarray(0.5 * (self.slack_above + self.slack_below) + eps * self.primal.head)

    def moved(self, d: Self, length: float) -> Self:
        """Iterate moved along a direction."""
        return replace(
            self,
            slack_above=self.slack_above + length * d.slack_above,
            slack_below=self.slack_below + length * d.slack_below,
            above=self.above + length * d.above,
            below=self.below + length * d.below,
            theta=self.theta + length * d.theta,
            primal=self.primal.plus(d.primal, length),
            dual=self.dual.plus(d.dual, length),
        )

    def products(self, cone: bool) -> float:
        """Sum of all products of a slack and its multiplier, the cone's too if there is one."""
        found = float(self.above @ self.slack_above + self.below @ self.slack_below)
        return found + self.primal.dot(self.dual) if cone else found

    def longest(self, d: Slacks, cone: bool) -> float:
        """Largest length at which slacks and multipliers stay positive, and in the cone if any."""
        length = until_zero(
            (self.above, d.above),
            (self.below, d.below),
            (self.slack_above, d.slack_above),
            (self.slack_below, d.slack_below),
        )
        if not cone:
            return length
        return min(length, self.primal.longest(d.primal), self.dual.longest(d.dual))


def until_zero(*pairs: tuple[Array, Array]) -> float:
    """Largest length at which every positive value plus length times its change is positive."""
    fall = max(float(np.max(-change / value)) for value, change in pairs)
    return 1 / fall if fall > 0 else np.inf


def short_of(lengths: Iterable[float]) -> float:
    """Length of a step that stops short of every boundary; at most 1."""
    return min(1.0, _TO_BOUNDARY * min(lengths))
