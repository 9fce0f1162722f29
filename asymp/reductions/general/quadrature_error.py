"""The error of the quadrature, estimated at every solved point by a coarser rule."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.calculus.panel import CoarsePanel, Panel
from asymp.reductions.system import Definition, FixedPoint

NAME = "quadrature_error"


def coarse(expression: sp.Expr) -> sp.Expr:
    """The expression with every panel by the coarser rule."""
    return expression.replace(
        lambda node: type(node) is Panel, lambda node: CoarsePanel(*node.args)
    )


def estimate(system: FixedPoint) -> tuple[tuple[Definition, ...], sp.Expr] | None:
    r"""Definitions, and the largest relative change of the map; None where nothing is integrated.

    At a fixed point :math:`x=F(x)` this is :math:`\max_i|F_i^{\mathrm{coarse}}(x)/x_i-1|`. The rule
    converges like :math:`e^{-c/h}`, so that the full rule's error is about its square.
    """
    expressions = [d.expression for d in system.definitions] + list(system.update)
    if not any(e.has(Panel) for e in expressions):
        return None
    renamed: dict[sp.Symbol, sp.Symbol] = {}
    definitions = list(_coarse_definitions(system.definitions, renamed))
    changes = [
        sp.Abs(coarse(update).xreplace(renamed) / x - 1)
        for x, update in zip(system.state, system.update, strict=True)
    ]
    return tuple(definitions), sp.Max(*changes)


def _coarse_definitions(
    definitions: Iterable[Definition], renamed: dict[sp.Symbol, sp.Symbol]
) -> Iterable[Definition]:
    """Only what changes is defined again, under a name of its own."""
    for definition in definitions:
        value = coarse(definition.expression).xreplace(renamed)
        if value != definition.expression:
            symbol = definition.symbol
            other = type(symbol)(f"{symbol.name}_coarse", **symbol.assumptions0)
            renamed[symbol] = other
            yield Definition(other, value)
