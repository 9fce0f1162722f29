r"""Limits and laws that the theorem claims, and the printed statements it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import sympy as sp

from asymp.claims import SMALL, Law, Limit, Variant, expression
from asymp.document.breaking import broken
from asymp.document.context import Context
from asymp.document.display import Row, block
from asymp.document.statement import observable_name
from asymp.document.width import LINE, width
from asymp.document.words import escape, from_plain, itemize, typewriter
from asymp.problem.losses import MarginLoss, ResidualLoss
from asymp.problem.penalty import SeparablePenalty

_INLINE = 9.0


def claims(context: Context) -> str:
    """Limits and laws; empty if the theorem claims none."""
    theorem = context.theorem
    if not theorem.limits and not theorem.laws:
        return ""
    stated = theorem.status == "stated"
    before = "" if stated else "The derivation does not use what follows: "
    what = "The following are" if stated else "these are"
    field = "" if stated else ", not the teacher field"
    parts = [
        f"\\section{{Limits and laws}}\\label{{sec:claims}}\n\n{before}{what} "
        r"claims about the theorem, each of which \texttt{check} can prove, verify or refute."
    ]
    if theorem.limits:
        seen: dict[str, str] = {}
        parts.append(
            r"\subsection{Limits}\label{sec:limits}"
            "\n\n"
            f"Here ${context.math(SMALL)}\\to0^+$ is a small number{field}. What a path does "
            "not mention is arbitrary and fixed.\n"
            + itemize(_limit(context, x, seen) for x in theorem.limits)
        )
    if theorem.laws:
        parts.append(
            "\\subsection{Laws}\\label{sec:laws}\n\n"
            + itemize(_law(context, x) for x in theorem.laws)
        )
    return "\n\n".join(parts)


def _limit(context: Context, limit: Limit, seen: dict[str, str]) -> str:
    path = ", ".join(
        f"${context.names.latex(name)}={_inline(context, value)}$"
        for name, value in limit.path.items()
    )
    power = sp.nsimplify(limit.order)
    order = context.printer.inline(SMALL**power)
    text = f"{_name(limit)} {_sentence(context, limit.meaning)} Path: {path}"
    text += _condition(context, limit.where)
    text += f"; then {_given(context, limit, seen)} The error is $O({order})$."
    return text + (f" Source: {context.cite(limit.source)}." if limit.source else "")


def _name(claim: Limit | Law) -> str:
    return rf"\emph{{{escape(claim.name.replace('-', ' ').capitalize())}.}}"


def _sentence(context: Context, text: str) -> str:
    """Prose that begins with a capital letter and ends with a full stop."""
    text = context.names.prose(text.strip()).replace("norm2}", "norm}^2")
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _condition(context: Context, where: Any) -> str:
    """A condition in names; a predicate in code is not printed."""
    if where is None or (callable(where) and not isinstance(where, sp.Basic)):
        return ""
    return f" (where {context.condition(expression(where))})"


def _given(context: Context, limit: Limit, seen: dict[str, str]) -> str:
    """The limiting values; long formulas are displayed once."""
    gives = limit.gives
    if isinstance(gives, tuple):
        return f"{_listed(context, gives)} tend to their values at ${context.math(SMALL)}=0$."
    if isinstance(gives, Variant):
        return _variant(context, gives)
    if not isinstance(gives, Mapping):
        return "the values are those of a function of the parameters."
    pairs = [(_observable(context, n), _value(context, v)) for n, v in gives.items()]
    key = str(pairs)
    if key in seen:
        return f"the limits are those of \\emph{{{seen[key]}}}."
    if all(width(value) < _INLINE for _, value in pairs):
        return _together(pairs)
    seen[key] = escape(limit.name.replace("-", " ").capitalize())
    rows = [_row(context, n, gives[k]) for (n, _), k in zip(pairs, gives, strict=True)]
    return "\n" + block(rows, ".") + "\n"


def _together(pairs: list[tuple[str, str]]) -> str:
    """Equal limits in one phrase."""
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(value, []).append(f"${name}$")
    phrases = [rf"{', '.join(names)} $\to {value}$" for value, names in groups.items()]
    return "; ".join(phrases) + "."


def _row(context: Context, left: str, value: Any) -> Row:
    """A displayed limit; one that would only just not fit has a line of its own."""
    whole, room = _value(context, value), LINE - width(left) - 2
    if room < width(whole) < LINE - 1:
        return Row("", "", (rf"{left}\to", whole))
    lines = broken(context.printer, context.arranged(_read(value)), room)
    if max(map(width, lines)) > LINE:  # no sum to break at
        lines = [r"\text{the closed form in the catalogue's file}"]
    return Row(left, r"\to", tuple(lines))


def _variant(context: Context, variant: Variant) -> str:
    parts = [_part(name, part) for name, part in variant.parts.items()]
    changed = [f"${context.names.latex(n)}={_inline(context, v)}$" for n, v in variant.at.items()]
    replaced = [
        rf"${context.names.latex(n)}$ replaced by ${_inline(context, v)}$"
        for n, v in variant.constants.items()
    ]
    other = " and ".join(parts) or "the same parts"
    text = f"{_listed(context, variant.observables)} tend to those of the problem with {other}"
    at = ", ".join([*changed, *replaced])
    return text + (f", at {at}." if at else ".")


def _part(name: str, part: object) -> str:
    """A part of another problem: by its name in words, else as it is constructed."""
    if part is None or part is False:
        return f"no {name}"
    if part is True:
        return f"an {name}" if name[0] in "aeiou" else f"a {name}"
    if isinstance(part, tuple):
        return " and ".join(_part(name, one) for one in part)
    if isinstance(part, ResidualLoss | MarginLoss | SeparablePenalty) and part.name != "user's":
        return f"the {part.name} {name}"
    given = [
        f"{f.name}={getattr(part, f.name)!r}"
        for f in fields(part)  # type: ignore[arg-type]
        if getattr(part, f.name) != f.default
    ]
    return f"{name} " + typewriter(f"{type(part).__name__}({', '.join(given)})")


def _listed(context: Context, names: tuple[str, ...]) -> str:
    return ", ".join(f"${_observable(context, name)}$" for name in names)


def _read(value: Any) -> sp.Expr:
    return sp.nsimplify(expression(value), rational=True)


def _value(context: Context, value: Any) -> str:
    return context.math(_read(value))


def _inline(context: Context, value: Any) -> str:
    return context.printer.inline(_read(value))


def _observable(context: Context, name: str) -> str:
    observables = context.theorem.observables
    if name in observables:
        return observable_name(context, observables[name])
    return context.names.latex(name)


def _law(context: Context, law: Law) -> str:
    fixed = ", ".join(
        f"${context.names.latex(n)}={_value(context, v)}$" for n, v in law.fixed.items()
    )
    text = f"{_name(law)} {_sentence(context, law.statement)}"
    text += _condition(context, law.where).replace(" (where", " Claimed where").replace("$)", "$.")
    return text + (f" At {fixed}." if fixed else "")


def comparison(context: Context) -> str:
    """Audits: what is compared with which print, and how closely; empty without audits."""
    audits = context.theorem.audits
    if not audits:
        return ""
    stated = context.theorem.status == "stated"
    title, before = "Comparison with another path", ""
    if stated:
        title = "Comparison with other statements"
    elif any(audit.source is not None for audit in audits):
        title = "Comparison with the print"
        before = "A printed formula enters no step of the derivation. "
    head = (
        f"\\section{{{title}}}\\label{{sec:comparison}}\n\n"
        f"{before}The following are solved by a slow path of "
        "their own and compared with the theorem by \\texttt{check}, point by point."
    )
    return "\n\n".join([head, *(_audit(context, a) for a in audits)])


def _audit(context: Context, audit: Any) -> str:
    observables = ", ".join(typewriter(o) for o in audit.observables)
    if audit.source is None:
        other = "The equations above on another path; nothing is printed"
    else:
        other = context.cite(audit.source)
    text = (
        rf"\paragraph{{{escape(audit.name.replace('-', ' ').capitalize())}.}} "
        f"{other}. Compared: {observables}. "
        rf"Largest admissible relative deviation ${_power(audit.tolerance)}$: "
        f"{from_plain(audit.reason, context.names)}."
    )
    letters = [(n, e) for n, e in audit.parameters.items() if str(e) != n]
    if letters:
        listed = ", ".join(f"${_printed(n)}={_value(context, e)}$" for n, e in letters)
        text += f" The print's letters are {listed}."
    if audit.fixed:
        listed = ", ".join(
            f"${context.names.latex(n)}={_value(context, v)}$" for n, v in audit.fixed.items()
        )
        text += f" The print speaks of {listed}."
    if audit.ranges:
        text += _ranges(context, audit.ranges)
    return text


def _ranges(context: Context, ranges: Mapping[str, tuple[Any, Any]]) -> str:
    """Where points are drawn; ends that are long formulas are left to the catalogue's file."""
    texts = {n: f"[{_inline(context, a)},{_inline(context, b)}]" for n, (a, b) in ranges.items()}
    short = [rf"${context.names.latex(n)}\in{t}$" for n, t in texts.items() if width(t) < _INLINE]
    long = [f"${context.names.latex(n)}$" for n, t in texts.items() if width(t) >= _INLINE]
    text = f" Points are drawn from {', '.join(short)}" if short else " Points are drawn"
    return text + (
        f", and {' and '.join(long)} from a range that depends on these." if long else "."
    )


def _printed(name: str) -> str:
    """A letter of the print is not one of ours and keeps its own LaTeX."""
    return sp.latex(sp.Symbol(name))


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.0e}".split("e")
    factor = "" if mantissa == "1" else rf"{mantissa}\cdot "
    return rf"{factor}10^{{{int(exponent)}}}"
