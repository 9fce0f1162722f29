"""Observables of the general channels, for regression and for binary labels."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from asymp.calculus.panel import Panel
from asymp.calculus.proximal import Section
from asymp.problem.losses import MarginLoss
from asymp.problem.noise import ContaminatedNoise, GaussianNoise, LaplaceNoise, StudentNoise
from asymp.problem.target import SparseTarget
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.fields import Field, loss_power
from asymp.reductions.general.letters import EXP_B, M_POSITIVE, E
from asymp.reductions.general.separable_input import SeparableInput, _selected
from asymp.reductions.observable import Observable
from asymp.reductions.statements import BUDGET, FIELD, Letters
from asymp.symbols import NONNEGATIVE

UNIT = sp.Interval(0, 1)


def general_observables(found: Assembled) -> tuple[Observable, ...]:
    """What users plot; names are those of the finite simulation."""
    made = list(_binary(found) if found.output.is_margin else _regression(found))
    return (*made, *_parameters(found))


def _regression(found: Assembled) -> Iterator[Observable]:
    noise = noise_variance(found)
    shift = sp.log(EXP_B) ** 2 if found.output.has_intercept else sp.Integer(0)
    excess = E + shift
    risk = excess + noise
    yield Observable(
        "standard_risk", NONNEGATIVE, "mean squared error on clean inputs",
        expression=risk, definition=r"\mathbb E(y-f(x))^2",
    )  # fmt: skip
    yield Observable(
        "excess_risk", NONNEGATIVE, "mean squared distance from the teacher",
        expression=excess, definition=r"\mathbb E(\langle\beta,x\rangle-f(x))^2",
    )  # fmt: skip
    output = found.output
    if output.seminorms and all(f.mean == 0 for f in output.fields):
        yield Observable(
            "robust_risk", NONNEGATIVE, "mean squared error on perturbed inputs",
            expression=_robust_risk(found), definition=r"\mathbb E\max_{\delta}(y-f(x+\delta))^2",
            display=rf"\mathbb E\big(|\omega|+{_test_budget_text(found)}\big)^2",
        )  # fmt: skip
    yield from _training(found)
    yield from _worst_law(found)


def _robust_risk(found: Assembled) -> sp.Expr:
    r"""Average of :math:`(|r|+e)^2` for a centred Gaussian residual of each component."""
    budget = test_budget(found)
    cross = 2 * sp.sqrt(2 / sp.pi) * budget
    size = sp.Add(*(f.outer(f.weight * sp.sqrt(f.variance)) for f in found.output.fields))
    return E + noise_variance(found) + cross * size + budget**2


def test_budget(found: Assembled) -> sp.Expr:
    """Sum of the budgets at test time."""
    return sp.Add(*(s.test_radius * s.size for s in found.output.seminorms))


def _test_budget_text(found: Assembled) -> str:
    """The same for readers, radii in front."""
    return "+".join(
        sp.latex(s.test_radius) + ("" if s.size == 1 else rf"\,{sp.latex(s.size)}")
        for s in found.output.seminorms
    )


def noise_variance(found: Assembled) -> sp.Expr:
    """Variance of the label noise; infinite for heavy tails."""
    noise = found.output.model.robust.problem.noise
    symbols = [p.symbol for p in noise.parameters]
    if isinstance(noise, GaussianNoise | LaplaceNoise):
        return symbols[0] ** 2
    if isinstance(noise, ContaminatedNoise):
        tau, outlier, share = symbols
        return (1 - share) * tau**2 + share * outlier**2
    assert isinstance(noise, StudentNoise)
    tau, nu = symbols
    return sp.Piecewise((tau**2 * nu / (nu - 2), nu > 2), (sp.oo, True))


def _training(found: Assembled) -> Iterator[Observable]:
    output = found.output
    kind, mark = ("_robust", ";e") if output.seminorms else ("", "")
    loss = output.average(output.ambiguity.plain if output.ambiguity else lambda s: s.loss)
    problem = output.model.robust.problem
    square = problem.loss.is_square and not output.is_margin
    if isinstance(problem.noise, StudentNoise):  # without a mean the residuals have none either
        nu = problem.noise.parameters[1].symbol
        loss = sp.Piecewise((loss, nu > loss_power(problem)), (sp.oo, True))
    yield Observable(
        f"train{kind}_{'risk' if square else 'loss'}", NONNEGATIVE,
        "training error, twice the mean training loss" if square else "mean training loss",
        expression=2 * loss if square else loss,
        definition=r"\frac2n\sum_i\ell_i" if square else r"\frac1n\sum_i\ell_i",
        display=("2\\," if square else "") + r"\mathbb E\,\ell\big(u(\omega)" + mark + r"\big)",
    )  # fmt: skip


def _worst_law(found: Assembled) -> Iterator[Observable]:
    """The in-sample value of training against the worst law: a certificate of the risk."""
    output = found.output
    if output.ambiguity is None:
        return
    square = output.model.robust.problem.loss.is_square
    value = output.ambiguity.value
    yield Observable(
        f"train_holistic_{'risk' if square else 'loss'}", NONNEGATIVE,
        "worst mean training loss within the ball" + (", twice" if square else ""),
        expression=2 * value if square else value,
        definition=r"\max_{D(\hat P_n\|P)\le r}" + ("2\\," if square else "")
        + r"\mathbb E_P\,\ell", display=("2\\," if square else "") + r"\mathbb E\,w\,\ell",
    )  # fmt: skip


def _binary(found: Assembled) -> Iterator[Observable]:
    output = found.output
    yield Observable(
        "classification_error", UNIT, "probability of a wrong sign on clean inputs",
        expression=_error(found, sp.Integer(0)), definition=r"\mathbb P(yf(x)<0)",
        display=r"\mathbb P(\omega<0)",
    )  # fmt: skip
    if output.seminorms:
        yield Observable(
            "robust_error", UNIT, "probability of a wrong sign on perturbed inputs",
            expression=_error(found, test_budget(found)),
            definition=r"\mathbb P(\min_{\delta}yf(x+\delta)<0)",
            display=rf"\mathbb P\big(\omega<{_test_budget_text(found)}\big)",
        )  # fmt: skip
    yield from _training(found)
    yield from _training_errors(found)


def _training_errors(found: Assembled) -> Iterator[Observable]:
    """Shares of training points with a wrong sign, clean and under the training attack."""
    output = found.output
    if not isinstance(output.model.robust.problem.loss, MarginLoss):
        return
    yield Observable(
        "train_error", UNIT, "share of training points with a wrong sign",
        expression=_error(found, _field_of(found, sp.Integer(0))),
        definition=r"\frac1n\#\{i:y_if(x_i)<0\}", display=r"\mathbb P\big(k(\omega)<0\big)",
    )  # fmt: skip
    if output.seminorms:
        yield Observable(
            "train_robust_error", UNIT, "share of training points with a wrong sign under attack",
            expression=_error(found, _field_of(found, BUDGET)),
            definition=r"\frac1n\#\{i:\min_{\delta}y_if(x_i+\delta)<0\}",
            display=r"\mathbb P\big(k(\omega)<e\big)",
        )  # fmt: skip
        yield Observable(
            "robust_gap", sp.Interval(-1, 1), "robust error minus robust training error",
            expression=_error(found, test_budget(found)) - _error(found, _field_of(found, BUDGET)),
            definition=r"\mathbb P(\min_{\delta}yf(x+\delta)<0)"
            r"-\frac1n\#\{i:\min_{\delta}y_if(x_i+\delta)<0\}",
            display=r"\mathrm{robust\,error}-\mathrm{train\,robust\,error}",
        )  # fmt: skip


def _field_of(found: Assembled, margin: sp.Expr) -> sp.Expr:
    r"""The field whose proximal point is a margin: the inverse :math:`k+V\ell'(k)` is explicit.

    Proximal points are monotone, so that margins below it are those of fields below. A barrier
    lets none through.
    """
    output = found.output
    if output.loss.has(sp.oo):
        return -sp.oo
    return margin + Letters.V * output.loss.diff(output.argument).subs(output.argument, margin)


def _error(found: Assembled, margin: sp.Expr) -> sp.Expr:
    """Mass of the field's law below a margin."""
    return sp.Add(*(f.weight * _mass_below(f, margin) for f in found.output.fields))


def _mass_below(field: Field, margin: sp.Expr) -> sp.Expr:
    if margin is -sp.oo:
        return sp.Integer(0)
    if field.tilt == 1:
        return sp.erfc((field.mean - margin) / sp.sqrt(2 * field.variance)) / 2
    integrand = field.tilt * field.density
    return Panel(integrand, FIELD, -sp.oo, margin, field.mean, field.deviation, sp.Integer(0))


def _parameters(found: Assembled) -> Iterator[Observable]:
    names = found.input.averages
    yield Observable(
        "parameter_norm2", NONNEGATIVE, "squared norm of the parameter",
        expression=found.input.close(names["norm"]), definition=r"\|\hat\theta\|^2",
        display=r"\text{its average above}",
    )  # fmt: skip
    if Letters.P in found.state:
        yield Observable(
            "gradient_norm2", NONNEGATIVE, "mean squared norm of the input gradient",
            expression=Letters.P, definition=r"\mathbb E\|\nabla_xf(x)\|^2",
        )  # fmt: skip
    elif getattr(found.output.model.robust.problem.penalty, "metric", None) == "gradient":
        yield Observable(
            "gradient_norm2", NONNEGATIVE, "mean squared norm of the input gradient",
            expression=found.input.close(names["gradient"]),
            definition=r"\mathbb E\|\nabla_xf(x)\|^2",
        )  # fmt: skip
    if found.output.is_margin:
        rho, q = found.input.rho, Letters.q
        yield Observable(
            "correlation", sp.Interval(-1, 1), "cosine between estimator and teacher",
            expression=M_POSITIVE / sp.sqrt(rho * q), definition=r"\hat\theta^\top c/\sqrt{\rho q}",
        )  # fmt: skip
    if found.output.model.robust.problem.intercept:
        yield Observable(
            "intercept", sp.Reals, "the intercept",
            expression=sp.log(EXP_B) if found.output.has_intercept else sp.Integer(0),
            definition=r"\hat b",
        )  # fmt: skip
    if isinstance(found.input, SeparableInput):
        yield from _coordinates(found.input)


def _coordinates(channel: SeparableInput) -> Iterator[Observable]:
    yield Observable(
        "selected_fraction", UNIT, "share of coordinates that are not zero",
        expression=channel.averages["selected"], definition=r"\frac1p\#\{j:\hat w_j\ne0\}",
        display=r"\mathbb P(w(f)\ne0)",
    )  # fmt: skip
    yield Observable(
        "l1_norm", NONNEGATIVE, "mean absolute coordinate",
        expression=channel.averages["N_1"], definition=r"\frac1p\sum_j|\hat w_j|",
        display=r"\mathbb E\,|w(f)|",
    )  # fmt: skip
    if isinstance(channel.model.robust.problem.target, SparseTarget):
        rates = ("false_positive_rate", "true_positive_rate")
        signs = ("=", r"\ne")
        for name, component, sign in zip(rates, channel.components, signs, strict=True):
            yield Observable(
                name, UNIT, "share selected of the coordinates where the teacher is "
                + ("zero" if name.startswith("false") else "not zero"),
                expression=channel.mean(_selected, component),
                definition=rf"\mathbb P(\hat w_j\ne0\mid\beta_j{sign}0)",
                display=rf"\mathbb P(w(f)\ne0\mid\beta_0{sign}0)",
            )  # fmt: skip


def interpolated(found: Assembled) -> sp.Expr:
    """Mass of the residuals that are exactly zero."""

    def atom(section: Section) -> sp.Expr:
        return sp.Integer(1 if section.point.is_zero else 0)

    return found.output.average(atom)
