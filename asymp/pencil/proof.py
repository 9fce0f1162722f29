r"""Proof that both routes give the same equations, by polynomial elimination.

Two things are shown, for symbolic parameters. First, the polynomial of :math:`\hat V` that each
route leaves when all else is eliminated has the same irreducible factor at the physical solution.
Second, on the component of that factor every equation of the first route holds, and each of its
order parameters and observables is the same function as in the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.calculus.primitives import Primitive, mp_dual_empty, mp_empty, mp_full
from asymp.errors import NotDerivable
from asymp.pencil.component import at, component, evaluated
from asymp.pencil.model import QuadraticModel
from asymp.pencil.polynomial import physical_factor
from asymp.pencil.sources import SourcedSystem
from asymp.reductions.step import CheckResult, Outcome
from asymp.reductions.system import Definition, needed
from asymp.theorem_data import TheoremData

FULL = sp.Symbol("D_full", positive=True)
Y = sp.Symbol("y_common", positive=True)
POINTS = 5


@dataclass(frozen=True)
class Claim:
    """Two field elements that should be one, and what they are."""

    name: str
    first: Any
    second: Any


def compare(system: SourcedSystem, model: QuadraticModel, theorem: TheoremData) -> CheckResult:
    """Decide whether the theorem's generic branch says what the derived system says."""
    try:
        return _Comparison(system, model, theorem).result()
    except NotDerivable as error:
        return CheckResult(Outcome.UNKNOWN, f"exact comparison: {error}")


class _Comparison:
    """The generic branch of a theorem on the component of a derived system."""

    def __init__(self, system: SourcedSystem, model: QuadraticModel, theorem: TheoremData) -> None:
        self.system, self.theorem = system, theorem
        strange = [s.name for s in theorem.system.state if s.name not in system.values]
        if strange:
            raise NotDerivable(f"the theorem's {strange[0]} is no quantity of the second route")
        self.branch = theorem.branches[-1]
        self.definitions = (*theorem.system.definitions, *self.branch.definitions)
        self.resolvent = self._resolvent()
        auxiliary = (FULL,) if self.resolvent else ()
        self.letters = (*model.letters, *model.constants)
        self.component = component(system, self.letters, auxiliary)

    def result(self) -> CheckResult:
        """Compare every equation and value, then the root, then the polynomials."""
        point = self._point({})
        if self.resolvent:
            full = self._full(point)
            quadratic = self._value(self._quadratic(), {**point, FULL: full})
            if quadratic != 0:
                return self._false(Claim("quadratic of D", quadratic, self.component.field.zero))
            point = self._point({FULL: full})
        for claim in self._claims(point):
            if claim.first - claim.second != 0:
                return self._false(claim)
        other = self._other_root(point)
        if other:
            return CheckResult(Outcome.FALSE, "exact arithmetic at rational points", other)
        return self._same_polynomial()

    def _same_polynomial(self) -> CheckResult:
        """Eliminate all but V_hat from both systems."""
        there = self._physical()
        first = physical_factor(*self._first_polynomials(), Y, there)
        second = physical_factor(*self._second_polynomials(), Y, there)
        if first != second:
            how = "elimination leaves different polynomials of V_hat"
            return CheckResult(Outcome.FALSE, how, f"{first.as_expr()} and {second.as_expr()}")
        return CheckResult(Outcome.PROVED, self._how(first))

    def _resolvent(self) -> tuple[sp.Expr, sp.Expr] | None:
        """Argument and ratio of the Marchenko-Pastur law that the theorem uses."""
        found = {node.args for d in self.definitions for node in d.expression.atoms(Primitive)}
        if len(found) > 1:
            raise NotDerivable(f"the theorem holds {len(found)} different resolvents")
        return next(iter(found), None)

    def _rational(self, expression: sp.Expr) -> sp.Expr:
        r"""Resolvent functions in terms of :math:`D`: :math:`s=1-D`, :math:`\tilde s=1-\psi D`."""
        if not self.resolvent:
            return expression
        x, ratio = self.resolvent
        forms = {
            mp_full(x, ratio): FULL,
            mp_empty(x, ratio): 1 - FULL,
            mp_dual_empty(x, ratio): 1 - ratio * FULL,
        }
        return expression.xreplace(forms)

    def _full(self, point: Mapping[sp.Symbol, Any]) -> Any:
        """D on the component, from the theorem's first claim in which it is linear."""
        for claim in self._claims(point):
            above = sp.Poly((claim.first - claim.second).numer.as_expr(), FULL)
            if above.degree() == 1:
                full = sp.cancel(-above.coeff_monomial(1) / above.coeff_monomial(FULL))
                return self.component.value(full)
        raise NotDerivable("no equation of the theorem is linear in its resolvent D")

    def _point(self, known: Mapping[sp.Symbol, Any]) -> dict[sp.Symbol, Any]:
        """Every letter of the theorem at the generic point of the component."""
        point = {**self.component.point, **known}
        for s in self.theorem.system.state:
            point[s] = self.component.value(self.system.values[s.name])
        for definition in self._used():
            point[definition.symbol] = self._value(definition.expression, point)
        return point

    def _used(self) -> tuple[Definition, ...]:
        shared = [v for name, v in self.branch.values.items() if name in self.system.values]
        return needed(self.definitions, (*self.theorem.system.update, *shared))

    def _value(self, expression: sp.Expr, point: Mapping[sp.Symbol, Any]) -> Any:
        return evaluated(self._rational(sp.sympify(expression)), point, self.component.field)

    def _claims(self, point: Mapping[sp.Symbol, Any]) -> Iterator[Claim]:
        """Equations and values of the theorem against those of the derived system."""
        system, names = self.theorem.system, self.system.values
        for s, update in zip(system.state, system.update, strict=True):
            yield Claim(f"equation of {s}", self._value(update, point), point[s])
        for name, value in self.branch.values.items():
            if name in names:
                yield Claim(name, self._value(value, point), self.component.value(names[name]))

    def _quadratic(self) -> sp.Expr:
        """Equation of the Marchenko-Pastur average D (see :class:`mp_full`)."""
        assert self.resolvent is not None
        x, ratio = self.resolvent
        return ratio * FULL**2 - (1 + ratio + x) * FULL + 1

    def _other_root(self, point: Mapping[sp.Symbol, Any]) -> str:
        """Rational point at which D is not the smaller root, empty if it is at all."""
        if not self.resolvent:
            return ""
        letters = self.component.letters
        ratio = self._value(self.resolvent[1], point)
        for numbers in self.component.samples(POINTS):
            full, size = at(point[FULL], letters, numbers), at(ratio, letters, numbers)
            if full is None or size is None or not (full > 0 and size * full**2 < 1):
                return written(numbers)
        return ""

    def _physical(self) -> dict[sp.Symbol, sp.Rational]:
        """Rational point of the component, with the value of V_hat."""
        numbers = next(iter(self.component.samples(1)))
        field_value = self.component.value(self.system.values["V_hat"])
        found = at(field_value, self.component.letters, numbers)
        assert found is not None
        return {**numbers, Y: found}

    def _second_polynomials(self) -> tuple[list[sp.Expr], list[sp.Symbol]]:
        system = self.system
        removed = list(system.equations)
        gaps = [right - g for g, right in system.equations.items()]
        common = system.values["V_hat"]
        for g, right in system.equations.items():
            if common in (g, right):  # V_hat is that unknown itself
                return [gap.xreplace({g: Y}) for gap in gaps], [s for s in removed if s != g]
        return [*gaps, Y - common], removed

    def _first_polynomials(self) -> tuple[list[sp.Expr], list[sp.Symbol]]:
        first = self.theorem.system
        state, update = first.state[0], first.update[0]
        hat = next(d for d in self.definitions if d.symbol.name == "V_hat")
        (value,) = sp.solve(hat.expression - Y, state)
        gaps = [update - state, *([self._quadratic()] if self.resolvent else [])]
        for definition in reversed(first.definitions):
            rational = self._rational(definition.expression)
            gaps = [gap.xreplace({definition.symbol: rational}) for gap in gaps]
        return [gap.xreplace({state: value}) for gap in gaps], [FULL] if self.resolvent else []

    def _false(self, claim: Claim) -> CheckResult:
        letters = self.component.letters
        how = f"{claim.name}: the two routes differ as rational functions on the component"
        for numbers in self.component.samples(20):
            left, right = (at(side, letters, numbers) for side in (claim.first, claim.second))
            if left is not None and right is not None and left != right:
                where = f"{written(numbers)}: {float(left):.6g} against {float(right):.6g}"
                return CheckResult(Outcome.FALSE, how, where)
        return CheckResult(Outcome.FALSE, how, f"{claim.first} against {claim.second}")

    def _how(self, polynomial: sp.Poly) -> str:
        shared = [n for n in self.branch.values if n in self.system.values]
        letters = ", ".join(map(str, self.letters))
        return (
            f"symbolic in {letters}: V_hat solves one irreducible polynomial of degree "
            f"{polynomial.degree()} in both routes, and on its component "
            f"{', '.join(shared)} agree as rational functions; the physical root at {POINTS} "
            "rational points"
        )


def written(numbers: Mapping[sp.Symbol, sp.Rational]) -> str:
    """Point in words."""
    return ", ".join(f"{s} = {v}" for s, v in numbers.items() if s != FULL)
