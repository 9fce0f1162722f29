r"""Plain text as LaTeX: escaped, with formulas and powers of ten set as mathematics."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import ceil, log10

from asymp.document.names import SymbolNames
from asymp.symbols import latex_name

_SPECIAL = {c: "\\" + c for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_DEVIATION = re.compile(r"\b(deviation|by) (\d\.\d)e([+-]\d+)")
_POWER = re.compile(r"\b(\d+(?:\.\d+)?)e(-?)0*(\d+)\b")
_POWERS = re.compile(r"\b([A-Za-z]+)\^(\w+)")
_SMALLEST = -15
_OPERATORS = ("+", "-", "=", "*", "/", "<", ">", "<=", ">=")


def escape(text: str) -> str:
    r"""Text in which TeX's special characters stand for themselves.

    Examples
    --------
    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    return "".join(_SPECIAL.get(c, c) for c in text)


def with_powers(text: str) -> str:
    r"""Escaped text in which powers are mathematics.

    Examples
    --------
    >>> with_powers("Table 2, gamma^2 = 5")
    'Table 2, $\\gamma^{2}$ = 5'
    """
    pieces = _POWERS.split(text)
    groups = zip(pieces[::3], [*zip(pieces[1::3], pieces[2::3], strict=True), None], strict=True)
    return "".join(
        escape(plain) + (f"${latex_name(power[0])}^{{{power[1]}}}$" if power else "")
        for plain, power in groups
    )


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
    words = _DEVIATION.sub(_bounded, text).split(" ")
    out: list[str] = []
    while words:
        length = _formula_length(words, names)
        if length:
            formula, after = _unpunctuated(" ".join(words[:length]))
            out.append(f"${_set(formula, names)}${after}")
        else:
            out.append(escape(words[0]))
        words = words[length or 1 :]
    return " ".join(out)


def itemize(items: Iterable[str]) -> str:
    """Compact list."""
    body = "\n".join(rf"\item {item}" for item in items)
    head = r"\begin{itemize}\setlength{\itemsep}{2pt}\setlength{\parsep}{0pt}"
    return f"{head}\n{body}\n\\end{{itemize}}"


def _bounded(found: re.Match[str]) -> str:
    value = float(f"{found[2]}e{found[3]}")
    power = max(_SMALLEST, ceil(log10(value))) if value else _SMALLEST
    joint = "" if found[1] == "deviation" else "less than "
    return f"{found[1]} {joint or 'below '}1e{power}"


def _formula_length(words: list[str], names: SymbolNames) -> int:
    """Number of leading words that make a formula: terms joined by operators."""
    length = telling = 0
    for index, word in enumerate(words):
        if index % 2:
            if word not in _OPERATORS:
                break
            continue
        bare, after = _unpunctuated(word)
        if not _is_term(bare, names):
            break
        length = index + 1
        telling += not bare.isdigit()
        if after:
            break
    return length if telling else 0


def _is_term(word: str, names: SymbolNames) -> bool:
    if not re.fullmatch(r"[\w+\-*/^=<>().]+", word) or word in ("a", "e", "s", "x"):
        return False
    bare = re.sub(r"\d+(?:\.\d+)?(?:e-?\d+)?", " ", re.sub(r"(?<=[A-Za-z_])\d+", "", word))
    known = {re.sub(r"\d+$", "", n) for n in names.known} | {"F", "I"}
    return bool(re.search(r"\w", word)) and all(w in known for w in re.findall(r"[A-Za-z_]+", bare))


def _unpunctuated(word: str) -> tuple[str, str]:
    bare = word.rstrip(",;:.")
    return bare, word[len(bare) :]


def _set(formula: str, names: SymbolNames) -> str:
    formula = formula.replace(" ", "").replace("<=", r"\le ").replace(">=", r"\ge ")
    formula = _POWER.sub(_power_of_ten, formula)
    tokens = re.split(r"(10\^\{-?\d+\}|\\[a-z]+ ?|[A-Za-z_]+\d*|[\W\d]+)", formula)
    return "".join(names.latex(t) if t in names.known else t for t in tokens)


def _power_of_ten(found: re.Match[str]) -> str:
    factor = "" if found[1] == "1" else found[1] + r"\cdot "
    return rf"{factor}10^{{{found[2]}{found[3]}}}"
