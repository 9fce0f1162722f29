"""New points for what has no closed form: the risks and errors of real networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw

CLEAN_FACTOR = 10
"""Unattacked points for each attacked one: they cost one evaluation instead of twenty."""


@dataclass(frozen=True)
class HeldOut:
    """New inputs (m, d) with unit teacher field, standard noise and a uniform number each.

    ``clean`` are further inputs, on which nothing is attacked.
    """

    inputs: Array
    signal: Array
    noise: Array
    uniform: Array
    clean: Array

    def with_teacher(self, teacher: Array) -> HeldOut:
        """The same points under another unit teacher."""
        return HeldOut(self.inputs, self.inputs @ teacher, self.noise, self.uniform, self.clean)


def hold_out(draw: Draw, points: int, rng: np.random.Generator, binary: bool = False) -> HeldOut:
    """Draw new points (none where everything is known exactly)."""
    points = points if draw.network else 0
    further = rng.spawn(1)[0]
    inputs = rng.standard_normal((points, draw.teacher.size))
    noise = rng.standard_normal(points)
    many = CLEAN_FACTOR * points if binary else 0
    clean = further.standard_normal((many, draw.teacher.size))
    return HeldOut(inputs, inputs @ draw.teacher, noise, further.random(points), clean)
