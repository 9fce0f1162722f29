"""The steps of the general derivation: what is displayed, what licenses it, what can fail."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.problem.labels import GaussianMixture
from asymp.reductions.general import checks
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.readers import (
    channel_displays,
    conjugate_displays,
    coordinate_displays,
    field_displays,
)
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
    forms = [
        Display(s.letter, rf"\theta^\top({sp.latex(s.matrix)})\theta")
        if s.matrix is not None
        else Display(s.letter, r"\tfrac1p\sum_j|w_j|,\qquad w=\sqrt p\,\theta")
        for s in output.seminorms
        if s.letter is not None
    ]
    return Step(
        name="adversary",
        title="The adversaries become a budget",
        before=(Display(r"\max_{\delta}\ \ell", r"\ell=" + sp.latex(_plain(found)), r",\qquad"),),
        after=(Display(r"\ell(\cdot;e)", output.loss), *terms, *forms),
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
                + ("y_i(" if found.output.is_margin else "y_i-(")
                + r"\theta^\top\varphi_i"
                + ("+b" if problem.intercept else "")
                + r")\big)+r(\theta)",
            ),
        ),
        after=channel_displays(found),
        why="The lemma: the output channel averages the Moreau envelope of the loss, the input "
        "channel is a minimum over the parameter in a Gaussian field.",
        licence=Licence("convex Gaussian min-max theorem", CGMT.at("Theorem 3"), hypotheses),
        check=lambda: checks.convexity(found),
    )


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
        before=(Display(r"\omega", "y\\,(u+b)" if found.output.is_margin else "y-u-b"),),
        after=field_displays(found),
        why=why,
        licence=Licence("Gaussian conditioning"),
        check=lambda: checks.field_law(found),
    )


def _moreau(found: Assembled) -> Step:
    output = found.output
    loss = sp.latex(output.loss)
    return Step(
        name="moreau-envelope",
        title="Moreau envelope of the loss",
        before=(
            Display(
                r"M(\omega;V)",
                r"\min_u\ \ell(u)+\frac{(u-\omega)^2}{2V},\qquad \ell("
                + str(output.argument)
                + ")="
                + loss,
            ),
        ),
        after=tuple(
            Display(
                rf"u(\omega),\ \omega\in[{sp.latex(s.low)},{sp.latex(s.high)}]",
                s.point if not s.point.has(Root) else r"\text{root of }u-\omega+V\ell'(u)=0",
                r"=",
            )
            for s in output.sections
        ),
        why="The proximal point runs through the pieces of the loss and rests at each kink while "
        r"the field crosses $V$ times the jump of the slope; $M'=\ell'(u)$ and "
        r"$M''=\ell''(u)/(1+V\ell''(u))$.",
        licence=Licence("convexity", MOREAU.at("Section 3")),
        check=lambda: checks.proximal(found),
    )


def _average(found: Assembled) -> Step:
    return Step(
        name="gaussian-average",
        title="Averages of the envelope",
        before=(Display("F", r"\mathbb E\,M(\omega;V)"),),
        after=conjugate_displays(found),
        why=r"Derivatives of $F$ by the envelope theorem and Gaussian integration by parts, which "
        "leaves no difference of large terms.",
        licence=Licence("Gaussian integration by parts", STEIN.at("Lemma 1")),
        check=lambda: checks.conjugates(found),
    )


def _input(found: Assembled) -> Step:
    return Step(
        name="input-channel",
        title="The input channel",
        before=(
            Display(
                "I",
                r"\min_\theta\ \tfrac12\hat V\theta^\top\Sigma\theta+\tfrac12\textstyle\sum_k\hat P_k"
                r"\theta^\top A_k\theta+r(\theta)-\theta^\top(\sqrt{\hat q/n}\,\Sigma^{1/2}g+\hat mc)",
            ),
        ),
        after=coordinate_displays(found),
        why="Mode by mode the minimum is explicit and its square concentrates on the spectrum."
        if found.input.definitions
        else "Coordinate by coordinate the minimum is a proximal point of the penalty in a "
        "Gaussian field.",
        licence=Licence("law of large numbers over modes or coordinates"),
        check=lambda: checks.coordinates(found),
    )


def _fixed_point(found: Assembled) -> Step:
    state = ",".join(sp.latex(x) for x in found.state)
    return Step(
        name="elimination",
        title="The fixed point",
        before=(
            Display(rf"({state})", r"\text{conjugates}\mapsto\text{order parameters}", r"\mapsto"),
        ),
        after=coordinate_displays(found),
        why="The conjugates are explicit in the state; the input channel returns the state.",
        licence=Licence("substitution"),
        check=lambda: checks.positive_forms(found),
    )


def _existence(found: Assembled, branch: Branch) -> Step:
    return Step(
        name="existence",
        title="Where there is no minimiser",
        before=(Display(r"\text{minimiser}", r"\text{none}", r"="),),
        after=tuple(
            Display(g.symbol, g.meaning and rf"\text{{{g.meaning}}}") for g in branch.guards
        ),
        why=branch.meaning.capitalize() + ". The boundary is the same lemma for the indicator of "
        "nonnegative margins.",
        licence=Licence("convex Gaussian min-max theorem", CGMT.at("Theorem 3")),
        check=lambda: checks.existence(found, branch),
    )
