r"""A law as LaTeX: the statement, what it is conditional on, every step with its check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asymp.dynamics.explain import display_latex
from asymp.dynamics.printing import latex
from asymp.reductions.step import Display, Step

if TYPE_CHECKING:
    from asymp.dynamics.law import DynamicalLaw

_NEXT = {"u": "u_{r}^{+}", "v": "v_{rij}^{+}"}
_PREAMBLE = (
    "\\documentclass[11pt,a4paper]{article}\n\\usepackage{amsmath}\n"
    "\\setlength{\\textwidth}{17cm}\n\\setlength{\\oddsidemargin}{-0.5cm}\n\\begin{document}\n"
)


def statement(law: DynamicalLaw) -> str:
    """Updates and margins, aligned."""
    rows = [Display(_NEXT[name], update) for name, update in law.updates.items()]
    rows += [Display(latex(letter), meaning) for letter, meaning in law.definitions.items()]
    return _aligned(rows)


def document(law: DynamicalLaw, *, fragment: bool) -> str:
    """Return the document, or what stands between its begin and end."""
    conditional = "\n".join(rf"\item {h.text}." for h in law.hypotheses)
    body = "\n\n".join(
        [
            "\\section{The law}",
            "One step of gradient descent; $r$ runs over neurons, $i$ over samples, $j$ over "
            "noise patches.",
            f"\\[{statement(law)}\\]",
            f"Conditional on\n\\begin{{itemize}}\n{conditional}\n\\end{{itemize}}",
            "\\section{Derivation}",
            *(_step(step) for step in law.steps),
        ]
    )
    return body if fragment else f"{_PREAMBLE}{body}\n\\end{{document}}\n"


def _step(step: Step) -> str:
    licence = step.licence
    rests = rf"\emph{{Rests on:}} {licence.name}"
    if licence.source is not None:
        rests += f" ({licence.source.citation}; {licence.source.trust})"
    assumed = "; ".join(h.text for h in licence.conditional_on)
    found = step.check()
    return "\n\n".join(
        [
            rf"\subsection{{{step.title}}}",
            f"\\[{_aligned(step.before)}\\]",
            "becomes",
            f"\\[{_aligned(step.after)}\\]",
            step.why,
            rests + (f"; assumed: {assumed}." if assumed else "."),
            rf"\emph{{Check, {found.outcome.value}:}} {found.how}.",
        ]
    )


def _aligned(displays: list[Display] | tuple[Display, ...]) -> str:
    rows = [display_latex(d).replace(f" {d.relation} ", f" &{d.relation} ", 1) for d in displays]
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"
