"""The second route in LaTeX: pencil, Schwinger-Dyson equations, what is left, observables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import sympy as sp

from asymp.pencil.model import NORM, NU, RISK, SIGNAL
from asymp.pencil.sources import at_zero

if TYPE_CHECKING:
    from asymp.pencil.route import SecondRoute


LONG = 25  # characters of LaTeX: a longer name stands on a line of its own


def route_latex(route: SecondRoute) -> str:
    """LaTeX fragment of the whole route."""
    names = symbol_names(route)
    pencil = route.pencil
    columns = ", ".join(slot.dimension.name for slot in pencil.columns)
    gaussians = ", ".join(
        rf"{g.name}\in\mathbb R^{{{g.rows.name}\times {g.columns.name}}}"
        rf"\ (\text{{entries }}N(0,{sp.latex(g.variance / sp.Symbol(reference(route)))}))"
        for g, _ in pencil.terms
        if not g.transposed
    )
    return "\n".join(
        [
            "The value of the minimum is a sum of blocks of the inverse of the linear pencil",
            rf"\[ Q = {pencil.latex(names)}, \]",
            rf"with columns of dimensions ${columns}$ and ${gaussians}$.",
            r"The normalised traces $g$ of the needed blocks of $\mathbb E\,Q^{-1}$ solve, "
            rf"at vanishing sources and ${names.get(NU, sp.latex(NU))}=1$,",
            aligned(at_zero(route.dyson.equations).items(), names),
            "and with explicit unknowns eliminated there remain",
            aligned(route.system.equations.items(), names),
            "The multipliers of these equations in the value are",
            aligned(route.system.multipliers.items(), names),
            "and the derivatives of the value in the sources are",
            aligned(
                ((sp.Symbol(name), route.values[name]) for name in route.observables),
                names | {sp.Symbol(name): upright(name) for name in route.observables},
            ),
        ]
    )


def reference(route: SecondRoute) -> str:
    """Name of the reference dimension."""
    return next(d.name for d in route.pencil.dimensions if d.size == 1)


def upright(name: str) -> str:
    """Name of an observable, as text."""
    return rf"\text{{{name.replace('_', ' ')}}}"


def symbol_names(route: SecondRoute) -> dict[sp.Symbol, str]:
    r"""LaTeX of traces and sources: :math:`g^{(d)}_{23}` is a block of dimension ``d``."""
    names = {RISK: "s", SIGNAL: r"s_\Sigma", NORM: "s_I", NU: r"\nu"}
    for symbol in (*route.dyson.equations, *route.system.multipliers):
        letter, dimension, *place = symbol.name.split("_")
        index = rf"_{{{place[0]}}}" if place else ""
        head = "g" if letter == "g" else r"\lambda"
        names[symbol] = rf"{head}^{{({dimension})}}{index}"
    return names


def aligned(equations: Iterable[tuple[sp.Symbol, sp.Expr]], names: Mapping[sp.Symbol, str]) -> str:
    """Display of equations, each term of a sum on a line."""
    rows = []
    for left, right in equations:
        first, *rest = (sp.latex(term, symbol_names=names) for term in sp.Add.make_args(right))
        name = sp.latex(left, symbol_names=names)
        rows += [f"&{name} ={first}"] if len(name) < LONG else [f"&{name} =", rf"&\quad {first}"]
        rows += [rf"&\quad {'' if term.startswith('-') else '+'}{term}" for term in rest]
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"
