"""The law of the losses in LaTeX, in the letters of the theorem's own statement."""

from __future__ import annotations

from typing import Any

import sympy as sp

from asymp.analysis.losses.channel import Channel
from asymp.calculus.implicit_root import Root
from asymp.reductions.general.assembly import assemble
from asymp.reductions.general.output import GeneralOutput
from asymp.reductions.general.readers import field_displays
from asymp.reductions.statements import BUDGET, FIELD, Letters
from asymp.reductions.step import Display

_MARK = {"residual": "r", "margin": "k"}


def law_latex(theorem: Any, channel: Channel, sample: str, factor: int) -> str:
    """Field, residual or margin, loss, and the letters they use.

    Returns
    -------
    str
        An ``aligned`` block between double dollars; it needs amsmath.
    """
    rows = [*_field(theorem), *_argument(channel, sample), _loss(theorem, channel, factor)]
    rows += [Display(d.symbol, d.display or d.expression) for d in channel.definitions]
    text = " \\\\\n".join(_row(row) for row in rows)
    return f"$$\\begin{{aligned}}\n{text}\n\\end{{aligned}}$$"


def _field(theorem: Any) -> tuple[Display, ...]:
    """The field's law."""
    output = theorem.output
    if isinstance(output, GeneralOutput):
        return field_displays(assemble(output))
    return (Display(FIELD, rf"N\big(0,\,{sp.latex(Letters.SR)}\big)", r"\sim"),)


def _argument(channel: Channel, sample: str) -> tuple[Display, ...]:
    """Residual or margin as a function of the field; its equation where it has no closed form."""
    letter = _MARK[channel.argument]
    if sample == "test":
        return (Display(letter, FIELD),)
    if any(s.argument.has(Root) for s in channel.stretches):
        mark = ";e" if _attacked(channel) else ""
        return (Display(rf"{letter}+V\,\ell'({letter}{mark})", FIELD, r"\ni"),)
    cases = [(s.argument, sp.Le(FIELD, s.high)) for s in channel.stretches[:-1]]
    return (Display(letter, sp.Piecewise(*cases, (channel.stretches[-1].argument, True))),)


def _loss(theorem: Any, channel: Channel, factor: int) -> Display:
    """The loss as a function of residual or margin."""
    output = theorem.output
    if isinstance(output, GeneralOutput):
        loss = output.ambiguity.loss if output.ambiguity is not None else output.loss
    else:
        loss = output.channels.model.robust.loss
    mark = ";e" if _attacked(channel) else ""
    name = r"\ell" if factor == 1 else rf"{factor}\,\ell"
    return Display(f"{name}({_MARK[channel.argument]}{mark})", factor * loss)


def _attacked(channel: Channel) -> bool:
    return any(d.symbol == BUDGET for d in channel.definitions)


def _row(row: Display) -> str:
    left, right = (x if isinstance(x, str) else sp.latex(x) for x in (row.left, row.right))
    return rf"{left} &{row.relation} {right}"
