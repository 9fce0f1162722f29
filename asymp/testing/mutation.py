"""Mutants of a theorem: one small wrong change each, to see whether the claims notice it.

Definitions, updates, boundaries, values and conditions are changed by signs, factors, dropped
terms, wrong constants and exchanged symbols. Left alone is what has no bearing on any answer:
where an iteration starts, and definitions that nothing uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp
from sympy.core.relational import Relational

from asymp.calculus.primitives import Primitive
from asymp.lowering.source import primitives
from asymp.reductions.system import Branch, Definition

Change = tuple[str, sp.Basic]
Kinds = tuple[tuple[sp.Symbol, ...], ...]


@dataclass(frozen=True)
class Mutant:
    """A theorem's branches with one change.

    Parameters
    ----------
    name : str
        Branch, place and number of the change, e.g. ``"generic/q_hat/sign-2"``.
    before, after : sympy.Basic
        The changed expression.
    branches : tuple of Branch
    """

    name: str
    before: sp.Basic
    after: sp.Basic
    branches: tuple[Branch, ...]


def mutants(theorem: Any) -> Iterator[Mutant]:
    """Every mutant of a theorem, in a fixed order.

    Examples
    --------
    >>> import asymp
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> [m.name for m in mutants(thm) if m.name.startswith("generic")][0]
    'generic/q_hat/factor-0'
    """
    given = (tuple(p.symbol for p in theorem.parameters.values()), tuple(theorem.constants))
    branches = tuple(theorem.branches)
    shared: set[Definition] = set()  # boundaries that an earlier branch has mutated already
    for index, branch in enumerate(branches):
        for place, before, after, changed in _of_branch(branch, given, shared):
            everywhere = _with_boundaries(branches, branch, changed)
            whole = (*everywhere[:index], changed, *everywhere[index + 1 :])
            yield Mutant(f"{branch.name}/{place}", before, after, whole)
        shared |= set(branch.guards)


def _with_boundaries(branches: tuple[Branch, ...], old: Branch, new: Branch) -> tuple[Branch, ...]:
    """Hand a changed boundary on to the branches that share it."""
    pairs = zip(old.guards, new.guards, strict=True)
    swapped = {a: b for a, b in pairs if a != b}
    if not swapped:
        return branches
    return tuple(replace(b, guards=tuple(swapped.get(g, g) for g in b.guards)) for b in branches)


def _of_branch(
    branch: Branch, given: Kinds, shared: set[Definition]
) -> Iterator[tuple[str, sp.Basic, sp.Basic, Branch]]:
    """Place, change and changed branch."""
    for place, after in _numbered("condition", branch.condition, given):
        yield place, branch.condition, after, replace(branch, condition=after)
    for place, before, after, guards in _of_definitions(branch.guards, given):
        if before not in {g.expression for g in shared}:
            yield place, before, after, replace(branch, guards=guards)
    known: Kinds = (*given, tuple(g.symbol for g in branch.guards))
    if branch.system is not None:
        system, known = branch.system, (*known, branch.system.state)
        for place, before, after, new in _of_definitions(system.definitions, known):
            yield place, before, after, replace(branch, system=replace(system, definitions=new))
        known = (*known, tuple(d.symbol for d in system.definitions))
        for i, (x, before) in enumerate(zip(system.state, system.update, strict=True)):
            for place, after in _numbered(f"update-{x}", before, known):
                update = (*system.update[:i], after, *system.update[i + 1 :])
                new_system = replace(system, update=update)
                yield place, before, after, replace(branch, system=new_system)
    used = _used(branch)
    for place, before, after, new in _of_definitions(branch.definitions, known):
        if place.split("/")[0] in used:
            yield place, before, after, replace(branch, definitions=new)
    known = (*known, tuple(d.symbol for d in branch.definitions))
    for name, before in branch.values.items():
        for place, after in _numbered(f"value-{name}", before, known):
            yield place, before, after, replace(branch, values={**branch.values, name: after})


def _used(branch: Branch) -> set[str]:
    """Names that the values of a branch depend on."""
    wanted: set[sp.Symbol] = set().union(*(v.free_symbols for v in branch.values.values()))
    for d in reversed(branch.definitions):
        if d.symbol in wanted:
            wanted |= d.expression.free_symbols
    return {s.name for s in wanted}


def _of_definitions(
    definitions: Sequence[Definition], known: Kinds
) -> Iterator[tuple[str, sp.Basic, sp.Basic, tuple[Definition, ...]]]:
    for i, d in enumerate(definitions):
        earlier = tuple(e.symbol for e in definitions[:i])
        for place, after in _numbered(d.symbol.name, d.expression, (*known, earlier)):
            changed = replace(d, expression=after)
            new = (*definitions[:i], changed, *definitions[i + 1 :])
            yield place, d.expression, after, new


def _numbered(place: str, expression: sp.Basic, known: Kinds) -> Iterator[tuple[str, sp.Basic]]:
    """Name the distinct changes of one expression."""
    seen = {expression, sp.nan, sp.zoo}
    for count, (kind, after) in enumerate(changes(sp.sympify(expression), known)):
        if after not in seen:
            seen.add(after)
            yield f"{place}/{kind}-{count}", after


def changes(expression: sp.Basic, known: Kinds) -> Iterator[Change]:
    """Every single change of an expression; exchanged symbols come from the same kind of ``known``.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> [after for _, after in changes(x - 1, ((x, y),))]
    [2*x - 2, x, x + 1, -1, -x - 1, x + 1, y - 1]
    """
    if not isinstance(expression, sp.logic.boolalg.Boolean) and expression != 0:
        yield "factor", 2 * expression
    if expression == 0:
        yield "constant", sp.Integer(1)
        return
    yield from _inside(expression, known)


def _inside(node: sp.Basic, known: Kinds) -> Iterator[Change]:
    yield from _here(node, known)
    for i, arg in enumerate(node.args):
        for kind, after in _inside(arg, known):
            args = (*node.args[:i], after, *node.args[i + 1 :])
            try:
                yield kind, node.func(*args)
            except (TypeError, ValueError, NotImplementedError):
                continue  # a change that makes no expression is no mutant


def _here(node: sp.Basic, known: Kinds) -> Iterator[Change]:
    """Changes at the root of an expression."""
    if isinstance(node, sp.Add | sp.And):
        for i, arg in enumerate(node.args):
            rest = (*node.args[:i], *node.args[i + 1 :])
            yield "drop", node.func(*rest)
            if isinstance(node, sp.Add):
                yield "sign", node.func(*rest, -arg)
    elif isinstance(node, Relational):
        yield "sign", sp.Not(node)
    elif node == -1:
        yield "sign", sp.Integer(1)
    elif node in (sp.oo, -sp.oo):
        yield "constant", sp.Integer(1)
    elif isinstance(node, sp.Number):
        yield "constant", node + 1
    elif isinstance(node, sp.Symbol):
        partner = _partner(node, known)
        if partner is not None:
            yield "exchange", partner
    elif isinstance(node, Primitive):
        kin = [p for p in primitives() if p.nargs == type(node).nargs and p is not type(node)]
        yield from (("function", p(*node.args)) for p in kin[:1])


def _partner(symbol: sp.Symbol, known: Kinds) -> sp.Symbol | None:
    """Return the neighbour of a symbol among those of its kind."""
    for kind in known:
        if symbol in kind and len(kind) > 1:
            return kind[kind.index(symbol) - 1]
    return None
