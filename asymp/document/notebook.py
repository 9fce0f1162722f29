r"""The equations of a theorem for notebooks, which show LaTeX without packages."""

from __future__ import annotations

import sympy as sp

from asymp.document.context import Context, make_context
from asymp.document.display import in_words
from asymp.document.general_words import intercept_condition, unknown
from asymp.document.readable import is_readable
from asymp.stated.unknowns import shown
from asymp.theorem_data import TheoremData


def notebook(theorem: TheoremData) -> str:
    r"""Fixed point with its conjugates, as an ``aligned`` display.

    Examples
    --------
    >>> import asymp
    >>> text = notebook(asymp.Problem(features=asymp.IsotropicGaussian()).derive())
    >>> text.startswith(r"$$\begin{aligned}V &= ")
    True
    """
    context = make_context(theorem, None, checked=False)
    body = r" \\ ".join(f"{left} &= {right}" for left, right in _rows(context))
    return rf"$$\begin{{aligned}}{body}\end{{aligned}}$$".replace("dcases", "cases")


def _rows(context: Context) -> list[tuple[str, str]]:
    system = context.theorem.system
    definitions, pairs = shown(system.definitions, zip(system.state, system.update, strict=True))
    rows = [row for symbol, value in pairs for row in _update(context, symbol, value)]
    for definition in definitions:
        left = context.names.latex(str(definition.symbol))
        if definition.display:
            rows.append((left, context.names.string(definition.display)))
        elif is_readable(definition.expression):
            value = context.arranged(definition.expression, str(definition.symbol))
            rows.append((left, context.printer.doprint(value)))
        else:
            rows.append((left, rf"\text{{{in_words(definition)}}}"))
    return rows


def _update(context: Context, symbol: sp.Symbol, value: sp.Expr) -> list[tuple[str, str]]:
    """An equation of the map, in its form for readers where it is a numerical one."""
    name, theorem = unknown(symbol), context.theorem
    if name != symbol.name:
        return [(f"{intercept_condition(theorem)}", "0")]
    left, average = context.names.latex(name), theorem.averages.get(name)
    if isinstance(theorem.averages.get("V"), str) or not is_readable(value):
        given = average if average is not None else r"\text{evaluated numerically}"
        right = context.names.string(given) if isinstance(given, str) else context.math(given)
        return [(left, right)]
    return [(left, context.math(value))]
