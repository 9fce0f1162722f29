"""The text that chooses a branch: conditions in order, each guard only where one asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy as sp
from sympy.printing.printer import Printer

from asymp.lowering.helpers import HelperCall
from asymp.lowering.nodes import Assignment
from asymp.lowering.program import Program

LOOP = 1000  # what a quadrature or an inner root weighs against one operation


def selection_lines(program: Program, printer: Printer) -> list[str]:
    """Body of ``select``: nested ifs with the cheap parts of a condition first.

    ``out[0]`` becomes the index of the first condition that holds (-1: none); a guard stands in
    its slot if a condition on the way or the chosen branch asked for it, and is NaN otherwise.
    """
    slots = {symbol: 1 + i for i, symbol in enumerate(program.outputs)}
    writer = Writer(program.body, slots, printer)
    lines = [f"    out[{slot}] = {printer.doprint(sp.nan)}" for slot in slots.values()]
    known = {symbol for symbol, _ in program.inputs}
    if not program.wanted:
        lines += writer.define(program.outputs, known, 1)
    wanted = program.wanted or ((),) * len(program.conditions)
    for index, (condition, guards) in enumerate(zip(program.conditions, wanted, strict=True)):
        if condition == sp.true:
            return [*lines, *writer.define(guards, known, 1), f"    out[0] = {index}"]
        lines += writer.attempt(index, condition, guards, known)
    return [*lines, "    out[0] = -1"]


class Writer:
    """Writes assignments where they are needed; each stands once on any way through the text."""

    def __init__(
        self, body: Sequence[Assignment], slots: dict[sp.Basic, int], printer: Printer
    ) -> None:
        """Keep the assignments and the slots of those that are handed on."""
        self.body, self.slots, self.printer = body, slots, printer

    def missing(self, ends: Iterable[sp.Basic], known: set[sp.Symbol]) -> list[Assignment]:
        """Assignments that expressions depend on and that are not made yet, in order."""
        wanted = set[sp.Basic]().union(*(e.free_symbols for e in ends)) - known
        found = []
        for symbol, expression in reversed(self.body):
            if symbol in wanted:
                found.append((symbol, expression))
                wanted |= expression.free_symbols - known
        return found[::-1]

    def define(self, ends: Iterable[sp.Basic], known: set[sp.Symbol], depth: int) -> list[str]:
        """Text of the missing assignments, which are known from then on."""
        lines = []
        for symbol, expression in self.missing(ends, known):
            lines.append(f"{symbol.name} = {self.printer.doprint(expression)}")
            if symbol in self.slots:
                lines.append(f"out[{self.slots[symbol]}] = {symbol.name}")
            known.add(symbol)
        return [f"{'    ' * depth}{line}" for line in lines]

    def attempt(
        self, index: int, condition: sp.Basic, guards: Iterable[sp.Symbol], known: set[sp.Symbol]
    ) -> list[str]:
        """One condition that chooses the branch ``index``; what it defines first stays known."""
        parts = self.parts(condition, known)
        lines = self.define(parts[:1], known, 1)
        inner = set(known)
        for depth, part in enumerate(parts, 1):
            lines += self.define([part], inner, depth)
            lines.append(f"{'    ' * depth}if {self.printer.doprint(part)}:")
        depth = len(parts) + 1
        lines += self.define(guards, inner, depth)
        return [*lines, f"{'    ' * depth}out[0] = {index}", f"{'    ' * depth}return"]

    def parts(self, condition: sp.Basic, known: set[sp.Symbol]) -> list[sp.Basic]:
        """Conjuncts, cheapest first; those that need the same assignments are one."""
        groups: dict[tuple[sp.Symbol, ...], list[sp.Basic]] = {}
        for part in sp.And.make_args(condition):
            need = tuple(symbol for symbol, _ in self.missing([part], known))
            groups.setdefault(need, []).append(part)
        weights = {s: weight(e) for s, e in self.body}
        order = sorted(groups, key=lambda need: (sum(weights[s] for s in need), str(need)))
        return [sp.And(*groups[need], evaluate=False) for need in order]


def weight(expression: sp.Basic) -> int:
    """About how many operations an assignment costs."""
    return int(expression.count_ops()) + (LOOP if expression.has(HelperCall) else 0)
