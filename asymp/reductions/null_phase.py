r"""Null phase: the training radius beyond which the estimator is exactly zero.

Near the threshold :math:`P = p^2 \to 0` with :math:`V = vp`, the conjugates tend to constants
times powers of p, and the map returns :math:`P' = g(\varepsilon)\,P`. The estimator leaves zero
where the gain g is 1.
"""

from __future__ import annotations

import mpmath
import sympy as sp

from asymp.calculus.frames import DiscreteFrame, Frame
from asymp.calculus.spectral_law import EIGENVALUE, coefficients
from asymp.calculus.truncated_moment import CentralMoment, TruncatedMoment
from asymp.errors import NotDerivable
from asymp.reductions.elimination import Reduced
from asymp.reductions.evaluate import (
    Values,
    evaluate,
    evaluate_in_order,
    input_symbols,
    random_values,
)
from asymp.reductions.input_channel import input_value
from asymp.reductions.statements import H0, H1, HAMILTONIAN, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition, needed
from asymp.symbols import POSITIVE, letter

SMALL = sp.Symbol("p", positive=True)
SCALE = sp.Symbol("v", positive=True)
EPS_MAX = letter("eps_max", POSITIVE)


def null_phase(reduced: Reduced) -> tuple[Branch, Step] | None:
    """Threshold and values of the null phase; None where no adversary can cause one.

    The balance below is that of an even loss; for others the phase is not derived, and points in
    it come back as ``max_steps``.
    """
    even = reduced.source.output.channels.model.robust.problem.loss.is_even
    if Letters.P not in reduced.system.state or not even:
        return None
    leading = _leading(reduced)
    guards = _guards(reduced, leading)
    eps = reduced.source.output.channels.model.robust.symbol("adversary")
    branch = Branch(
        name="null",
        condition=sp.And(eps >= EPS_MAX, eps > 0),
        guards=guards,
        system=None,
        values=_values(reduced, leading),
        status="null",
        meaning="the adversary is so strong that the estimator is exactly zero",
    )
    return branch, _step(reduced, branch, leading)


def _leading(reduced: Reduced) -> dict[sp.Symbol, sp.Expr]:
    """Leading behaviour of every named quantity as p tends to zero, in order of definition."""
    x = Letters
    robust = reduced.source.output.channels.model.robust
    variance = robust.symbol("target") + robust.symbol("noise") ** 2
    found: dict[sp.Symbol, sp.Expr] = {x.P: SMALL**2, x.V: SCALE * SMALL, x.SR: variance}
    powers = {x.q_hat: 0, x.V_hat: 0, x.P_hat: 1, H0: 1, H1: 1}
    for definition in reduced.system.definitions:
        value = definition.expression
        if definition.symbol in powers:
            power = powers[definition.symbol]
            found[definition.symbol] = _limit(value, found, power) / SMALL**power
        elif definition.symbol not in _frame_symbols(reduced.frame):
            found[definition.symbol] = value.xreplace(found)
    return found


def _frame_symbols(frame: Frame) -> set[sp.Symbol]:
    return {symbol for symbol, _, _ in frame.definitions}


def _limit(value: sp.Expr, found: dict[sp.Symbol, sp.Expr], power: int) -> sp.Expr:
    """Limit of ``value * p**power``.

    Raises
    ------
    NotDerivable
        If it is not a finite number free of the scale v.
    """
    nodes = value.atoms(TruncatedMoment)
    explicit = value.xreplace({n: _near_zero(n, found) for n in nodes}).xreplace(found)
    limit = sp.limit(sp.expand(explicit * SMALL**power), SMALL, 0, "+")
    if limit.has(SCALE) or not limit.is_finite:
        raise NotDerivable(f"no null phase of the expected scaling: {value} tends to {limit}")
    return sp.factor(limit)


def _near_zero(node: sp.Expr, found: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Leading order of a truncated moment whose break point tends to zero with p."""
    k, point = node.args[0], node.args[1].xreplace(found)
    if sp.limit(point, SMALL, 0, "+") != 0:
        return node.rewrite_elementary()
    if isinstance(node, CentralMoment):
        return point ** (k + 1) / ((k + 1) * sp.sqrt(2 * sp.pi))
    return node.func(k, sp.Integer(0))


def _threshold_squared(reduced: Reduced, leading: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    r"""Radius at which the gain is 1, squared, as spectral averages over :data:`HAMILTONIAN` = A.

    With :math:`H=\hat PA` the input channel is homogeneous, :math:`I=I_A/\hat P`, so that the map
    returns :math:`P'=2\partial_{\hat P}I=-2I_A/\hat P^2`.
    """
    x, eps = Letters, reduced.source.output.channels.model.robust.symbol("adversary")
    value = input_value(reduced.source.output.channels.model, HAMILTONIAN)
    at = {x.q_hat: leading[x.q_hat], x.V_hat: leading[x.V_hat], x.m_hat: leading[x.V_hat]}
    strength = sp.cancel(leading[x.P_hat] * SMALL / eps)
    if strength.has(eps, SMALL, SCALE):
        raise NotDerivable(f"the conjugate of P is {leading[x.P_hat]}, not proportional to eps/p")
    return sp.expand(-2 * value.subs(at) / strength**2)


def _guards(reduced: Reduced, leading: dict[sp.Symbol, sp.Expr]) -> tuple[Definition, ...]:
    """Resolvent quantities of A that the threshold needs, then eps_max itself."""
    frame = _frame_of_gradient(reduced, leading)
    renamed = {symbol: new.symbol for symbol, new in frame.items()}
    constant, linear = coefficients(reduced.source.output.channels.model.gradient)
    pretty = _threshold_squared(reduced, leading)
    if isinstance(reduced.frame, DiscreteFrame):  # not factored: the sum has positive terms only
        squared = reduced.close(pretty.subs(HAMILTONIAN, constant + linear * EIGENVALUE))
    else:
        closed = reduced.close(pretty).xreplace(renamed)
        squared = sp.factor(closed.subs({H0: constant, H1: linear}))
    threshold = sp.sqrt(squared)
    last = Definition(EPS_MAX, threshold, "radius beyond which the estimator is zero")
    return (*needed(frame.values(), [threshold]), last)


def _frame_of_gradient(
    reduced: Reduced, leading: dict[sp.Symbol, sp.Expr]
) -> dict[sp.Symbol, Definition]:
    """Resolvent quantities with A in place of H, under letters of their own."""
    if not reduced.frame.definitions:
        return {}
    renamed = {s: letter(f"{s.name}_A", POSITIVE) for s in _frame_symbols(reduced.frame)}
    argument = sp.cancel(leading[H0] / leading[H1])
    first = reduced.frame.definitions[0][0]
    return {
        symbol: Definition(
            renamed[symbol],
            argument if symbol == first else value.xreplace(renamed),
            meaning,
        )
        for symbol, value, meaning in reduced.frame.definitions
    }


def _values(reduced: Reduced, leading: dict[sp.Symbol, sp.Expr]) -> dict[str, sp.Expr]:
    x, zero = Letters, sp.Integer(0)
    return {
        "V": zero,
        "SR": leading[x.SR],
        "P": zero,
        "m": zero,
        "q": zero,
        "norm": zero,
        "P_mean": zero,
        "q_hat": leading[x.q_hat],
        "V_hat": leading[x.V_hat],
        "P_hat": sp.oo,
        "training_loss": _at_zero(reduced, leading),
        "atom": zero,
    }


def _at_zero(reduced: Reduced, leading: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    return _limit(reduced.source.output.training_loss, leading, 0)


def _step(reduced: Reduced, branch: Branch, leading: dict[sp.Symbol, sp.Expr]) -> Step:
    x = Letters
    hats = tuple(Display(sp.latex(h), leading[h], r"\sim") for h in (x.q_hat, x.V_hat, x.P_hat))
    eps = reduced.source.output.channels.model.robust.symbol("adversary")
    closed = branch.guards[-1].expression ** 2
    pretty = _threshold_squared(reduced, leading)
    condition = Display(sp.latex(eps), r"\varepsilon_{\max}", r"\ge")
    return Step(
        name="null-phase",
        title="The null phase",
        before=(Display("P", r"p^2,\qquad V=vp,\qquad p\to0"),),
        after=(
            *hats,
            Display("P'", r"-2\,I\big|_{H=A}/\hat P^2"),
            Display(
                r"\varepsilon_{\max}^2", pretty.subs(HAMILTONIAN, sp.Function("A")(EIGENVALUE))
            ),
            Display(r"\varepsilon_{\max}^2", closed),
            condition,
        ),
        why=(
            "At small $P$ the quadratic form is dominated by the adversary, $H\\approx\\hat PA$, "
            "whatever the ridge. The map then multiplies $P$ by a gain that falls with the radius; "
            "below one the only fixed point is $P=0$. The resolvent quantities are those of $A$."
        ),
        licence=Licence("leading-order balance of the potential as $P\\to0$"),
        check=lambda: _check(reduced, branch),
    )


def _check(reduced: Reduced, branch: Branch) -> CheckResult:
    """The map itself at a very small P, just at the threshold, multiplies P by one."""
    eps = reduced.source.output.channels.model.robust.symbol("adversary")
    given = reduced.source.output.channels.model.robust.problem.parameters.values()
    worst = mpmath.mpf(0)
    with mpmath.workdps(60):
        for seed in range(4):
            values = random_values(input_symbols(reduced.system), seed, given)
            values[eps] = evaluate_in_order(branch.guards, values)[EPS_MAX]
            worst = max(worst, abs(_gain(reduced, values, mpmath.mpf(10) ** -20) - 1))
    how = f"gain of the full map at P = 1e-40, eps = eps_max, 4 points: off 1 by {float(worst):.1e}"
    good = worst < 1e-13  # rounding of tabulated spectra; the limit itself is off by p = 1e-20
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def _gain(reduced: Reduced, values: Values, p: mpmath.mpf) -> mpmath.mpf:
    """P'/P after settling V and SR at fixed small P."""
    x, system = Letters, reduced.system
    robust = reduced.source.output.channels.model.robust
    at = {
        **values,
        x.P: p**2,
        x.V: p,
        x.SR: values[robust.symbol("target")] + values[robust.symbol("noise")] ** 2,
    }
    for _ in range(4):
        known = evaluate_in_order(system.definitions, at)
        new = [evaluate(f, known) for f in system.update]
        at.update({x.V: new[0], x.SR: new[1]})
    return new[2] / p**2
