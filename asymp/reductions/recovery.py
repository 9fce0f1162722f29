r"""Exact recovery: a realisable teacher without noise, ridge or adversary is found exactly.

The map for the risk is then homogeneous, :math:`\mathrm{SR}' = c\,\mathrm{SR}` with c < 1, and its
fixed point is zero, which no iteration reaches in relative terms.
"""

from __future__ import annotations

from typing import Any

import mpmath
import sympy as sp

from asymp.calculus.sample_law import SampleLaw
from asymp.calculus.spectral_law import MarchenkoPastur
from asymp.reductions.elimination import Reduced
from asymp.reductions.evaluate import evaluate, evaluate_in_order, input_symbols, random_values
from asymp.reductions.interpolation import (
    CAPACITY,
    SCALED,
    at_covariance,
    capacity,
    no_training_budget,
)
from asymp.reductions.statements import Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition
from asymp.symbols import NONNEGATIVE, letter

FLOOR = letter("risk_floor", NONNEGATIVE)


def recovery(reduced: Reduced) -> tuple[Branch, Step] | None:
    """Branch of exact recovery; None where the features cannot represent the teacher."""
    if not is_realisable(reduced):
        return None
    floor, full = risk_floor(reduced), capacity(reduced)
    branch = Branch(
        name="recovery",
        condition=sp.And(*no_training_budget(reduced), sp.Eq(FLOOR, 0), CAPACITY <= 1),
        guards=(full, Definition(FLOOR, floor, "risk of the best linear function of the features")),
        system=None,
        values=_values(reduced),
        definitions=at_covariance(reduced),
        meaning="the teacher is found exactly: no noise, no ridge, and enough samples",
    )
    return branch, _step(reduced, branch)


def is_realisable(reduced: Reduced) -> bool:
    """Whether the features represent the teacher up to what is orthogonal to all of them."""
    model = reduced.source.output.channels.model
    if isinstance(model.law, SampleLaw):  # what the features miss is the root of an equation
        return False
    square = model.robust.problem.loss.is_square
    whole = model.teacher_law.moment(0) == 1
    return square and whole and bool(sp.expand(model.covariance - model.alignment) == 0)


def risk_floor(reduced: Reduced) -> sp.Expr:
    """Noise variance plus the share of the teacher that is orthogonal to every feature."""
    model = reduced.source.output.channels.model
    law, robust = model.law, model.robust
    missed = sp.Max(0, 1 - law.ratio) if isinstance(law, MarchenkoPastur) else sp.Integer(0)
    return robust.symbol("noise") ** 2 + robust.symbol("target") * missed


def _values(reduced: Reduced) -> dict[str, sp.Expr]:
    """The parameter is the least-squares representation of the teacher; nothing fluctuates."""
    zero, x = sp.Integer(0), Letters
    at = {x.q_hat: zero, x.V_hat: sp.Integer(1)}
    values = {
        n: reduced.closed(n).subs(at).xreplace(SCALED) for n in set(reduced.averages) - {"V", "SR"}
    }
    scale = sp.Piecewise((sp.oo, sp.Eq(CAPACITY, 1)), (CAPACITY / (1 - CAPACITY), True))
    return {
        **values,
        **({"V_grad": values["V_grad"] / (1 - CAPACITY)} if "V_grad" in values else {}),
        "V": scale,
        "SR": zero,
        "V_hat": 1 - CAPACITY,
        "q_hat": zero,
        "P_hat": zero,
        "training_loss": zero,
        "atom": sp.Integer(1),
    }


def _step(reduced: Reduced, branch: Branch) -> Step:
    x = Letters
    return Step(
        name="recovery",
        title="Exact recovery",
        before=(Display(r"\mathrm{SR}", r"r_\Sigma\,\mathrm{SR},\qquad r_\Sigma<1"),),
        after=(
            *(Display(g.symbol, g.expression) for g in branch.guards),
            Display(x.V, branch.values["V"]),
            Display(x.SR, sp.Integer(0)),
        ),
        why=(
            "Without noise, ridge and adversary, a teacher that the features represent leaves a "
            "map for the risk that is homogeneous with a factor below one: the risk is zero, and "
            "the parameter is the least-squares representation of the teacher."
        ),
        licence=Licence("homogeneity of the map at zero noise"),
        check=lambda: _check(reduced, branch),
    )


def _check(reduced: Reduced, branch: Branch) -> CheckResult:
    """At the claimed V the full map keeps V and multiplies any risk by the capacity."""
    robust = reduced.source.output.channels.model.robust
    off = {robust.symbol("noise"), robust.symbol("penalty")}
    if robust.is_adversarial:
        off.add(robust.symbol("adversary"))
    worst = mpmath.mpf(0)
    for seed in range(4):
        symbols = input_symbols(reduced.system) | {Letters.P, Letters.SR}
        values = random_values(symbols, seed, robust.problem.parameters.values())
        values |= dict.fromkeys(off, mpmath.mpf(0))
        make_realisable(reduced, values)
        room = evaluate_in_order(branch.guards[:1], values)[CAPACITY]
        values[Letters.V] = room / (1 - room)
        known = evaluate_in_order(reduced.system.definitions, values)
        scale, risk = (evaluate(f, known) for f in reduced.system.update[:2])
        gaps = (scale / values[Letters.V] - 1, risk / (room * values[Letters.SR]) - 1)
        worst = max(worst, *map(abs, gaps))
    how = f"full map at zero noise, 4 points with capacity below one, deviation {float(worst):.1e}"
    good = worst < 1e-12  # double precision
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def make_realisable(reduced: Reduced, values: dict[sp.Symbol, mpmath.mpf]) -> None:
    """More features than inputs, and more samples than either."""
    features: Any = reduced.source.output.channels.model.robust.problem.features
    own = getattr(features, "spectrum", getattr(features, "inputs", None))
    ratios = [p for p in features.parameters if own is None or p not in own.parameters]
    for index, parameter in enumerate(ratios):
        values[parameter.symbol] += 1 + 3 * index
