r"""From branches to straight-line programs: ordered assignments with shared subexpressions."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import sympy as sp

from asymp.errors import NotDerivable
from asymp.lowering.helpers import Helper, Helpers
from asymp.lowering.jacobian import with_jacobian
from asymp.lowering.nodes import Assignment, assignments, numeric_form
from asymp.lowering.sharing import share
from asymp.reductions.system import Branch, Definition, needed

Slots = dict[sp.Symbol, int]


@dataclass(frozen=True)
class Program:
    """Straight-line code ``name(out, inp)``.

    Parameters
    ----------
    name : str
        Name of the generated function.
    inputs : tuple of (symbol, slot)
        What is read, and where it stands in ``inp``.
    body : tuple of (symbol, expression)
        Assignments in order.
    outputs : tuple of expressions
        What is written, in order; mostly symbols of the body.
    conditions : tuple of sympy.Basic
        For ``select`` alone: ``out[0]`` is the index of the first that holds (-1: none), and the
        outputs follow it.
    wanted : tuple of tuples of symbols
        For each condition the outputs that its branch uses; the others may stay NaN. Without it
        all outputs are computed.
    """

    name: str
    inputs: tuple[tuple[sp.Symbol, int], ...]
    body: tuple[Assignment, ...]
    outputs: tuple[sp.Basic, ...]
    conditions: tuple[sp.Basic, ...] = ()
    wanted: tuple[tuple[sp.Symbol, ...], ...] = ()


@dataclass(frozen=True)
class Layout:
    """What stands where in the vectors of a theorem's programs.

    Parameters
    ----------
    guards : tuple of Definition
        Those of all branches, each once.
    values : tuple of str
        Names of what the branches give.
    slots : mapping of symbol to int
        Places of the inputs, then of the guards; the state of a branch follows.
    sizes : tuple of int
        Number of unknowns of each branch, 0 where it is explicit.
    """

    guards: tuple[Definition, ...]
    values: tuple[str, ...]
    slots: Slots
    sizes: tuple[int, ...]


def layout(branches: Sequence[Branch], inputs: Sequence[sp.Symbol]) -> Layout:
    """Lay out inputs, guards, states and values of a theorem's branches."""
    guards = tuple({g.symbol: g for branch in branches for g in branch.guards}.values())
    return Layout(
        guards=guards,
        values=tuple(dict.fromkeys(name for branch in branches for name in branch.values)),
        slots={s: i for i, s in enumerate([*inputs, *(g.symbol for g in guards)])},
        sizes=tuple(len(b.system.state) if b.system else 0 for b in branches),
    )


@dataclass(frozen=True)
class Lowered:
    """All programs of a theorem and the layout of their vectors.

    Parameters
    ----------
    programs : tuple of Program
        ``select``, then ``start_i``, ``step_i`` (both only with a system) and ``values_i``.
    inputs, guards, values : tuple of str
        Names in the order of their slots; ``inp`` holds inputs, guards, state.
    sizes : tuple of int
        Number of unknowns of each branch, 0 where it is explicit.
    helpers : tuple of Helper
        Functions that the programs call, each after those that it calls itself.
    """

    programs: tuple[Program, ...]
    inputs: tuple[str, ...]
    guards: tuple[str, ...]
    values: tuple[str, ...]
    sizes: tuple[int, ...]
    helpers: tuple[Helper, ...] = ()


def lower(
    branches: Sequence[Branch], inputs: Sequence[sp.Symbol], helpers: Helpers | None = None
) -> Lowered:
    """Lower a theorem's branches.

    Parameters
    ----------
    branches : sequence of Branch
        In order of precedence.
    inputs : sequence of sympy.Symbol
        Parameters and constants in order.
    helpers : Helpers, optional
        What collects roots, panels and tables; by default each node as it is stated.
    """
    places = layout(branches, inputs)
    helpers = helpers or Helpers()
    groups = [
        tuple(branch_programs(index, branch, places, helpers))
        for index, branch in enumerate(branches)
    ]
    given = {s: places.slots[s] for s in inputs}
    select = select_program(branches, places.guards, given, helpers)
    wanted = tuple(used_guards(places.guards, group) for group in groups)
    return Lowered(
        programs=(replace(select, wanted=wanted), *chain.from_iterable(groups)),
        inputs=tuple(s.name for s in inputs),
        guards=tuple(g.symbol.name for g in places.guards),
        values=places.values,
        sizes=places.sizes,
        helpers=tuple(helpers.known.values()),
    )


def select_program(
    branches: Sequence[Branch], guards: Sequence[Definition], slots: Slots, helpers: Helpers
) -> Program:
    """Build the program that chooses the branch and hands on the guards."""
    conditions = tuple(numeric_form(branch.condition) for branch in branches)
    outputs = [g.symbol for g in guards]
    return assemble("select", slots, assignments(guards), outputs, helpers, conditions)


def used_guards(guards: Iterable[Definition], programs: Iterable[Program]) -> tuple[Any, ...]:
    """Guards that the programs of one branch read."""
    read = {symbol for program in programs for symbol, _ in program.inputs}
    return tuple(g.symbol for g in guards if g.symbol in read)


def branch_programs(
    index: int, branch: Branch, places: Layout, helpers: Helpers
) -> Iterator[Program]:
    """Build ``start_i`` (if there is a system), then what evaluates the branch."""
    if branch.system is not None:
        starts = [sp.Symbol(f"start_{x.name}", real=True) for x in branch.system.state]
        body = list(zip(starts, map(numeric_form, branch.system.start), strict=True))
        yield assemble(f"start_{index}", places.slots, body, starts, helpers)
    yield from evaluation_programs(index, branch, places, helpers)


def evaluation_programs(
    index: int, branch: Branch, places: Layout, helpers: Helpers
) -> Iterator[Program]:
    """Build ``step_i`` (if there is a system), then ``values_i``."""
    body: list[Assignment] = []
    inner = dict(places.slots)
    if branch.system is not None:
        inner |= {x: len(inner) + i for i, x in enumerate(branch.system.state)}
        yield assemble(f"step_{index}", inner, *with_jacobian(branch.system), helpers)
        body = assignments(branch.system.definitions)
    body += assignments(branch.definitions)
    targets = [sp.Symbol(f"value_{name}", real=True) for name in places.values]
    values = [numeric_form(branch.values.get(name, sp.nan)) for name in places.values]
    body += zip(targets, values, strict=True)
    yield assemble(f"values_{index}", inner, body, targets, helpers)


def assemble(
    name: str,
    slots: Slots,
    body: Sequence[Assignment],
    outputs: Sequence[sp.Basic],
    helpers: Helpers,
    conditions: tuple[sp.Basic, ...] = (),
) -> Program:
    """Program that computes ``outputs`` from the inputs in ``slots``."""
    ends = [*outputs, *conditions]
    wanted = needed((Definition(symbol, value) for symbol, value in body), ends)
    body = [(d.symbol, d.expression) for d in wanted]
    check_known(name, slots, body, ends)
    body = helpers.extract(body, slots)
    names = {s.name for s in slots} | {s.name for s, _ in body}
    shared = tuple(share(body, names))
    used = set().union(*(e.free_symbols for _, e in shared), *(e.free_symbols for e in ends))
    inputs = tuple((s, slot) for s, slot in slots.items() if s in used)
    return Program(name, inputs, shared, tuple(outputs), conditions)


def check_known(
    name: str, slots: Slots, body: Sequence[Assignment], ends: Sequence[sp.Basic]
) -> None:
    """Refuse symbols that are used before they are defined, and names that clash."""
    known: dict[str, sp.Symbol] = {}
    for symbol in slots:
        introduce(name, symbol, known)
    for symbol, expression in body:
        require(name, expression, known)
        introduce(name, symbol, known)
    for end in ends:
        require(name, end, known)


def introduce(name: str, symbol: sp.Symbol, known: dict[str, sp.Symbol]) -> None:
    """Add a symbol to the known ones, unless its name is taken or no identifier."""
    text = symbol.name
    if text in known or keyword.iskeyword(text) or not text.isidentifier():
        raise NotDerivable(f"{name}: {text!r} cannot name one more quantity")
    known[text] = symbol


def require(name: str, expression: sp.Basic, known: dict[str, sp.Symbol]) -> None:
    """Refuse an expression with a symbol that is not known."""
    for symbol in sorted(expression.free_symbols, key=lambda s: s.name):
        if known.get(symbol.name) != symbol:
            other = symbol.name in known
            hint = (
                "its assumptions differ from those of the defined one"
                if other
                else (f"defined are: {', '.join(known)}")
            )
            raise NotDerivable(f"{name}: {symbol.name} is used but not defined; {hint}")
