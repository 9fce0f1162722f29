"""A theorem as a function of one point: what laws, limits and audits call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from asymp.claims import Law, Limit, Numbers, expression
from asymp.errors import InvalidParameter, NotConverged
from asymp.problem.features import RandomFeatures
from asymp.reductions.system import Branch
from asymp.solver.grid import kernel_of
from asymp.solver.points import solve_points
from asymp.solver.status import Status
from asymp.testing.interpreted import Interpreted, fixed_point, interpret
from asymp.testing.numbers import told
from asymp.testing.selecting import Selector, compiled_selector

COEFFICIENTS = ("mu1", "mu2", "kappa2")
Answer = tuple[Sequence[float], Status, float, float]


class NoMinimiser(NotConverged):
    """The point lies in a declared phase without minimiser: no claim speaks of it."""


@dataclass(frozen=True, eq=False)
class Pointwise:
    """``solve(**parameters)`` gives every number that a claim may use, by name.

    Parameters
    ----------
    theorem : Theorem
    changed_constants : mapping of str to float
        Constants of the activation that take another value.
    branches : sequence of Branch, optional
        Solve these instead of the theorem's own, without compiling them.

    Examples
    --------
    >>> import asymp
    >>> solve = Pointwise(asymp.Problem(features=asymp.IsotropicGaussian()).derive())
    >>> numbers = solve(alpha=2.0, zeta=0.5, tau=0.5)
    >>> round(numbers["standard_risk"], 6), numbers["rho"]
    (0.508883, 1.0)
    """

    theorem: Any
    changed_constants: Mapping[str, float] | None = None
    branches: Sequence[Branch] | None = None

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        return tuple(self.theorem.parameters)

    @cached_property
    def constants(self) -> dict[str, float]:
        """Constants of the activation by name."""
        own = {s.name: float(c) for s, c in self.theorem.constants.items()}
        return {**own, **(self.changed_constants or {})}

    @cached_property
    def _absent(self) -> dict[str, float]:
        """Constants that are exactly zero, and so do not occur in the theorem."""
        features = getattr(self.theorem.problem, "features", None)
        if self.theorem.status == "stated" or not isinstance(features, RandomFeatures):
            return {}
        return {name: 0.0 for name in COEFFICIENTS if name not in self.constants}

    @cached_property
    def plain(self) -> Interpreted:
        """The branches without compilation: for changed branches, and for other starts."""
        symbols = [p.symbol for p in self.theorem.parameters.values()]
        branches = self.theorem.branches if self.branches is None else self.branches
        return interpret(tuple(branches), [*symbols, *self.theorem.constants])

    @cached_property
    def selector(self) -> Selector:
        """Choice of the branch, compiled unless the branches are changed ones."""
        if self.branches is None:
            inputs = [p.symbol for p in self.theorem.parameters.values()]
            inputs += self.theorem.constants
            return compiled_selector(kernel_of(self.theorem), self.theorem.branches, inputs)
        return Selector(self.plain.guards, self.plain.select)

    @cached_property
    def _engine(self) -> tuple[tuple[str, ...], Callable[[list[float]], Answer]]:
        if self.branches is not None:
            return self.plain.names, self._interpreted
        kernel = kernel_of(self.theorem)
        constants = tuple(self.constants.values())

        def answer(point: list[float]) -> Answer:
            p = solve_points(kernel, np.array([point]), constants)
            status = Status(int(p.status[0]))
            return p.values[0].tolist(), status, float(p.residual[0]), float(p.condition[0])

        return kernel.values, answer

    def complete(self, given: Mapping[str, float]) -> dict[str, float]:
        """Fill in defaults.

        Raises
        ------
        InvalidParameter
            For unknown, missing or inadmissible parameters.
        """
        strange = [n for n in given if n not in self.theorem.parameters]
        if strange:
            raise InvalidParameter(f"unknown parameter {strange[0]!r} of {self.theorem.id}")
        point: dict[str, float] = {}
        for name, parameter in self.theorem.parameters.items():
            value = given.get(name, parameter.default)
            value = point[value] if isinstance(value, str) else value
            if value is None:
                raise InvalidParameter(f"{name} is missing ({parameter.meaning})")
            parameter.require(value)
            point[name] = float(value)
        return point

    def boundaries(self, point: Numbers) -> dict[str, float]:
        """Boundaries of phases by name, with the parameters and constants themselves."""
        guards = self._selected(point)[1:]
        names = dict(zip(self.selector.guards, guards, strict=True))
        return {**self._absent, **self.constants, **names, **{n: point[n] for n in self.parameters}}

    def _selected(self, point: Numbers) -> list[float]:
        return self.selector.select(
            [*(point[n] for n in self.parameters), *self.constants.values()]
        )

    def speaks_at(self, point: Numbers) -> bool:
        """Whether the theorem gives numbers there: some branch holds, and it has a minimiser."""
        index = int(self._selected(point)[0])
        branches = self.theorem.branches if self.branches is None else self.branches
        return index >= 0 and Status[branches[index].status] <= Status.infinite

    def concerns(self, claim: Law | Limit) -> bool:
        """Whether a claim speaks of this theorem: its condition may exclude the activation."""
        if claim.where is None or not isinstance(claim.where, str | sp.Basic):
            return True
        constants = {**self._absent, **self.constants}
        return expression(claim.where).subs(constants) is not sp.false

    def __call__(self, **given: float) -> dict[str, float]:
        """Every number at a point.

        Raises
        ------
        NotConverged
            If the point has no answer (an infinite one is an answer); NoMinimiser in a phase
            without minimiser.
        """
        point = self.complete(given)
        names, answer = self._engine
        values, status, residual, condition = answer([point[n] for n in self.parameters])
        if status > Status.infinite:
            kind = NoMinimiser if status is Status.no_minimiser else NotConverged
            raise kind(f"{status.name} ({status.sentence}) at {told(point)}")
        found = dict(zip(names, values, strict=True))
        # Differences leave the plain engine's Newton steps four digits short of the compiled ones.
        rounding = 1e-12 * condition if self.branches is None else 1e-8
        extra = {"residual": residual, "condition": condition, "status": float(status)}
        return {**self.boundaries(point), **found, **extra, "rounding": max(rounding, 1e-12)}

    def _interpreted(self, point: list[float]) -> Answer:
        vector = [*point, *self.constants.values()]
        index, *guards = self.plain.select(vector)
        if not index >= 0:
            return [], Status.out_of_domain, np.nan, np.nan
        known = [*vector, *guards]
        size, start, update, values = self.plain.branches[int(index)]
        state, residual = fixed_point(update, known, start(known)) if size else ([], 0.0)
        assert self.branches is not None
        status = Status[self.branches[int(index)].status]
        # Differences leave the Newton step three digits short of the compiled solver's target.
        if not residual < 1e-9:
            status = Status.max_steps
        return values(known + state), status, residual, 1.0
