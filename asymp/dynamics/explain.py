"""The steps in words: formulas before and after, licence, check."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sympy import factor_terms

from asymp.dynamics import checks
from asymp.dynamics.insert import response
from asymp.dynamics.insertion_check import insertion_check
from asymp.dynamics.letters import MARGIN_OF, ROBUST_MARGIN_OF, SAMPLE
from asymp.dynamics.model import PatchNetwork
from asymp.dynamics.printing import latex
from asymp.dynamics.steps import Recursion, definitions_of, project, signs_out, with_margins
from asymp.dynamics.vectors import Vector
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Source, Step

LI_LI = Source(
    "li2025",
    "B. Li, Y. Li, On the clean generalization and robust overfitting in adversarial training from "
    "two theoretical views: representation complexity and training dynamics, ICML (2025), "
    "arXiv 2306.01271",
    "section 5",
    "second-hand",
)
_NEXT = {
    "u": "u_{r}^{+}",
    "g": r"\langle w_{r}^{+},X_{i}[j]\rangle",
    "v": "v_{rij}^{+}",
}
_OBJECTIVE = (
    r"\frac1N\sum_{i}\Big[(1-\lambda)\,\ell\big(y_if(X_i)\big)+\lambda"
    r"\max_{|s|\le\delta}\ell\big(y_if(X_i+s\,e_{\mathrm{signal}}\otimes w^{*})\big)\Big]"
)


def worst_signal(network: PatchNetwork) -> Step:
    """Solve the adversary's problem on its segment."""
    grows = r"$a_ru_r\ge0$ for every neuron" if network.signed else r"$u_r\ge0$ for every neuron"
    power = r"; for this power $\sum_ra_r\sigma(u_r)\ge0$ is enough (a run reports whether it held)"
    odd_power = network.activation.is_odd_power
    licence = Licence(
        "monotonicity of the output in the signal's strength",
        hypotheses=(
            Hypothesis(r"$\ell$ is nonincreasing and $\sigma$ nondecreasing", True, "checked"),
            Hypothesis(grows + (power if odd_power else ""), False),
        ),
    )
    margins = ((MARGIN_OF, network.margin), (ROBUST_MARGIN_OF, network.robust_margin))
    after = (
        Display("L", with_margins(network, network.objective())),
        *(Display(latex(letter[SAMPLE]), margin(SAMPLE)) for letter, margin in margins),
    )
    return Step(
        "worst-signal",
        "The adversary's move along the signal",
        (Display("L", _OBJECTIVE),),
        after,
        r"The margin is nondecreasing in $y_is$, so that the worst move is $s=-\delta y_i$ and the "
        r"signal patch becomes $(\alpha-\delta)y_iw^{*}$.",
        licence,
        partial(checks.worst_signal_check, network),
    )


def gradient_in_the_span(network: PatchNetwork, gradient: Vector) -> Step:
    """Write the gradient in the vectors of the data."""
    along, noise = (factor_terms(signs_out(-t.coefficient)) for t in gradient.terms)
    after = (
        Display(r"-\nabla_{w_r}L", r"A_{r}\,w^{*}+\sum_{i'}\sum_{j'}B_{ri'j'}\,X_{i'}[j']"),
        Display("A_{r}", along),
        Display("B_{ri'j'}", noise),
    )
    return Step(
        "gradient-in-the-span",
        "The gradient lies in the span of the data",
        (Display("w_{r}^{+}", r"w_{r}-\eta\nabla_{w_r}L"),),
        after,
        r"The objective depends on $w_r$ through $\langle w_r,w^{*}\rangle$ and "
        r"$\langle w_r,X_i[j]\rangle$ only; here $M_i=y_if(X_i)$ and $\psi=-\ell'$.",
        Licence("chain rule"),
        partial(_unprojected, network, gradient),
    )


def _unprojected(network: PatchNetwork, gradient: Vector) -> CheckResult:
    # A vector in the span of the data is known by its inner products with them.
    exact = Recursion(project(gradient), definitions_of(network))
    return checks.descent_check(network, exact, orthogonal=False)


def projection(network: PatchNetwork, exact: Recursion) -> Step:
    """Take inner products with the signal and with each noise patch."""
    data = Licence(
        "data model",
        LI_LI,
        (
            Hypothesis(r"$\|w^{*}\|=1$ and $\langle X_i[j],w^{*}\rangle=0$", True, "by the model"),
            Hypothesis("noise patches are not attacked", True, r"the adversary moves along $w^*$"),
        ),
    )
    return _between(
        "projection",
        "Projection on the signal and on the noise patches",
        (Display("w_{r}^{+}", r"w_{r}-\eta\nabla_{w_r}L"),),
        exact,
        r"Inner products of the step with $w^{*}$ and with $X_i[j]$; exact at every dimension.",
        data,
        partial(checks.descent_check, network, exact, orthogonal=False),
    )


def near_orthogonality(network: PatchNetwork, exact: Recursion, diagonal: Recursion) -> Step:
    """Drop the overlaps of different patches."""
    licence = Licence(
        "near-orthogonality of the noise patches",
        LI_LI,
        (
            Hypothesis(
                r"$\sum_{(k,l)\ne(i,j)}|\langle X_i[j],X_k[l]\rangle|\ll\|X_i[j]\|^2$: cosines of "
                r"Gaussian patches are $O(\sqrt{\log(NP)/d})$, so $NP\ll\sqrt d$ is enough",
                False,
            ),
        ),
    )
    return _between(
        "near-orthogonality",
        "Different noise patches are nearly orthogonal",
        tuple(Display(_NEXT[k], e) for k, e in exact.updates.items()),
        diagonal,
        r"$\langle X_i[j],X_k[l]\rangle$ is replaced by $\|X_i[j]\|^2$ for the same patch and by "
        r"zero for another; the only step that is not exact at finite $d$.",
        licence,
        partial(_both, network, diagonal),
    )


def _both(network: PatchNetwork, diagonal: Recursion) -> CheckResult:
    exact = checks.descent_check(network, diagonal, orthogonal=True)
    drawn = checks.overlap_check()
    worse = next((r for r in (exact, drawn) if r.outcome is not Outcome.VERIFIED), exact)
    return CheckResult(worse.outcome, f"orthogonal patches: {exact.how}; {drawn.how}")


def signed_weights(network: PatchNetwork, before: Recursion, after: Recursion) -> Step:
    """Count the noise weights with the label of their sample."""
    return _between(
        "signed-weights",
        "Noise weights with the sign of their label",
        tuple(Display(_NEXT[k], e) for k, e in before.updates.items()),
        after,
        r"With $v_{rij}=y_i\langle w_r,X_i[j]\rangle$, and $y_i^2=a_r^2=1$.",
        Licence("labels and output weights are signs"),
        partial(checks.equal_check, network, before, after),
    )


def oddness(network: PatchNetwork, before: Recursion, after: Recursion) -> Step:
    """Take the labels out of the activation."""
    shown = tuple(Display(_NEXT[k], e) for k, e in before.updates.items())
    return _between(
        "odd-activation",
        "The activation is odd",
        shown + _margins(before),
        after,
        r"$\sigma(yz)=y\sigma(z)$ and $\sigma'(yz)=\sigma'(z)$ for $y=\pm1$: no label is left.",
        Licence("oddness", hypotheses=(Hypothesis(r"$\sigma(-z)=-\sigma(z)$", True, "proved"),)),
        partial(checks.equal_check, network, before, after),
    )


def insertion(network: PatchNetwork, before: Recursion, after: Recursion) -> Step:
    """Say which activation and which loss."""
    displays = (
        Display(r"\sigma(z)", network.activation.function),
        Display(r"\sigma'(z)", network.activation.slope),
        Display(rf"\ell({network.loss.variable})", network.loss.expression),
        Display(rf"\psi({network.loss.variable})", response(network)),
    )
    return _between(
        "activation-and-loss",
        "Activation and loss",
        displays,
        after,
        "",
        Licence("substitution"),
        partial(insertion_check, network, before, after),
    )


def _margins(recursion: Recursion) -> tuple[Display, ...]:
    return tuple(Display(latex(k), e) for k, e in recursion.definitions.items())


def _between(
    name: str,
    title: str,
    before: tuple[Display, ...],
    after: Recursion,
    why: str,
    licence: Licence,
    check: Callable[[], CheckResult],
) -> Step:
    shown = tuple(Display(_NEXT[k], e) for k, e in after.updates.items())
    if name in ("signed-weights", "odd-activation", "activation-and-loss"):
        shown += _margins(after)
    return Step(name, title, before, shown, why, licence, check)


def display_latex(display: Display) -> str:
    """One displayed formula."""
    return f"{latex(display.left)} {display.relation} {latex(display.right)}"
