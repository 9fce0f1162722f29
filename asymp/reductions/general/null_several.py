r"""Null phase of a regression under several adversaries at once.

An attack of fixed reach c, on the label or on the trained weights, acts on the zero estimator
too: it only changes the averages there. Quadratic forms :math:`P_k=\theta^\top A_k\theta` add
their budgets, and since

.. math:: (\varepsilon_1\sqrt{P_1}+\varepsilon_2\sqrt{P_2})^2
          = \min_{0<w<1}\theta^\top H_w\theta,\qquad
          H_w = \frac{\varepsilon_1^2}wA_1+\frac{\varepsilon_2^2}{1-w}A_2,

zero is the minimiser if and only if the gain of every :math:`H_w` is at most one. The gain is
concave in w: a parallel sum of matrices that are linear in w.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from asymp.calculus.floats import float_function
from asymp.calculus.implicit_root import Root
from asymp.problem.noise import StudentNoise
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.budget import Seminorm
from asymp.reductions.general.letters import E
from asymp.reductions.general.null import (
    HALF,
    ZERO,
    AtZero,
    NullPhase,
    residual_variance,
    start_small,
)
from asymp.reductions.general.quadratic_input import QuadraticInput
from asymp.reductions.observable import Observable
from asymp.reductions.spectral_closing import close_spectral, spectral_definitions, spectral_frame
from asymp.reductions.statements import Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition
from asymp.symbols import POSITIVE, letter

Values = dict[sp.Symbol, float]

GROWTH, BEST = letter("s_max", POSITIVE), letter("w_max", POSITIVE)
SHARE = sp.Symbol("w", positive=True)
SHARE_TEXT = r"\text{the share }w\text{ at which }H_w\text{ gains most}"
TEXT = r"\text{the square root of that gain, of Section~\ref{sec:step-null-phase}}"
_EDGE = sp.Rational(1, 10**13)  # the gain at an end differs from that at its edge by rounding


@dataclass(frozen=True)
class ShiftedNull(NullPhase):
    """One quadratic form, with attacks of fixed reach beside it.

    Parameters
    ----------
    fixed : tuple of Seminorm
        The attacks of fixed reach.
    """

    fixed: tuple[Seminorm, ...] = ()

    def _observables(self) -> Mapping[str, sp.Expr]:
        reach = sp.Add(*(s.test_radius * s.size for s in self.fixed))
        variance, size = residual_variance(self.found), residual_size(self.found)
        robust = variance + 2 * reach * size + reach**2
        return {**super()._observables(), "robust_risk": robust}


@dataclass(frozen=True)
class JointNull:
    """Two quadratic forms, and attacks of fixed reach beside them.

    Parameters
    ----------
    first, second : ShiftedNull
        The phase under one of the two forms, the other switched off.
    """

    first: ShiftedNull
    second: ShiftedNull

    @property
    def radii(self) -> tuple[sp.Symbol, sp.Symbol]:
        """Training radii of the two."""
        return self.first.seminorm.radius, self.second.seminorm.radius

    @property
    def matrix(self) -> sp.Expr:
        """H_w, in the eigenvalue and the share w."""
        one, two = (p.seminorm for p in (self.first, self.second))
        return one.radius**2 * one.matrix / SHARE + two.radius**2 * two.matrix / (1 - SHARE)

    @property
    def gain(self) -> sp.Expr:
        """What the map multiplies a small quadratic form by, in closed form."""
        model = self.first.found.output.model
        frame = spectral_frame(model, self.matrix)
        value = close_spectral(self.first.threshold_squared, frame)
        for definition in reversed(spectral_definitions(frame, self.matrix)):
            value = value.subs(definition.symbol, definition.expression)
        return value

    @property
    def guards(self) -> tuple[Definition, ...]:
        """The share of the largest gain, and the factor of both radii that makes that one."""
        gain, (one, two) = self.gain, self.radii
        share = Root(-gain.diff(SHARE), SHARE, HALF, _EDGE, 1 - _EDGE)
        growth = sp.Piecewise(
            (self.second.threshold / two, sp.Le(one, 0)),
            (self.first.threshold / one, sp.Le(two, 0)),
            (sp.sqrt(gain.subs(SHARE, BEST)), True),
        )
        return (
            Definition(
                BEST, share, "share of the first attack in the form of largest gain", SHARE_TEXT
            ),
            Definition(
                GROWTH, growth, "factor of both radii at which the estimator vanishes", TEXT
            ),
        )

    def branch(self, generic: Branch, items: tuple[Observable, ...]) -> Branch | None:
        """Values for every name of the generic branch; None if an observable has none."""
        alone = self.first.branch(generic, items)
        if alone is None:
            return None
        one, two = self.radii
        hats = {str(p.seminorm.conjugate): _infinite(p) for p in (self.first, self.second)}
        return replace(
            alone,
            condition=sp.And(GROWTH <= 1, sp.Or(one > 0, two > 0)),
            guards=self.guards,
            values={**alone.values, **hats},
            meaning="the adversaries together are so strong that the estimator is exactly zero",
        )

    def step(self, branch: Branch) -> Step:
        """What the document shows."""
        zero, x = self.first.zero, Letters
        forms = (self.first.seminorm, self.second.seminorm)
        budget = sp.Add(*(f.radius * f.size for f in forms))
        return Step(
            name="null-phase",
            title="The null phase",
            before=(Display("e", budget), Display("H(t)=H_w(t)", self.matrix)),
            after=(
                Display(x.q_hat, zero.q_hat, r"\to"),
                Display(GROWTH**2, self.first.threshold_squared, r"=\max_{0<w<1}"),
                Display(GROWTH, sp.Integer(1), r"\le"),
            ),
            why="Twice the product of two roots is the least of a weighted sum of squares, so that "
            "the square of the budget is the least of the forms $H_w$. The estimator is zero if "
            "no direction gains, that is, if the gain of each form is at most one. The gain is "
            "concave in $w$, since a parallel sum of matrices is.",
            licence=Licence("leading-order balance of the map at a vanishing estimator"),
            check=lambda: check_joint_gain(self, branch),
        )  # fmt: skip


def _infinite(phase: ShiftedNull) -> sp.Expr:
    """Conjugate of a form that vanishes: infinite where its adversary acts."""
    return sp.Piecewise((sp.oo, phase.seminorm.radius > 0), (ZERO, True))


def null_phase_of_several(
    found: Assembled, generic: Branch, items: tuple[Observable, ...]
) -> tuple[tuple[Branch, ...], tuple[Step, ...]]:
    """The phase and its step, where several adversaries act and one or two through forms."""
    output, problem = found.output, found.output.model.robust.problem
    forms = [s for s in output.seminorms if s.matrix is not None]
    fixed = tuple(s for s in output.seminorms if s.letter is None)
    several = len(output.seminorms) > 1 and len(forms) + len(fixed) == len(output.seminorms)
    square = not output.is_margin and problem.loss.is_square
    if not (several and square and 1 <= len(forms) <= 2 and _is_plain(found)):
        return (), ()
    zero = _at_zero(found, fixed)
    phases = [ShiftedNull(found, form, zero, fixed) for form in forms]
    phase = phases[0] if len(phases) == 1 else JointNull(*phases)
    branch = phase.branch(generic, items)
    return ((branch,), (phase.step(branch),)) if branch is not None else ((), ())


def _is_plain(found: Assembled) -> bool:
    """A quadratic input, finite variance, centred residuals and no intercept."""
    output = found.output
    heavy = isinstance(output.model.robust.problem.noise, StudentNoise)
    centred = all(f.mean == 0 for f in output.fields)
    quadratic = isinstance(found.input, QuadraticInput)
    return quadratic and centred and not heavy and not output.has_intercept


def _at_zero(found: Assembled, fixed: tuple[Seminorm, ...]) -> AtZero:
    r"""Averages of :math:`\frac12(|r|+c)^2` and of its slopes at the zero estimator."""
    reach = sp.Add(*(s.radius * s.size for s in fixed))
    variance, size = residual_variance(found), residual_size(found)
    density = sp.Add(
        *(f.outer(f.weight * sp.sqrt(2 / (sp.pi * f.variance))) for f in found.output.fields)
    ).subs(E, found.input.rho)
    square, slope = variance + 2 * reach * size + reach**2, 1 + reach * density
    return AtZero(square, slope, slope, size + reach, square / 2)


def residual_size(found: Assembled) -> sp.Expr:
    """Mean absolute label: the size of the residual of the zero estimator."""
    fields = found.output.fields
    total = sp.Add(*(f.outer(f.weight * sp.sqrt(2 * f.variance / sp.pi)) for f in fields))
    return total.subs(E, found.input.rho)


def check_joint_gain(phase: JointNull, branch: Branch) -> CheckResult:
    """The map itself at very small forms, with both radii at the threshold, returns them."""
    from asymp.reductions.general.checks import sample

    found, worst, p = phase.first.found, 0.0, 1e-5
    first, second = (q.seminorm.letter for q in (phase.first, phase.second))
    image, guards = _compiled(found), [_ready(d.symbol, d.expression) for d in branch.guards]
    for seed in range(3):
        values = sample(found, seed)
        factor = _followed(guards, values)[GROWTH]
        values |= {radius: values[radius] * factor for radius in phase.radii}
        at = {**values, **start_small(phase.first, values, p), second: p**2}
        for _ in range(200):  # everything but the first form settles
            new = image(at)
            at |= {x: v for x, v in new.items() if x != first}
        worst = max(worst, abs(new[first] / p**2 - 1))
    how = f"gain of the full map at P = {p**2:.0e}, 3 points of the threshold: off 1 by {worst:.1e}"
    good = worst < 100 * p and math.isfinite(worst)  # the next order is p, as for one adversary
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def _compiled(found: Assembled) -> Callable[[Values], Values]:
    """The map as a function of letters, compiled once: it is iterated."""
    definitions = [_ready(d.symbol, d.expression) for d in found.system.definitions]
    updates = [_ready(x, f) for x, f in zip(found.state, found.system.update, strict=True)]

    def image(at: Values) -> Values:
        known = _followed(definitions, at)
        return {x: float(function(*(known[s] for s in names))) for x, names, function in updates}

    return image


def _ready(symbol: sp.Symbol, expression: sp.Expr) -> tuple[Any, ...]:
    letters = sorted(expression.free_symbols, key=str)
    return symbol, letters, float_function(letters, expression)


def _followed(definitions: list[tuple[Any, ...]], at: Values) -> Values:
    """Values of the definitions, in order, added to those known."""
    known = dict(at)
    for symbol, letters, function in definitions:
        known[symbol] = float(function(*(known[s] for s in letters)))
    return known
