"""An observable as a function of the parameters that are moved, others fixed row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from asymp.analysis.slopes import SlopeSolver
from asymp.solver.describe import Solvable
from asymp.solver.status import Status


@dataclass(frozen=True, eq=False)
class Objective:
    """What is made small: the observable, or its opposite.

    Parameters
    ----------
    theorem : Solvable
    observable : str
    over : tuple of str
        Parameters that are moved.
    follows : mapping of str to str
        Parameters that take the value of a moved one.
    sign : float
        1 to minimise, -1 to maximise.
    """

    theorem: Solvable
    observable: str
    over: tuple[str, ...]
    follows: Mapping[str, str]
    sign: float

    @cached_property
    def _slopes(self) -> SlopeSolver:
        return SlopeSolver(self.theorem, self.observable, (*self.over, *self.follows))

    @cached_property
    def held(self) -> tuple[str, ...]:
        """Names of the fixed parameters, in the order of the columns of ``fixed``."""
        return tuple(n for n in self.theorem.parameters if n not in (*self.over, *self.follows))

    def rows(self, fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Rows of all parameters from fixed (m, held) and moved (m, over) columns."""
        columns = {n: fixed[:, i] for i, n in enumerate(self.held)}
        columns |= {n: moved[:, i] for i, n in enumerate(self.over)}
        columns |= {n: columns[leader] for n, leader in self.follows.items()}
        return np.column_stack([columns[n] for n in self._slopes.plain.parameters])

    def value(self, fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Signed observable at each row; infinite where there is no answer."""
        found = self._slopes.solve(self.rows(fixed, moved))
        value = found.values[:, self._slopes.plain.values.index(self.observable)]
        # Maximising must not run to a divergence: there is no largest value there.
        good = np.isfinite(value) & (found.status <= Status.infinite)
        return np.where(good, self.sign * value, np.inf)

    def gradient(self, fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Signed total derivative in each moved parameter, its followers included: (m, over)."""
        found = self.sign * self._slopes(self.rows(fixed, moved)).gradient
        total = found[:, : len(self.over)].copy()
        for k, leader in enumerate(self.follows.values()):
            total[:, self.over.index(leader)] += found[:, len(self.over) + k]
        return total

    def status(self, fixed: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """Status of the theorem at each row."""
        return self._slopes.solve(self.rows(fixed, moved)).status
