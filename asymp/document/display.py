r"""Displayed formulas: rows, their labels, and the environment that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sympy as sp

from asymp.document.breaking import broken, broken_string, shortened
from asymp.document.context import Context
from asymp.document.readable import is_readable
from asymp.document.width import LINE, width
from asymp.reductions.step import Display
from asymp.reductions.system import Definition

_NARROW = 9.5
_SHORT = 11.0


@dataclass(frozen=True)
class Row:
    """One displayed formula, broken into lines.

    Parameters
    ----------
    left, relation : str
    lines : tuple of str
        The right-hand side.
    label : str
        Stable label without its prefix ``eq:``, or empty for a formula without number.
    """

    left: str
    relation: str
    lines: tuple[str, ...]
    label: str = ""

    @property
    def width(self) -> float:
        """Estimated width of the widest line."""
        return width(self.left) + width(self.relation) + max(map(width, self.lines))


def row(context: Context, display: Display, label: str = "", spectral: bool = False) -> Row:
    """Row of a display."""
    flat = context.is_flat and display.left == "H(t)"
    left = "H_0" if flat else _side(context, display.left, spectral)
    room = LINE - width(left) - 2.0
    relation = display.relation
    if isinstance(display.right, sp.Basic):
        keep = str(display.left)
        arranged = context.arranged(display.right, keep)
        lines = broken(context.printer, arranged, room)
        relation = r"\approx" if display.right.has(sp.Float) and relation == "=" else relation
    else:
        whole = _words(context.names.string(display.right, spectral))
        text = shortened(whole)
        relation = r"\approx" if text != whole and relation == "=" else relation
        lines = broken_string(text, room)
    return Row(left, relation, tuple(lines), label)


def equation(context: Context, left: sp.Basic | str, right: sp.Basic | str, label: str = "") -> Row:
    """Row of an equation."""
    return row(context, Display(left, right), label)


def defined(context: Context, definition: Definition, label: str) -> Row:
    """Row of a definition, in its form for readers where it has one."""
    shown = definition.display or definition.expression
    if isinstance(shown, sp.Basic) and not is_readable(shown):
        shown = rf"\text{{{in_words(definition)}}}"
    return equation(context, definition.symbol, shown, label)


def in_words(definition: Definition) -> str:
    """What a definition is whose expression is a numerical form."""
    meaning = definition.meaning or "evaluated numerically"
    return f"the root of {meaning}" if meaning.startswith("$") else meaning


def _side(context: Context, side: sp.Basic | str, spectral: bool) -> str:
    return context.names.string(side, spectral) if isinstance(side, str) else context.math(side)


def _words(latex: str) -> str:
    """A right-hand side that is a phrase is set upright."""
    return rf"\text{{ {latex}}}" if re.fullmatch(r"[A-Za-z]+( [A-Za-z]+)+", latex) else latex


def label_of(display: Display, prefix: str, taken: set[str]) -> str:
    """Stable label from the left-hand side; numbered only where two would be alike.

    Examples
    --------
    >>> label_of(Display(sp.Symbol("V_hat"), sp.Integer(1)), "average", set())
    'average-V_hat'
    """
    text = display.left if isinstance(display.left, str) else str(display.left)
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", re.sub(r"\\mathrm|\\tfrac|\\,", "", text.split("=")[0]))
    slug = slug.strip("-")[:24].strip("-") or "line"
    label, count = f"{prefix}-{slug}", 1
    while label in taken:
        count += 1
        label = f"{prefix}-{slug}-{count}"
    taken.add(label)
    return label


def packed(rows: Iterable[Row], widest: float = _SHORT) -> list[Row]:
    """Neighbouring formulas up to ``widest`` share a line, under the first one's label."""
    found: list[Row] = []
    open_line = False
    for item in rows:
        short = len(item.lines) == 1 and item.width < widest
        if short and open_line and found[-1].width + item.width + 2.5 < LINE - 2:
            text = rf"{found[-1].lines[0]},\qquad {item.left}{item.relation} {item.lines[0]}"
            found[-1] = replace(found[-1], lines=(text,))
        else:
            found.append(item)
            open_line = short
    return found


def block(rows: Sequence[Row], end: str = "") -> str:
    """The rows in one environment: aligned at the relation where the left-hand sides are narrow."""
    if not rows:
        return ""
    narrow = all(width(r.left) <= _NARROW for r in rows) and len(rows) > 1
    environment = "align" if narrow else "gather"
    star = "" if any(r.label for r in rows) else "*"
    set_row = _aligned if narrow else _gathered
    texts = [set_row(r, bool(not star)) for r in rows]
    texts[-1] = _ended(texts[-1], end)
    body = " \\\\\n".join(texts)
    return f"\\begin{{{environment}{star}}}\n{body}\n\\end{{{environment}{star}}}"


def _ended(text: str, end: str) -> str:
    found = re.search(r"(?:\\end\{aligned\})?(?:\s*\\(?:label\{[^}]*\}|notag))?$", text)
    assert found is not None
    return text[: found.start()] + end + text[found.start() :]


def _mark(item: Row, numbered: bool) -> str:
    if item.label:
        return rf" \label{{eq:{item.label}}}"
    return r" \notag" if numbered else ""


def _aligned(item: Row, numbered: bool) -> str:
    between = " \\notag\\\\\n" if numbered else " \\\\\n"
    lines = [f"  {item.left} &{item.relation} {item.lines[0]}"]
    lines += [rf"  &\qquad {line}" for line in item.lines[1:]]
    return between.join(lines) + _mark(item, numbered)


def _gathered(item: Row, numbered: bool) -> str:
    if len(item.lines) == 1:
        return f"  {item.left} {item.relation} {item.lines[0]}{_mark(item, numbered)}"
    lines = [rf"{item.left} {item.relation} {{}}&{item.lines[0]}"]
    lines += [rf"&\quad {line}" for line in item.lines[1:]]
    body = " \\\\\n  ".join(lines)
    return f"  \\begin{{aligned}}\n  {body}\n  \\end{{aligned}}{_mark(item, numbered)}"
