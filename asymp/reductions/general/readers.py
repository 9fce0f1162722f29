"""What readers see of the general channels: displays in the notation of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from asymp.reductions.general.separable_input import SeparableInput
from asymp.reductions.statements import Letters
from asymp.reductions.step import Display

if TYPE_CHECKING:
    from asymp.reductions.general.assembly import Assembled

FORMS = {
    "q_hat": r"\mathbb E\big[M'(\omega)^2\big]",
    "V_hat": r"\mathbb E\big[M''(\omega)\big]",
    "P_hat": r"\frac{\varepsilon}{\sqrt P}\,\mathbb E\big[\partial_eM(\omega)\big]",
}


def channel_displays(found: Assembled) -> tuple[Display, ...]:
    """The potential with its channels by name."""
    x = Letters
    signal = r"+m\hat m" if found.output.is_margin else ""
    norms = "".join(
        ("-" if s.matrix is None else r"-\tfrac12") + sp.latex(s.letter) + sp.latex(s.conjugate)
        for s in found.output.seminorms
        if s.letter is not None
    )
    risk = r"\tfrac12\hat Vq" if found.output.is_margin else r"\tfrac12\hat V(\mathcal{E}-\rho)"
    return (
        Display(r"\Phi", rf"F+I+\tfrac12V\hat q{signal}-{risk}{norms}"),
        Display("F", r"\mathbb E\,M(\omega;V)"),
        Display(x.q if found.output.is_margin else r"\mathcal{E}", _risk_text(found)),
    )


def _risk_text(found: Assembled) -> str:
    if not found.output.is_margin:
        return r"\rho-2m+q"
    return r"\theta^\top\Sigma\theta"


def field_displays(found: Assembled) -> tuple[Display, ...]:
    """The components of the field's law."""
    shown = []
    for number, field in enumerate(found.output.fields, 1):
        index = f"_{number}" if len(found.output.fields) > 1 else ""
        law = rf"N\big({sp.latex(field.mean)},\ {sp.latex(field.variance)}\big)"
        shown.append(Display(rf"\omega{index}", law, r"\sim"))
        if field.weight != 1:
            shown.append(Display(rf"\text{{weight{index.replace('_', ' ')}}}", field.weight))
        if field.tilt != 1:
            shown.append(Display(r"\text{tilted by }T(\omega)", field.tilt))
    return tuple(shown)


def conjugate_displays(found: Assembled) -> tuple[Display, ...]:
    """Conjugates as averages of the envelope."""
    return tuple(
        Display(letter, conjugate_form(found, letter)) for letter in found.output.conjugates
    )


def conjugate_form(found: Assembled, letter: sp.Symbol) -> str:
    """LaTeX of one conjugate."""
    if letter == Letters.m_hat:
        tilted = found.output.fields[0].tilt != 1
        return (
            r"-\mathbb E\big[\tfrac{T_m}{T}(\omega)\,M'(\omega)\big]"
            if tilted
            else r"-\mathbb E\big[M'(\omega)\big]"
        )
    for s in found.output.seminorms:
        if s.conjugate == letter:
            return rf"{sp.latex(s.slope)}\,\mathbb E\big[\partial_eM(\omega)\big]"
    return FORMS[str(letter)]


def coordinate_displays(found: Assembled) -> tuple[Display, ...]:
    """Order parameters as averages of the input channel."""
    return tuple(
        Display(sp.Symbol(name) if isinstance(value, sp.Expr) else name, value)
        for name, value in reader_averages(found).items()
    )


def reader_averages(found: Assembled) -> dict[str, sp.Expr | str]:
    """By name: spectral averages, or averages of the scalar problem in LaTeX."""
    names = [n for n in map(str, found.state) if n != "exp_b"]
    if not isinstance(found.input, SeparableInput):
        return {n: found.input.averages[n] for n in [*names, "norm"]}
    forms = {
        "V": r"\tfrac1\alpha\,\mathbb E\,\partial_fw(f)",
        "m": r"\mathbb E\,[b\,w(f)]",
        "q": r"\mathbb E\,w(f)^2",
        "E": r"\mathbb E\,(w(f)-b)^2",
        "q_perp": r"\mathbb E\,\big(w(f)-\tfrac m\rho b\big)^2",
        "N_1": r"\mathbb E\,|w(f)|",
        "P": r"\mathbb E\,w(f)^2",
        "norm": r"\mathbb E\,w(f)^2",
    }
    return {n: forms[n] for n in [*names, "norm"]}
