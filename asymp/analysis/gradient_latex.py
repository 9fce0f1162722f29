r"""The implicit-differentiation formula of one gradient, in LaTeX."""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.analysis.chain import Chain, differentiate
from asymp.analysis.names import observable_of
from asymp.analysis.slopes import finite_part
from asymp.reductions.system import Branch
from asymp.solver.describe import Solvable


def gradient_latex(theorem: Solvable, observable: str, parameter: str) -> str:
    r"""Formula, then the derivatives that the parameter enters, branch by branch.

    Returns
    -------
    str
        An ``aligned`` block between double dollars; it needs amsmath.
    """
    symbol = theorem.parameters[parameter].symbol
    name = observable_of(theorem, observable).latex
    branches = list(theorem.branches)
    rows: list[str] = []
    for branch in reversed(branches):  # the generic one first
        rows += _branch_rows(branch, observable, name, symbol)
    text = " \\\\\n".join(rows)
    return f"$$\\begin{{aligned}}\n{text}\n\\end{{aligned}}$$"


def _branch_rows(branch: Branch, observable: str, name: str, symbol: sp.Symbol) -> list[str]:
    """Rows of one branch."""
    a, value = sp.latex(symbol), branch.values[observable]
    inner = branch.system.definitions if branch.system else ()
    chain = differentiate((*branch.guards, *inner, *branch.definitions), symbol)
    head = rf"\frac{{\partial\,{name}}}{{\partial {a}}}"
    where = "" if branch.condition == sp.true else rf"\qquad ({sp.latex(branch.condition)})"
    if sp.sympify(value).is_infinite:
        return [rf"&\text{{{branch.name}: }}{name}=\infty{where}"]
    if branch.system is None:
        closed = sp.latex(chain.closed(finite_part(value)))
        return [rf"&\text{{{branch.name}: }}{head} = {closed}{where}"]
    return [
        rf"&\text{{{branch.name}: }}{head} = \partial_{{{a}}}O + "
        rf"\partial_xO\,(I-\partial_xF)^{{-1}}\,\partial_{{{a}}}F,\qquad "
        rf"x={_column(branch.system.state)}{where}",
        rf"&\qquad O = {sp.latex(value)},\qquad F={_column(branch.system.update)}",
        *_chain_rows(branch, chain, finite_part(value)),
    ]


def _chain_rows(branch: Branch, chain: Chain, value: sp.Expr) -> list[str]:
    """Derivatives at a fixed state, in the order in which each uses those before it."""
    assert branch.system is not None
    a = sp.latex(chain.variable)
    names = {new: rf"\left(\partial_{{{a}}}{sp.latex(old)}\right)" for old, new in _pairs(chain)}
    ends = [chain.total(value), *(chain.total(u) for u in branch.system.update)]
    wanted: set[sp.Basic] = set().union(*(e.free_symbols for e in ends))
    rows = []
    for (old, new), definition in reversed(
        list(zip(_pairs(chain), chain.definitions, strict=True))
    ):
        if new in wanted:
            wanted |= definition.expression.free_symbols
            right = sp.latex(definition.expression, symbol_names=names)
            rows.append(rf"&\qquad \partial_{{{a}}}{sp.latex(old)} = {right}")
    rows.reverse()
    rows.append(rf"&\qquad \partial_{{{a}}}O = {sp.latex(ends[0], symbol_names=names)}")
    for x, end in zip(branch.system.state, ends[1:], strict=True):
        right = sp.latex(end, symbol_names=names)
        rows.append(rf"&\qquad \partial_{{{a}}}F_{{{sp.latex(x)}}} = {right}")
    return rows


def _pairs(chain: Chain) -> list[tuple[Any, Any]]:
    return list(chain.slopes.items())


def _column(entries: tuple[sp.Expr, ...]) -> str:
    return r"\begin{pmatrix}" + r"\\".join(sp.latex(e) for e in entries) + r"\end{pmatrix}"
