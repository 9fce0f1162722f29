r"""Phases: the regions of parameters that have their own equations, with their boundaries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sympy as sp

from asymp.document.context import Context
from asymp.document.display import Row, block, equation, packed
from asymp.document.statement import definition_rows, paired
from asymp.document.width import LINE, width
from asymp.reductions.system import Branch, Definition


def phases(context: Context) -> str:
    """A section with a paragraph for each special branch; empty if there is none."""
    special = [b for b in context.theorem.branches if b.condition is not sp.true]
    if not special:
        return ""
    head = (
        "\\section{Phases}\\label{sec:phases}\n\n"
        "The first of the following conditions that holds decides; Theorem~\\ref{thm:main} speaks of "
        "all other parameters."
    )
    return "\n\n".join([head, *(_phase(context, b) for b in special)])


def _phase(context: Context, branch: Branch) -> str:
    title = branch.name.replace("-", " ").capitalize()
    parts = [
        rf"\subsection{{{title}}}\label{{sec:phase-{branch.name}}}",
        rf"If ${context.math(branch.condition)}$, {context.names.prose(branch.meaning)}.",
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
    if value.is_Pow and value.args[1] == sp.Rational(1, 2):
        return equation(context, f"{context.math(symbol)}^2", value.args[0], label)
    return equation(context, symbol, value, label)


def _new_ones(
    context: Context, definitions: Iterable[Definition]
) -> tuple[list[Definition], str]:
    """Definitions that are not those of the theorem, and a sentence about the others.

    A superscript A marks a resolvent quantity taken at another argument.
    """
    generic = {str(d.symbol): str(d.expression) for d in context.theorem.system.definitions}
    kept, marked, same = [], [], []
    for d in definitions:
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
        sentence = "\nQuantities with superscript $A$ are those of the theorem at the argument $" + (
            context.names.latex("x_A") + "$.")
    elif same:
        sentence = "\nThe other letters are as in the theorem."
    return kept, sentence


def _system(context: Context, branch: Branch) -> str:
    system = branch.system
    if system is None:
        return ""
    prefix = f"phase-{branch.name}"
    rows = [
        equation(context, s, f, f"{prefix}-{s}") for s, f in zip(system.state, system.update, strict=True)
    ]
    kept, sentence = _new_ones(context, system.definitions)
    text = "The fixed point is\n" + block(rows)
    if kept:
        text += "\nwith\n" + block(packed(definition_rows(context, kept, prefix)))
    return text + sentence


def _values(context: Context, branch: Branch) -> str:
    """Values of order parameters and observables, equal ones together."""
    kept, sentence = _new_ones(context, branch.definitions)
    rows = _equalities(context, branch)
    text = "There\n" + block(rows) if rows else ""
    if kept:
        shown = paired(definition_rows(context, kept, f"phase-{branch.name}"))
        text += "\nwith\n" + block(shown) + sentence
    return text


def _equalities(context: Context, branch: Branch) -> list[Row]:
    generic = context.theorem.branches[-1].values
    groups: dict[str, list[str]] = defaultdict(list)
    for name, value in branch.values.items():
        if value == sp.Symbol(name) or str(value) == name or value == generic.get(name):
            continue
        groups[r"+\infty" if value is sp.oo else context.math(value)].append(_name(context, name))
    rows: list[Row] = []
    for value, lefts in groups.items():
        for line in _chunks(lefts):
            rows.append(Row("=".join(line), "=", (value,)))
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
        return context.names.string(theorem.observables[name].latex)
    return context.names.latex(name)
