"""The steps of the general derivation: what is displayed, what licenses it, what can fail."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.spectral_law import EIGENVALUE
from asymp.calculus.table import TableSum
from asymp.problem.labels import GaussianMixture
from asymp.problem.penalty import NoPenalty
from asymp.reductions.general import checks
from asymp.reductions.general.ambiguity import ambiguity_step
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.budget import Seminorm
from asymp.reductions.general.letters import EXP_B, INTERCEPT
from asymp.reductions.general.readers import (
    budget_mark,
    channel_displays,
    conjugate_displays,
    coordinate_displays,
    envelope_displays,
    field_displays,
    input_displays,
    loss_mark,
)
from asymp.reductions.general.separable_input import SeparableInput
from asymp.reductions.literature import CGMT, MOREAU, STEIN
from asymp.reductions.step import Display, Hypothesis, Licence, Step
from asymp.reductions.system import Branch


def general_steps(
    found: Assembled, equivalence: Step, special: tuple[Branch, ...]
) -> tuple[Step, ...]:
    """All steps in the order of the argument."""
    return tuple(_steps(found, equivalence, special))


def _steps(found: Assembled, equivalence: Step, special: tuple[Branch, ...]) -> Iterator[Step]:
    if found.output.seminorms:
        yield _adversary(found)
    if found.output.ambiguity:
        yield ambiguity_step(found.output.ambiguity)
    yield equivalence
    yield _lemma(found)
    yield _labels(found)
    yield _moreau(found)
    yield _average(found)
    yield _input(found)
    yield _fixed_point(found)
    if special:
        yield _existence(found, special[0])


def _adversary(found: Assembled) -> Step:
    output = found.output
    terms = [Display("e", output.definitions[0].expression)]
    forms = [Display(s.letter, _form(s)) for s in output.seminorms if s.letter is not None]
    return Step(
        name="adversary",
        title="The adversaries become a budget",
        before=(Display(rf"\ell({output.argument})", _plain(found)),),
        after=(
            Display(
                rf"\ell({output.argument};e)",
                rf"\max_{{|\delta|\le e}}\ell({output.argument}+\delta)",
            ),
            Display(
                rf"\ell({output.argument};e)",
                output.loss if output.ambiguity is None else output.ambiguity.loss,
            ),
            *terms,
            *forms,
        ),
        why="Each ball moves the argument of the loss by at most its radius times a dual norm; a "
        "convex function attains its maximum over an interval at an end, and the maxima add.",
        licence=Licence(
            "linearisation of the inner maximum",
            None,
            (
                Hypothesis(
                    "the perturbation acts to first order",
                    checks.is_linear(found),
                    "the model is linear in what is perturbed"
                    if checks.is_linear(found)
                    else "the effect on a wide random network is linear; assumed here",
                ),
            ),
        ),
        check=lambda: checks.budget(found),
    )


def _form(seminorm: Seminorm) -> str:
    """What an adversary's order parameter is the limit of."""
    if seminorm.matrix is None:
        return r"\tfrac1p\textstyle\sum_j|w_j|,\qquad w=\sqrt p\,\theta"
    if seminorm.matrix.has(EIGENVALUE):
        return r"\theta^\top A\,\theta"
    size = "" if seminorm.matrix == 1 else rf"({sp.latex(seminorm.matrix)})\,"
    return size + r"\|\theta\|^2"


def _plain(found: Assembled) -> sp.Expr:
    return found.output.model.robust.problem.loss.expression


def _lemma(found: Assembled) -> Step:
    problem = found.output.model.robust.problem
    attacked = "jointly in its argument and the budget, nondecreasing in the budget"
    convex = "$\\ell$ is convex" + (f" {attacked}" if found.output.seminorms else "")
    hypotheses = (
        Hypothesis(convex, True, "checked at random points below"),
        Hypothesis("the penalty is convex", True, "a sum of convex functions of the coordinates"),
        Hypothesis(
            "minimisers stay in a compact set and the saddle is attained",
            False,
            "assumed; strong convexity gives it where there is a ridge",
        ),
    )
    return Step(
        name="cgmt",
        title="Two scalar channels",
        before=(
            Display(
                r"\hat\theta",
                r"\arg\min_\theta\ \frac1n\sum_i\ell\big("
                + _argument(found)
                + loss_mark(found)
                + r"\big)"
                + ("" if isinstance(problem.penalty, NoPenalty) else r"+r(\theta)"),
            ),
        ),
        after=channel_displays(found),
        why="The lemma: the output channel averages the Moreau envelope of the loss, the input "
        "channel is a minimum over the parameter in a Gaussian field.",
        licence=Licence("convex Gaussian min-max theorem", CGMT.at("Theorem 3"), hypotheses),
        check=lambda: checks.convexity(found),
    )


def _argument(found: Assembled) -> str:
    """Residual or margin of a sample."""
    field = r"\theta^\top\varphi_i"
    if found.output.model.robust.problem.intercept:
        return rf"y_i({field}+b)" if found.output.is_margin else f"y_i-{field}-b"
    return "y_i" + ("" if found.output.is_margin else "-") + r"\," * found.output.is_margin + field


def _labels(found: Assembled) -> Step:
    problem = found.output.model.robust.problem
    mixture = isinstance(problem.labels, GaussianMixture)
    why = (
        "Within a class the margin is Gaussian around the overlap with the class mean."
        if mixture
        else "Given the student's field the teacher's is Gaussian; margins of both labels have the "
        "same law because the label law is symmetric, so that an intercept would be zero."
        if found.output.is_margin
        else "The residual is the noise plus an independent Gaussian whose variance is the excess "
        "risk; the noise is a scale mixture of Gaussians, and its scale is averaged over last."
    )
    return Step(
        name="label-law",
        title="The law of the field",
        before=(Display(r"\omega", _argument(found).replace("_i", "")),),
        after=field_displays(found),
        why=why,
        licence=Licence("Gaussian conditioning"),
        check=lambda: checks.field_law(found),
    )


def _moreau(found: Assembled) -> Step:
    output = found.output
    mark = loss_mark(found)
    return Step(
        name="moreau-envelope",
        title="Moreau envelope of the loss",
        before=(
            Display(
                rf"M(\omega{budget_mark(found)})",
                rf"\min_u\Big[\ell(u{mark})+\frac{{(u-\omega)^2}}{{2V}}\Big]",
            ),
            Display(
                rf"\ell({output.argument}{mark})",
                output.loss if output.ambiguity is None else output.ambiguity.reader_loss,
            ),
        ),
        after=envelope_displays(found),
        why="The proximal point $u(\\omega)$ runs through the pieces of the loss and rests at each "
        r"kink while the field crosses $V$ times the jump of the slope; $M'=\ell'(u)$ and "
        r"$M''=\ell''(u)/(1+V\ell''(u))$ where the loss is smooth.",
        licence=Licence("convexity", MOREAU.at("Section 3")),
        check=lambda: checks.proximal(found),
    )


def _average(found: Assembled) -> Step:
    return Step(
        name="gaussian-average",
        title="Averages of the envelope",
        before=(Display("F", rf"\mathbb E\,M(\omega{budget_mark(found)})"),),
        after=conjugate_displays(found),
        why=r"Derivatives of $F$ by the envelope theorem and Gaussian integration by parts, which "
        "leaves no difference of large terms.",
        licence=Licence("Gaussian integration by parts", STEIN.at("Lemma 1")),
        check=lambda: checks.conjugates(found),
    )


def _input(found: Assembled) -> Step:
    problem = found.output.model.robust.problem
    penalty = "" if isinstance(problem.penalty, NoPenalty) else "+r(\\theta)"
    norms = "".join(
        rf"+\tfrac12{sp.latex(s.conjugate)}\,\theta^\top A_{{{k}}}\theta"
        if s.matrix is not None
        else rf"+{sp.latex(s.conjugate)}\,\|\theta\|_1/\sqrt p"
        for k, s in enumerate((s for s in found.output.seminorms if s.letter is not None), 1)
    )
    if norms.count("A_") == 1:
        norms = norms.replace("A_{1}", "A").replace("A_{2}", "A")
    signal = sp.latex(found.input.signal)
    return Step(
        name="input-channel",
        title="The input channel",
        before=(
            Display(
                "I",
                rf"\min_\theta\Big[\tfrac12\hat V\,\theta^\top\Sigma\theta{norms}{penalty}"
                rf"-\theta^\top\big(\sqrt{{\hat q/n}}\,\Sigma^{{1/2}}g+{signal}\,c\big)\Big]",
            ),
        ),
        after=(*input_displays(found), *coordinate_displays(found)),
        why="Mode by mode the minimum is explicit and its square concentrates on the spectrum."
        if not isinstance(found.input, SeparableInput)
        else "Coordinate by coordinate the minimum is a proximal point of the penalty in a "
        "Gaussian field.",
        licence=Licence("law of large numbers over modes or coordinates"),
        check=lambda: checks.coordinates(found),
    )


def _fixed_point(found: Assembled) -> Step:
    state = ",".join(sp.latex(x if x != EXP_B else INTERCEPT) for x in found.state)
    explicit = [
        Display(x, f)
        for x, f in zip(found.state, found.system.update, strict=True)
        if x != EXP_B
        and not f.has(Panel, Root, TableSum)
        and not isinstance(found.input, SeparableInput)
    ]
    return Step(
        name="elimination",
        title="The fixed point",
        before=(
            Display(rf"({state})", r"\text{conjugates}\mapsto\text{order parameters}", r"\mapsto"),
        ),
        after=tuple(explicit),
        why="The conjugates are explicit in the state; the input channel returns the state.",
        licence=Licence("substitution"),
        check=lambda: checks.positive_forms(found),
    )


def _existence(found: Assembled, branch: Branch) -> Step:
    why = branch.meaning[0].upper() + branch.meaning[1:] + "."
    if any(g.display for g in branch.guards):
        why += " The boundary is the same lemma for the indicator of nonnegative margins."
    return Step(
        name="existence",
        title="Where there is no minimiser",
        before=(
            Display(r"\hat\theta", r"\text{the minimiser of \eqref{eq:problem}, if there is one}"),
        ),
        after=tuple(Display(g.symbol, g.display or g.expression) for g in branch.guards),
        why=why,
        licence=Licence("convex Gaussian min-max theorem", CGMT.at("Theorem 3")),
        check=lambda: checks.existence(found, branch),
    )
