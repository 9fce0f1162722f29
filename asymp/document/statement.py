r"""The theorem: potential, fixed point with its named quantities, observables."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.calculus.primitives import Primitive
from asymp.calculus.spectral_law import SpectralAverage
from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.document.breaking import broken
from asymp.document.context import Context
from asymp.document.display import Row, block, defined, equation, packed
from asymp.document.general_words import (
    envelope,
    field_law,
    intercept,
    is_general,
    named_potential,
    scalar_problem,
    unknown,
)
from asymp.document.readable import is_readable
from asymp.document.width import LINE, width
from asymp.reductions.observable import Observable
from asymp.reductions.statements import Letters
from asymp.reductions.system import Definition, needed

_AVERAGED = {"norm": r"\|\hat\theta\|^2"}
_READABLE = 16.0


def theorem_section(context: Context) -> str:
    """The statement in full."""
    parts = [
        r"\section{The theorem}\label{sec:theorem}",
        r"\begin{theorem}\label{thm:main}", _opening(context),
        r"\emph{Potential.} " + _potential(context),
        *_paragraph("Field", field_law(context)),
        *_paragraph("Envelope", envelope(context)),
        r"\emph{Fixed point.} " + _fixed_point(context),
        *_paragraph("Scalar problem", scalar_problem(context)),
        *_paragraph("Closed form", _closed_form(context)),
        r"\emph{Observables.} " + _observables(context),
        r"\end{theorem}",
    ]  # fmt: skip
    return "\n\n".join(parts)


def _paragraph(title: str, text: str) -> list[str]:
    return [rf"\emph{{{title}.}} {text}"] if text else []


def _opening(context: Context) -> str:
    state = ",".join(context.names.latex(unknown(s)) for s in context.theorem.system.state)
    special = [b for b in context.theorem.branches if b.condition is not sp.true]
    outside = " and outside the phases of Section~\\ref{sec:phases}" if special else ""
    return (
        f"Under the hypotheses of Section~\\ref{{sec:hypotheses}}{outside}, the quantities below "
        "converge in probability to "
        f"deterministic limits, given by the fixed point of a map of ${state}$."
    )


def _potential(context: Context) -> str:
    """The potential with its channels by name, where the steps give them one."""
    theorem = context.theorem
    if is_general(theorem):
        return named_potential(context)
    channels = _channels(context)
    rest = sp.expand(theorem.potential - sum(channels.values()))
    named = bool(channels) and not rest.has(SpectralAverage, TruncatedMoment)
    if not named:
        shown = [equation(context, r"\Phi", theorem.potential, "theorem-potential")]
        return "The limit is the saddle of\n" + block(shown)
    total = sp.Add(sp.Symbol("F"), sp.Symbol("I"), *_grouped(rest), evaluate=False)
    row = Row(r"\Phi", "=", (_in_order(context, total),), "theorem-potential")
    return "The limit is the saddle of\n" + block([row]) + "\n" + _where(context, channels)


def _grouped(rest: sp.Expr) -> list[sp.Expr]:
    """Terms with the conjugate of q under one bracket, as in the lemma's corollary."""
    inside = [t for t in sp.Add.make_args(rest) if t.has(Letters.V_hat)]
    others = [t for t in sp.Add.make_args(rest) if not t.has(Letters.V_hat)]
    factor = -Letters.V_hat / 2
    bracket = sp.Mul(
        sp.Rational(-1, 2), Letters.V_hat, sp.Add(*(t / factor for t in inside)), evaluate=False
    )
    return [*others, bracket]


def _in_order(context: Context, total: sp.Expr) -> str:
    texts = [context.printer.doprint(t) for t in total.args]
    texts.sort(key=lambda t: (t.startswith("-"), "FI".find(t) if t in "FI" else 2, t))
    return texts[0] + "".join(t if t.startswith("-") else "+" + t for t in texts[1:])


def _channels(context: Context) -> dict[str, sp.Expr]:
    """Closed forms of F and I, from the steps that define them."""
    found: dict[str, sp.Expr] = {}
    for step in context.theorem.derivation:
        for display in step.after:
            if display.left in ("F", "I") and isinstance(display.right, sp.Expr):
                found[str(display.left)] = display.right.subs(Letters.m_hat, Letters.V_hat)
    return found if len(found) == 2 else {}


def _where(context: Context, channels: dict[str, sp.Expr]) -> str:
    rows = [equation(context, name, value, f"theorem-{name}") for name, value in channels.items()]
    return "with the output and the input channel\n" + block(rows)


def _fixed_point(context: Context) -> str:
    theorem = context.theorem
    rows, whole = [], _is_one_mode(context)
    for name, average in theorem.averages.items():
        left = _AVERAGED.get(name) or context.names.latex(name)
        average = context.names.string(average) if isinstance(average, str) else average
        rows.append(
            equation(
                context,
                context.names.string(left) if name in _AVERAGED else left,
                average,
                f"theorem-{name}{'' if whole else '-average'}",
            )
        )
    hats = [d for d in theorem.system.definitions if whole or _precedes_spectrum(d)]
    shown = packed(definition_rows(context, hats, "theorem"))
    tail = _matrices(context)
    rows = packed(rows) if isinstance(next(iter(theorem.averages.values())), str) else rows
    kind = "averages of a scalar problem" if scalar_problem(context) else "spectral averages"
    return (
        f"Stationarity of $\\Phi$ gives the order parameters{'' if whole else ' as ' + kind},\n"
        + block(rows) + "\nin which " + context.names.prose("the conjugates are explicit,\n")
        + block(shown) + tail + intercept(context)
    )  # fmt: skip


def _is_one_mode(context: Context) -> bool:
    """Whether all directions are alike in general channels, so that averages are the map itself."""
    shown = context.theorem.averages.values()
    spectral = any(isinstance(a, sp.Basic) for a in shown)
    return context.is_flat and spectral and is_general(context.theorem)


def _matrices(context: Context) -> str:
    if context.is_flat:
        return ""
    items = [
        f"${context.math(name)}={context.printer.doprint(context.arranged(value, 'H(t)'))}$"
        for value, name in sorted(context.matrices.items(), key=lambda kv: str(kv[1]))
        if "H" in str(name)
    ]
    if not items:
        return ""
    own = [
        f"${context.math(name)}={context.printer.doprint(value)}$"
        for value, name in sorted(context.matrices.items(), key=lambda kv: str(kv[1]))
        if "H" not in str(name)
    ]
    return "\nHere " + ", ".join([*items, *own]) + "."


def _precedes_spectrum(definition: Definition) -> bool:
    return not _is_spectral(definition) and str(definition.symbol) not in ("H_0", "H_1")


def _is_spectral(definition: Definition) -> bool:
    if definition.display:
        return False
    meant = definition.meaning
    return (
        definition.expression.has(Primitive)
        or r"\int" in meant
        or r"\psi" in meant
        or (str(definition.symbol).removesuffix("_A") == "x")
    )


def definition_rows(context: Context, definitions: Iterable[Definition], prefix: str) -> list[Row]:
    """A row for each definition; an average is shown with its integral."""
    rows = []
    for d in definitions:
        row = defined(context, d, f"{prefix}-{d.symbol}")
        integral = d.meaning.strip("$").split("=")[0] if d.meaning.startswith(r"$\int") else ""
        if integral:
            text = context.names.string(integral, spectral=True)
            row = Row(row.left, "=", (rf"{text}={row.lines[0]}",), row.label)
        rows.append(row)
    return rows


def _closed_form(context: Context) -> str:
    if _is_one_mode(context):
        return ""
    system = context.theorem.system
    named = [d for d in system.definitions if not _precedes_spectrum(d)]
    pairs = zip(system.state, system.update, strict=True)
    explicit = [(s, f) for s, f in pairs if unknown(s) == s.name]
    if getattr(context.theorem.problem, "ambiguity", None) is not None:
        explicit = [(s, f) for s, f in explicit if is_readable(f)]
    spectral = any(isinstance(a, sp.Basic) for a in context.theorem.averages.values())
    if not spectral or not all(is_readable(f) for _, f in explicit):
        return ""
    updates = [equation(context, s, f, f"theorem-{s}") for s, f in explicit]
    start = ",\\ ".join(context.math(e) for e in system.start)
    text = "The averages have closed forms, which make the map explicit:\n" + block(updates)
    if named:
        text += "\nwhere\n" + block(packed(definition_rows(context, named, "theorem"), LINE / 2))
    return text + f"\nThe solver starts the iteration from $({start})$."


def _observables(context: Context) -> str:
    theorem = context.theorem
    generic = theorem.branches[-1]
    values = [generic.values[name] for name in theorem.observables]
    shown = {str(d.symbol): d for d in needed(generic.definitions, values)}
    rows = [observable_row(context, o, shown) for o in theorem.observables.values()]
    text = "In probability,\n" + block(rows)
    letters = definition_rows(context, shown.values(), "theorem")
    if letters:
        text += "\nwith\n" + block(letters)
    return text


def observable_row(context: Context, item: Observable, letters: dict[str, Definition]) -> Row:
    """Definition at finite size and limit; a letter that is its own definition is spelt out."""
    definition = context.names.string(item.definition)
    left, label = observable_name(context, item), f"observable-{item.name}"
    if definition.startswith(r"\mathrm"):
        return Row(left, "=", (definition,), label)
    found = context.theorem.branches[-1].values[item.name]
    value = limit_of(context, item, found)
    if value == definition and str(found) in letters:
        value = context.math(letters.pop(str(found)).expression)
    lines: tuple[str, ...] = (definition, rf"\to {value}")
    if width(value) > LINE - 4 and not item.display:
        first, *others = broken(context.printer, context.arranged(found), LINE - 4)
        lines = (definition, rf"\to {first}", *others)
    elif width(left) + width(definition) + width(value) + 4 < LINE:
        lines = (rf"{definition}\ \to\ {value}",)
    return Row(left, "=", lines, label)


def limit_of(context: Context, item: Observable, value: sp.Expr) -> str:
    """The limit as an expression, or in its form for readers where that would not be read."""
    if item.display:
        shown = context.names.string(item.display)
        if not is_readable(value):
            return shown
        text = context.math(sp.factor(value) if value.is_rational_function() else value)
        return text if width(text) < _READABLE else shown
    return context.math(value)


def observable_name(context: Context, item: Observable) -> str:
    """Upright name, squares as squares."""
    return context.names.string(item.latex).replace("norm2}", "norm}^2")
