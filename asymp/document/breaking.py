r"""Breaking a displayed formula into lines, at sums, inside the bracket where it is too long."""

from __future__ import annotations

import re
from itertools import pairwise

import sympy as sp

from asymp.document.printer import DocumentPrinter
from asymp.document.width import width

_INDENT = 2.0


def broken(printer: DocumentPrinter, expression: sp.Basic, room: float) -> list[str]:
    r"""Lines of a formula, each within ``room`` em where the formula can be broken at all.

    Examples
    --------
    >>> from asymp.document.names import SymbolNames
    >>> printer = DocumentPrinter(SymbolNames(frozenset()), [])
    >>> a, b, c = sp.symbols("a b c")
    >>> broken(printer, a + b + c, 3.0)
    ['a+b', '{}+c']
    """
    text = printer.doprint(expression)
    if width(text) <= room:
        return [text]
    if isinstance(expression, sp.Add):
        return _filled(printer, expression, room)
    if isinstance(expression, sp.Mul):
        return _opened(printer, expression, room) or [text]
    return [text]


def _filled(printer: DocumentPrinter, total: sp.Add, room: float) -> list[str]:
    """As many terms on a line as fit; a term that is itself too long starts a line."""
    order = {text: i for i, text in enumerate(printer.ordered_terms(total))}
    terms = sorted(total.args, key=lambda t: order[printer.doprint(t)])
    lines: list[str] = []
    for term in terms:
        first, *others = broken(printer, term, room - _INDENT)
        signed = first if first.startswith("-") or not lines else "+" + first
        if lines and width(lines[-1] + signed) <= room:
            lines[-1] += signed
        else:
            lines.append("{}" + signed if lines else signed)
        lines += others
    return lines


def _opened(printer: DocumentPrinter, product: sp.Mul, room: float) -> list[str] | None:
    """Break the longest sum among the factors, with the others in front of its bracket."""
    sums = [f for f in product.args if isinstance(f, sp.Add)]
    if not sums:
        return None
    longest = max(sums, key=lambda f: width(printer.doprint(f)))
    rest = [f for f in product.args if f is not longest]
    prefix = printer._print_Mul(sp.Mul(*rest, evaluate=False)) if rest else ""
    inner = broken(printer, longest, room - width(prefix) - 1.0)
    left, right = (r"\{", r"\}") if any("[" in line for line in inner) else "[]"
    lines = [rf"{prefix}\biggl{left}{inner[0]}", *(r"\quad " + line for line in inner[1:])]
    lines[-1] += rf"\biggr{right}"
    return lines


def shortened(latex: str) -> str:
    r"""Measured numbers by their first digits.

    Examples
    --------
    >>> shortened(r"0.25\,\delta_{0.570188959396001}")
    '0.25\\,\\delta_{0.5702}'
    """
    return re.sub(r"\d+\.\d{6,}", lambda found: f"{float(found[0]):.4g}", latex)


def broken_string(latex: str, room: float) -> list[str]:
    r"""Lines of a formula given as LaTeX: broken between its ``,\qquad``, else at long sums.

    Examples
    --------
    >>> broken_string("a+b_{c+d}+e", 3.0)
    ['a', '{}+b_{c+d}', '{}+e']
    """
    if r"\qquad" not in latex and width(latex) > room:
        return _broken_at_signs(latex, room)
    pieces = latex.split(r",\qquad")
    lines = [pieces[0]]
    for before, piece in pairwise(pieces):
        del before
        joined = lines[-1] + r",\qquad" + piece
        if width(joined) <= room:
            lines[-1] = joined
        else:
            lines[-1] += ","
            lines.append(piece.strip())
    return lines


def _broken_at_signs(latex: str, room: float) -> list[str]:
    """Lines of a sum given as LaTeX, broken at its outermost plus signs."""
    lines = [""]
    for term in _outermost_terms(latex):
        joined = f"{lines[-1]}+{term}" if lines[-1] else term
        if width(joined) <= room:
            lines[-1] = joined
        else:
            lines.append("{}+" + term)
    return [line for line in lines if line]


def _outermost_terms(latex: str) -> list[str]:
    terms, depth = [""], 0
    for sign in re.findall(r"\\.|.", latex):
        depth += (sign in ("{", "(", "[")) - (sign in ("}", ")", "]"))
        if sign == "+" and depth == 0:
            terms.append("")
        else:
            terms[-1] += sign
    return terms
