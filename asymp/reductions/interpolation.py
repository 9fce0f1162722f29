r"""The ridgeless limit: interpolation, its threshold, and the rescaled unknown beyond it.

Where the features can fit every label, the proximal scale diverges as the ridge vanishes:
:math:`V = \kappa/\zeta` with a finite effective ridge :math:`\kappa`. Every conjugate then scales
with a power of :math:`\zeta` that cancels from the map.
"""

from __future__ import annotations

from dataclasses import replace

import mpmath
import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.sample_law import SampleLaw
from asymp.calculus.spectral_law import (
    EIGENVALUE,
    MarchenkoPastur,
    SpectralAverage,
    coefficients,
)
from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.reductions.elimination import Reduced
from asymp.reductions.evaluate import (
    Values,
    evaluate,
    evaluate_in_order,
    input_symbols,
    random_values,
)
from asymp.reductions.observing.rule import needs_of
from asymp.reductions.statements import BUDGET, H0, H1, HAMILTONIAN, GaussianModel, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.symbols import NONNEGATIVE, POSITIVE, letter

KAPPA = letter("kappa", POSITIVE)
CAPACITY = letter("capacity", POSITIVE)
# Conjugates and resolvent in units of the ridge (at the threshold: of the conjugate of q).
SCALED = {
    Letters.V_hat: letter("v_hat", POSITIVE),
    Letters.q_hat: letter("u_hat", POSITIVE),
    H0: letter("h_0", NONNEGATIVE),
    H1: letter("h_1", POSITIVE),
}


def ridgeless(reduced: Reduced) -> tuple[tuple[Branch, ...], Step] | None:
    """Branches at ridge zero without adversary; None for losses of another growth than square."""
    robust = reduced.source.output.channels.model.robust
    if not robust.problem.loss.is_square:
        return None
    here, room = no_training_budget(reduced), capacity(reduced)
    system, values = _rescaled(reduced)
    beyond = Branch(
        name="interpolation",
        condition=sp.And(*here, CAPACITY > 1),
        guards=(room,),
        system=system,
        values=values,
        definitions=(),
        meaning="the minimum-norm estimator fits every label",
    )
    at = Branch(
        name="threshold",
        condition=sp.And(*here, sp.Eq(CAPACITY, 1)),
        guards=(room,),
        system=None,
        values=_divergent(reduced),
        definitions=at_covariance(reduced),
        status="infinite",
        meaning="the smallest eigenvalue that is inverted tends to zero: the risk diverges",
    )
    return (beyond, at), _step(reduced, beyond, room)


def no_training_budget(reduced: Reduced) -> list[sp.Basic]:
    """Conditions that neither ridge nor adversary acts in training."""
    robust = reduced.source.output.channels.model.robust
    here = [sp.Eq(robust.symbol("penalty"), 0)]
    return [*here, sp.Eq(robust.symbol("adversary"), 0)] if robust.is_adversarial else here


def capacity(reduced: Reduced) -> Definition:
    r""":math:`\lim\frac1n\mathrm{rank}\,\Sigma`: all features, or those on the law's support."""
    return capacity_of(reduced.source.output.channels.model)


def capacity_of(model: GaussianModel) -> Definition:
    """The same for a model."""
    at_zero = model.covariance.subs(EIGENVALUE, 0)
    share = sp.Integer(1)
    if at_zero == 0 and isinstance(model.law, MarchenkoPastur):
        share = sp.Min(1, model.law.ratio) / model.law.ratio
    elif at_zero == 0 and isinstance(model.law, SampleLaw):
        rank = 1 - model.law.population.mass_at_zero
        share = sp.Min(model.law.ratio, rank) / model.law.ratio
    elif at_zero == 0 and isinstance(model.law, DiscreteLaw):
        share = 1 - model.law.mass_at_zero
    return Definition(CAPACITY, model.trace_weight * share, "dimensions that can fit, per sample")


def _rescaled(reduced: Reduced) -> tuple[FixedPoint, dict[str, sp.Expr]]:
    x = Letters
    zeta = reduced.source.output.channels.model.robust.symbol("penalty")
    orders = {x.V_hat: 1, x.q_hat: 2, H0: 1}
    scales = {symbol: zeta**k * SCALED[symbol] for symbol, k in orders.items()}
    scales |= {x.P_hat: sp.Integer(0), HAMILTONIAN: zeta * HAMILTONIAN}

    def rescale(name: str, power: int = 0) -> sp.Expr:
        """Average of order ``zeta**-power``, in units of that; the ridge cancels."""
        value = reduced.averages[name].subs(scales) * zeta**power
        nodes = {n: n.func(sp.cancel(n.integrand), n.law) for n in value.atoms(SpectralAverage)}
        terms = sp.Add.make_args(sp.expand(value.xreplace(nodes), deep=False))
        return reduced.close(sp.Add(*map(sp.cancel, terms))).xreplace(SCALED)

    definitions = _definitions(reduced)
    update = (rescale("V", 1), rescale("SR"))
    robust = reduced.source.output.channels.model.robust
    start = (sp.Integer(1), robust.symbol("target") + robust.symbol("noise") ** 2)
    system = FixedPoint((KAPPA, x.SR), definitions, update, start)
    finite = set(reduced.averages) - {"V", "SR", "V_grad"}
    values = {name: rescale(name) for name in sorted(finite)}
    zero = sp.Integer(0)
    values |= {
        "V": sp.oo,
        "V_grad": sp.oo,
        "SR": x.SR,
        "V_hat": zero,
        "q_hat": zero,
        "P_hat": zero,
        "training_loss": zero,
        "atom": sp.Integer(1),
    }
    return system, values


def _definitions(reduced: Reduced) -> tuple[Definition, ...]:
    """Conjugates and resolvent quantities to leading order in the ridge."""
    x = Letters
    zeta = reduced.source.output.channels.model.robust.symbol("penalty")
    powers = {x.V_hat: -1, x.q_hat: -2}
    framed = {s for s, _, _ in reduced.frame.definitions}
    kept = []
    for definition in reduced.system.definitions:
        symbol, value = definition.symbol, definition.expression
        if symbol in (x.V_hat, x.q_hat):
            value = sp.limit(
                _without_adversary(value).subs(x.V, KAPPA / zeta) * zeta ** powers[symbol],
                zeta,
                0,
                "+",
            )
            kept.append(Definition(SCALED[symbol], sp.factor(value), "conjugate, scaled"))
        elif symbol in (H0, H1):
            own = value.subs({x.V_hat: zeta * SCALED[x.V_hat], x.P_hat: 0})
            kept.append(Definition(SCALED[symbol], sp.expand(own / zeta), definition.meaning))
        elif symbol in framed:
            kept.append(replace(definition, expression=value.xreplace(SCALED)))
    return tuple(kept)


def _without_adversary(value: sp.Expr) -> sp.Expr:
    """Break points move to zero with the budget."""
    nodes = value.atoms(TruncatedMoment)
    return value.xreplace({n: n.func(n.args[0], 0) for n in nodes}).subs(BUDGET, 0)


def _divergent(reduced: Reduced) -> dict[str, sp.Expr]:
    """The variance diverges; the overlap with the teacher and the training error do not."""
    infinite = dict.fromkeys({"V", "SR", *reduced.averages} - {"m"}, sp.oo)
    zero = sp.Integer(0)
    return {
        **infinite,
        **dict.fromkeys(_vanishing(reduced), zero),
        "m": reduced.closed("m").subs(Letters.V_hat, 1).xreplace(SCALED),
        "V_hat": zero,
        "q_hat": zero,
        "P_hat": zero,
        "training_loss": zero,
        "atom": sp.Integer(1),
    }


def _vanishing(reduced: Reduced) -> list[str]:
    """Observed forms whose matrix is zero for this activation, as without linear part."""
    model = reduced.source.output.channels.model
    absent = {s: 0 for s, c in model.constants.items() if c.coefficient.exact == 0}
    return [n for n, form in needs_of(model).forms.items() if form.subs(absent) == 0]


def at_covariance(reduced: Reduced) -> tuple[Definition, ...]:
    """Resolvent of the covariance alone, in units of the conjugate of q."""
    parts = coefficients(reduced.source.output.channels.model.covariance)
    own = (
        Definition(SCALED[h], part) for h, part in zip(reduced.frame.letters, parts, strict=False)
    )
    framed = (
        Definition(symbol, value.xreplace(SCALED), meaning)
        for symbol, value, meaning in reduced.frame.definitions
    )
    return (*own, *framed)


def _step(reduced: Reduced, branch: Branch, room: Definition) -> Step:
    system = branch.system
    assert system is not None
    equations = tuple(Display(x, f) for x, f in zip(system.state, system.update, strict=True))
    zeta = sp.latex(reduced.source.output.channels.model.robust.symbol("penalty"))
    return Step(
        name="ridgeless",
        title="The ridgeless limit without adversary",
        before=(
            Display("V", rf"\kappa/{zeta},\qquad {zeta}\to0"),
            Display(
                r"(\hat V,\hat q,H_0,H_1)",
                rf"({zeta}\,\hat v,\ {zeta}^2\hat u,\ {zeta}\,h_0,\ {zeta}\,h_1)",
            ),
        ),
        after=(
            Display(r"\lim\tfrac1n\mathrm{rank}\,\Sigma", room.expression, "="),
            *(
                Display(d.symbol, d.expression)
                for d in system.definitions
                if d.symbol in SCALED.values()
            ),
            *equations,
        ),
        why=(
            "If the rank exceeds the number of samples, the estimator interpolates and $V$ "
            "diverges; with the rescaled unknown every power of the ridge cancels. If it is "
            "smaller, the map needs no change; if equal, the risk diverges."
        ),
        licence=Licence("leading-order balance of the map as the ridge vanishes"),
        check=lambda: _check(reduced, branch),
    )


def _check(reduced: Reduced, branch: Branch) -> CheckResult:
    """The full map at a tiny ridge and V = kappa/zeta against the rescaled one."""
    assert branch.system is not None
    robust = reduced.source.output.channels.model.robust
    zeta, tiny = robust.symbol("penalty"), mpmath.mpf(10) ** -25
    worst = mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            symbols = input_symbols(reduced.system) | {KAPPA, Letters.SR}
            values = random_values(symbols, seed, robust.problem.parameters.values())
            values |= {zeta: tiny, Letters.V: values[KAPPA] / tiny, Letters.P: mpmath.mpf(1)}
            if robust.is_adversarial:
                values[robust.symbol("adversary")] = mpmath.mpf(0)
            full = _map(reduced.system, values)
            limit = _map(branch.system, values)
            gaps = (full[0] * tiny / limit[0] - 1, full[1] / limit[1] - 1)
            worst = max(worst, *map(abs, gaps))
    good = worst < 1e-20  # corrections are of the order of the ridge, 1e-25
    how = f"full map at ridge 1e-25 against its limit, 4 points, deviation {float(worst):.1e}"
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def _map(system: FixedPoint, values: Values) -> list[mpmath.mpf]:
    known = evaluate_in_order(system.definitions, values)
    return [evaluate(f, known) for f in system.update]
