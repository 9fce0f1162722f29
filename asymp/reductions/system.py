r"""Fixed-point systems and branches: the numerical face of a derived theorem, still symbolic.

A theorem's answer at a parameter point comes from the first *branch* whose condition holds
there: a fixed point to solve, explicit values, or both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sympy as sp


@dataclass(frozen=True)
class Definition:
    r"""A named intermediate quantity: ``symbol = expression`` of what stands before it.

    Parameters
    ----------
    symbol : sympy.Symbol
    expression : sympy.Expr
    meaning : str
        In words.
    display : str
        LaTeX for readers, where the expression is a numerical form that nobody would print.
    """

    symbol: sp.Symbol
    expression: sp.Expr
    meaning: str = ""
    display: str = ""


def needed(
    definitions: Iterable[Definition], expressions: Iterable[sp.Basic]
) -> tuple[Definition, ...]:
    """The definitions that the expressions depend on, in order."""
    wanted: set[sp.Basic] = set().union(*(e.free_symbols for e in expressions))
    kept: list[Definition] = []
    for definition in reversed(tuple(definitions)):
        if definition.symbol in wanted:
            kept.append(definition)
            wanted |= definition.expression.free_symbols
    return tuple(reversed(kept))


@dataclass(frozen=True)
class FixedPoint:
    r"""The map :math:`x \mapsto F(x)` whose fixed point is sought; every coordinate is positive.

    Parameters
    ----------
    state : tuple of sympy.Symbol
        The unknowns, e.g. ``(V, SR, P)``.
    definitions : tuple of Definition
        Intermediate quantities in order; each uses parameters, constants, the state and
        earlier ones.
    update : tuple of sympy.Expr
        The map's components, in the order of ``state``.
    start : tuple of sympy.Expr
        Starting point of the iteration, in parameters.
    """

    state: tuple[sp.Symbol, ...]
    definitions: tuple[Definition, ...]
    update: tuple[sp.Expr, ...]
    start: tuple[sp.Expr, ...]

    @property
    def equations(self) -> tuple[sp.Eq, ...]:
        """``state = map of state``, in terms of the named intermediates."""
        return tuple(
            sp.Eq(x, f, evaluate=False) for x, f in zip(self.state, self.update, strict=True)
        )

    def closed(self, expression: sp.Expr) -> sp.Expr:
        """Expression with every intermediate replaced by its definition."""
        for definition in reversed(self.definitions):
            expression = expression.subs(definition.symbol, definition.expression)
        return expression


@dataclass(frozen=True)
class Branch:
    r"""What the theorem says on one region of the parameter space.

    Parameters
    ----------
    name : str
        E.g. ``"generic"``, ``"null"``, ``"min-norm-interpolation"``, ``"threshold"``.
    condition : sympy.Basic
        Boolean in parameters, constants and the symbols of ``guards``; ``sympy.true`` for the
        last, generic branch. Branches are tried in order and the first that holds wins.
    guards : tuple of Definition
        Quantities that the condition needs, in parameters and constants alone, e.g. eps_max.
    system : FixedPoint or None
        Fixed point to solve; None when the branch is explicit.
    definitions : tuple of Definition
        Further intermediates that ``values`` use (after the system's own).
    values : mapping of str to sympy.Expr
        Every order parameter and observable by name; ``sympy.oo`` where the limit is infinite.
    status : str
        ``"converged"``, ``"null"`` or ``"infinite"``.
    """

    name: str
    condition: sp.Basic
    guards: tuple[Definition, ...]
    system: FixedPoint | None
    values: Mapping[str, sp.Expr]
    definitions: tuple[Definition, ...] = ()
    status: str = "converged"
    meaning: str = field(default="")
