r"""Phases: the regions of parameters that have their own equations, with their boundaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.document.context import Context
from asymp.document.display import Row, block, defined, equation, packed
from asymp.document.readable import ESTIMATE, is_readable
from asymp.document.statement import definition_rows, observable_name
from asymp.document.width import LINE, width
from asymp.reductions.system import Branch, Definition

_SIMPLE = 6.0
"""Definitions narrower than this are put in; wider ones keep their letter."""
_READABLE = 20.0


def phases(context: Context) -> str:
    """A section with a paragraph for each special branch; empty if there is none."""
    special = [b for b in context.theorem.branches if b.condition is not sp.true]
    if not special:
        return ""
    head = (
        "\\section{Phases}\\label{sec:phases}\n\n"
        "The first of the following conditions that holds decides; Theorem~\\ref{thm:main} "
        "speaks of "
        "all other parameters."
    )
    return "\n\n".join([head, *(_phase(context, b) for b in special)])


def _phase(context: Context, branch: Branch) -> str:
    title = branch.name.replace("-", " ").capitalize()
    parts = [
        rf"\subsection{{{title}}}\label{{sec:phase-{branch.name}}}",
        rf"If {context.condition(branch.condition)}, {context.names.prose(branch.meaning)}.",
        _boundary(context, branch), _system(context, branch), _values(context, branch),
    ]  # fmt: skip
    return "\n\n".join(p for p in parts if p)


def _boundary(context: Context, branch: Branch) -> str:
    """What the condition compares with."""
    kept, left_out = _new_ones(context, branch.guards)
    rows = [_squared(context, d, f"phase-{branch.name}") for d in kept]
    if not rows:
        return ""
    return "The boundary is given by\n" + block(packed(rows)) + left_out


def _squared(context: Context, definition: Definition, prefix: str) -> Row:
    """A root is displayed by its square."""
    symbol, value = definition.symbol, definition.expression
    label = f"{prefix}-{symbol}"
    if definition.display or not is_readable(value):
        return defined(context, definition, label)
    if any(p.exp.is_Rational and p.exp.q == 2 for p in value.atoms(sp.Pow)):
        squared = sp.powdenest(sp.expand(value**2), force=True)
        return equation(context, f"{context.math(symbol)}^2", sp.factor(squared), label)
    return equation(context, symbol, value, label)


def _new_ones(context: Context, definitions: Iterable[Definition]) -> tuple[list[Definition], str]:
    """Definitions that are not those of the theorem, and a sentence about the others.

    A superscript A marks a resolvent quantity taken at another argument.
    """
    generic = {str(d.symbol): str(d.expression) for d in context.theorem.system.definitions}
    kept, marked, same = [], [], []
    for d in definitions:
        if d.symbol.name.endswith(ESTIMATE):
            continue
        name, text = str(d.symbol), str(d.expression)
        bare = name.removesuffix("_A")
        if generic.get(bare) != text.replace("_A", ""):
            kept.append(d)
        elif bare != name:
            marked.append(d)
        else:
            same.append(d)
    sentence = ""
    if marked:
        sentence = (
            "\nQuantities with superscript $A$ are those of the theorem at the argument $"
            + (context.names.latex("x_A") + "$.")
        )
    elif same:
        sentence = "\nThe other letters are as in the theorem."
    return kept, sentence


def _system(context: Context, branch: Branch) -> str:
    system = branch.system
    if system is None:
        return ""
    prefix = f"phase-{branch.name}"
    rows = [
        equation(context, s, _shown(f), f"{prefix}-{s}")
        for s, f in zip(system.state, system.update, strict=True)
    ]
    kept, sentence = _new_ones(context, system.definitions)
    text = "The fixed point is\n" + block(rows)
    if kept:
        text += "\nwith\n" + block(packed(definition_rows(context, kept, prefix)))
    return text + sentence


def _shown(update: sp.Expr) -> sp.Expr | str:
    return r"\text{its average in the theorem}" if update.has(Panel, Root) else update


def _values(context: Context, branch: Branch) -> str:
    """Values of order parameters and observables, equal ones together."""
    kept, sentence = _new_ones(context, branch.definitions)
    simple = {d.symbol: d.expression for d in kept if _is_simple(context, d)}
    if branch.system is None and "h_0" not in map(str, simple):
        kept = [d for d in kept if d.symbol not in simple]
    else:
        simple = {}
    rows = packed(_equalities(context, branch, simple), LINE)
    text = "There\n" + block(rows) if rows else ""
    if kept:
        shown = packed(definition_rows(context, kept, f"phase-{branch.name}"), LINE / 2)
        text += "\nwith\n" + block(shown) + sentence
    return text


def _is_simple(context: Context, definition: Definition) -> bool:
    if definition.display or not is_readable(definition.expression):
        return False
    return width(context.math(definition.expression)) < _SIMPLE


def _equalities(context: Context, branch: Branch, simple: dict[sp.Symbol, sp.Expr]) -> list[Row]:
    generic = context.theorem.branches[-1].values
    groups: dict[str, list[str]] = defaultdict(list)
    for name, value in branch.values.items():
        if name not in context.names.known and name not in context.theorem.observables:
            continue
        if not is_readable(value):
            continue
        found = sp.expand(value.subs(simple))
        usual = generic.get(name, sp.S.Zero)
        same = is_readable(usual) and sp.expand(found - usual) == 0 != found
        if str(found) == name or same:
            continue
        groups[r"+\infty" if found is sp.oo else context.math(found)].append(_name(context, name))
    rows: list[Row] = []
    for text, lefts in groups.items():
        if width(text) < _READABLE:
            rows += [Row("=".join(line), "=", (text,)) for line in _chunks(lefts)]
    return rows


def _chunks(lefts: list[str]) -> Iterable[list[str]]:
    """Names to a line, as many as fit."""
    line: list[str] = []
    for left in lefts:
        if line and width("=".join([*line, left])) > LINE - 8:
            yield line
            line = []
        line.append(left)
    yield line


def _name(context: Context, name: str) -> str:
    theorem = context.theorem
    if name in theorem.observables:
        return observable_name(context, theorem.observables[name])
    return context.names.latex(name)
