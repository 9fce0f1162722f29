r"""The solutions of the derived equations as one irreducible component, in exact arithmetic.

Each closed equation of a trace is linear in some parameter of the problem. Solved for such
parameters, the equations say that traces and remaining parameters are free: the component is
rational, and every quantity on it is an element of a field of rational functions, in which equality
is decided exactly. Denominators are saturated in this way: only where they vanish is anything lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from asymp.errors import NotDerivable
from asymp.pencil.sources import SourcedSystem


@dataclass(frozen=True)
class Component:
    r"""The field of rational functions on the component, and its generic point.

    Parameters
    ----------
    field : sympy domain
        :math:`\mathbb Q` of the free letters.
    letters : tuple of sympy.Symbol
        Free letters: traces, then the parameters that were not solved for, then auxiliary ones.
    point : dict of sympy.Symbol to field element
        Every trace, parameter and multiplier at the generic point.
    """

    field: Any
    letters: tuple[sp.Symbol, ...]
    point: Mapping[sp.Symbol, Any]

    def value(self, expression: sp.Expr, point: Mapping[sp.Symbol, Any] | None = None) -> Any:
        """Evaluate a rational expression at the generic point, or at a further one."""
        return evaluated(sp.sympify(expression), self.point if point is None else point, self.field)

    def samples(self, count: int, seed: int = 0) -> Iterable[dict[sp.Symbol, sp.Rational]]:
        """Rational points of the component at which every parameter and trace is positive."""
        rng = random.Random(seed)
        found = 0
        while found < count:
            numbers = {s: sp.Rational(rng.randint(1, 60), 20) for s in self.letters}
            positive = {s: at(value, self.letters, numbers) for s, value in self.point.items()}
            positive = {s: v for s, v in positive.items() if not s.name.startswith("lambda_")}
            if all(v is not None and v > 0 for v in positive.values()):
                found += 1
                yield {**numbers, **positive}


def component(
    system: SourcedSystem, parameters: Sequence[sp.Symbol], auxiliary: Sequence[sp.Symbol] = ()
) -> Component:
    """Component of a derived system.

    Parameters
    ----------
    system : SourcedSystem
    parameters : sequence of sympy.Symbol
        Parameters and constants.
    auxiliary : sequence of sympy.Symbol
        Further free letters.

    Raises
    ------
    NotDerivable
        If the equations are not linear in as many parameters.

    Examples
    --------
    >>> g, a, z = sp.symbols("g a z", positive=True)
    >>> system = SourcedSystem({g: 1 / (z + a / (1 + g))}, {}, {}, {}, {})
    >>> component(system, (a, z)).point[z]
    (-g*a + g + 1)/(g**2 + g)
    """
    solved = _solved_for(system, parameters)
    free = [*system.equations, *(p for p in parameters if p not in solved), *auxiliary]
    field = sp.QQ.frac_field(*free)
    point = dict(zip(free, field.gens, strict=True))
    for parameter, value in solved.items():
        point[parameter] = evaluated(value, point, field)
    point |= _multipliers(system, point, field)
    return Component(field, tuple(free), point)


def _solved_for(system: SourcedSystem, parameters: Sequence[sp.Symbol]) -> dict[sp.Symbol, sp.Expr]:
    """Parameters as rational functions of the traces and of the other parameters."""
    gaps = [sp.numer(sp.together(right - g)) for g, right in system.equations.items()]
    choices = (_solution(gaps, chosen) for chosen in permutations(parameters, len(gaps)))
    found = [choice for choice in choices if choice is not None]
    if not found:
        raise NotDerivable("the equations are not linear in as many parameters")
    return min(found, key=lambda choice: sum(map(sp.count_ops, choice.values())))


def _solution(
    gaps: Sequence[sp.Expr], chosen: Sequence[sp.Symbol]
) -> dict[sp.Symbol, sp.Expr] | None:
    """Solve each equation for one parameter, None where one is not linear in it."""
    solved: dict[sp.Symbol, sp.Expr] = {}
    for gap, parameter in zip(gaps, chosen, strict=True):
        if sp.degree(gap, parameter) != 1:
            return None
        rest = sp.Poly(sp.numer(sp.together(gap.xreplace(solved))), parameter)
        if rest.degree() != 1:
            return None
        solved[parameter] = sp.cancel(-rest.coeff_monomial(1) / rest.coeff_monomial(parameter))
    return solved if _is_triangular(solved) else None


def _is_triangular(solved: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether each value uses none of the parameters solved for after it or itself."""
    done: set[sp.Symbol] = set()
    for parameter in reversed(list(solved)):
        if solved[parameter].free_symbols & (solved.keys() - done):
            return False
        done.add(parameter)
    return True


def _multipliers(
    system: SourcedSystem, point: Mapping[sp.Symbol, Any], field: Any
) -> dict[sp.Symbol, Any]:
    """Solution of the linear equations of the multipliers."""
    letters = list(system.multipliers)
    if not letters:
        return {}
    size, zero = len(letters), dict.fromkeys(letters, sp.Integer(0))
    matrix = [
        [
            field.one * (i == j) - evaluated(right.diff(letter), point, field)
            for j, letter in enumerate(letters)
        ]
        for i, right in enumerate(system.multipliers.values())
    ]
    sides = [[evaluated(right.subs(zero), point, field)] for right in system.multipliers.values()]
    solution = DomainMatrix(matrix, (size, size), field).lu_solve(
        DomainMatrix(sides, (size, 1), field)
    )
    return {letter: solution[i, 0].element for i, letter in enumerate(letters)}


def evaluated(expression: sp.Expr, point: Mapping[sp.Symbol, Any], field: Any) -> Any:
    """Evaluate a rational expression in a field.

    Raises
    ------
    NotDerivable
        If it holds an unknown symbol or is not rational.
    """
    if expression in point:
        return point[expression]
    if expression.is_Rational:
        return field.convert(sp.QQ(expression.p, expression.q))
    if expression.is_Add or expression.is_Mul:
        total, *rest = (evaluated(part, point, field) for part in expression.args)
        for part in rest:
            total = total + part if expression.is_Add else total * part
        return total
    if expression.is_Pow and expression.exp.is_Integer:
        return evaluated(expression.base, point, field) ** int(expression.exp)
    raise NotDerivable(f"{expression} is not a rational function of known letters")


def at(
    value: Any, letters: Sequence[sp.Symbol], numbers: Mapping[sp.Symbol, sp.Rational]
) -> sp.Rational | None:
    """Value of a field element at a rational point, None where its denominator vanishes."""
    order = [sp.QQ(numbers[s].p, numbers[s].q) for s in letters]
    above, below = value.numer(*order), value.denom(*order)
    return sp.Rational(str(above / below)) if below else None
