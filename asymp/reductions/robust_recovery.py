r"""Exact recovery under an adversary: without label noise the kink of the robust loss holds it.

Near recovery :math:`\mathrm{SR}=r^2\to0` with :math:`V=vr`: the break point :math:`a=ve` stays
finite, :math:`\hat V` grows like 1/r, and the map returns
:math:`\mathrm{SR}'=g\,\mathrm{SR}`. The teacher is found exactly as long as the gain g is below 1.
"""

from __future__ import annotations

import mpmath
import sympy as sp

from asymp.calculus.primitives import central_quantile
from asymp.calculus.spectral_law import EIGENVALUE, SpectralLaw
from asymp.calculus.truncated_moment import CentralMoment, TailMoment
from asymp.errors import NotDerivable
from asymp.problem.losses import RESIDUAL
from asymp.reductions.elimination import Reduced
from asymp.reductions.evaluate import evaluate, evaluate_in_order, input_symbols, random_values
from asymp.reductions.interpolation import CAPACITY, capacity
from asymp.reductions.observing import needs_of
from asymp.reductions.recovery import FLOOR, is_realisable, make_realisable, risk_floor
from asymp.reductions.statements import BUDGET, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition
from asymp.symbols import POSITIVE, letter

RADIUS = sp.Symbol("r", positive=True)
SCALE = sp.Symbol("v", positive=True)
QUANTILE = letter("a_0", POSITIVE)
GAIN = letter("gain", POSITIVE)
SEMINORM = letter("P_0", POSITIVE)


def robust_recovery(reduced: Reduced) -> tuple[Branch, Step] | None:
    """Branch of exact recovery with an adversary; None where there is none or no teacher fits."""
    robust = reduced.source.output.channels.model.robust
    if not (robust.is_adversarial and is_realisable(reduced)):
        return None
    eps = robust.symbol("adversary")
    hats = _leading_conjugates(reduced)
    branch = Branch(
        name="robust-recovery",
        condition=sp.And(eps > 0, sp.Eq(FLOOR, 0), CAPACITY < 1, GAIN < 1),
        guards=_guards(reduced, hats),
        system=None,
        values=_values(reduced, hats),
        meaning="the teacher is found exactly although training is attacked: no label noise",
    )
    return branch, _step(reduced, branch, hats)


def _norm(reduced: Reduced) -> sp.Expr:
    """Seminorm of the exact representation of the teacher."""
    model = reduced.source.output.channels.model
    share = model.alignment * model.gradient / model.covariance**2
    return model.robust.symbol("target") * _inverse_average(share, model.teacher_law)


def _inverse_average(integrand: sp.Expr, law: SpectralLaw) -> sp.Expr:
    """Average of a polynomial in 1/t."""
    inverse = sp.Symbol("inverse", positive=True)
    terms = sp.Poly(sp.cancel(integrand.subs(EIGENVALUE, 1 / inverse)), inverse).terms()
    return sp.Add(*(coefficient * law.inverse_moment(order) for (order,), coefficient in terms))


def _leading_conjugates(reduced: Reduced) -> dict[sp.Symbol, sp.Expr]:
    """Conjugates to leading order in r, ``V_hat`` times r."""
    x, output = Letters, reduced.source.output
    robust = output.channels.model.robust
    eps, breaks = robust.symbol("adversary"), [d for d in output.definitions if d.symbol != BUDGET]
    if len(breaks) != 1:
        raise NotDerivable(f"{len(breaks)} break points: recovery is derived for one")
    point = breaks[0].expression.subs({x.V: SCALE * RADIUS, x.SR: RADIUS**2})
    small = {x.V: SCALE * RADIUS, x.SR: RADIUS**2, breaks[0].symbol: QUANTILE}
    scale = QUANTILE * SCALE / sp.cancel(point)  # v in terms of the break point
    mass = {
        CentralMoment(0, QUANTILE): CAPACITY / 2,
        TailMoment(0, QUANTILE): (1 - CAPACITY) / 2,
        BUDGET: eps * sp.sqrt(SEMINORM),
        x.P: SEMINORM,
    }
    found = {}
    for name, power in (("q_hat", 0), ("V_hat", 1), ("P_hat", 0)):
        value = output.conjugates[name].subs(small) * RADIUS**power
        limit = sp.limit(sp.expand(value), RADIUS, 0, "+").subs(SCALE, scale)
        found[getattr(x, name)] = sp.factor(sp.expand(limit.subs(mass)))
    return found


def _guards(reduced: Reduced, hats: dict[sp.Symbol, sp.Expr]) -> tuple[Definition, ...]:
    model = reduced.source.output.channels.model
    robust, x = model.robust, Letters
    law = model.teacher_law
    strength = robust.symbol("penalty") * model.penalty + hats[x.P_hat] * model.gradient
    pull = _inverse_average((strength / model.covariance) ** 2, law)
    shrink = sp.factor(robust.symbol("target") * pull / hats[x.V_hat] ** 2)
    gain = shrink + sp.expand(sp.cancel(hats[x.q_hat] * CAPACITY / hats[x.V_hat] ** 2))
    return (
        capacity(reduced),
        Definition(FLOOR, risk_floor(reduced), "risk of the best linear function of the features"),
        Definition(SEMINORM, _norm(reduced), "seminorm of the teacher's representation"),
        Definition(QUANTILE, central_quantile(CAPACITY), "break point that reproduces V"),
        Definition(GAIN, gain, "factor by which the map multiplies a small risk"),
    )


def _values(reduced: Reduced, hats: dict[sp.Symbol, sp.Expr]) -> dict[str, sp.Expr]:
    """The parameter is the exact representation of the teacher; every residual is zero."""
    model, x, zero = reduced.source.output.channels.model, Letters, sp.Integer(0)
    rho = model.robust.symbol("target")
    norm, *mean = (
        _inverse_average(model.alignment * matrix / model.covariance**2, model.teacher_law)
        for matrix in (sp.Integer(1), *needs_of(model).forms.values())
    )
    loss = model.robust.loss.subs(RESIDUAL, 0)
    return {
        "V": zero, "SR": zero, "P": SEMINORM, "m": rho, "q": rho, "norm": rho * norm,
        "q_hat": hats[x.q_hat], "V_hat": sp.oo, "P_hat": hats[x.P_hat],
        "training_loss": loss.subs(BUDGET, model.robust.symbol("adversary") * sp.sqrt(SEMINORM)),
        "atom": sp.Integer(1),
        **dict(zip(needs_of(model).forms, (rho * form for form in mean), strict=True)),
    }  # fmt: skip


def _step(reduced: Reduced, branch: Branch, hats: dict[sp.Symbol, sp.Expr]) -> Step:
    x = Letters
    return Step(
        name="robust-recovery",
        title="Exact recovery under attack",
        before=(Display(r"\mathrm{SR}", r"\eta^2,\qquad V=v\eta,\qquad \eta\to0"),),
        after=(
            Display(r"\eta\,\hat V", hats[x.V_hat], r"\to"),
            Display(x.q_hat, hats[x.q_hat], r"\to"),
            Display(x.P_hat, hats[x.P_hat], r"\to"),
            *(Display(g.symbol, g.expression) for g in branch.guards),
        ),
        why=(
            "Without label noise the robust loss keeps a kink at zero residuals. Near the exact "
            r"solution $H\approx\hat V\Sigma$ with a large $\hat V$, and the first equation fixes "
            "the break point: the share of residuals that rest at the kink is the capacity. The "
            "map multiplies the risk by the gain; below one, zero risk is the fixed point."
        ),
        licence=Licence("leading-order balance of the map as the risk vanishes"),
        check=lambda: _check(reduced, branch),
    )


def _check(reduced: Reduced, branch: Branch) -> CheckResult:
    """The full map at risk 1e-40 keeps V and multiplies the risk by the gain."""
    robust, x = reduced.source.output.channels.model.robust, Letters
    radius, worst = mpmath.mpf(10) ** -20, mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            values = random_values(
                input_symbols(reduced.system), seed, robust.problem.parameters.values()
            )
            values[robust.symbol("noise")] = mpmath.mpf(0)
            make_realisable(reduced, values)
            found = evaluate_in_order(branch.guards, values)
            budget = values[robust.symbol("adversary")] * mpmath.sqrt(found[SEMINORM])
            at = {x.P: found[SEMINORM], x.SR: radius**2, x.V: radius * found[QUANTILE] / budget}
            known = evaluate_in_order(reduced.system.definitions, {**values, **at})
            scale, risk, norm = (evaluate(f, known) for f in reduced.system.update)
            gaps = (scale / at[x.V], risk / (found[GAIN] * radius**2), norm / found[SEMINORM])
            worst = max(worst, *(abs(gap - 1) for gap in gaps))
    how = f"full map at risk 1e-40, 4 points with capacity below one, deviation {float(worst):.1e}"
    good = worst < 1e-13  # rounding of tabulated spectra; corrections are of order r = 1e-20
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
