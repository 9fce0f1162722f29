"""Observables: what users plot, as expressions of order parameters, for every branch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from asymp.calculus.piecewise import PiecewisePolynomial
from asymp.problem.losses import RESIDUAL
from asymp.reductions.elimination import Reduced
from asymp.reductions.observable import ATOM, NORM, TRAINING, Observable
from asymp.reductions.observing import EXTRA
from asymp.reductions.statements import Letters, RobustProblem
from asymp.reductions.system import Definition
from asymp.symbols import NONNEGATIVE, POSITIVE


def observables(reduced: Reduced) -> tuple[Observable, ...]:
    """The observables of a problem, depending on whether its training is adversarial."""
    robust = reduced.source.output.channels.model.robust
    found = [_STANDARD]
    training = _training(robust)
    if robust.is_adversarial:
        found += [_robust_risk(robust.symbol("adversary", 1)), training]
        found += [_gap(found[1], training)] if robust.problem.loss.is_square else []
    else:
        found.append(training)
    found.append(_PARAMETER)
    if "P" in reduced.averages:
        found.append(_GRADIENT)
    return (*found, _INTERPOLATED)


_STANDARD = Observable(
    "standard_risk",
    NONNEGATIVE,
    "mean squared error on clean inputs",
    expression=Letters.SR,
    definition=r"\mathbb E(y-f(x))^2",
)
_PARAMETER = Observable(
    "parameter_norm2",
    NONNEGATIVE,
    "squared norm of the parameter",
    expression=NORM,
    definition=r"\|\hat\theta\|^2",
)
_GRADIENT = Observable(
    "gradient_norm2",
    NONNEGATIVE,
    "mean squared norm of the input gradient",
    expression=Letters.P,
    definition=r"\mathbb E\|\nabla_xf(x)\|^2",
)
_INTERPOLATED = Observable(
    "interpolated_fraction",
    sp.Interval(0, 1),
    "share of training residuals that are zero",
    expression=ATOM,
    definition=r"\frac1n\#\{i: r_i=0\}",
)


def _robust_risk(radius: sp.Symbol) -> Observable:
    r"""Average of the squared residual after a perturbation that moves it by the budget."""
    budget = sp.Symbol("budget", positive=True)
    shifted = PiecewisePolynomial.of((sp.Abs(RESIDUAL) + budget) ** 2, RESIDUAL)
    average = sp.expand(shifted.average(sp.sqrt(Letters.SR)))
    return Observable(
        "robust_risk",
        NONNEGATIVE,
        "mean squared error on perturbed inputs",
        expression=average.subs(budget, radius * sp.sqrt(Letters.P)),
        definition=r"\mathbb E\max_{\|\delta\|_2\le\varepsilon_{\mathrm{test}}}(y-f(x+\delta))^2",
    )


def _training(robust: RobustProblem) -> Observable:
    """Training error for the square loss (twice the loss), the mean loss for others."""
    kind = "_robust" if robust.is_adversarial else ""
    if not robust.problem.loss.is_square:
        return Observable(
            f"train{kind}_loss",
            NONNEGATIVE,
            "mean training loss",
            expression=TRAINING,
            definition=r"\frac1n\sum_i\ell(r_i)",
        )
    budget = r"\big(|r_i|+\varepsilon\|A^{1/2}\hat\theta\|\big)" if kind else "r_i"
    return Observable(
        f"train{kind}_risk",
        NONNEGATIVE,
        "training error, twice the mean training loss",
        expression=2 * TRAINING,
        definition=rf"\frac1n\sum_i{budget}^2",
    )


def _gap(risk: Observable, training: Observable) -> Observable:
    """Generalisation gap under attack."""
    return Observable(
        "robust_gap",
        sp.Reals,
        "robust risk minus robust training error",
        expression=risk.expression - training.expression,
        definition=r"\mathrm{robust\,risk}-\mathrm{train\,robust\,risk}",
    )


def evaluate_in_branch(
    items: tuple[Observable, ...],
    values: Mapping[str, sp.Expr],
    own: tuple[Definition, ...] = (),
) -> tuple[tuple[Definition, ...], dict[str, sp.Expr]]:
    """Observables of a branch that says what the order parameters are, and letters they need.

    A value that is an expression becomes a definition, so that it is computed once; ``own`` are
    further definitions, in terms of order parameters.
    """
    x = Letters
    names = {x.SR: "SR", x.P: "P", TRAINING: "training_loss", ATOM: "atom", NORM: "norm"}
    names |= {x.m: "m", x.q: "q", x.V: "V", x.V_hat: "V_hat"} | EXTRA
    written = [*(item.expression for item in items), *(d.expression for d in own)]
    read = set().union(*(e.free_symbols for e in written))
    known = {s: values[name] for s, name in names.items() if s in read and name in values}
    definitions = tuple(Definition(s, value) for s, value in known.items() if not value.is_Atom)
    atoms = {s: value for s, value in known.items() if value.is_Atom}
    finite = {s: value for s, value in atoms.items() if value.is_finite is not False}
    further = tuple(
        replace(d, expression=d.expression.subs(finite, simultaneous=True)) for d in own
    )
    return (*definitions, *further), {item.name: _valued(item, atoms, own) for item in items}


def _valued(
    item: Observable, atoms: Mapping[sp.Symbol, sp.Expr], own: tuple[Definition, ...]
) -> sp.Expr:
    """An observable's expression at a branch's atoms.

    It is infinite where one of them is, unless letters of its own take every infinite one out: an
    estimator of which nothing is pruned is that before pruning, however large it is.
    """
    expression = item.expression
    used = {s: v for s, v in atoms.items() if s in expression.free_symbols}
    infinite = [s for s, v in used.items() if v is sp.oo]
    finite = expression.subs({**used, **dict.fromkeys(infinite, 0)}, simultaneous=True)
    gone = sp.And(*(_vanishes(expression.diff(s), own, infinite) for s in infinite))
    return sp.Piecewise((finite, gone), (sp.oo, True))


def _vanishes(
    rate: sp.Expr, own: tuple[Definition, ...], infinite: list[sp.Symbol]
) -> sp.Basic | bool:
    """Whether what multiplies an infinite quantity is zero by an observation's own letters.

    Parameters do not count: where one is zero the product is a limit, which may be anything.
    """
    letters = [d.symbol for d in own]
    if rate.has(*infinite):
        return sp.false
    factors = [f for f in sp.Mul.make_args(sp.factor(rate)) if f.has(*letters)] if letters else []
    return sp.Or(*(sp.Eq(f, 0) for f in factors))


ORDER_MEANINGS = {
    "V": ("proximal scale", POSITIVE),
    "SR": ("standard risk, the variance of the residual", POSITIVE),
    "P": ("squared seminorm through which the adversary acts", NONNEGATIVE),
    "m": ("overlap of the estimator with the teacher field", sp.Reals),
    "q": ("variance of the estimator's field", NONNEGATIVE),
    "E": ("excess risk, the mean squared distance from the teacher", POSITIVE),
    "q_perp": ("variance of the estimator's field beside the teacher", POSITIVE),
    "P_w": ("squared seminorm through which a perturbation of the weights acts", POSITIVE),
    "N_1": ("mean absolute coordinate, the l1 norm", POSITIVE),
    "r_max": ("residual at which the worst law puts all its mass", POSITIVE),
    "b_kl": ("minus the logarithm of the worst law's least weight", POSITIVE),
    "w_min": ("weight that the worst law leaves a sample without residual", POSITIVE),
    "lambda_kl": ("scale of the worst law's weights", POSITIVE),
    "exp_b": ("exponential of the intercept", POSITIVE),
    "V_hat": ("conjugate of q: signal strength in the input channel", POSITIVE),
    "q_hat": ("conjugate of V: noise strength in the input channel", POSITIVE),
    "P_hat": ("conjugate of P: strength of the adversary's quadratic form", NONNEGATIVE),
    "m_hat": ("conjugate of m: strength of the signal in the input channel", sp.Reals),
    "P_w_hat": ("conjugate of P_w", NONNEGATIVE),
    "N_1_hat": ("conjugate of N_1: strength of the l1 penalty of the adversary", NONNEGATIVE),
}
