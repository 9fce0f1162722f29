"""Nodes that need a loop of their own: roots, panels and tables as helper functions of a module.

A program calls a helper with the symbols that the node depends on. Panels (or tables) over the
same frame share one loop, so that an average and its derivatives cost one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sympy as sp
from sympy.core.symbol import Str

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import CoarsePanel, Panel
from asymp.calculus.table import TableSum
from asymp.lowering.nodes import Assignment
from asymp.lowering.sharing import share

LOOPED = (Root, Panel, TableSum)


class HelperCall(sp.Expr):
    """Call of a helper: its name, then the arguments."""

    is_commutative = True
    is_real = True

    def _pythoncode(self, printer: Any) -> str:
        return f"{self.args[0]}({', '.join(printer._print(a) for a in self.args[1:])})"

    _mpmathcode = _numbacode = _pythoncode


class Item(sp.Expr):
    """One entry of what a helper returned."""

    is_commutative = True
    is_real = True

    def _pythoncode(self, printer: Any) -> str:
        return f"{printer._print(self.args[0])}[{int(self.args[1])}]"

    _mpmathcode = _numbacode = _pythoncode


@dataclass(frozen=True)
class Helper:
    """A function of the generated module.

    Parameters
    ----------
    kind : {"root", "panel", "coarse", "table"}
    name : str
    inputs : tuple of sympy.Symbol
    variable : sympy.Symbol
        The unknown, or what is integrated or summed over.
    before, body : tuples of assignments
        What does not depend on the variable, and what does.
    ends : tuple of expressions
        Start, low and high of a root; low, high, centre and width of a panel, then its cuts.
    outputs : tuple of expressions
        Equation and slope of a root; integrands otherwise.
    table : tuple of tuples of float
        Nodes, then the weights of each output.
    checked : tuple of int
        Outputs of a compiled panel that choose its nodes, and whose values by the coarser rule
        follow the outputs in what is returned.
    change : tuple
        Change of variable of a compiled panel, if any: the call that maps an end to the new
        variable, the symbol of the end in it, and the symbol of the density in the body.
    """

    kind: str
    name: str
    inputs: tuple[sp.Symbol, ...]
    variable: sp.Symbol
    before: tuple[Assignment, ...]
    body: tuple[Assignment, ...]
    ends: tuple[sp.Expr, ...]
    outputs: tuple[sp.Expr, ...]
    table: tuple[tuple[float, ...], ...] = ()
    checked: tuple[int, ...] = ()
    change: tuple[sp.Basic, ...] = ()


@dataclass
class Helpers:
    """Collects the helpers of a module while programs are made."""

    known: dict[Any, Helper] = field(default_factory=dict)

    def extract(self, body: Sequence[Assignment], inputs: Iterable[sp.Symbol]) -> list[Assignment]:
        """Replace looped nodes in a body by calls, each just before its first use."""
        defined, replaced = set(inputs), dict[sp.Basic, sp.Basic]()
        result: list[Assignment] = []
        for position, (symbol, expression) in enumerate(body):
            for node in outermost(expression):
                if node not in replaced:
                    self._call(node, body[position:], defined, replaced, result)
            result.append((symbol, expression.xreplace(replaced)))
            defined.add(symbol)
        return result

    def _call(
        self,
        node: sp.Basic,
        rest: Sequence[Assignment],
        defined: set[sp.Symbol],
        replaced: dict[sp.Basic, sp.Basic],
        result: list[Assignment],
    ) -> None:
        group = [node] if isinstance(node, Root) else self.companions(node, rest, defined)
        helper = self._helper(tuple(group))
        call = HelperCall(Str(helper.name), *helper.inputs)
        symbol = sp.Symbol(f"{helper.name}_{len(result)}", real=True)
        result.append((symbol, call))
        if isinstance(node, Root):
            replaced[node] = symbol
        else:
            places = self.places(group)
            replaced.update({n: Item(symbol, sp.Integer(places[n])) for n in group})

    def _helper(self, group: tuple[Any, ...]) -> Helper:
        if group not in self.known:
            made = self.root(group[0]) if isinstance(group[0], Root) else self.loop(group)
            self.known[group] = made
        return self.known[group]

    def name(self, kind: str) -> str:
        """Next free name of a kind."""
        return f"{kind}_{sum(h.kind == kind for h in self.known.values())}"

    def kind(self, node: sp.Basic) -> str:
        """Kind of the helper that evaluates a node; nodes share a loop if it is the same."""
        if isinstance(node, Root):
            return "root"
        if isinstance(node, TableSum):
            return "table"
        return "coarse" if isinstance(node, CoarsePanel) else "panel"

    def companions(
        self, node: Any, rest: Sequence[Assignment], defined: set[sp.Symbol]
    ) -> list[sp.Basic]:
        """All nodes to come that can share the loop of the first."""
        found = [node]
        for _, expression in rest:
            for other in outermost(expression):
                same = self.kind(other) == self.kind(node) and other.frame == node.frame
                if same and other not in found and other.free_symbols <= defined:
                    found.append(other)
        return found

    def places(self, group: Sequence[Any]) -> dict[sp.Basic, int]:
        """Where the value of each node stands in what the helper returns."""
        return {node: place for place, node in enumerate(group)}

    def root(self, node: Root) -> Helper:
        """Helper of a root."""
        outputs = (node.equation, node.slope)
        return self.assembled("root", [node], node.variable, node.args[2:], outputs)

    def loop(self, group: tuple[Any, ...]) -> Helper:
        """Helper of panels or tables that share a frame."""
        first = group[0]
        if not isinstance(first, TableSum):
            return self.panel(group)
        columns = [first.args[2], *(n.weights for n in group)]
        table = tuple(tuple(float(x) for x in column) for column in columns)
        outputs = tuple(n.integrand for n in group)
        made = self.assembled("table", group, first.variable, (), outputs)
        return replace(made, table=table)

    def panel(self, group: tuple[Any, ...]) -> Helper:
        """Helper of panels that share a frame."""
        outputs = tuple(n.integrand for n in group)
        first = group[0]
        return self.assembled(self.kind(first), group, first.variable, first.frame[1:], outputs)

    def assembled(
        self,
        kind: str,
        group: Iterable[sp.Basic],
        variable: sp.Symbol,
        ends: Sequence[sp.Expr],
        outputs: Sequence[sp.Expr],
    ) -> Helper:
        """Helper whose ends and outputs are computed with shared subexpressions."""
        inputs = tuple(sorted(set().union(*(n.free_symbols for n in group)), key=by_name))
        names = [sp.Symbol(f"end_{i}_", real=True) for i in range(len(ends))]
        results = [sp.Symbol(f"out_{i}_", real=True) for i in range(len(outputs))]
        flat = self.extract(
            [*zip(names, ends, strict=True), *zip(results, outputs, strict=True)],
            [*inputs, variable],
        )
        draft = Helper(
            kind, self.name(kind), inputs, variable, (), (), tuple(names), tuple(results)
        )
        return self.finished(draft, flat)

    def finished(self, draft: Helper, flat: Sequence[Assignment]) -> Helper:
        """Helper with its assignments: common subexpressions once, what is constant first."""
        taken = {s.name for s in (*draft.inputs, draft.variable)} | {s.name for s, _ in flat}
        before, body = split(share(flat, taken), draft.variable)
        return replace(draft, before=before, body=body)


def outermost(expression: sp.Basic) -> Iterator[Any]:
    """Looped nodes that are not inside another, in a deterministic order."""
    if isinstance(expression, LOOPED):
        yield expression
        return
    for arg in sorted(expression.args, key=sp.default_sort_key):
        yield from outermost(arg)


def by_name(symbol: sp.Basic) -> str:
    """Key that orders symbols."""
    return str(symbol)


def split(
    body: Iterable[Assignment], variable: sp.Symbol
) -> tuple[tuple[Assignment, ...], tuple[Assignment, ...]]:
    """What does not depend on the variable, and what does."""
    moving: set[sp.Basic] = {variable}
    before, inside = [], []
    for symbol, expression in body:
        if expression.free_symbols & moving:
            moving.add(symbol)
            inside.append((symbol, expression))
        else:
            before.append((symbol, expression))
    return tuple(before), tuple(inside)
