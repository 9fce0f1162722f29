"""The second route in LaTeX: pencil, Schwinger-Dyson equations, what is left, observables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import sympy as sp

if TYPE_CHECKING:
    from asymp.pencil.route import SecondRoute


def route_latex(route: SecondRoute) -> str:
    """LaTeX fragment of the whole route."""
    names = symbol_names(route)
    pencil = route.pencil
    columns = ", ".join(slot.dimension.name for slot in pencil.columns)
    gaussians = ", ".join(
        rf"{g.name}\in\mathbb R^{{{g.rows.name}\times {g.columns.name}}}"
        rf"\ (\text{{entries }}N(0,{sp.latex(g.variance)}/{reference(route)}))"
        for g, _ in pencil.terms
        if not g.transposed
    )
    return "\n".join(
        [
            "The value of the minimum is a sum of blocks of the inverse of the linear pencil",
            rf"\[ Q = {pencil.latex(names)}, \]",
            rf"with columns of dimensions ${columns}$ and ${gaussians}$.",
            r"The normalised traces $g$ of the needed blocks of $\mathbb E\,Q^{-1}$ solve",
            aligned(route.dyson.equations.items(), names),
            "Without sources, and with explicit unknowns eliminated, there remain",
            aligned(route.system.equations.items(), names),
            "The multipliers of these equations in the value are",
            aligned(route.system.multipliers.items(), names),
            "and the derivatives of the value in the sources are",
            aligned(
                ((sp.Symbol(name), route.values[name]) for name in route.observables),
                {sp.Symbol(n): rf"\mathrm{{{n.replace('_', chr(92) + '_')}}}" for n in route.values}
                | names,
            ),
        ]
    )


def reference(route: SecondRoute) -> str:
    """Name of the reference dimension."""
    return next(d.name for d in route.pencil.dimensions if d.size == 1)


def symbol_names(route: SecondRoute) -> dict[sp.Symbol, str]:
    r"""LaTeX of traces and sources: :math:`g^{(d)}_{23}` is a block of dimension ``d``."""
    names = {}
    for symbol in (*route.dyson.equations, *route.system.multipliers):
        letter, dimension, *place = symbol.name.split("_")
        index = rf"_{{{place[0]}}}" if place else ""
        head = "g" if letter == "g" else r"\lambda"
        names[symbol] = rf"{head}^{{({dimension})}}{index}"
    return names


def aligned(equations: Iterable[tuple[sp.Symbol, sp.Expr]], names: Mapping[sp.Symbol, str]) -> str:
    """Display of equations, one a line."""
    rows = (
        f"{sp.latex(left, symbol_names=names)} &= {sp.latex(right, symbol_names=names)}"
        for left, right in equations
    )
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
