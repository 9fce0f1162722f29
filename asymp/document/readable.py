r"""What can be printed: numerical nodes have a form for readers, given as a display."""

from __future__ import annotations

import re
from collections.abc import Iterator

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.table import TableSum
from asymp.reductions.step import Display
from asymp.theorem_data import TheoremData

ESTIMATE = "_coarse"  # names of definitions that serve the error of the quadrature alone


def is_readable(expression: sp.Basic) -> bool:
    """Whether an expression is free of nodes that stand for an algorithm.

    Examples
    --------
    >>> x, a = sp.symbols("x a", positive=True)
    >>> is_readable(x + a), is_readable(Root(x**2 - a, x, a))
    (True, False)
    """
    return not expression.has(Panel, Root, TableSum, sp.nan)


def displays_of(theorem: TheoremData, step: str) -> tuple[Display, ...]:
    """What a step arrives at; empty if the derivation has no such step."""
    return next((s.after for s in theorem.derivation if s.name == step), ())


def displayed(theorem: TheoremData, left: str) -> Iterator[Display]:
    """Displays of all steps with that left-hand side, in order."""
    for step in theorem.derivation:
        yield from (d for d in step.after if str(d.left) == left)


_FRACTION = re.compile(r"\\[td]?frac\s*(?:\{([^{}]*)\}|(\w))\s*(?:\{([^{}]*)\}|(\w))")
_PLAIN = (
    (r"_\{(\w+)\}", r"_\1"),
    (r"\$", ""),
    (r"\\\|(.*?)\\\|", r"norm(\1)"),
    (r"\\text\{([^{}]*)\}", r"\1"),
    (r"\\(?:mathbb|mathcal|mathrm)\s*", ""),
    (r"\\(?:[bB]igg?[lr]?|left|right|quad|qquad|textstyle)(?![a-zA-Z])", " "),
    (r"\\[,;! ]", " "),
    (r"\\hat\s*\{?(\w+)\}?", r"\1_hat"),
    (r"\\bar\s*(\w)", r"\1_bar"),
    (r"\\varepsilon", "eps"),
    (r"\\sqrt\s*(?:\{([^{}]*)\}|(\w))", r"sqrt(\1\2)"),
    (r"\\partial_(\w)\s*(\w)", r"d\2/d\1"),
    (r"\\(?:mid|vert)", " | "),
    (r"\\ne(?![a-z])", " != "),
)


def plain(latex: str) -> str:
    r"""A display for readers as plain text.

    Examples
    --------
    >>> plain(r"\frac{\varepsilon}{\sqrt{P}}\,\mathbb E\big[\partial_eM(\omega)\big]")
    'eps/sqrt(P) E[dM/de(omega)]'
    >>> plain(r"-\mathbb E\big[\tfrac{T_m}{T}(\omega)\,M'(\omega)\big]")
    "-E[T_m/T(omega) M'(omega)]"
    """
    text = latex
    for pattern, plainly in _PLAIN:
        text = re.sub(pattern, plainly, text)
    text = _FRACTION.sub(lambda m: f"{m[1] or m[2]}/{m[3] or m[4]} ", text)
    text = re.sub(r"\s+", " ", re.sub(r"[{}\\]", "", text)).strip()
    return re.sub(r"\s*([\[\]()])\s*", r"\1", text).replace(")E", ") E").replace(")M", ") M")
