r"""The implicit-differentiation formula of one gradient, in LaTeX."""

from __future__ import annotations

import sympy as sp

from asymp.analysis.chain import differentiate
from asymp.analysis.names import observable_of
from asymp.analysis.slopes import finite_part
from asymp.calculus.primitives import Primitive
from asymp.reductions.system import Branch, Definition, needed
from asymp.solver.describe import Solvable
from asymp.symbols import latex_name


def gradient_latex(theorem: Solvable, observable: str, parameter: str) -> str:
    r"""Formula of every branch, and the quantities that the parameter enters directly.

    The letters are those of the theorem's own statement; what is not listed depends on the
    parameter through the listed quantities alone, by the chain rule.

    Returns
    -------
    str
        An ``aligned`` block between double dollars; it needs amsmath.
    """
    symbol = theorem.parameters[parameter].symbol
    name = observable_of(theorem, observable).latex
    rows: list[str] = []
    for branch in reversed(list(theorem.branches)):  # the generic one first
        rows += branch_rows(branch, observable, name, symbol)
    text = " \\\\\n".join(rows)
    return f"$$\\begin{{aligned}}\n{text}\n\\end{{aligned}}$$"


def branch_rows(branch: Branch, observable: str, name: str, symbol: sp.Symbol) -> list[str]:
    """Rows of one branch: its own values differentiated."""
    value = sp.sympify(branch.values[observable])
    title = rf"&\text{{{branch.name.replace('_', ' ')}"
    if branch.condition != sp.true:
        title += rf" (${latex_of(branch.condition)}$)"
    title += r"}:\quad "
    head = rf"\frac{{\partial\,{name}}}{{\partial {sp.latex(symbol)}}}"
    if any(symbol in equality.free_symbols for equality in branch.condition.atoms(sp.Eq)):
        return [rf"{title}\text{{holds at one value of }}{sp.latex(symbol)}\text{{ alone}}"]
    if value.is_infinite:
        return [rf"{title}{name}=\infty"]
    if branch.system is None:
        chain = differentiate((*branch.guards, *branch.definitions), symbol)
        closed = named(chain.closed(finite_part(value)), branch.definitions)
        return [rf"{title}{head} = {latex_of(closed)}"]
    state = r"\begin{pmatrix}" + r"\\".join(map(sp.latex, branch.system.state)) + r"\end{pmatrix}"
    a = sp.latex(symbol)
    return [
        rf"{title}{head} = \partial_{{{a}}}O + \partial_xO\,(I-\partial_xF)^{{-1}}\,"
        rf"\partial_{{{a}}}F,\qquad x={state}=F(x),\qquad O={latex_of(value)}",
        *direct_rows(branch, value, symbol),
    ]


def direct_rows(branch: Branch, value: sp.Expr, symbol: sp.Symbol) -> list[str]:
    """Derivatives of what the parameter enters directly, everything else held."""
    assert branch.system is not None
    inner = (*branch.guards, *branch.system.definitions, *branch.definitions)
    definitions = needed(inner, [value, *branch.system.update])
    entries = [(latex_of(d.symbol), d.expression) for d in definitions]
    entries += [
        (rf"F_{{{sp.latex(x)}}}", update)
        for x, update in zip(branch.system.state, branch.system.update, strict=True)
    ]
    rows = []
    for left, expression in [*entries, ("O", value)]:
        slope = named(sp.diff(expression, symbol), definitions)
        if slope != 0:
            ratio = rf"\frac{{\partial {left}}}{{\partial {sp.latex(symbol)}}}"
            rows.append(rf"&\qquad {ratio} = {latex_of(slope)}")
    return rows


def named(expression: sp.Expr, definitions: tuple[Definition, ...]) -> sp.Expr:
    """Write averages over the spectrum by the letters that the branch gives them."""
    letters = {d.expression: d.symbol for d in definitions if isinstance(d.expression, Primitive)}
    return expression.xreplace(letters)


def latex_of(expression: sp.Basic) -> str:
    """LaTeX; words that are symbols stand upright."""
    words = [s for s in expression.free_symbols if len(s.name) > 3 and s.name.isalpha()]
    upright = {s: rf"\mathrm{{{s.name}}}" for s in words if latex_name(s.name) == s.name}
    return str(sp.latex(expression, symbol_names=upright))
