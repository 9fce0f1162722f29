r"""The opening of a document: what was stated, in which letters, under which hypotheses."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp

from asymp.document.breaking import broken_string
from asymp.document.context import Context
from asymp.document.problem_words import (
    adversary_sentences,
    label_sentence,
    loss_and_penalty,
    objective,
)
from asymp.document.width import LINE
from asymp.document.words import escape, itemize, typewriter
from asymp.problem.features import RandomFeatures
from asymp.problem.penalty import Ridge
from asymp.reductions.step import Hypothesis, Outcome
from asymp.symbols import Quantity

_SHORT = 12
_NAMED = ("P", "q", "V", "m", "P_w", "N_1")
_LONG = 64  # letters of a meaning that fit beside the other columns


def abstract(context: Context) -> str:
    """What the document contains and how far it is proved."""
    theorem = context.theorem
    outcomes = [r.outcome for r in context.results]
    proved, verified = (outcomes.count(o) for o in (Outcome.PROVED, Outcome.VERIFIED))
    bad = [o for o in outcomes if o in (Outcome.UNKNOWN, Outcome.FALSE)]
    text = (
        f"Status: {theorem.status}. The equations of Theorem~\\ref{{thm:main}} follow from the "
        "problem of "
        f"Section~\\ref{{sec:setting}} by {len(outcomes)} steps. Each step has a check that can "
        "fail: "
        f"{proved} are proved symbolically, {verified} are verified numerically at random "
        "admissible points"
    )
    text += (
        rf", and \textbf{{{len(bad)} failed or could not be decided: do not rely on the theorem}} "
        "before you have read them in Section~\\ref{sec:derivation}. "
        if bad
        else ", and Section~\\ref{sec:derivation} says how. "
    )
    assumed = _hypotheses(context, met=False)
    if not assumed:
        return text + "All hypotheses of the results used are met."
    texts = [context.names.prose(h.text) for h in assumed]
    if len(texts) > 1:
        texts = [f"({chr(97 + i)})~{t}" for i, t in enumerate(texts)]
    return text + f"The result is conditional on this: {'; '.join(texts)}."


def setting(context: Context, moments: Iterable[str] = "CTU") -> str:
    """The problem, its letters, conventions and hypotheses; letters of moments that are used."""
    parts = [
        r"\section{Setting}\label{sec:setting}",
        r"\subsection{Problem}\label{sec:problem}", _problem(context),
        r"\subsection{Notation}\label{sec:notation}", notation(context),
        r"\subsection{Conventions}\label{sec:conventions}", _conventions(context, set(moments)),
        r"\subsection{Hypotheses}\label{sec:hypotheses}", _assumptions(context),
    ]  # fmt: skip
    return "\n\n".join(parts)


def _problem(context: Context) -> str:
    problem = context.theorem.problem
    features = " \\\\\n".join(broken_string(context.names.string(problem.features.latex), LINE - 2))
    model = r"f(x)=\theta^\top\varphi(x)" + ("+b" if problem.intercept else "")
    trained = "$\\theta$ and $b$ are" if problem.intercept else "$\\theta$ is"
    sentences = [
        rf"{label_sentence(context)} and $i\le n$. The model is ${model}$ with"
        "\n" + f"\\begin{{gather*}}\n{features},\n\\end{{gather*}}\n" + _ratios(context) + " "
        f"Only {trained} trained:",
        objective(context),
        loss_and_penalty(context),
    ]  # fmt: skip
    activation = getattr(problem.features, "activation", None)
    if activation is not None:
        sentences.append(rf"The activation is $\sigma(u)={context.math(activation.expression)}$.")
    return "\n".join([*sentences, *adversary_sentences(context)])


def _ratios(context: Context) -> str:
    features = context.theorem.problem.features
    ratios = [p for p in features.parameters if "/" in p.scaling]
    texts = [rf"${p.scaling}\to {context.math(p.symbol)}$" for p in ratios]
    dimension = "d" if isinstance(features, RandomFeatures) else "p"
    return rf"in the limit ${dimension}\to\infty$ at fixed ratios {' and '.join(texts)}.".replace(
        "ratios", "ratio" if len(texts) == 1 else "ratios"
    )


def notation(context: Context) -> str:
    """Table of parameters and order parameters."""
    theorem = context.theorem
    rows = [_entry(context, q) for q in theorem.parameters.values()]
    rows += [r"\hline", *(_entry(context, q) for q in theorem.order_parameters.values())]
    head = r"symbol & in scripts & meaning & domain & default \\"
    return "\n".join([
        "Table~\\ref{tab:notation} lists the parameters, and below the line the order parameters "
        "in which the limit is written.",
        r"\begin{table}[tb]\small\centering", r"\setlength{\tabcolsep}{4pt}",
        r"\caption{Notation. Everything is of order one unless its meaning says how it scales.}",
        r"\label{tab:notation}\smallskip",
        rf"\begin{{tabular}}{{@{{}}ll{_meaning_column(rows)}ll@{{}}}}",
        r"\hline", head, r"\hline",
        *rows, r"\hline", r"\end{tabular}", r"\end{table}",
    ])  # fmt: skip


def _meaning_column(rows: list[str]) -> str:
    """A column that breaks its lines where one of its entries is long."""
    entries = [row.split(" & ") for row in rows]
    return r"p{7.4cm}" if any(len(e[2]) > _LONG for e in entries if len(e) > 2) else "l"


def _entry(context: Context, quantity: Quantity) -> str:
    scaling = context.names.string(quantity.scaling)
    default = quantity.default
    if isinstance(default, str):
        given = f"${context.names.latex(default)}$"
    else:
        given = "" if default is None else f"${default:g}$"
    meaning = _sentence(context, quantity.meaning)
    if len(scaling) < _SHORT and scaling != "O(1)":
        meaning += f", ${scaling}$"
    cells = [
        f"${context.math(quantity.symbol)}$", typewriter(quantity.name), meaning,
        f"${_domain(quantity.domain)}$", given,
    ]  # fmt: skip
    line = " & ".join(cells) + r" \\"
    return line if len(scaling) < _SHORT else line + f"\n & & \\quad ${scaling}$ & & \\\\"


def _sentence(context: Context, meaning: str) -> str:
    """A meaning may speak of other symbols by their name in scripts."""
    if "$" in meaning:
        return context.names.prose(meaning)
    words = [
        f"${context.names.latex(w.strip(':,'))}${w[len(w.strip(':,')):]}"
        if w.strip(":,") in _NAMED else escape(w) for w in meaning.split(" ")
    ]  # fmt: skip
    return " ".join(words)


def _domain(domain: sp.Interval) -> str:
    if domain == sp.Reals:
        return r"\mathbb R"
    left = "(" if domain.left_open else "["
    right = ")" if domain.right_open else "]"
    return f"{left}{sp.latex(domain.start)},{sp.latex(domain.end)}{right}"


def _conventions(context: Context, moments: set[str]) -> str:
    names, penalty = context.names, context.theorem.problem.penalty
    gaussian = r"$Z$ and $z$ are standard Gaussian."
    truncated = (
        r" Truncated moments are "
        r"$C_k(a)=\mathbb E[Z^k;0<Z<a]$ and $T_k(a)=\mathbb E[Z^k;Z>a]$:"
    )
    excess = r"Moments of an excess are $U_k(a)=\mathbb E[(Z-a)_+^k]$:"
    items = [
        names.prose(gaussian + truncated) + "\n" + _moments(context)
        if moments & {"C", "T"}
        else gaussian,
        *([names.prose(excess) + "\n" + _excesses(context)] if "U" in moments else []),
        *(
            rf"${z}=0$ means the limit ${z}\to0^+$."
            for z in [context.math(p.symbol) for p in penalty.parameters[:1]]
            if isinstance(penalty, Ridge)
        ),
        r"A source is \emph{read}, \emph{second-hand} (its statement is known through another "
        r"text) or "
        r"\emph{recalled}; the word stands behind each citation.",
    ]  # fmt: skip
    return itemize([*items, *conventions_of(context)])


def conventions_of(context: Context) -> list[str]:
    """The theorem's own conventions, a sentence each."""
    return [
        rf"\emph{{{escape(word)}}}: {context.names.prose(meaning)}"
        for word, meaning in context.theorem.conventions.items()
    ]


def _moments(context: Context) -> str:
    return context.names.string(
        "\\begin{equation}\\label{eq:moments}\n\\begin{aligned}\n"
        r"  C_0(a)&=\tfrac12\,\mathrm{erf}\,\tfrac{a}{\sqrt2}, & "
        r"C_1(a)&=\tfrac{1}{\sqrt{2\pi}}\big(1-e^{-a^2/2}\big), & "
        r"C_2(a)&=\tfrac12\,\mathrm{erf}\,\tfrac{a}{\sqrt2}-\tfrac{a}{\sqrt{2\pi}}\,e^{-a^2/2},"
        "\\\\\n"
        r"  T_0(a)&=\tfrac12\,\mathrm{erfc}\,\tfrac{a}{\sqrt2}, & "
        r"T_1(a)&=\tfrac{1}{\sqrt{2\pi}}\,e^{-a^2/2}, & "
        r"T_2(a)&=\tfrac12\,\mathrm{erfc}\,\tfrac{a}{\sqrt2}+\tfrac{a}{\sqrt{2\pi}}\,e^{-a^2/2}."
        "\n\\end{aligned}\n\\end{equation}"
    )


def _excesses(context: Context) -> str:
    return context.names.string(
        "\\begin{equation}\\label{eq:excess-moments}\n\\begin{aligned}\n"
        r"  U_1(a)&=\tfrac{1}{\sqrt{2\pi}}\,e^{-a^2/2}"
        r"-\tfrac a2\,\mathrm{erfc}\,\tfrac{a}{\sqrt2}, & "
        r"U_2(a)&=\tfrac{1+a^2}2\,\mathrm{erfc}\,\tfrac{a}{\sqrt2}"
        r"-\tfrac{a}{\sqrt{2\pi}}\,e^{-a^2/2}."
        "\n\\end{aligned}\n\\end{equation}"
    )


def _hypotheses(context: Context, met: bool) -> list[Hypothesis]:
    found: dict[str, Hypothesis] = {}
    for step in context.theorem.derivation:
        for hypothesis in step.licence.hypotheses:
            if hypothesis.met is met:
                found.setdefault(hypothesis.text, hypothesis)
    return list(found.values())


def _assumptions(context: Context) -> str:
    parts = []
    for met, heading in (
        (True, "Met:"),
        (False, "Assumed, so that the result is conditional on them:"),
    ):
        found = _hypotheses(context, met)
        if found:
            parts.append(f"{heading}\n" + itemize(hypothesis(context, h) for h in found))
    return "\n".join(parts) or "The derivation rests on definitions alone."


def hypothesis(context: Context, item: Hypothesis) -> str:
    """A hypothesis with the reason why it holds, or what is known of it."""
    reason = f" ({context.names.prose(item.reason)})" if item.reason else ""
    return f"{context.names.prose(item.text)}{reason}"
