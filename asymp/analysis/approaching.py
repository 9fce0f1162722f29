"""Reading the arguments of ``series``: exact values, the point, and the side it is taken from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import mpmath
import sympy as sp

from asymp.analysis.names import split_followers
from asymp.analysis.path import Approach
from asymp.errors import InvalidParameter
from asymp.lowering.multiprecision import MpSystem, mp_system
from asymp.solver.arguments import unknown_name
from asymp.solver.describe import Solvable
from asymp.symbols import Quantity

SIDES = {"+": 1, "-": -1}
NEAR = 1e-9  # how near, relatively, a branch is looked for on either side


@dataclass(frozen=True)
class Point:
    """Where an expansion is made.

    Parameters
    ----------
    value : mpf or None
        None at infinity.
    expression : sympy.Expr
        The same for reading: a number, the symbol of a boundary, or infinity.
    side : int
        1 from above, -1 from below.
    """

    value: Any
    expression: sp.Expr
    side: int

    def text(self, parameter: Quantity) -> str:
        """The distance in words."""
        if self.value is None:
            return f"1/{parameter.name}"
        if self.expression == 0:
            return parameter.name
        pair = (parameter.name, str(self.expression))
        return " - ".join(pair if self.side > 0 else pair[::-1])


def approach_of(
    theorem: Solvable, observable: str, parameter: str, at: Any, side: str | None,
    given: Mapping[str, Any],
) -> tuple[Approach, Point, dict[str, sp.Expr]]:  # fmt: skip
    """What evaluates the observable near the point; the point; the parameters held.

    Raises
    ------
    InvalidParameter
        For bad names or values, or where a side must be chosen.
    """
    for name in given:
        if name not in theorem.parameters:
            raise InvalidParameter(unknown_name(name, theorem.parameters))
    if parameter in given:
        raise InvalidParameter(f"{parameter} is expanded in: give at=..., not a value")
    if side not in (None, *SIDES):
        raise InvalidParameter(f'side = {side!r}: give "+" or "-"')
    stated, follows = split_followers(theorem, observable, (parameter,), given)
    held = held_values(theorem, stated, (parameter, *follows))
    inputs = {n: number(e) for n, e in held.items()}
    inputs |= {s.name: many_digits(c) for s, c in theorem.constants.items()}
    symbols = [p.symbol for p in theorem.parameters.values()]
    system = mp_system(tuple(theorem.branches), symbols, tuple(theorem.constants))
    value, expression = point_of(theorem, system, parameter, at, inputs)
    start = Approach(system, observable, parameter, inputs, tuple(follows), value, 1)
    chosen = 1 if value is None else side_of(theorem, start, expression, side)
    return replace(start, side=chosen), Point(value, expression, chosen), held


def held_values(
    theorem: Solvable, stated: Mapping[str, Any], moving: tuple[str, ...]
) -> dict[str, sp.Expr]:
    """Exact values of the parameters that do not move, defaults included."""
    held: dict[str, sp.Expr] = {}
    for name, parameter in theorem.parameters.items():
        if name in moving:
            continue
        value = stated.get(name, parameter.default)
        if value is None:
            raise InvalidParameter(f"{name} is missing ({parameter.meaning})")
        held[name] = held[value] if value in held else exact(name, value)
        parameter.require(float(held[name]))
    return held


def exact(name: str, value: Any) -> sp.Expr:
    """Exact value of a number; a float is read as its shortest decimal.

    Examples
    --------
    >>> exact("tau", 0.1), exact("tau", "1/3"), exact("tau", 2)
    (1/10, 1/3, 2)
    """
    try:
        if isinstance(value, Fraction):
            return sp.Rational(value.numerator, value.denominator)
        if isinstance(value, sp.Expr):
            found = value
        elif isinstance(value, str):
            found = sp.sympify(value, rational=True)
        else:
            found = sp.Rational(repr(float(value)))
    except (TypeError, ValueError, sp.SympifyError):
        raise InvalidParameter(f"{name} = {value!r} is not one real number") from None
    if not (found.is_number and found.is_real):
        raise InvalidParameter(f"{name} = {value!r} is not one real number")
    return found


def number(expression: sp.Expr) -> Any:
    """Value of an exact number in the current precision."""
    return sp.N(expression, mpmath.mp.dps + 5)._to_mpmath(mpmath.mp.prec)


def many_digits(constant: Any) -> Any:
    """Value of a constant of the theorem; one known as a float only is taken as that float."""
    return constant.mp(mpmath.mp.dps) if hasattr(constant, "mp") else mpmath.mpf(float(constant))


def point_of(
    theorem: Solvable, system: MpSystem, parameter: str, at: Any, inputs: Mapping[str, Any]
) -> tuple[Any, sp.Expr]:
    """Value and name of the point; None at infinity."""
    if at in ("oo", "inf", sp.oo, float("inf")):
        if theorem.parameters[parameter].domain.end != sp.oo:
            raise InvalidParameter(f"{parameter} is bounded: it does not go to infinity")
        return None, sp.oo
    if isinstance(at, str) and at in system.lowered.guards:
        return boundary_of(theorem, system, parameter, at, inputs)
    expression = exact("at", at)
    domain = theorem.parameters[parameter].domain
    if not domain.start <= expression <= domain.end:
        theorem.parameters[parameter].require(float(expression))
    return number(expression), expression


def boundary_of(
    theorem: Solvable, system: MpSystem, parameter: str, name: str, inputs: Mapping[str, Any]
) -> tuple[Any, sp.Expr]:
    """Value of a phase boundary, which may not move with the parameter itself."""
    index = len(system.lowered.inputs) + system.lowered.guards.index(name)
    moving = [n for n in theorem.parameters if n not in inputs]
    values = [
        system.select({**inputs, **dict.fromkeys(moving, mpmath.mpf(v))})[1][index] for v in (1, 2)
    ]
    if abs(values[0] - values[1]) > mpmath.mpf(10) ** (8 - mpmath.mp.dps) * abs(values[0]):
        raise InvalidParameter(f"{name} moves with {parameter}: give the point as a number")
    guards = [g for b in theorem.branches for g in b.guards]
    return values[0], next(g.symbol for g in guards if g.symbol.name == name)


def side_of(theorem: Solvable, approach: Approach, at: sp.Expr, side: str | None) -> int:
    """The side given, else the only one there is, else above if the branches agree."""
    domain, point = theorem.parameters[approach.parameter].domain, approach.point
    near = NEAR * (abs(point) if point else mpmath.mpf(1))
    if side is not None:
        return SIDES[side]
    if point <= float(domain.start):
        return 1
    if point >= float(domain.end):
        return -1
    above, below = (replace(approach, side=s).selected(near)[0] for s in (1, -1))
    if above != below:
        names = [branch.name for branch in theorem.branches]
        raise InvalidParameter(
            f"at {approach.parameter} = {at} the theorem changes from {names[below]} to "
            f'{names[above]}: give side="-" or side="+"'
        )
    return 1
