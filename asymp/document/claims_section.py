r"""Limits and laws that the theorem claims, and the printed statements it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from asymp.claims import SMALL, Law, Limit
from asymp.document.context import Context
from asymp.document.words import escape, from_plain, typewriter


def claims(context: Context) -> str:
    """Limits and laws; empty if the theorem claims none."""
    theorem = context.theorem
    parts = []
    if theorem.limits:
        items = "\n".join(_limit(context, limit) for limit in theorem.limits)
        parts.append(
            f"As ${context.math(SMALL)}\\to0^+$ the following limits hold; "
            "what is not mentioned is arbitrary and fixed.\n"
            f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}"
        )
    if theorem.laws:
        items = "\n".join(_law(context, law) for law in theorem.laws)
        parts.append(
            "The following properties hold at every admissible point of which they speak.\n"
            f"\\begin{{itemize}}\n{items}\n\\end{{itemize}}"
        )
    if not parts:
        return ""
    head = "\\section{Limits and laws}\\label{sec:claims}\n\nThese are claims, tested by the report of "
    return "\n\n".join([head + r"\texttt{check}.", *parts])


def _limit(context: Context, limit: Limit) -> str:
    path = ", ".join(
        f"${context.names.latex(name)}={_value(context, value)}$" for name, value in limit.path.items()
    )
    text = rf"\item \emph{{{escape(limit.name.replace('-', ' '))}}}. {context.names.prose(limit.meaning)}"
    text += f" Path: {path}"
    if isinstance(limit.gives, Mapping):
        gives = ", ".join(f"${_observable(context, n)}\\to {_value(context, v)}$"
                          for n, v in limit.gives.items())
        text += f"; then {gives}"
    order = sp.nsimplify(limit.order)
    power = "" if order == 1 else f"^{{{sp.latex(order)}}}"
    text += f", with an error of order ${context.math(SMALL)}{power}$"
    return text + (f"; {context.cite(limit.source)}." if limit.source else ".")


def _value(context: Context, value: Any) -> str:
    return context.math(sp.nsimplify(sp.sympify(value), rational=True))


def _observable(context: Context, name: str) -> str:
    observables = context.theorem.observables
    return context.names.string(observables[name].latex) if name in observables else (
        context.names.latex(name))


def _law(context: Context, law: Law) -> str:
    fixed = ", ".join(f"${context.names.latex(n)}={_value(context, v)}$" for n, v in law.fixed.items())
    text = rf"\item \emph{{{escape(law.name.replace('-', ' '))}}}. {context.names.prose(law.statement)}"
    return text + (f" (at {fixed})" if fixed else "")


def comparison(context: Context) -> str:
    """Audits: what is compared with which print, and how closely; empty without audits."""
    audits = context.theorem.audits
    if not audits:
        return ""
    head = (
        "\\section{Comparison with the print}\\label{sec:comparison}\n\n"
        "A printed formula enters no step of the derivation. The following are solved by a slow path of "
        "their own and compared with the theorem by \\texttt{check}, point by point."
    )
    return "\n\n".join([head, *(_audit(context, a) for a in audits)])


def _audit(context: Context, audit: Any) -> str:
    observables = ", ".join(typewriter(o) for o in audit.observables)
    text = (
        rf"\paragraph{{{escape(audit.name)}}} {context.cite(audit.source)}. Compared: {observables}. "
        rf"Largest admissible relative deviation ${_power(audit.tolerance)}$: "
        f"{from_plain(audit.reason, context.names)}."
    )
    letters = [(n, e) for n, e in audit.parameters.items() if str(e) != n]
    if letters:
        listed = ", ".join(f"${_printed(n)}={_value(context, e)}$" for n, e in letters)
        text += f" The print's letters are {listed}."
    if audit.fixed:
        listed = ", ".join(f"${context.names.latex(n)}={_value(context, v)}$" for n, v in audit.fixed.items())
        text += f" The print speaks of {listed}."
    if audit.ranges:
        listed = ", ".join(
            f"${context.names.latex(n)}\\in[{_value(context, a)},{_value(context, b)}]$"
            for n, (a, b) in audit.ranges.items()
        )
        text += f" Points are drawn from {listed}."
    return text


def _printed(name: str) -> str:
    """A letter of the print is not one of ours and keeps its own LaTeX."""
    return sp.latex(sp.Symbol(name))


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.0e}".split("e")
    factor = "" if mantissa == "1" else rf"{mantissa}\cdot "
    return rf"{factor}10^{{{int(exponent)}}}"
