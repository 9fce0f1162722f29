r"""Plain text as LaTeX: escaped, with formulas and powers of ten set as mathematics."""

from __future__ import annotations

import re
from math import ceil, log10

from asymp.document.names import SymbolNames

_SPECIAL = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_DEVIATION = re.compile(r"\b(deviation|by) (\d\.\d)e([+-]\d+)")
_POWER = re.compile(r"\b(\d+(?:\.\d+)?)e(-?)0*(\d+)\b")
_SMALLEST = -15


def escape(text: str) -> str:
    r"""Text in which TeX's special characters stand for themselves.

    Examples
    --------
    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    return "".join(_SPECIAL.get(c, c) for c in text)


def typewriter(name: str) -> str:
    """Name that scripts use."""
    return rf"\texttt{{{escape(name)}}}"


def from_plain(text: str, names: SymbolNames) -> str:
    r"""LaTeX of a sentence written for the terminal.

    Deviations are rounded up to a power of ten, and those near rounding to ``1e-15``, so that the
    text does not depend on the last bits of a machine.

    Examples
    --------
    >>> names = SymbolNames(frozenset({"SR", "eps_max", "rho", "m"}))
    >>> from_plain("SR is rho - 2m, largest deviation 3.6e-17", names)
    '$\\mathrm{SR}$ is $\\rho-2m$, largest deviation below $10^{-15}$'
    """
    text = _DEVIATION.sub(_bounded, text)
    pieces = re.split(_formula(names), text)
    out = []
    for index, piece in enumerate(pieces):
        out.append(f"${_set(piece, names)}$" if index % 2 else escape(piece))
    return "".join(out).replace("@", "")


def _bounded(found: re.Match[str]) -> str:
    value = float(f"{found[2]}e{found[3]}")
    if value == 0:
        return "no deviation" if found[1] == "deviation" else "by nothing"
    power = max(_SMALLEST, ceil(log10(value)))
    joint = "" if found[1] == "deviation" else "less than "
    return f"{found[1]} {joint or 'below '}1e{power}"


def _formula(names: SymbolNames) -> str:
    """Regular expression of formulas: known names and numbers joined by operators."""
    long = sorted((re.escape(n) for n in names.known if len(n) > 1), key=lambda n: (-len(n), n))
    short = "".join(sorted(n for n in names.known if len(n) == 1 and n.isupper()))
    word = rf"(?<![A-Za-z_])(?:{'|'.join([*long, '[FI' + short + ']'])})(?![A-Za-z_])(?:\^\d+)?"
    number = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?[a-z]?\b"
    any_term = rf"(?:{word}|{number}|\b[qmV]\b)"
    power = r"\d+(?:\.\d+)?e-?\d+\b"
    return rf"({word}(?:\s*[-+=]\s*{any_term})*|{power})"


def _set(formula: str, names: SymbolNames) -> str:
    formula = re.sub(r"\s*([-+=])\s*", r"\1", formula)
    formula = _POWER.sub(_power_of_ten, formula)
    tokens = re.split(r"(10\^\{-?\d+\}|\\[a-z]+ ?|[A-Za-z_]+\d*|[\W\d]+)", formula)
    return "".join(names.latex(t) if t in names.known else t for t in tokens)


def _power_of_ten(found: re.Match[str]) -> str:
    factor = "" if found[1] == "1" else found[1] + r"\cdot "
    return rf"{factor}10^{{{found[2]}{found[3]}}}"
