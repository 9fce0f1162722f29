"""What readers see of the general channels: displays in the notation of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.proximal import Section
from asymp.problem.labels import LogitLabels, ProbitLabels, SignLabels
from asymp.problem.noise import LaplaceNoise, StudentNoise
from asymp.reductions.general.fields import Field
from asymp.reductions.general.letters import EXP_B, INTERCEPT, Q_PERP
from asymp.reductions.general.separable_input import SeparableInput
from asymp.reductions.statements import FIELD, Letters
from asymp.reductions.step import Display

if TYPE_CHECKING:
    from asymp.reductions.general.assembly import Assembled

FORMS = {
    "q_hat": r"\mathbb E\big[M'(\omega)^2\big]",
    "V_hat": r"\mathbb E\big[M''(\omega)\big]",
}
_NOT_TILTED = sp.Integer(1)
LINEAR = sp.Symbol("f", real=True)


def channel_displays(found: Assembled) -> tuple[Display, ...]:
    """The potential with its channels by name."""
    signal = r"+m\hat m" if found.output.is_margin else ""
    norms = "".join(
        ("-" if s.matrix is None else r"-\tfrac12") + sp.latex(s.letter) + sp.latex(s.conjugate)
        for s in found.output.seminorms
        if s.letter is not None
    )
    rho = sp.latex(found.input.rho)
    risk = r"\tfrac12\hat Vq" if found.output.is_margin else rf"\tfrac12\hat V(E-{rho})"
    return (
        Display(r"\Phi", rf"F+I+\tfrac12V\hat q{signal}-{risk}{norms}"),
        Display("F", rf"\mathbb E\,M(\omega{budget_mark(found)})"),
        Display("q", r"\theta^\top\Sigma\theta")
        if found.output.is_margin
        else Display("E", rf"{rho}-2\,\theta^\top c+\theta^\top\Sigma\theta"),
    )


def budget_mark(found: Assembled) -> str:
    """What stands behind the field in the envelope."""
    return ";V,e" if found.output.seminorms else ";V"


def loss_mark(found: Assembled) -> str:
    """What stands behind the argument of the loss."""
    return ";e" if found.output.seminorms else ""


def field_displays(found: Assembled) -> tuple[Display, ...]:
    """The field's law: Gaussian components, or a Gaussian tilted by the label."""
    fields = found.output.fields
    if any(f.tilt != _NOT_TILTED for f in fields):
        return (*_tilted(found, fields[0]), *_explicit_tilt(fields[0]))
    law = "+".join(_component(f) for f in fields)
    return (Display(r"\omega", law, r"\sim"), *_mixing(found))


def _component(field: Field) -> str:
    mean = sp.latex(field.mean.subs(sp.log(EXP_B), INTERCEPT))
    law = rf"N\big({mean},\,{sp.latex(field.variance)}\big)"
    if field.weight == 1:
        return law
    weight = sp.latex(field.weight)
    return (rf"({weight})\," if field.weight.is_Add else rf"{weight}\,") + law


def _mixing(found: Assembled) -> tuple[Display, ...]:
    """Law of the scale S of a mixture."""
    noise = found.output.model.robust.problem.noise
    if isinstance(noise, LaplaceNoise):
        return (Display(r"\mathbb P(S>s)", "e^{-s}"),)
    if isinstance(noise, StudentNoise):
        nu = sp.latex(noise.parameters[1].symbol)
        return (Display(rf"{nu}/S", rf"\chi^2_{{{nu}}}", r"\sim"),)
    return ()


def _tilted(found: Assembled, field: Field) -> tuple[Display, ...]:
    problem = found.output.model.robust.problem
    q, rho = sp.latex(field.variance), sp.latex(found.input.rho)
    return (
        Display(r"p(\omega)", rf"T(\omega)\,\frac{{e^{{-\omega^2/2{q}}}}}{{\sqrt{{2\pi {q}}}}}"),
        Display(
            r"T(\omega)",
            r"2\,\mathbb E\big[\pi(h)\mid\omega\big],\qquad "
            r"T_m(\omega)=2\,\mathbb E\big[\pi'(h)\mid\omega\big]",
        ),
        Display(r"\pi(h)", chance(problem.labels)),
        Display(
            r"h\mid\omega", rf"N\big(m\omega/{q},\ {rho}\,{sp.latex(Q_PERP)}/{q}\big)", r"\sim"
        ),
    )


def chance(labels: object) -> str:
    r"""LaTeX of :math:`\mathbb P(y=1|h)`."""
    if isinstance(labels, ProbitLabels):
        tau = sp.latex(labels.parameters[0].symbol)
        return rf"\tfrac12\,\mathrm{{erfc}}\big({{-h}}/(\sqrt2\,{tau})\big)"
    if isinstance(labels, LogitLabels):
        return r"1/(1+e^{-h})"
    assert isinstance(labels, SignLabels)
    return r"\mathbf 1\{h>0\}"


def _explicit_tilt(field: Field) -> tuple[Display, ...]:
    if not field.tilt.has(sp.erfc):
        return ()
    return (Display(r"T(\omega)", field.tilt),)


def envelope_displays(found: Assembled) -> tuple[Display, ...]:
    """Proximal point, and the derivatives of the envelope at it."""
    mark = loss_mark(found)
    point = proximal_point(found.output.sections)
    return (
        Display(r"u(\omega)", point)
        if point is not None
        else Display(rf"u+V\,\ell'(u{mark})", r"\omega,\qquad u=u(\omega)"),
        Display(r"M'(\omega)", r"\frac{\omega-u(\omega)}V,\qquad M''(\omega)=\frac{1-u'(\omega)}V"),
        *(
            [Display(r"\partial_eM(\omega)", r"\partial_e\ell(u(\omega);e)")]
            if found.output.seminorms
            else []
        ),
    )


def proximal_point(sections: tuple[Section, ...]) -> sp.Expr | None:
    """The proximal point in cases of the field; None where a case has no closed form."""
    if any(s.point.has(Root) for s in sections):
        return None
    return _cases([(s.point, s.high) for s in sections], FIELD)


def _over(value: sp.Expr) -> sp.Expr:
    """One fraction with a numerator that is multiplied out."""
    top, bottom = sp.fraction(sp.together(value))
    return sp.expand(top) / bottom


def _cases(rows: list[tuple[sp.Expr, sp.Expr]], variable: sp.Symbol) -> sp.Expr:
    *first, (last, _) = [(_over(value), end) for value, end in rows]
    if not first:
        return last
    cases = [(value, sp.Le(variable, end, evaluate=False)) for value, end in first]
    return sp.Piecewise(*cases, (last, True), evaluate=False)


def conjugate_displays(found: Assembled) -> tuple[Display, ...]:
    """Conjugates as averages of the envelope, and what makes the intercept stationary."""
    shown = [Display(letter, conjugate_form(found, letter)) for letter in found.output.conjugates]
    if EXP_B in found.state:
        label = r"y\," if found.output.is_margin else ""
        shown.append(Display(rf"\mathbb E\big[{label}M'(\omega)\big]", "0"))
    return tuple(shown)


def conjugate_form(found: Assembled, letter: sp.Symbol) -> str:
    """LaTeX of one conjugate."""
    if letter == Letters.m_hat:
        tilted = found.output.fields[0].tilt != _NOT_TILTED
        return (
            r"-\mathbb E\big[\tfrac{T_m}{T}(\omega)\,M'(\omega)\big]"
            if tilted
            else r"-\mathbb E\big[M'(\omega)\big]"
        )
    for s in found.output.seminorms:
        if s.conjugate == letter:
            slope = "" if s.slope == 1 else rf"{sp.latex(s.slope)}\,"
            return rf"{slope}\mathbb E\big[\partial_eM(\omega)\big]"
    return FORMS[str(letter)]


def input_displays(found: Assembled) -> tuple[Display, ...]:
    """The input channel: the Hamiltonian and its averages, or the scalar problem."""
    if isinstance(found.input, SeparableInput):
        return _scalar_problem(found.input)
    value = found.input.value.subs(Letters.m_hat, found.input.signal)
    return (Display("H(t)", found.input.hamiltonian), Display("I", value))


def _scalar_problem(channel: SeparableInput) -> tuple[Display, ...]:
    letter, signal = coordinate_letter(channel), sp.latex(channel.signal)
    alpha = sp.latex(1 / channel.model.trace_weight)
    return (
        Display("I", r"\mathbb E\,\min_w\Big[\tfrac12\hat Vw^2+\bar r(w)-f\,w\Big]"),
        Display(r"\bar r(w)", channel.penalty),
        Display("f", rf"{signal}\,{letter}+\sqrt{{\hat q/{alpha}}}\,g,\qquad g\sim N(0,1)"),
        Display(letter, _coordinate_law(channel), r"\sim"),
        *_minimiser(channel),
    )


def _minimiser(channel: SeparableInput) -> tuple[Display, ...]:
    """The scalar minimiser, in cases of the field where they are explicit."""
    if proximal_point(channel.sections) is None:
        return (Display("w(f)", r"\arg\min_w\Big[\tfrac12\hat Vw^2+\bar r(w)-f\,w\Big]"),)
    scale, units = Letters.V_hat, LINEAR / Letters.V_hat
    rows = [(sp.factor(s.point.subs(FIELD, units)), sp.expand(scale * s.high))
            for s in channel.sections]  # fmt: skip
    return (Display("w(f)", _cases(rows, LINEAR)),)


def coordinate_letter(channel: SeparableInput) -> str:
    """A coordinate of the teacher, or of the class mean."""
    return r"\mu_0" if channel.is_mixture else r"\beta_0"


def _coordinate_law(channel: SeparableInput) -> str:
    texts = []
    for c in channel.components:
        law = r"\delta_0" if c.variance == 0 else rf"N\big(0,\,{sp.latex(c.variance)}\big)"
        weight = sp.latex(c.weight)
        weight = f"({weight})" if c.weight.is_Add else weight
        texts.append(law if c.weight == 1 else rf"{weight}\,{law}")
    return "+".join(texts)


def coordinate_displays(found: Assembled) -> tuple[Display, ...]:
    """Order parameters as averages of the input channel."""
    return tuple(
        Display(sp.Symbol(name) if name != "norm" else r"\|\hat\theta\|^2", value)
        for name, value in reader_averages(found).items()
    )


def reader_averages(found: Assembled) -> dict[str, sp.Expr | str]:
    """By name: spectral averages, or averages of the scalar problem in LaTeX."""
    own = {"exp_b", *map(str, found.output.ambiguity_letters)}
    names = [n for n in map(str, found.state) if n not in own]
    if not isinstance(found.input, SeparableInput):
        return _spectral_averages(found, names)
    b, rho = coordinate_letter(found.input), sp.latex(found.input.rho)
    alpha = sp.latex(1 / found.input.model.trace_weight)
    forms = {
        "V": rf"\frac1{{{alpha}}}\,\mathbb E\,w'(f)",
        "m": rf"\mathbb E\big[{b}\,w(f)\big]",
        "q": r"\mathbb E\,w(f)^2",
        "E": rf"\mathbb E\big(w(f)-{b}\big)^2",
        "q_perp": rf"\mathbb E\big(w(f)-\tfrac m{{{rho}}}{b}\big)^2",
        "N_1": r"\mathbb E\,|w(f)|",
        "P": r"\mathbb E\,w(f)^2",
        "norm": r"\mathbb E\,w(f)^2",
    }
    return {n: forms[n] for n in [*names, "norm"]}


def _spectral_averages(found: Assembled, names: list[str]) -> dict[str, sp.Expr | str]:
    """The excess risk by what it is made of; its form without cancellation is the map's."""
    averages = found.input.averages
    shown: dict[str, sp.Expr | str] = {}
    for name in [*names, "norm"]:
        if name == "E":
            shown |= {n: averages[n] for n in ("m", "q")}
            shown["E"] = rf"{sp.latex(found.input.rho)}-2m+q"
        else:
            shown[name] = averages[name]
    return shown | _of_worst_law(found)


def _of_worst_law(found: Assembled) -> dict[str, str]:
    """What determines the two scalars of an ambiguity set."""
    ambiguity = found.output.ambiguity
    if ambiguity is None:
        return {}
    gap = r"\mathbb E\,[w(u)-1-\log w(u)]"
    radius = sp.latex(ambiguity.radius)
    forms = (rf"\text{{the residual at which }}{gap}={radius}", r"\log(1+\mathbb E\,p(u))")
    return dict(zip(map(str, found.output.ambiguity_letters), forms, strict=True))
