r"""Estimated width of LaTeX mathematics in em, for deciding where lines break.

An estimate errs by some ten per cent; the room given to a line allows for that, and the test of
the built document finds what it misses.
"""

from __future__ import annotations

import re

LINE = 36.0
"""Room for a displayed line in em: the text block less the equation's number."""

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[^\s]")
_SPACES = {r"\,": 0.17, r"\:": 0.22, r"\;": 0.28, r"\!": -0.17, r"\quad": 1.0, r"\qquad": 2.0}
_RELATIONS = {
    "=",
    "<",
    ">",
    r"\le",
    r"\ge",
    r"\to",
    r"\sim",
    r"\simeq",
    r"\approx",
    r"\in",
    r"\mapsto",
    r"\neq",
    r"\leq",
    r"\geq",
}
_ACCENTS = {
    r"\hat",
    r"\tilde",
    r"\bar",
    r"\mathbb",
    r"\mathbf",
    r"\mathrm",
    r"\text",
    r"\operatorname",
    r"\boldsymbol",
    r"\overline",
}
_SIZES = {
    r"\left",
    r"\right",
    r"\big",
    r"\bigl",
    r"\bigr",
    r"\Big",
    r"\Bigl",
    r"\Bigr",
    r"\biggl",
    r"\biggr",
    r"\displaystyle",
    r"\limits",
}
_WIDE = {
    r"\infty": 1.0,
    r"\sum": 1.05,
    r"\int": 0.6,
    r"\max": 1.9,
    r"\min": 1.8,
    r"\sup": 1.6,
    r"\log": 1.4,
    r"\exp": 1.6,
    r"\lim": 1.4,
    r"\cdots": 1.2,
    r"\arg": 1.4,
    r"\Phi": 0.75,
    r"\Delta": 0.85,
    r"\Sigma": 0.75,
    r"\omega": 0.65,
    r"\varphi": 0.67,
}


def width(latex: str) -> float:
    r"""Estimated width in em of a piece of mathematics set on one line.

    Examples
    --------
    >>> round(width(r"\frac{a+b}{c}") - width("a+b"), 1)
    0.3
    >>> width(r"\hat{q}") == width("q")
    True
    """
    return _Scanner(_TOKEN.findall(latex)).row()


class _Scanner:
    """Recursive descent over the tokens of a formula."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def row(self) -> float:
        """Width up to the end of the group; rows separated by line breaks count as the widest."""
        widest = total = 0.0
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            if self.tokens[self.at] == r"\\":
                self.at += 1
                widest, total = max(widest, total), 0.0
            else:
                total += self.item()
        return max(widest, total)

    def group(self) -> float:
        """Width of the next argument, braced or a single token."""
        if self.at >= len(self.tokens):
            return 0.0
        if self.tokens[self.at] != "{":
            return self.item()
        self.at += 1
        inside = self.row()
        self.at += 1
        return inside

    def item(self) -> float:
        """Width of the next token with its arguments."""
        token = self.tokens[self.at]
        self.at += 1
        if token == "{":
            self.at -= 1
            return self.group()
        if token in (r"\frac", r"\tfrac", r"\dfrac"):
            wide = max(self.group(), self.group())
            return 0.3 + (0.75 * wide if token == r"\tfrac" else wide)
        if token in ("^", "_"):
            return 0.72 * self.group()
        if token == r"\sqrt":
            return 0.9 + self.group()
        if token in _ACCENTS:
            return self.group()
        if token in (r"\begin", r"\end"):
            self.group()
            return 0.8
        return 0.0 if token in _SIZES else _single(token)


def _single(token: str) -> float:
    if token in _SPACES:
        return _SPACES[token]
    if token in _RELATIONS:
        return 1.35
    if token in "+-":
        return 1.22
    if token == "&":
        return 0.8
    if token.startswith("\\"):
        return _WIDE.get(token, 0.55)
    if token in "()[]|,;.:":
        return 0.4
    return 0.75 if token.isupper() else 0.53
