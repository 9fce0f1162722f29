r"""Documents of stated theorems: equations that were given, with no derivation to show."""

from __future__ import annotations

import sympy as sp

from asymp.document.context import Context
from asymp.document.display import Row, block, equation, packed
from asymp.document.setting import conventions_of, notation
from asymp.document.statement import definition_rows, observable_name, observable_row
from asymp.document.width import LINE
from asymp.document.words import itemize
from asymp.reductions.observable import Observable
from asymp.stated.unknowns import shown

SUBTITLE = "A stated theorem: its equations were given, and are not proved here"


def stated_abstract(context: Context) -> str:
    """What the document contains and how far it may be trusted."""
    theorem = context.theorem
    claims = len(theorem.limits) + len(theorem.laws) + len(theorem.audits)
    text = (
        f"Status: {theorem.status}. The equations of Theorem~\\ref{{thm:main}} were given"
        f"{_origin(context)}; no step of this document leads to them. "
    )
    if not claims:
        return text + "No claim stands beside them that could be tested."
    return text + (
        f"{claims} claims stand beside them, and \\texttt{{check}} tests each, with the equations "
        "themselves, at random admissible points."
    )


def _origin(context: Context) -> str:
    sources = context.theorem.sources
    return f" after {', '.join(context.cite(s) for s in sources)}" if sources else ""


def stated_setting(context: Context) -> str:
    """Letters and conventions."""
    parts = [
        r"\section{Setting}\label{sec:setting}",
        r"\subsection{Notation}\label{sec:notation}", notation(context),
    ]  # fmt: skip
    found = conventions_of(context)
    if found:
        parts += [r"\subsection{Conventions}\label{sec:conventions}", itemize(found)]
    return "\n\n".join(parts)


def stated_theorem(context: Context) -> str:
    """The statement: fixed point with its named quantities, observables."""
    parts = [
        r"\section{The theorem}\label{sec:theorem}",
        r"\begin{theorem}[as stated]\label{thm:main}", _opening(context),
        r"\emph{Fixed point.} " + _fixed_point(context),
        r"\emph{Observables.} " + _observables(context),
        r"\end{theorem}",
    ]  # fmt: skip
    return "\n\n".join(parts)


def _opening(context: Context) -> str:
    state = ",".join(context.math(q.symbol) for q in context.theorem.order_parameters.values())
    special = len(context.theorem.branches) > 1
    outside = "Outside the phases of Section~\\ref{sec:phases}, the" if special else "The"
    return (
        f"{outside} quantities below converge to deterministic limits, given by the fixed point of "
        f"a map of ${state}$."
    )


def _fixed_point(context: Context) -> str:
    system = context.theorem.system
    named, equations = shown(system.definitions, zip(system.state, system.update, strict=True))
    _, starts = shown(system.definitions, zip(system.state, system.start, strict=True))
    text = "The order parameters solve\n"
    text += block([equation(context, x, f, f"theorem-{x}") for x, f in equations])
    if named:
        rows = packed(definition_rows(context, named, "theorem"), LINE / 2)
        text += "\nwhere\n" + block(rows)
    start = ",\\ ".join(context.math(e) for _, e in starts)
    return text + f"\nThe solver starts the iteration from $({start})$."


def _observables(context: Context) -> str:
    generic = context.theorem.branches[-1]
    letters = {str(d.symbol): d for d in generic.definitions}
    rows = [_row(context, o) for o in context.theorem.observables.values()]
    text = "The limits are\n" + block(rows)
    shown_letters, _ = shown(letters.values(), [])
    if shown_letters:
        text += "\nwith\n" + block(definition_rows(context, shown_letters, "theorem"))
    return text


def _row(context: Context, item: Observable) -> Row:
    if item.definition:
        return observable_row(context, item, {})
    value: sp.Expr = item.expression
    return equation(context, observable_name(context, item), value, f"observable-{item.name}")
