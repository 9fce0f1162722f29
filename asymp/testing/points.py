"""Admissible random points of a theorem, from its parameters' own domains.

The natural scale of a parameter that a phase compares with a boundary is that boundary; points
are kept off the boundaries by a margin, and out of phases without a minimiser. A theorem may say
itself where its parameters are drawn (``ranges``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sympy.core.relational import Relational

from asymp.claims import Predicate, expression
from asymp.errors import InvalidProblem
from asymp.symbols import Quantity
from asymp.testing.numbers import evaluate, holds
from asymp.testing.pointwise import Pointwise

RATIO, SCALE, STRENGTH, BOUNDARY = (0.1, 10.0), (1 / 3, 3.0), (1e-3, 2.0), (0.03, 1.6)
POSITIVE = (0.5, 5.0)  # a positive number that is no ratio and has no default
INSET = 0.03  # shares of an interval that are left out at an open end
ZERO_SHARE = 0.15  # of draws of a parameter that may vanish
TRIES = 2000


@dataclass(frozen=True, eq=False)
class Sampler:
    """Where points are drawn.

    Parameters
    ----------
    solve : Pointwise
    where : expression or callable, optional
        Further condition, in parameters, constants and boundaries.
    fixed : mapping of str to float
    ranges : mapping of str to (low, high)
        Instead of the defaults; ends are expressions in names.
    margin : float
        Relative distance kept from the boundaries of phases.
    everywhere : bool
        Also draw where the training problem has no minimiser.
    """

    solve: Pointwise
    where: Predicate | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    margin: float = 0.03
    everywhere: bool = False

    def build(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Point at the given shares in [0, 1) of each parameter's range."""
        free = {**shares, **dict.fromkeys(self.fixed, 0.5)}
        parameters = self.solve.theorem.parameters
        point = {n: self._default(p, free[n]) for n, p in parameters.items()}
        point |= {n: float(v) for n, v in self.fixed.items()}
        for name, boundary in self._bounded.items():
            if name not in self.fixed:
                scale, (low, high) = self.solve.boundaries(point)[boundary], BOUNDARY
                point[name] = _between(low * scale, high * scale, _stretched(free[name]))
        for name, ends in self._given.items():
            numbers = self.solve.boundaries(point)
            low, high = (evaluate(e, numbers) for e in ends)
            point[name] = _between(low, high, free[name])
        return {name: float(value) for name, value in point.items()}

    def admits(self, point: Mapping[str, float]) -> bool:
        """Whether a point is in the domains, off the boundaries, and where the claim speaks."""
        parameters = self.solve.theorem.parameters
        if not all(bool(parameters[n].admits(v)) for n, v in point.items()):
            return False
        numbers = self.solve.boundaries(point)
        if self._near_boundary(numbers) or not holds(self.where, numbers):
            return False
        return self.everywhere or self.solve.speaks_at(point)

    def draw(self, rng: np.random.Generator) -> dict[str, float]:
        """One admissible point.

        Raises
        ------
        InvalidProblem
            If none was found: the condition is too narrow for the ranges.
        """
        names = self.solve.parameters
        for _ in range(TRIES):
            point = self.build(dict(zip(names, rng.uniform(size=len(names)), strict=True)))
            if self.admits(point):
                return point
        raise InvalidProblem(
            f"no admissible point among {TRIES} draws where {self.where}; give narrower ranges"
        )

    def points(self, count: int, rng: Any = 0) -> Iterator[dict[str, float]]:
        """Several admissible points; ``rng`` is a seed or a generator."""
        generator = np.random.default_rng(rng)
        for _ in range(count):
            yield self.draw(generator)

    @cached_property
    def _given(self) -> dict[str, tuple[Any, Any]]:
        """Ranges of the theorem's file and of the claim, which wins; fixed ones aside."""
        own = dict(getattr(self.solve.theorem, "ranges", {}))
        found = {n: ends for n, ends in own.items() if n not in self.fixed}
        return {**found, **self.ranges}

    def _default(self, parameter: Quantity, share: float) -> float:
        domain, default = parameter.domain, parameter.default
        if domain.start.is_finite and domain.end.is_finite:
            return _inside(domain, share)
        if not domain.left_open:
            return _between(*STRENGTH, _stretched(share))
        if isinstance(default, float):
            low, high = SCALE
            return _between(low * default, high * default, share)
        wide = "/" in parameter.scaling or self.solve.theorem.status == "stated"
        return _between(*(RATIO if wide else POSITIVE), share)

    @cached_property
    def _relations(self) -> list[Any]:
        """Comparisons with a boundary in the conditions of the branches."""
        guards = set(self.solve.selector.guards)
        conditions = [b.condition for b in self.solve.theorem.branches]
        atoms = {r for c in conditions for r in c.atoms(Relational)}
        named = [expression(r) for r in sorted(atoms, key=str)]
        return [r for r in named if guards & {s.name for s in r.free_symbols}]

    @cached_property
    def _bounded(self) -> dict[str, str]:
        """Parameters that a phase compares with a boundary, and which."""
        guards = set(self.solve.selector.guards)
        found: dict[str, str] = {}
        for relation in self._relations:
            name, other = (str(side) for side in relation.args)
            if name in self.solve.theorem.parameters and other in guards:
                found[name] = other
        return found

    def _near_boundary(self, numbers: Mapping[str, float]) -> bool:
        for relation in self._relations:
            left, right = (evaluate(side, numbers) for side in relation.args)
            if abs(left - right) <= self.margin * max(abs(left), abs(right)):
                return True
        return False


def _inside(domain: Any, share: float) -> float:
    """Point of a finite interval, off its open ends."""
    low, high = float(domain.start), float(domain.end)
    first = INSET if domain.left_open else 0.0
    last = 1 - INSET if domain.right_open else 1.0
    return low + (high - low) * (first + (last - first) * share)


def _stretched(share: float) -> float:
    """Share of a range whose first part stands for zero; negative means zero."""
    return (share - ZERO_SHARE) / (1 - ZERO_SHARE)


def _between(low: float, high: float, share: float) -> float:
    if share < 0:
        return 0.0
    if low <= 0:
        return low + (high - low) * share
    return low * math.exp(math.log(high / low) * share)
