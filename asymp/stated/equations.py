r"""Equations of a stated fixed point: one map for each unknown.

An equation whose left-hand side is an unknown is a map already. Any other is solved for an
unknown that has none yet, with the definitions left as letters: :math:`1-1/V=\lambda` becomes
:math:`V=1/(1-\lambda)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.reductions.system import Definition
from asymp.stated.unknowns import State
from asymp.stated.vocabulary import Vocabulary
from asymp.symbols import Letter

MOST_IMPLICIT = 5
SAMPLES = 40  # points at which the sign of a solution is looked at


def read_definitions(given: Any, vocabulary: Vocabulary) -> list[Definition]:
    """Read named intermediates in order and declare them.

    Parameters
    ----------
    given : mapping of str to expression, or iterable of (name, expression[, meaning])
    vocabulary : Vocabulary

    Raises
    ------
    InvalidProblem
        If one uses a name that is not declared before it.
    """
    items = list(given.items()) if isinstance(given, Mapping) else [tuple(item) for item in given]
    names = [_text(item[0]) for item in items]
    found = []
    for index, item in enumerate(items):
        if not 2 <= len(item) <= 3:
            raise vocabulary.fail(f"definition {item!r}: give (name, expression, meaning)")
        name, value = names[index], item[1]
        read = vocabulary.read(value, f"definition of {name!r}", later=names[index + 1 :])
        symbol = vocabulary.declare(name, "a definition", _letter(item[0]))
        found.append(Definition(symbol, read, *map(str, item[2:])))
    return found


def _text(given: Any) -> Any:
    return given.name if isinstance(given, sp.Symbol) else given


def _letter(given: Any) -> sp.Symbol:
    """Letter with the sign that the user's own symbol has; the numbers do not depend on it."""
    assumptions = {"positive": True} if getattr(given, "is_positive", False) else {"real": True}
    return Letter(str(_text(given)), **assumptions)


def read_equations(given: Any, state: State, vocabulary: Vocabulary) -> tuple[sp.Expr, ...]:
    """Read the equations: the map's components in the order of the state.

    Parameters
    ----------
    given : iterable of sympy.Eq, or mapping of str to expression
    state : State
    vocabulary : Vocabulary

    Raises
    ------
    InvalidProblem
        If an unknown has no equation or two, or an implicit one cannot be solved for an unknown.
    """
    explicit: dict[str, sp.Expr] = {}
    implicit: list[sp.Expr] = []
    for left, right in _sides(given, vocabulary):
        name = _unknown_of(left, right, state, vocabulary)
        if name is None:
            implicit.append(left - right)
            continue
        if name in explicit:
            raise vocabulary.fail(f"{name!r} has two equations: give one for each unknown")
        explicit[name] = right if _text(left) == name else left
    explicit |= _solved(implicit, [n for n in state.unknowns if n not in explicit], vocabulary)
    return tuple(
        sp.exp(explicit[n]) if unknown.is_signed else explicit[n]
        for n, unknown in state.unknowns.items()
    )


def _sides(given: Any, vocabulary: Vocabulary) -> Iterable[tuple[sp.Expr, sp.Expr]]:
    if isinstance(given, Mapping):
        given = [(sp.Symbol(_text(n)), value) for n, value in given.items()]
    for number, equation in enumerate(given, 1):
        where = f"equation {number}"
        if isinstance(equation, sp.Eq):
            equation = equation.args
        if not isinstance(equation, tuple) or len(equation) != 2:
            raise vocabulary.fail(
                f"{where} is {equation!r}: give sympy.Eq(unknown, expression); an equation that "
                "SymPy finds to be true or false by itself determines nothing"
            )
        yield vocabulary.read(equation[0], where), vocabulary.read(equation[1], where)


def _unknown_of(left: sp.Expr, right: sp.Expr, state: State, vocabulary: Vocabulary) -> str | None:
    """Unknown that an equation gives explicitly."""
    for side in (left, right):
        name = _text(side) if isinstance(side, sp.Symbol) else None
        if name in state.unknowns and vocabulary.symbols[str(name)] == side:
            return str(name)
    return None


def _solved(
    implicit: list[sp.Expr], wanted: list[str], vocabulary: Vocabulary
) -> dict[str, sp.Expr]:
    """Solve each implicit equation for one of the unknowns that have none."""
    if len(implicit) != len(wanted):
        lacking = f"{wanted[0]!r} has no equation" if wanted else "every unknown has an equation"
        raise vocabulary.fail(
            f"{lacking}, and {len(implicit)} further equations are given: "
            "give exactly one for each unknown"
        )
    if len(implicit) > MOST_IMPLICIT:
        raise vocabulary.fail(
            f"{len(implicit)} equations are implicit: write at least "
            f"{len(implicit) - MOST_IMPLICIT} of them as unknown = expression"
        )
    found = {
        (i, name): solution
        for i, equation in enumerate(implicit)
        for name in wanted
        if (solution := _solution(equation, vocabulary.symbols[name])) is not None
    }
    for order in permutations(wanted):
        if all(pair in found for pair in enumerate(order)):
            return {name: found[i, name] for i, name in enumerate(order)}
    stuck = next((i for i in range(len(implicit)) if not any((i, n) in found for n in wanted)), 0)
    raise vocabulary.fail(
        f"0 = {implicit[stuck]} cannot be solved for one of {', '.join(wanted)} uniquely: "
        "write it as unknown = expression, for instance sympy.Eq(V, V*left/right)"
    )


def _solution(equation: sp.Expr, unknown: sp.Symbol) -> sp.Expr | None:
    """The only admissible solution, if SymPy finds exactly one; of several, the positive one."""
    if unknown not in equation.free_symbols:
        return None
    try:
        solutions = sp.solve(equation, unknown)
    except NotImplementedError:
        return None
    if any(unknown in s.free_symbols or s.has(sp.Piecewise) for s in solutions):
        return None
    if len(solutions) > 1 and unknown.is_positive:
        solutions = [s for s in solutions if _is_ever_positive(s)]
    return solutions[0] if len(solutions) == 1 else None


def _is_ever_positive(value: sp.Expr) -> bool:
    """Whether an expression is positive somewhere among a few positive values of its symbols."""
    symbols = sorted(value.free_symbols, key=lambda s: str(s.name))
    function = sp.lambdify(symbols, value, "mpmath")
    for row in np.exp(np.random.default_rng(0).normal(size=(SAMPLES, len(symbols)))):
        found = mpmath.mpmathify(function(*row.tolist()))
        if abs(found.imag) < 1e-12 and found.real > 0:
            return True
    return False
