r"""Helpers of compiled kernels: panels in the variable that leaves no inner root, in one pass.

Where an integrand holds the root :math:`u(x)` of an equation :math:`g(u)=x`, as a proximal point
does, the integral is taken over u,

.. math:: \int_a^b f(u(x),x)\,dx = \int_{u(a)}^{u(b)} f(u,g(u))\,g'(u)\,du,

so that roots are found at the ends only. A panel, its derivatives and its value by the coarser
rule share their nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from asymp.calculus.logistic_normal import HIGHEST, logistic_normal
from asymp.calculus.panel import CoarsePanel, PanelSlope
from asymp.lowering.helpers import Helper, HelperCall, Helpers, Item
from asymp.lowering.nodes import Assignment

DENSITY, MIDDLE, SHIFT = (sp.Symbol(f"{n}_", real=True) for n in ("density", "middle", "shift"))


@dataclass
class FusedHelpers(Helpers):
    """Collects the helpers of a module for numba."""

    def kind(self, node: sp.Basic) -> str:
        """Kind of a node; the coarse value of a panel is a panel's."""
        return "panel" if isinstance(node, CoarsePanel) else super().kind(node)

    def places(self, group: Sequence[Any]) -> dict[sp.Basic, int]:
        """Values of distinct integrands, then by the coarser rule those that are checked."""
        if self.kind(group[0]) != "panel":
            return super().places(group)
        found, checked = distinct(group), checked_places(group)
        coarse = {place: len(found) + k for k, place in enumerate(checked)}
        places = {node: found.index(node.integrand) for node in group}
        return {n: coarse[p] if isinstance(n, CoarsePanel) else p for n, p in places.items()}

    def panel(self, group: tuple[Any, ...]) -> Helper:
        """Helper of panels that share a frame, with a coarser rule beside the rule."""
        first = group[0]
        made = self.assembled("panel", group, first.variable, first.frame[1:], distinct(group))
        return replace(made, checked=checked_places(group))

    def finished(self, draft: Helper, flat: Sequence[Assignment]) -> Helper:
        """Helper in the distance from the centre, and of its inner root if that is its only one."""
        if draft.kind == "panel":
            centre = dict(flat)[draft.ends[2]]
            draft, flat = self.changed(draft, flat, centre) or centred(draft, flat, centre)
        return super().finished(draft, averages_at_once(flat))

    def changed(
        self, draft: Helper, flat: Sequence[Assignment], centre: sp.Expr
    ) -> tuple[Helper, list[Assignment]] | None:
        """Draft and assignments in the variable of the inner root, if that can be."""
        x = draft.variable
        calls = [(s, e) for s, e in flat if isinstance(e, HelperCall) and x in e.free_symbols]
        if len(calls) != 1:
            return None
        point, call = calls[0]
        names = {helper.name: helper for helper in self.known.values()}
        inverse = inverse_of(names[str(call.args[0])], x, point)
        if inverse is None:
            return None
        here = {point: MIDDLE + SHIFT}
        # Written as a difference from the centre, in which what is large cancels symbolically.
        offset = inverse[0].xreplace(here) - inverse[0].xreplace({point: MIDDLE})
        rest = [(s, e.xreplace(here)) for s, e in flat if s != point]
        rest = [(MIDDLE, call.xreplace({x: centre})), (DENSITY, inverse[1].xreplace(here)), *rest]
        moved, rest = centred(draft, rest, centre, offset)
        return replace(moved, change=(call, x, DENSITY)), rest


def centred(
    draft: Helper, flat: Sequence[Assignment], centre: sp.Expr, offset: sp.Expr = SHIFT
) -> tuple[Helper, list[Assignment]]:
    """Draft and assignments with centre plus offset in the place of the variable.

    A narrow weight far from zero would else be computed from differences of large numbers.
    """
    x = draft.variable
    where = {x: centre + offset}
    return replace(draft, variable=SHIFT), [(s, e.xreplace(where)) for s, e in flat]


def distinct(group: Iterable[Any]) -> list[sp.Expr]:
    """Integrands of a group, each once."""
    return list(dict.fromkeys(node.integrand for node in group))


def checked_places(group: Sequence[Any]) -> tuple[int, ...]:
    """Places of the integrands that are no mere derivatives (of all, if there is none)."""
    found = distinct(group)
    own = [n.integrand for n in group if not isinstance(n, PanelSlope)]
    return tuple(sorted({found.index(integrand) for integrand in own or found}))


def inverse_of(root: Helper, x: sp.Symbol, point: sp.Symbol) -> tuple[sp.Expr, sp.Expr] | None:
    """The x that has a given root, and its derivative; None unless the equation is g(u) - x."""
    values: dict[sp.Basic, sp.Basic] = {}
    for symbol, expression in (*root.before, *root.body):
        values[symbol] = expression.xreplace(values)
    _, low, high = (values[end] for end in root.ends)
    equation, slope = (values[out].xreplace({root.variable: point}) for out in root.outputs)
    free = (low, high) == (-sp.oo, sp.oo)
    if root.kind != "root" or not free or equation.has(HelperCall):
        return None
    rate = equation.diff(x)
    if not rate.is_negative or not rate.is_number:
        return None
    return -equation.subs(x, 0) / rate, -slope / rate


def averages_at_once(flat: Sequence[Assignment]) -> list[Assignment]:
    """Compute Gaussian averages of the logistic function in all orders by one call."""
    replaced: dict[sp.Basic, sp.Basic] = {}
    calls: dict[tuple[sp.Basic, ...], sp.Symbol] = {}
    result: list[Assignment] = []
    for symbol, expression in flat:
        nodes = sorted(expression.atoms(logistic_normal), key=sp.default_sort_key)
        for order, *arguments in (node.args for node in nodes):
            assert 0 <= order <= HIGHEST
            if tuple(arguments) not in calls:
                name = calls[tuple(arguments)] = sp.Symbol(f"averages_{len(calls)}", real=True)
                call = HelperCall(sp.core.symbol.Str("logistic_normals"), *arguments)
                result.append((name, call))
            place = Item(calls[tuple(arguments)], order)
            replaced[logistic_normal(order, *arguments)] = place
        result.append((symbol, expression.xreplace(replaced)))
    return result
