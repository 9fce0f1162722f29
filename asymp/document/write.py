r"""The document as a whole: a preamble, sections in order, references."""

from __future__ import annotations

import re
from collections.abc import Mapping

from asymp.document import lemma
from asymp.document.bibliography import references
from asymp.document.claims_section import claims, comparison
from asymp.document.context import Context, make_context
from asymp.document.corollaries import corollaries
from asymp.document.phases import phases
from asymp.document.setting import abstract, setting
from asymp.document.stated import SUBTITLE, stated_abstract, stated_setting, stated_theorem
from asymp.document.statement import theorem_section
from asymp.document.steps import derivation
from asymp.document.words import escape
from asymp.theorem_data import TheoremData

_MOMENT = re.compile(r"([CTU])_\{\d\}(?:\^\{\d\})?(?:\(|\\left)")
_NOTE = "% Written by asymp. Do not edit: change the derivation and write it again.\n"
_STATED_NOTE = "% Written by asymp. Do not edit: change the stated theorem and write it again.\n"
_ENVIRONMENTS = r"""\newtheorem{theorem}{Theorem}
\newtheorem{lemma}[theorem]{Lemma}
\newtheorem{corollary}[theorem]{Corollary}
\providecommand{\mathbb}[1]{\mathbf{#1}}
"""
_PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage{amsmath,amsthm,mathtools}
"""
_PAGE = r"""\setlength{\textwidth}{15.6cm}
\setlength{\oddsidemargin}{0.16cm}
\setlength{\textheight}{23.4cm}
\setlength{\topmargin}{-1cm}
\tolerance=3000
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
\numberwithin{equation}{section}
"""


def write_document(
    theorem: TheoremData, fragment: bool = False, rename: Mapping[str, str] | None = None
) -> str:
    r"""LaTeX of a theorem: setting, lemma with proof, every step, statement, phases, sources.

    The text is a function of the theorem and of SymPy's version: labels are stable ids and nothing
    depends on the time, the machine or the hash seed.

    Parameters
    ----------
    theorem : TheoremData
    fragment : bool
        Without preamble, title and references, for ``\input``; a comment at the head says what
        the including document has to load.
    rename : mapping of str to str
        LaTeX by name of a symbol, e.g. ``{"psi1": r"\gamma"}``. Symbols are renamed in formulas
        and, as tokens, in texts; a text that uses the letter for something else would change too.

    Raises
    ------
    InvalidParameter
        If a name is not a symbol of the theorem, or two symbols would be alike.

    Examples
    --------
    >>> import asymp
    >>> problem = asymp.Problem(features=asymp.IsotropicGaussian())
    >>> write_document(problem.derive(), fragment=True).splitlines()[1]
    '% Needs in the preamble:'
    """
    context = make_context(theorem, rename)
    stated = theorem.status == "stated"
    note = _STATED_NOTE if stated else _NOTE
    body = "\n\n".join(part for part in _sections(context) if part)
    if fragment:
        return _fragment_head(note) + "\n" + body + "\n"
    subtitle = SUBTITLE if stated else "The proportional limit, derived step by step"
    heading = theorem.title if "$" in theorem.title else escape(theorem.title)
    title = rf"\title{{{heading}\\[4pt] \large {subtitle}}}"
    opening = f"{title}\n\\author{{}}\n\\date{{}}\n\n\\begin{{document}}\n\\maketitle\n"
    told = stated_abstract(context) if stated else abstract(context)
    summary = f"\\begin{{abstract}}\n{told}\n\\end{{abstract}}\n"
    return "\n".join([
        note + _PREAMBLE + _ENVIRONMENTS + _PAGE, opening + summary, body, "",
        references(theorem), "", r"\end{document}", "",
    ])  # fmt: skip


def _sections(context: Context) -> list[str]:
    if context.theorem.status == "stated":
        own = [stated_setting(context), stated_theorem(context)]
        return [*own, phases(context), claims(context), comparison(context)]
    head = "\\section{The lemma}\\label{sec:lemma}"
    general = "\n".join(
        [head, lemma.INTRODUCTION, lemma.STATEMENT, lemma.PROOF, *corollaries(context.theorem)]
    )
    others = [
        context.names.prose(general), derivation(context),
        theorem_section(context), phases(context), claims(context), comparison(context),
    ]  # fmt: skip
    moments = {letter for part in others for letter in _MOMENT.findall(part)}
    return [setting(context, moments), *others]


def _fragment_head(note: str) -> str:
    needs = r"\usepackage{amsmath,amsthm,mathtools}" + "\n" + _ENVIRONMENTS
    listed = "\n".join("%   " + line for line in needs.strip().splitlines())
    return (
        f"{note}% Needs in the preamble:\n{listed}\n"
        "% Citations are keys of the .bib file that is written beside the document.\n"
    )
