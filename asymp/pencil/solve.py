r"""The derived equations as a branch of the engine's solver.

The solver iterates the traces alone. From its root one further Newton step is taken, because the
multipliers divide by :math:`\det(1-\partial_gf)`, which is small near the interpolation threshold
and multiplies what error the root has; then the linear equations of the multipliers are solved by
Cramer's rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from asymp.pencil.signs import positive_map
from asymp.pencil.sources import SourcedSystem
from asymp.reductions.system import Branch, Definition, FixedPoint

Definitions = list[Definition]


def branch_of(system: SourcedSystem) -> Branch:
    """Traces as positive unknowns, iterated from vanishing Gaussian matrices.

    Raises
    ------
    NotDerivable
        If the equations are no positive map under any choice of signs.
    """
    signed, right = positive_map(system.equations)
    state = tuple(sp.Symbol(s.name, positive=True) for s in signed)
    start = tuple(sp.Abs(value) for value in system.start.values())
    definitions, refined = _newton_step(state, right)
    roots = {s: signed[s].xreplace(refined) for s in signed}
    definitions += _multipliers(system, roots)
    values = {name: value.xreplace(roots) for name, value in system.values.items()}
    return Branch(
        "second-route",
        sp.true,
        (),
        FixedPoint(state, (), right, start),
        values,
        tuple(definitions),
    )


def _newton_step(
    state: Sequence[sp.Symbol], right: Sequence[sp.Expr]
) -> tuple[Definitions, dict[sp.Symbol, sp.Symbol]]:
    """Newton's step from the solver's root, and the names of the refined unknowns."""
    matrix = sp.Matrix(len(state), len(state), lambda i, j: sp.factor(right[i].diff(state[j])))
    gaps = [value - unknown for value, unknown in zip(right, state, strict=True)]
    definitions, steps = _solved("step", matrix, gaps)
    refined = {s: sp.Symbol(f"{s.name}_refined", positive=True) for s in state}
    definitions += [
        Definition(refined[s], s + step, "refined by a Newton step")
        for s, step in zip(state, steps, strict=True)
    ]
    return definitions, refined


def _multipliers(system: SourcedSystem, roots: dict[sp.Symbol, sp.Expr]) -> Definitions:
    """Multipliers at the refined root."""
    letters = tuple(system.multipliers)
    right = list(system.multipliers.values())
    matrix = sp.Matrix(len(letters), len(letters), lambda i, j: right[i].diff(letters[j]))
    constants = [value.subs(dict.fromkeys(letters, 0)) for value in right]
    definitions, solution = _solved(
        "dual", matrix.xreplace(roots), [value.xreplace(roots) for value in constants]
    )
    return definitions + [
        Definition(letter, value, "multiplier")
        for letter, value in zip(letters, solution, strict=True)
    ]


def _solved(
    name: str, matrix: sp.Matrix, right: Sequence[sp.Expr]
) -> tuple[Definitions, list[sp.Expr]]:
    """Solve ``(1 - matrix) x = right`` by Cramer's rule, its entries named."""
    size = len(right)
    entries = sp.Matrix(size, size, lambda i, j: sp.Symbol(f"{name}_{i + 1}{j + 1}", real=True))
    sides = [sp.Symbol(f"{name}_{i + 1}", real=True) for i in range(size)]
    determinant = sp.Symbol(f"{name}_det", real=True)
    system = sp.eye(size) - entries
    definitions = [
        *(Definition(s, value) for s, value in zip(entries, matrix, strict=True)),
        *(Definition(s, value) for s, value in zip(sides, right, strict=True)),
        Definition(determinant, system.det(method="berkowitz")),
    ]
    solution = system.adjugate() * sp.Matrix(sides) / determinant
    return definitions, list(solution)
