"""The channel as compiled functions of a list of points and of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from asymp.analysis.losses.channel import Channel, Stretch, wall_is_closed
from asymp.calculus.panel import Panel
from asymp.lowering.kernel import Kernel, compile_branches
from asymp.problem.noise import MIXING
from asymp.reductions.general.fields import Field
from asymp.reductions.general.letters import Q_PERP, E
from asymp.reductions.statements import FIELD, Letters
from asymp.reductions.system import Branch, Definition, needed
from asymp.solver.points import solve_points

END = sp.Symbol("omega_end", real=True)
INFINITE = 1e100  # in place of an infinite proximal scale: the ridgeless limit, to all digits
VANISHING = 1e-90  # what is less than this is zero at an infinite scale
# Least variance of a field: where the estimator is zero or perfect, margins or residuals are one
# number, and are spread by 1e-13 here.
LEAST = {str(s): 1e-26 for s in (Letters.SR, E, Letters.q, Q_PERP)}


@dataclass(frozen=True, eq=False)
class Compiled:
    """Compiled functions of one channel.

    Parameters
    ----------
    channel : Channel
    title : str
        Heading of the generated files.
    """

    channel: Channel
    title: str

    @cached_property
    def _point(self) -> _Function:
        """Argument, loss and slope at a field."""
        own = self.channel.definitions
        branches = []
        if self.channel.collapsed is not None:
            branches.append(_branch("collapsed", wall_is_closed(), self.channel.collapsed, own))
        for index, stretch in enumerate(self.channel.stretches):
            last = index == len(self.channel.stretches) - 1
            here = sp.true if last else sp.Le(FIELD, stretch.high)
            branches.append(_branch(f"stretch{index}", here, stretch, own))
        return _Function.of(branches, FIELD, self.title)

    @cached_property
    def _density(self) -> _Function:
        total = sp.Add(*(f.outer(f.weight * f.tilt * f.density) for f in self.channel.fields))
        return self._plain({"density": total}, FIELD)

    @cached_property
    def _mass(self) -> _Function:
        """Mass of the field's law below and above an end."""
        sides = {"below": (-sp.oo, END), "above": (END, sp.oo)}
        values = {
            name: sp.Add(*(f.outer(f.weight * _between(f, *ends)) for f in self.channel.fields))
            for name, ends in sides.items()
        }
        return self._plain(values, END)

    @cached_property
    def _cuts(self) -> _Function:
        values = {f"cut{i}": cut for i, cut in enumerate(self.channel.cuts)}
        return self._plain(values, None)

    @cached_property
    def _spread(self) -> _Function:
        """Sum of the components' deviations, the noise's scale being one."""
        total = sp.Add(*(f.deviation for f in self.channel.fields))
        return self._plain({"spread": total.subs(MIXING, 1)}, None)

    def _plain(self, values: Mapping[str, sp.Expr], running: sp.Symbol | None) -> _Function:
        own = needed(self.channel.definitions, values.values())
        return _Function.of([Branch("only", sp.true, own, None, values)], running, self.title)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of what a point must say, order parameters and parameters."""
        known = (self._point, self._mass, self._density, self._cuts, self._spread)
        return tuple(dict.fromkeys(name for f in known for name in f.names))

    def point(self, at: Columns, field: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Argument, loss and slope at fields (m, k)."""
        argument, loss, slope = (
            np.where(np.abs(x) < VANISHING, 0.0, x) for x in self._point(at, field)
        )
        return argument, np.where(np.isnan(loss), np.inf, loss), slope

    def density(self, at: Columns, field: np.ndarray) -> np.ndarray:
        """Density of the field's law."""
        return self._density(at, field)[0]

    def mass(self, at: Columns, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mass below and above fields (m, k), each with its own digits."""
        below, above = self._mass(at, end)
        return below, above

    def spread(self, at: Columns) -> np.ndarray:
        """Scale of the field, (m, 1)."""
        return self._spread(at, np.zeros((at.size, 1)))[0]

    def cuts(self, at: Columns) -> np.ndarray:
        """Fields at which a quadrature is cut, (m, k); zero where none is defined."""
        found = np.concatenate(self._cuts(at, np.zeros((at.size, 1))), axis=1)
        return np.where(np.isnan(found), 0.0, found)


@dataclass(frozen=True)
class Columns:
    """Values of order parameters and parameters at a list of points, by name.

    Parameters
    ----------
    values : mapping of str to float array, (m,)
    size : int
    """

    values: Mapping[str, np.ndarray]
    size: int

    @classmethod
    def of(cls, raw: Mapping[str, np.ndarray], size: int) -> Columns:
        """Columns in which infinite scales are large and vanishing variances small."""
        values = {}
        for name, column in raw.items():
            finite = np.where(np.isposinf(column), INFINITE, column)
            values[name] = np.maximum(finite, LEAST[name]) if name in LEAST else finite
        return cls(values, size)

    def __getitem__(self, rows: np.ndarray) -> Columns:
        """Some of the points."""
        values = {name: column[rows] for name, column in self.values.items()}
        return Columns(values, int(np.size(rows)))


@dataclass(frozen=True)
class _Function:
    """One kernel without unknowns: values at points and at one running number."""

    kernel: Kernel
    names: tuple[str, ...]
    running: bool

    @classmethod
    def of(cls, branches: Sequence[Branch], running: sp.Symbol | None, title: str) -> _Function:
        used: set[sp.Symbol] = set()
        for branch in branches:
            used |= branch.condition.free_symbols
            used = used.union(*(sp.sympify(v).free_symbols for v in branch.values.values()))
            used = used.union(*(g.expression.free_symbols for g in branch.guards))
            used -= {g.symbol for g in branch.guards}
        fixed = sorted(used - {running}, key=lambda s: s.name)
        inputs = [*([] if running is None else [running]), *fixed]
        kernel = compile_branches(branches, inputs or [END], (), f"{title}: law of the losses")
        return cls(kernel, tuple(s.name for s in fixed), running is not None)

    def __call__(self, at: Columns, running: np.ndarray) -> tuple[np.ndarray, ...]:
        shape = (at.size, running.shape[-1])
        columns = [np.broadcast_to(running, shape)] if self.running or not self.names else []
        columns += [np.broadcast_to(at.values[n][:, None], shape) for n in self.names]
        rows = np.stack(columns, axis=-1).reshape(-1, len(columns))
        found = solve_points(self.kernel, rows, ())
        return tuple(column.reshape(shape) for column in found.values.T)


def _branch(
    name: str, condition: sp.Basic, stretch: Stretch, own: tuple[Definition, ...]
) -> Branch:
    values = {"argument": stretch.argument, "loss": stretch.loss, "slope": stretch.slope}
    used = [condition, *map(sp.sympify, values.values())]
    return Branch(name, condition, needed(own, used), None, values)


def _between(field: Field, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    """Mass of one component between two ends, one of which is infinite."""
    if field.tilt == 1:
        end, sign = (high, 1) if low is -sp.oo else (low, -1)
        return sp.erfc(sign * (field.mean - end) / sp.sqrt(2 * field.variance)) / 2
    integrand = field.tilt * field.density
    return Panel(integrand, FIELD, low, high, field.mean, field.deviation, sp.Integer(0))
