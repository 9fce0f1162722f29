r"""Derivatives of an observable at many points: partial derivatives compiled, the rest in NumPy.

At a fixed point :math:`x=F(x,a)` the implicit function theorem gives

.. math:: \frac{dO}{da} = \partial_aO + \partial_xO\,(I-\partial_xF)^{-1}\,\partial_aF .

Every branch's own expressions are differentiated, its guards included; an explicit branch has the
first term alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from asymp.analysis.chain import Chain, differentiate
from asymp.lowering.kernel import Kernel, compile_branches
from asymp.reductions.system import Branch
from asymp.solver.describe import Solvable
from asymp.solver.grid import kernel_of
from asymp.solver.points import Points, solve_points
from asymp.solver.status import Status

# A branch holds on a side of a point if it still holds this far away, relatively; at 0 absolutely.
ASIDE = 2.0**-26


@dataclass(frozen=True)
class Slopes:
    """The observable and its derivatives at a list of points.

    Parameters
    ----------
    points : Points
        Outcome of the theorem itself.
    value : float array, (m,)
        The observable.
    gradient : float array, (m, k)
        Its partial derivative in each of k parameters; NaN where it has none.
    """

    points: Points
    value: np.ndarray
    gradient: np.ndarray


@dataclass(frozen=True, eq=False)
class SlopeSolver:
    """Derivatives of one observable of a theorem in several of its parameters.

    Parameters
    ----------
    theorem : Solvable
    observable : str
    names : tuple of str
        The parameters.
    """

    theorem: Solvable
    observable: str
    names: tuple[str, ...]

    @cached_property
    def plain(self) -> Kernel:
        """The theorem's own kernel."""
        return kernel_of(self.theorem)

    @cached_property
    def unknowns(self) -> int:
        """Number of unknowns of the largest branch."""
        return max((len(b.system.state) for b in self.theorem.branches if b.system), default=0)

    @cached_property
    def kernel(self) -> Kernel:
        """The branches with the partial derivatives as their values."""
        symbols = tuple(p.symbol for p in self.theorem.parameters.values())
        varied = [self.theorem.parameters[n].symbol for n in self.names]
        branches = tuple(
            partial_branch(b, self.observable, varied, self.unknowns) for b in self.theorem.branches
        )
        title = f"{self.theorem.title}, derivatives of {self.observable} in {', '.join(self.names)}"
        return compile_branches(branches, symbols, tuple(self.theorem.constants), title)

    @cached_property
    def constants(self) -> list[float]:
        """Values of the constants."""
        return [float(v) for v in self.theorem.constants.values()]

    def admitted(self, points: np.ndarray) -> np.ndarray:
        """Which rows lie in the domain."""
        inside = [
            self.theorem.parameters[name].admits(points[:, i])
            for i, name in enumerate(self.plain.parameters)
        ]
        return np.logical_and.reduce(inside)

    def solve(self, points: np.ndarray) -> Points:
        """Solve the theorem itself at each row."""
        return solve_points(self.plain, points, self.constants, self.admitted(points))

    def __call__(self, points: np.ndarray) -> Slopes:
        """Value and derivatives at each row of ``points``, in the order of the parameters."""
        found = self.solve(points)
        partials = solve_points(self.kernel, points, self.constants, self.admitted(points))
        value = found.values[:, self.plain.values.index(self.observable)]
        gradient = self._assembled(partials)
        gradient[~(np.isfinite(value) & (partials.status <= Status.infinite))] = np.nan
        for k, name in enumerate(self.names):
            gradient[~self._continues(points, name, found.branch), k] = np.nan
        gradient[~np.isfinite(gradient)] = np.nan
        return Slopes(found, value, gradient)

    def _assembled(self, partials: Points) -> np.ndarray:
        """Combine the partial derivatives by the implicit function theorem."""
        n, k = self.unknowns, len(self.names)
        rows = partials.values
        direct, outer = rows[:, :k], rows[:, k : k + n]
        if not n:
            return direct.copy()
        forcing = rows[:, k + n : k + n + n * k].reshape(-1, n, k)
        matrix = np.eye(n) - rows[:, k + n + n * k :].reshape(-1, n, n)
        good = np.isfinite(matrix).all(axis=(1, 2)) & np.isfinite(forcing).all(axis=(1, 2))
        matrix[~good] = np.eye(n)
        good &= np.linalg.det(matrix) != 0
        matrix[~good] = np.eye(n)
        state = np.linalg.solve(matrix, forcing)
        state[~good] = np.nan
        return direct + np.einsum("mi,mik->mk", outer, state)

    def _continues(self, points: np.ndarray, name: str, branch: np.ndarray) -> np.ndarray:
        """Whether the branch holds on one side of each point at least.

        A branch that holds at a single value of the parameter, such as ridge zero, says nothing
        about how things change with it.
        """
        column = self.plain.parameters.index(name)
        holds = np.zeros(len(points), dtype=bool)
        for sign in (1.0, -1.0):
            aside = points.copy()
            size = np.abs(points[:, column])
            aside[:, column] += sign * ASIDE * np.where(size > 0, size, 1.0)
            holds |= self.solve(aside).branch == branch
        return holds


def partial_branch(
    branch: Branch, observable: str, varied: Sequence[sp.Symbol], unknowns: int
) -> Branch:
    r"""Branch whose values are :math:`\partial_aO,\ \partial_xO,\ \partial_aF,\ \partial_xF`.

    Where a branch has fewer unknowns than the largest one, the rest are zero.
    """
    system = branch.system
    inner = system.definitions if system else ()
    state = system.state if system else ()
    everything = (*branch.guards, *inner, *branch.definitions)
    by_parameter = [differentiate(everything, a) for a in varied]
    by_state = [differentiate((*inner, *branch.definitions), x) for x in state]
    value = finite_part(branch.values[observable])
    update = system.update if system else ()
    values = {f"O_a{k}": c.total(value) for k, c in enumerate(by_parameter)}
    values |= {f"O_x{i}": _entry(by_state, i, value) for i in range(unknowns)}
    for i in range(unknowns):
        target = update[i] if i < len(update) else sp.Integer(0)
        values |= {f"F_{i}_a{k}": c.total(target) for k, c in enumerate(by_parameter)}
    for i in range(unknowns):
        target = update[i] if i < len(update) else sp.Integer(0)
        values |= {f"F_{i}_x{j}": _entry(by_state, j, target) for j in range(unknowns)}
    chained = tuple(d for c in (*by_parameter, *by_state) for d in c.definitions)
    return replace(branch, values=values, definitions=(*branch.definitions, *chained))


def finite_part(value: Any) -> sp.Expr:
    """Value to differentiate: an infinite one has no derivative, and is masked afterwards."""
    expression = sp.sympify(value)
    return sp.Integer(0) if expression.is_infinite else expression


def _entry(chains: Sequence[Chain], index: int, expression: sp.Expr) -> sp.Expr:
    return chains[index].total(expression) if index < len(chains) else sp.Integer(0)
