r"""The derivation: every step with its formulas before and after, its licence and its check."""

from __future__ import annotations

import sympy as sp

from asymp.document.context import Context
from asymp.document.display import block, label_of, packed, row
from asymp.document.words import escape, from_plain
from asymp.reductions.step import CheckResult, Outcome, Step

_SPECTRAL = "spectral-averages"


def derivation(context: Context) -> str:
    """A section with a subsection for each step."""
    head = (
        "\\section{Derivation}\\label{sec:derivation}\n\n"
        "Each step replaces formulas by others, names the result that allows it, and has been "
        "checked by machine when this document was written."
    )
    seen: dict[str, str] = {}
    taken: set[str] = set()
    steps = zip(context.theorem.derivation, context.results, strict=True)
    return "\n\n".join([head, *(_step(context, s, r, seen, taken) for s, r in steps)])


def _step(
    context: Context, step: Step, result: CheckResult, seen: dict[str, str], taken: set[str]
) -> str:
    spectral = step.name == _SPECTRAL
    system = context.theorem.system
    before = [row(context, d, spectral=spectral) for d in step.before]
    after, known = [], []
    updates = dict(zip(system.state, system.update, strict=True))
    stated = [d.left for d in step.after if d.left in updates and updates[d.left] == d.right]
    for display in step.after:
        if display.left in stated:
            continue
        item = row(context, display, label_of(display, step.name, taken), spectral)
        key = " ".join(item.lines)
        if key in seen and item.width > 10:
            known.append((item.left, seen[key]))
            continue
        seen.setdefault(key, item.label)
        after.append(item)
    parts = [
        rf"\subsection{{{_title(context, step)}}}\label{{sec:step-{step.name}}}",
        f"We start from\n{block(packed(before))}"
        + (f"\nand arrive at\n{block(packed(after))}" if after else "")
        + _reference(known)
        + _stated(context, stated),
        context.names.prose(step.why, spectral),
        _licence(context, step),
        check(context, result),
    ]
    return "\n\n".join(p for p in parts if p)


def _title(context: Context, step: Step) -> str:
    return context.names.prose(step.title)


def _reference(known: list[tuple[str, str]]) -> str:
    """Formulas that an earlier step displays already."""
    if not known:
        return ""
    texts = [rf"${left}$ as in \eqref{{eq:{label}}}" for left, label in known]
    joined = texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]
    return f"\nwith {joined}."


def _stated(context: Context, symbols: list[sp.Basic]) -> str:
    """The map itself stands in the theorem."""
    if not symbols:
        return ""
    labels = ", ".join(rf"\eqref{{eq:theorem-{s}}}" for s in symbols)
    state = ",".join(context.math(s) for s in symbols)
    return f"\nThe map of ${state}$ is that of Theorem~\\ref{{thm:main}}: {labels}."


def _licence(context: Context, step: Step) -> str:
    licence = step.licence
    text = rf"\emph{{Rests on:}} {context.names.prose(licence.name)}"
    if licence.source is not None:
        text += ", " + context.cite(licence.source)
    if not licence.hypotheses:
        return text + "."
    met = sum(h.met for h in licence.hypotheses)
    assumed = "; ".join(context.names.prose(h.text) for h in licence.conditional_on)
    if not assumed:
        return text + f"; its {met} hypotheses are met (Section~\\ref{{sec:hypotheses}})."
    also = f"; of its hypotheses {met} are met; " if met else "; "
    return text + also + f"assumed (Section~\\ref{{sec:hypotheses}}): {assumed}."


def check(context: Context, result: CheckResult) -> str:
    """Outcome of a check and how it was reached."""
    text = (
        rf"\emph{{Check, {escape(result.outcome.value)}:}} {from_plain(result.how, context.names)}."
    )
    if result.outcome is Outcome.FALSE and result.counterexample:
        text += rf" \textbf{{Counterexample:}} {escape(result.counterexample)}."
    return text
