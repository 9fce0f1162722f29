"""An observable at many digits as one parameter approaches a point: the samples of a series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath

from asymp.analysis.standalone import find_root
from asymp.errors import NotConverged
from asymp.lowering.multiprecision import MpSystem, Vector, newton_matrix

ROUGH_DIGITS = 30  # in which the plain solver finds a first root
NEWTON_STEPS = 40
LONGEST = 3  # longest Newton step in log x


@dataclass
class Approach:
    """Follows the fixed point as the distance u to the point of expansion goes to zero.

    Parameters
    ----------
    system : MpSystem
    observable, parameter : str
    inputs : mapping of str to mpf
        Every other parameter and constant.
    follows : tuple of str
        Parameters that move along.
    point : mpf or None
        Where u = 0; None at infinity, where u is the inverse of the parameter.
    side : int
        1 from above, -1 from below.
    roots : dict
        Log of the state by log u, as found so far, for each branch met.
    """

    system: MpSystem
    observable: str
    parameter: str
    inputs: Mapping[str, Any]
    follows: tuple[str, ...]
    point: Any
    side: int
    roots: dict[int, dict[Any, Vector]] = field(default_factory=dict)

    def place(self, u: Any) -> Any:
        """Value of the parameter at distance u."""
        return 1 / u if self.point is None else self.point + self.side * u

    def selected(self, u: Any) -> tuple[int, Vector]:
        """Branch at distance u, and its inputs."""
        here = self.place(u)
        moving = dict.fromkeys((self.parameter, *self.follows), here)
        return self.system.select({**self.inputs, **moving})

    def value(self, u: Any) -> Any:
        """Observable at distance u, in the current precision.

        Raises
        ------
        NotConverged
            If no branch holds there, or its fixed point is not found.
        """
        branch, vector = self.selected(u)
        if branch < 0:
            raise NotConverged(f"no answer at {self.parameter} = {mpmath.nstr(self.place(u), 8)}")
        state: Vector = []
        if self.system.lowered.sizes[branch]:
            state = self._state(branch, vector, u)
        return self.system.values(branch, vector, state)[self.observable]

    def _state(self, branch: int, vector: Vector, u: Any) -> Vector:
        known = self.roots.setdefault(branch, {})
        start = self._global(branch, vector) if not known else predicted(known, mpmath.log(u))
        try:
            state = self._newton(branch, vector, start)
        except NotConverged:
            nearest = min(known, key=lambda v: abs(v - mpmath.log(u)), default=None)
            if nearest is None or abs(nearest - mpmath.log(u)) < 0.05:
                raise
            self.value(mpmath.exp((nearest + mpmath.log(u)) / 2))
            return self._state(branch, vector, u)
        known[mpmath.log(u)] = [mpmath.log(x) for x in state]
        return state

    def _global(self, branch: int, vector: Vector) -> Vector:
        """Root found in floats from the branch's own start, the map evaluated at more digits."""

        def step(x: Vector) -> Vector:
            image, jacobian = self.system.step(branch, vector, [mpmath.mpf(v) for v in x])
            return [float(v) for v in (*image, *jacobian)]

        with mpmath.workdps(ROUGH_DIGITS):
            start = [float(x) for x in self.system.start(branch, vector)]
            return [mpmath.mpf(x) for x in find_root(start, step)[0]]

    def _newton(self, branch: int, vector: Vector, state: Vector) -> Vector:
        """Newton's method in log variables to the current precision."""
        goal = mpmath.mpf(10) ** (8 - mpmath.mp.dps)
        for _ in range(NEWTON_STEPS):
            image, jacobian = self.system.step(branch, vector, state)
            if not all(mpmath.isfinite(f) and f > 0 for f in image):
                break
            errors = [mpmath.log(f / x) for f, x in zip(image, state, strict=True)]
            if max(map(abs, errors)) < goal:
                return state
            matrix = newton_matrix(state, image, jacobian)
            moves = mpmath.lu_solve(matrix, mpmath.matrix(errors))
            state = [
                x * mpmath.exp(max(-LONGEST, min(LONGEST, d)))
                for x, d in zip(state, moves, strict=True)
            ]
        raise NotConverged(f"no fixed point to {mpmath.mp.dps} digits near {self.parameter}")


def predicted(known: Mapping[Any, Vector], where: Any) -> Vector:
    """State extrapolated from the two nearest roots as a power law of the distance."""
    near = sorted(known, key=lambda v: abs(v - where))[:2]
    first = known[near[0]]
    if len(near) == 1:
        return [mpmath.exp(x) for x in first]
    share = (where - near[0]) / (near[1] - near[0])
    pairs = zip(first, known[near[1]], strict=True)
    return [mpmath.exp(a + share * (b - a)) for a, b in pairs]
