r"""Holistic robust value of a trained estimator, from the exact law of its training losses.

The field :math:`\omega\sim N(0,\mathrm{SR})` becomes the attacked residual
:math:`|r|+e=\max(e,\tfrac{|\omega|+e}{1+V})`, and the loss is its square clipped at
:math:`C=c^2(\rho+\tau^2)`. The dual of the worst law,

.. math:: \mathrm{HR}_r=\min_{\eta>C}\ \eta-e^{-r}\exp\mathbb E\log(\eta-\ell),

has the stationary point :math:`G(\eta)=\log\mathbb E\frac1{\eta-\ell}+\mathbb E\log(\eta-\ell)=r`,
where G falls from infinity to zero; there :math:`\mathrm{HR}_r=\eta-1/\mathbb E\frac1{\eta-\ell}`.
It equals a test risk T where :math:`\eta-1/\mathbb E\frac1{\eta-\ell}=T`; the radius is G there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.errors import NotDerivable
from asymp.problem.observation import HolisticRisk
from asymp.reductions.literature import BENNOUNA
from asymp.reductions.observable import Observable
from asymp.reductions.observing.rule import Needs, Reading, label_variance, needs, reading
from asymp.reductions.statements import FIELD, GaussianModel, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Definition
from asymp.symbols import NONNEGATIVE, letter

ROOM = sp.Symbol("t", real=True)
CEILING, BUDGET, BEGIN, END = (
    letter(n, NONNEGATIVE) for n in ("C_clip", "e_train", "omega_0", "omega_1")
)
REST, CLIPPED = (letter(n, NONNEGATIVE) for n in ("p_rest", "p_clip"))
LOG_ROOM, LOG_ROOM_TEST = (sp.Symbol(n, real=True) for n in ("t_r", "t_test"))
LOWEST, HIGHEST = -60, 25


@needs.register
def _needs(observation: HolisticRisk, model: GaussianModel) -> Needs:
    """Nothing beyond V, SR and P."""
    if not model.robust.problem.loss.is_square:
        raise NotDerivable(
            "the holistic value of the training losses is derived for the square loss, whose "
            "attacked residuals are known: give loss=asymp.SquareLoss()"
        )
    return Needs()


def _average(value: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    r"""Mean over the training losses of a function of the room :math:`\eta-\ell`, by parts."""
    x = Letters
    eta = CEILING + sp.exp(ROOM)
    size = (FIELD + BUDGET) / (1 + x.V)
    density = 2 * sp.exp(-(FIELD**2) / (2 * x.SR)) / sp.sqrt(2 * sp.pi * x.SR)
    deviation = sp.sqrt(x.SR)
    inside = Panel(value(eta - size**2) * density, FIELD, BEGIN, END, 0, deviation)
    at_rest = eta - sp.Min(BUDGET**2, CEILING)
    return REST * value(at_rest) + inside + CLIPPED * value(sp.exp(ROOM))


INVERSE, LOGARITHM = _average(lambda x: 1 / x), _average(sp.log)
GAP = sp.log(INVERSE) + LOGARITHM
VALUE = CEILING + sp.exp(ROOM) - 1 / INVERSE


def _definitions(observation: HolisticRisk, model: GaussianModel) -> tuple[Definition, ...]:
    x, robust = Letters, model.robust
    radius, clip = (p.symbol for p in observation.parameters)
    budget = robust.symbol("adversary") * sp.sqrt(x.P) if robust.is_adversarial else sp.Integer(0)
    spread = sp.sqrt(2 * x.SR)
    low, high = LOWEST + sp.log(CEILING), HIGHEST + sp.log(CEILING)
    begin = x.V * BUDGET
    return (
        Definition(CEILING, clip**2 * label_variance(model), "largest loss"),
        Definition(BUDGET, budget, "budget of the training attack"),
        Definition(BEGIN, begin, "fields below rest at zero residual"),
        Definition(END, sp.Max(begin, sp.sqrt(CEILING) * (1 + x.V) - BUDGET), "above are clipped"),
        Definition(REST, sp.erf(BEGIN / spread), "share of residuals at zero"),
        Definition(CLIPPED, sp.erfc(END / spread), "share of clipped losses"),
        Definition(
            LOG_ROOM,
            Root(radius - GAP, ROOM, sp.log(CEILING), low, high),
            "logarithm of eta - C at the radius",
        ),
        Definition(
            LOG_ROOM_TEST,
            Root(_test_risk(model) - VALUE, ROOM, sp.log(CEILING), low, high),
            "the same where the test risk is covered",
        ),
    )


def _test_risk(model: GaussianModel) -> sp.Expr:
    """The clipped risk on attacked new inputs."""
    x, robust = Letters, model.robust
    attack = robust.symbol("adversary", 1) * sp.sqrt(x.P) if robust.is_adversarial else sp.S.Zero
    end = sp.Max(0, sp.sqrt(CEILING) - attack)
    density = 2 * sp.exp(-(FIELD**2) / (2 * x.SR)) / sp.sqrt(2 * sp.pi * x.SR)
    inside = Panel((FIELD + attack) ** 2 * density, FIELD, 0, end, 0, sp.sqrt(x.SR))
    return inside + CEILING * sp.erfc(end / sp.sqrt(2 * x.SR))


@reading.register
def _reading(observation: HolisticRisk, model: GaussianModel) -> Reading:
    radius, test = observation.parameters[0].symbol, _test_risk(model)
    found = (
        Observable(
            "clipped_train_risk", NONNEGATIVE, "mean clipped squared training residual",
            expression=_mean_loss(), definition=r"\frac1n\sum_i\min((|r_i|+e)^2,C)",
            corners=_corners(model, lambda loss, test: loss),
        ),
        Observable(
            "clipped_test_risk", NONNEGATIVE, "mean clipped squared residual on new inputs",
            expression=test, definition=r"\mathbb E\min\big(\max_\delta r^2,C\big)",
            corners=((Letters.SR, sp.oo, CEILING), (Letters.SR, sp.S.Zero, _attack(model))),
        ),
        Observable(
            "holistic_risk", NONNEGATIVE, "worst mean clipped training loss in the ball",
            expression=VALUE.subs(ROOM, LOG_ROOM),
            definition=r"\max_{D(\hat P_n\|P)\le r}\mathbb E_P\,\ell",
            display=r"\eta-1\big/\mathbb E\tfrac1{\eta-\ell}",
            corners=_corners(
                model, lambda loss, test: CEILING - sp.exp(-radius) * (CEILING - loss)
            ),
        ),
        Observable(
            "covering_radius", NONNEGATIVE, "radius at which the holistic value is the test risk",
            expression=sp.Max(0, GAP.subs(ROOM, LOG_ROOM_TEST)),
            definition=r"\min\{r:\mathrm{HR}_r\ge\mathrm{test\ risk}\}",
            display=r"\log\mathbb E\tfrac1{\eta-\ell}+\mathbb E\log(\eta-\ell)",
            corners=_corners(
                model,
                lambda loss, test: sp.Max(0, sp.log((CEILING - loss) / (CEILING - test))),
                sp.oo,
            ),
        ),
    )  # fmt: skip
    return Reading(found, _step(radius), _definitions(observation, model))


def _attack(model: GaussianModel) -> sp.Expr:
    """Clipped risk of an estimator without residuals."""
    robust = model.robust
    if not robust.is_adversarial:
        return sp.Integer(0)
    return sp.Min(robust.symbol("adversary", 1) ** 2 * Letters.P, CEILING)


def _corners(
    model: GaussianModel,
    constant: Callable[[sp.Expr, sp.Expr], sp.Expr],
    divergent: sp.Expr | None = None,
) -> tuple[tuple[sp.Symbol, sp.Expr, sp.Expr], ...]:
    """Values where all training losses are the same: interpolation, and exact recovery.

    ``constant`` takes that loss and the test risk; ``divergent`` is for an infinite risk.
    """
    x, zero = Letters, sp.Integer(0)
    far = constant(zero, CEILING) if divergent is None else divergent
    rest = sp.Min(BUDGET**2, CEILING)
    return (
        (x.SR, sp.oo, far),
        (x.SR, zero, constant(rest, _attack(model))),
        (x.V, sp.oo, constant(zero, _test_risk(model))),
    )


def _mean_loss() -> sp.Expr:
    x = Letters
    size = (FIELD + BUDGET) / (1 + x.V)
    density = 2 * sp.exp(-(FIELD**2) / (2 * x.SR)) / sp.sqrt(2 * sp.pi * x.SR)
    inside = Panel(size**2 * density, FIELD, BEGIN, END, 0, sp.sqrt(x.SR))
    return REST * sp.Min(BUDGET**2, CEILING) + inside + CLIPPED * CEILING


def _step(radius: sp.Symbol) -> Step:
    return Step(
        name="holistic",
        title="The holistic value of the training losses",
        before=(
            Display(r"\ell_i", r"\min\big((|r_i|+e)^2,C\big)"),
            Display(
                r"\mathrm{HR}_r",
                r"\min_{\eta>C}\ \eta-e^{-r}\exp\tfrac1n\textstyle\sum_i\log(\eta-\ell_i)",
            ),
        ),
        after=(
            Display(
                r"|r|+e",
                r"\max\big(e,\tfrac{|\omega|+e}{1+V}\big),\qquad\omega\sim N(0,\mathrm{SR})",
            ),
            Display(r"\log\mathbb E\tfrac1{\eta-\ell}+\mathbb E\log(\eta-\ell)", radius),
            Display(r"\mathrm{HR}_r", r"\eta-1\big/\mathbb E\tfrac1{\eta-\ell}"),
        ),
        why="The law of the training residuals is the image of the field's Gaussian law under the "
        "proximal operator. The dual of the worst law is convex in $\\eta$; its stationary point "
        "is the root of the Jensen gap, which falls with $\\eta$.",
        licence=Licence("Lagrange duality", BENNOUNA.at("loss of Section 3", "second-hand")),
        check=_check,
    )


def _check() -> CheckResult:
    """The value at the root against a search over eta, for losses drawn from a clipped law."""
    from scipy import optimize

    rng, worst = np.random.default_rng(0), 0.0
    for _ in range(5):
        losses = np.minimum(rng.normal(size=400) ** 2, 4.0)
        radius = float(rng.uniform(0.02, 0.5))

        def dual(t: float, losses: np.ndarray = losses, radius: float = radius) -> float:
            room = 4.0 + np.exp(t) - losses
            return float(4.0 + np.exp(t) - np.exp(np.log(room).mean() - radius))

        def gap(t: float, losses: np.ndarray = losses, radius: float = radius) -> float:
            room = 4.0 + np.exp(t) - losses
            return float(np.log((1 / room).mean()) + np.log(room).mean() - radius)

        t = optimize.brentq(gap, -25, 20, xtol=1e-13)
        room = 4.0 + np.exp(t) - losses
        value = 4.0 + np.exp(t) - 1 / float((1 / room).mean())
        best = optimize.minimize_scalar(dual, bounds=(-25, 20), options={"xatol": 1e-12}).fun
        worst = max(worst, abs(value / best - 1))
    good = worst < 1e-8  # the search's own accuracy
    how = f"value at the root against a search over eta, 5 samples, deviation {worst:.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
