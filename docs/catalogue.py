"""The page of the catalogue, from the catalogue itself: ``python docs/catalogue.py`` writes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import sympy as sp

import asymp
from asymp.conventions.convention import Convention, convention_of
from asymp.reductions.step import Source

PAGE = Path(__file__).parent / "catalogue.md"
HEAD = (
    "# Catalogue\n\n"
    "Every theorem below is one file of `derivations/`, derived from its problem unless its status "
    "says *stated*. Printed formulas enter audits alone: *read* means compared with the text of "
    "the source, *second-hand* with another work's account of it, *recalled* as remembered. "
    "`asymp check ID` compares.\n\n"
)
LETTERS = """
## Letters of the sources

`theorem.translate(to=NAME)` converts parameters both ways and solves in the source's letters.

"""
MATH = {r"\|": r"\Vert ", "|": r"\vert "}  # a bar would end the cell of a table


def page(load: Callable[[str], asymp.Theorem] = asymp.theorem) -> str:
    """Text of the page; ``load`` gives the theorem of an id."""
    found = [load(name) for name in asymp.theorems()]
    theorems = table(("theorem", "status", "printed in", "conventions", "phases"), map(row, found))
    letters = (line for theorem in found for line in translations(theorem))
    return (
        HEAD
        + theorems
        + LETTERS
        + table(("theorem", "`to=`", "its letters in ours", "speaks at"), letters)
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def row(theorem: asymp.Theorem) -> tuple[str, ...]:
    """One theorem."""
    return (
        f"{theorem.title} (`{theorem.id}`)",
        theorem.status,
        "; ".join(cited(source) for source in printed(theorem)),
        "; ".join(cell(text) for text in theorem.conventions.values()),
        "; ".join(f"{phase.name}: {cell(phase.consequence)}" for phase in theorem.phases) or "none",
    )


def printed(theorem: asymp.Theorem) -> list[Source]:
    """Sources of the audits, then the others."""
    audited = [audit.source for audit in theorem.audits if audit.source is not None]
    return list(dict.fromkeys([*audited, *theorem.sources]))


def cited(source: Source) -> str:
    """Authors and year, the place, and how well it is known."""
    where = f", {cell(source.where)}" if source.where else ""
    return f"{short(source.citation)}{where} ({source.trust})"


def short(citation: str) -> str:
    """Authors and year of a citation whose authors begin with an initial."""
    parts = citation.split(", ")
    authors = list(takewhile(lambda part: re.match(r"[A-Z]\.", part), parts))
    year = re.search(r"\((\d{4})\)\s*$", citation)
    if not (authors and year):
        return cell(citation)
    return f"{', '.join(re.sub(r'^([A-Z][.-]? ?)+(?=[A-Z])', '', a) for a in authors)} {year[1]}"


def cell(text: str) -> str:
    """Text without what would end a cell."""
    for bar, word in MATH.items():
        text = text.replace(bar, word)
    return " ".join(text.split())


def translations(theorem: asymp.Theorem) -> Iterator[tuple[str, ...]]:
    """One row for each convention."""
    for given in theorem.translations:
        paper: Convention = convention_of(given)
        letters = ", ".join(
            f"${paper.letter_latex(name)}={latex(theorem, value)}$"
            for name, value in paper.forward.items()
        )
        fixed = ", ".join(
            f"${latex(theorem, sp.Symbol(name))}={value}$" for name, value in paper.fixed.items()
        )
        yield f"`{theorem.id}`", f"`{paper.name}`", cell(letters), fixed or "all parameters"


def latex(theorem: asymp.Theorem, expression: sp.Expr) -> str:
    """LaTeX of an expression in our parameters."""
    names = {
        s: theorem.parameters[s.name].latex
        for s in expression.free_symbols
        if s.name in theorem.parameters
    }
    return str(sp.latex(expression, symbol_names=names))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
