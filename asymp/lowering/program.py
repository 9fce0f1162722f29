r"""From a branch to straight-line programs: ordered assignments with shared subexpressions.

The Jacobian is found by the forward chain rule through the named definitions,
:math:`\partial_x d_k = \partial d_k/\partial x + \sum_{j<k} (\partial d_k/\partial d_j)\,\partial_x d_j`,
so that it stays as long as the map itself and shares its subexpressions.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sympy as sp

from asymp.errors import NotDerivable
from asymp.reductions.system import Branch, Definition, FixedPoint

Assignment = tuple[sp.Symbol, sp.Basic]


@dataclass(frozen=True)
class Program:
    """Straight-line code: inputs by slot, assignments in order, outputs by slot.

    Parameters
    ----------
    name : str
        Name of the generated function.
    inputs : tuple of (symbol, slot)
        What is read, and where it stands in the input vector.
    body : tuple of (symbol, expression)
        Assignments in order.
    outputs : tuple of expressions
        What is written, in order; mostly symbols of the body.
    """

    name: str
    inputs: tuple[tuple[sp.Symbol, int], ...]
    body: tuple[Assignment, ...]
    outputs: tuple[sp.Basic, ...]


def numeric_form(expression: sp.Basic) -> sp.Basic:
    """Expression with every node that offers ``numeric_form()`` replaced by it, recursively."""
    expression = sp.sympify(expression)
    if hasattr(expression, "numeric_form"):
        return numeric_form(expression.numeric_form())
    if not expression.args:
        return expression
    args = [numeric_form(arg) for arg in expression.args]
    return expression if tuple(args) == expression.args else expression.func(*args)


def assignments(definitions: Iterable[Definition]) -> list[Assignment]:
    """Definitions as assignments in their numeric form."""
    return [(d.symbol, numeric_form(d.expression)) for d in definitions]


def with_derivatives(system: FixedPoint) -> tuple[list[Assignment], list[sp.Symbol]]:
    """Assignments of map and Jacobian, and their output symbols: map first, then by rows."""
    body: list[Assignment] = []
    chains: dict[sp.Symbol, dict[sp.Symbol, sp.Symbol]] = {x: {} for x in system.state}
    for symbol, expression in assignments(system.definitions):
        body.append((symbol, expression))
        for x in system.state:
            slope = total_derivative(expression, x, chains[x])
            if slope != 0:
                chains[x][symbol] = sp.Symbol(f"{symbol.name}_by_{x.name}", real=True)
                body.append((chains[x][symbol], slope))
    outputs = [sp.Symbol(f"map_{x.name}", real=True) for x in system.state]
    updates = [numeric_form(f) for f in system.update]
    body += zip(outputs, updates, strict=True)
    for target, update in zip(tuple(outputs), updates, strict=True):
        for x in system.state:
            outputs.append(sp.Symbol(f"{target.name}_by_{x.name}", real=True))
            body.append((outputs[-1], total_derivative(update, x, chains[x])))
    return body, outputs


def total_derivative(
    expression: sp.Basic, x: sp.Symbol, chain: dict[sp.Symbol, sp.Symbol]
) -> sp.Expr:
    """Derivative through the named intermediates whose derivatives ``chain`` knows."""
    inner = sorted(expression.free_symbols & chain.keys(), key=lambda s: s.name)
    return sp.Add(sp.diff(expression, x), *(sp.diff(expression, d) * chain[d] for d in inner))


def needed(body: Sequence[Assignment], outputs: Iterable[sp.Basic]) -> list[Assignment]:
    """The assignments that the outputs depend on, in order."""
    wanted = set().union(*(out.free_symbols for out in outputs))
    kept = []
    for symbol, expression in reversed(body):
        if symbol in wanted:
            kept.append((symbol, expression))
            wanted |= expression.free_symbols
    return kept[::-1]


def share(body: Sequence[Assignment], taken: set[str]) -> list[Assignment]:
    """Assignments with common subexpressions computed once, each just before its first use."""
    fresh = (s for s in sp.numbered_symbols("w", real=True) if s.name not in taken)
    temporaries, reduced = sp.cse([e for _, e in body], symbols=fresh, order="canonical")
    pending, result = dict(temporaries), []

    def emit(expression: sp.Basic) -> None:
        for symbol in sorted(expression.free_symbols & pending.keys(), key=lambda s: s.name):
            if symbol in pending:
                value = pending.pop(symbol)
                emit(value)
                result.append((symbol, value))

    for (symbol, _), expression in zip(body, reduced, strict=True):
        emit(expression)
        result.append((symbol, expression))
    return result


def assemble(
    name: str,
    slots: dict[sp.Symbol, int],
    body: Sequence[Assignment],
    outputs: Sequence[sp.Basic],
) -> Program:
    """Program that computes ``outputs`` from the inputs in ``slots``."""
    body = needed(body, outputs)
    check_known(name, slots, body, outputs)
    names = {s.name for s in slots} | {s.name for s, _ in body}
    shared = tuple(share(body, names))
    used = set().union(*(e.free_symbols for _, e in shared), *(o.free_symbols for o in outputs))
    inputs = tuple((s, slot) for s, slot in slots.items() if s in used)
    return Program(name, inputs, shared, tuple(outputs))


def check_known(
    name: str,
    slots: dict[sp.Symbol, int],
    body: Sequence[Assignment],
    outputs: Sequence[sp.Basic],
) -> None:
    """Refuse symbols that are used before they are defined, and names that clash."""
    known = set(slots)
    for symbol, expression in [*body, *((None, o) for o in outputs)]:
        missing = sorted(s.name for s in expression.free_symbols - known)
        if missing:
            there = ", ".join(sorted(s.name for s in known))
            raise NotDerivable(
                f"{name}: {missing[0]} is used but not defined; defined are: {there} "
                "(two symbols of one name differ if their assumptions do)"
            )
        known |= {symbol} if symbol is not None else set()
    seen: set[str] = set()
    for symbol in known:
        if symbol.name in seen or keyword.iskeyword(symbol.name) or not symbol.name.isidentifier():
            raise NotDerivable(f"{name}: {symbol.name!r} is not a name of its own for a variable")
        seen.add(symbol.name)


def branch_programs(
    index: int, branch: Branch, slots: dict[sp.Symbol, int], names: Sequence[str]
) -> Iterator[Program]:
    """Programs ``start_i``, ``step_i`` (if there is a system) and ``values_i`` of one branch."""
    body: list[Assignment] = []
    inner = dict(slots)
    if branch.system is not None:
        starts = [numeric_form(s) for s in branch.system.start]
        yield assemble(f"start_{index}", slots, [], starts)
        inner |= {x: len(slots) + i for i, x in enumerate(branch.system.state)}
        yield assemble(f"step_{index}", inner, *with_derivatives(branch.system))
        body = assignments(branch.system.definitions)
    body = body + assignments(branch.definitions)
    values = [numeric_form(branch.values.get(name, sp.nan)) for name in names]
    targets = [sp.Symbol(f"value_{name}", real=True) for name in names]
    body += zip(targets, values, strict=True)
    yield assemble(f"values_{index}", inner, body, targets)
