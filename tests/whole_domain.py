"""Random points over the whole domain of a theorem, edges of its branches included.

Nothing here names a theorem: a parameter's range follows from its domain and scaling, an edge from
the comparisons in the conditions of the branches.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numba
import numpy as np
import sympy as sp
from sympy.core.relational import Relational

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import CoarsePanel, Panel
from asymp.calculus.table import TableSum
from asymp.solver.grid import kernel_of

RATIOS, STRENGTHS, SCALES = (-3.0, 3.0), (-12.0, 3.0), (-3.0, 3.0)  # decades
NEAREST = -14.0  # decade of the smallest relative distance to an edge
HALVINGS = 60
_VOID = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


def is_closed(theorem: Any) -> bool:
    """Whether no branch holds a node that needs a loop: a quadrature, an inner root, a table."""
    looped = (Root, Panel, CoarsePanel, TableSum)
    return not any(e.has(*looped) for b in theorem.branches for e in expressions(b))


def is_ratio(parameter: Any) -> bool:
    """Whether a parameter is a ratio of dimensions, which cannot vanish."""
    return "/" in parameter.scaling and bool(parameter.domain.left_open)


def expressions(branch: Any) -> list[sp.Basic]:
    """Every expression of a branch."""
    found = [branch.condition, *branch.values.values()]
    found += [d.expression for d in (*branch.guards, *branch.definitions)]
    if branch.system is not None:
        found += [*branch.system.update, *branch.system.start]
        found += [d.expression for d in branch.system.definitions]
    return [sp.sympify(e) for e in found]


def generated(address: int, outputs: int) -> Any:
    """Compiled loop of a generated function over the rows of an array."""
    function = _VOID(int(address))

    @numba.njit(error_model="numpy")
    def loop(rows: np.ndarray) -> np.ndarray:
        out = np.empty((rows.shape[0], outputs))
        for k in range(rows.shape[0]):
            function(out[k].ctypes, rows[k].ctypes)
        return out

    return loop


@dataclass(frozen=True)
class WholeDomain:
    """Where points of a theorem are drawn: everywhere."""

    theorem: Any

    @cached_property
    def kernel(self) -> Any:
        """The compiled theorem."""
        return kernel_of(self.theorem)

    @cached_property
    def constants(self) -> np.ndarray:
        """Values of the constants in order."""
        return np.array([float(v) for v in self.theorem.constants.values()])

    @cached_property
    def _select(self) -> Any:
        return generated(self.kernel.addresses[0], 1 + len(self.kernel.guards))

    def names(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters and guards by name, with the index of the branch as ``branch``."""
        fixed = np.broadcast_to(self.constants, (len(rows), self.constants.size))
        chosen = self._select(np.ascontiguousarray(np.hstack([rows, fixed])))
        found = dict(zip(self.kernel.parameters, rows.T, strict=True))
        found |= dict(zip(self.kernel.guards, chosen[:, 1:].T, strict=True))
        found |= dict(zip((s.name for s in self.theorem.constants), self.constants, strict=True))
        return found | {"branch": chosen[:, 0]}

    @cached_property
    def edges(self) -> list[tuple[str, Any]]:
        """Comparisons with a guard: what moves a point across, and the gap as a function."""
        guards = set(self.kernel.guards)
        atoms = {r for b in self.theorem.branches for r in b.condition.atoms(Relational)}
        found = []
        for relation in sorted(atoms, key=str):
            words = {s.name for s in relation.free_symbols}
            if words & guards:
                own = sorted(words & set(self.kernel.parameters))
                order = sorted(s.name for s in relation.free_symbols)
                gap = sp.lambdify([sp.Symbol(n) for n in order], plain(relation.lhs - relation.rhs))
                found.append((own[0] if own else self.ratios[-1], (order, gap)))
        return found

    @cached_property
    def ratios(self) -> list[str]:
        """Parameters that are ratios of dimensions."""
        return [n for n, p in self.theorem.parameters.items() if is_ratio(p)]

    def draw(self, size: int, seed: int = 0) -> np.ndarray:
        """Points, (size, parameters): half anywhere, the rest at edges and in corners."""
        rng = np.random.default_rng(seed)
        columns: dict[str, np.ndarray] = {}
        for name, parameter in self.theorem.parameters.items():
            columns[name] = self._column(parameter, columns, size, rng)
        rows = np.column_stack([columns[name] for name in self.kernel.parameters])
        self._shrink(rows, rng.random(size) < 0.15, rng)
        if self.edges:
            which = rng.integers(0, 2 * len(self.edges), size)
            for index, (moved, gap) in enumerate(self.edges):
                self._to_edge(rows, np.flatnonzero(which == index), moved, gap, rng)
        return rows

    def _column(self, parameter: Any, before: Any, size: int, rng: Any) -> np.ndarray:
        domain, default = parameter.domain, parameter.default
        kind = rng.random(size)
        if isinstance(default, str):
            other = 10 ** rng.uniform(*SCALES, size)
            return np.select([kind < 0.5, kind < 0.6], [before[default], 0.0], other)
        if domain.end.is_finite:
            low, high = float(domain.start), float(domain.end)
            near = (high - low) * 10 ** rng.uniform(-9, -0.3, size)
            share = np.select([kind < 0.25, kind < 0.5], [low + near, high - near], default or 0.5)
            return np.where(kind < 0.75, share, low + (high - low) * rng.random(size))
        if is_ratio(parameter):
            return 10 ** rng.uniform(*RATIOS, size)
        if not domain.left_open:
            return np.where(kind < 0.25, 0.0, 10 ** rng.uniform(*STRENGTHS, size))
        return np.where(kind < 0.5, default or 1.0, 10 ** rng.uniform(*SCALES, size))

    def _shrink(self, rows: np.ndarray, where: np.ndarray, rng: Any) -> None:
        """Make all strengths of some points small together."""
        for i, parameter in enumerate(self.theorem.parameters.values()):
            small = not parameter.domain.left_open and not isinstance(parameter.default, str)
            if small and not parameter.domain.end.is_finite:
                pick = where & (rows[:, i] > 0)
                rows[pick, i] = 10 ** rng.uniform(-12, -3, int(pick.sum()))

    def _to_edge(self, rows: np.ndarray, index: Any, moved: str, gap: Any, rng: Any) -> None:
        """Move points in one parameter to where a comparison turns, or beside it."""
        column = self.kernel.parameters.index(moved)
        low, high = RATIOS if moved in self.ratios else STRENGTHS
        ends = np.full(len(index), 10.0**low), np.full(len(index), 10.0**high)
        first, last = (self._gap(rows, index, column, end, gap) for end in ends)
        turns = np.sign(first) * np.sign(last) < 0
        index, first, (left, right) = index[turns], first[turns], (e[turns] for e in ends)
        for _ in range(HALVINGS):
            middle = np.sqrt(left * right)
            same = np.sign(self._gap(rows, index, column, middle, gap)) == np.sign(first)
            left, right = np.where(same, middle, left), np.where(same, right, middle)
        off = 10 ** rng.uniform(NEAREST, -0.3, len(index)) * rng.choice([-1, -1, 1], len(index))
        off[rng.random(len(index)) < 0.05] = 0.0
        rows[index, column] = right * (1 + off)

    def _gap(self, rows: Any, index: Any, column: int, values: Any, gap: Any) -> np.ndarray:
        tried = rows[index].copy()
        tried[:, column] = values
        numbers, (order, function) = self.names(tried), gap
        with np.errstate(all="ignore"):
            return np.asarray(function(*(numbers[n] for n in order)) + 0 * values, dtype=float)


def plain(expression: sp.Basic) -> sp.Basic:
    """Expression in symbols without assumptions."""
    return expression.xreplace({s: sp.Symbol(s.name) for s in expression.free_symbols})
