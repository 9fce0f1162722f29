r"""Null phase of the general channels: the radius beyond which the estimator is exactly zero.

Near zero an adversary with :math:`P=\theta^\top A\theta` dominates the quadratic form,
:math:`H\approx\hat PA` with :math:`\hat P\sqrt P=\varepsilon\,\mathbb E\,\partial_e\ell`, while
:math:`\hat q` and :math:`\hat m` are averages of the slope of the loss at the zero estimator. The
map then multiplies P by a gain, and the gain is one at

.. math:: \varepsilon_{\max}^2\,(\mathbb E\,\partial_e\ell)^2
          = \hat q\,\tfrac1n\mathrm{tr}\,\Sigma A^{-1} + \hat m^2c^\top A^{-1}c.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE, SpectralAverage, coefficients
from asymp.problem.noise import StudentNoise
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.budget import Seminorm, budgeted_loss
from asymp.reductions.general.letters import M_POSITIVE, Q_PERP, E
from asymp.reductions.general.quadratic_input import QuadraticInput
from asymp.reductions.null_phase import EPS_MAX
from asymp.reductions.observable import Observable
from asymp.reductions.spectral_closing import close_spectral, spectral_definitions, spectral_frame
from asymp.reductions.statements import BUDGET, FIELD, HAMILTONIAN, Letters
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step
from asymp.reductions.system import Branch, Definition

HALF, ZERO = sp.Rational(1, 2), sp.Integer(0)


@dataclass(frozen=True)
class AtZero:
    """Averages at the zero estimator: conjugates, the push of the budget, and the training loss.

    Parameters
    ----------
    q_hat, m_hat, V_hat, push, loss : sympy.Expr
    """

    q_hat: sp.Expr
    m_hat: sp.Expr
    V_hat: sp.Expr
    push: sp.Expr
    loss: sp.Expr


@dataclass(frozen=True)
class NullPhase:
    """The phase of one problem.

    Parameters
    ----------
    found : Assembled
    seminorm : Seminorm
    zero : AtZero
    """

    found: Assembled
    seminorm: Seminorm
    zero: AtZero

    @property
    def threshold_squared(self) -> sp.Expr:
        """Square of eps_max, as spectral averages over :data:`HAMILTONIAN` = A."""
        model, zero = self.found.output.model, self.zero
        noise = model.trace_weight * SpectralAverage(model.covariance / HAMILTONIAN, model.law)
        signal = SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law)
        gained = zero.q_hat * noise + zero.m_hat**2 * self.found.input.rho * signal
        return gained / zero.push**2

    @property
    def threshold(self) -> sp.Expr:
        """eps_max in parameters and constants."""
        model, matrix = self.found.output.model, sp.sympify(self.seminorm.matrix)
        if EIGENVALUE not in matrix.free_symbols:
            return sp.sqrt(_flat(self.threshold_squared, matrix))
        frame = spectral_frame(model, matrix)
        value = close_spectral(self.threshold_squared, frame)
        for definition in reversed(spectral_definitions(frame, matrix)):
            value = value.subs(definition.symbol, definition.expression)
        return sp.sqrt(value)

    def branch(self, generic: Branch, items: tuple[Observable, ...]) -> Branch | None:
        """Values for every name of the generic branch; None if an observable has none."""
        known = {**self._order_parameters(), **self._observables()}
        if any(item.name not in known for item in items):
            return None
        eps = self.seminorm.radius
        return Branch(
            name="null",
            condition=sp.And(eps >= EPS_MAX, eps > 0),
            guards=(
                Definition(EPS_MAX, self.threshold, "radius beyond which the estimator is zero"),
            ),
            system=None,
            values={name: known.get(name, ZERO) for name in generic.values},
            status="null",
            meaning="the adversary is so strong that the estimator is exactly zero",
        )

    def _order_parameters(self) -> dict[str, sp.Expr]:
        zero, state = self.zero, dict.fromkeys(map(str, self.found.state), ZERO)
        hats = {"q_hat": zero.q_hat, "V_hat": zero.V_hat, "m_hat": zero.m_hat}
        return state | hats | {"E": self.found.input.rho, str(self.seminorm.conjugate): sp.oo}

    def _observables(self) -> Mapping[str, sp.Expr]:
        """The zero estimator guesses a class, and predicts zero in a regression."""
        rho, loss = self.found.input.rho, self.zero.loss
        variance = residual_variance(self.found) if not self.found.output.is_margin else ZERO
        return {
            "classification_error": HALF, "robust_error": HALF, "train_error": HALF,
            "train_robust_error": HALF, "robust_gap": ZERO, "correlation": ZERO,
            "train_robust_loss": loss, "train_robust_risk": 2 * loss, "standard_risk": variance,
            "robust_risk": variance, "excess_risk": rho, "parameter_norm2": ZERO,
            "gradient_norm2": ZERO,
        }  # fmt: skip

    def step(self, branch: Branch) -> Step:
        """What the document shows."""
        x, zero, eps = Letters, self.zero, sp.latex(self.seminorm.radius)
        text = self.threshold_squared.subs(HAMILTONIAN, self.seminorm.matrix)
        hats = [Display(x.q_hat, zero.q_hat, r"\to")]
        if self.found.output.is_margin:
            hats.append(Display(x.m_hat, zero.m_hat, r"\to"))
        push = Display(self.seminorm.conjugate, zero.push * self.seminorm.slope, r"\sim")
        return Step(
            name="null-phase",
            title="The null phase",
            before=(Display("P", r"p^2,\qquad V=vp,\qquad p\to0"),),
            after=(
                *hats, push, Display(r"\varepsilon_{\max}^2", text),
                Display(eps, r"\varepsilon_{\max}", r"\ge"),
            ),
            why="At small $P$ the quadratic form is dominated by the adversary, $H\\approx\\hat "
            "PA$, whatever the ridge, and the loss is seen at the zero estimator. The map then "
            "multiplies $P$ by a gain that falls with the radius; below one the only fixed point "
            "is $P=0$.",
            licence=Licence("leading-order balance of the map as $P\\to0$"),
            check=lambda: check_gain(self, branch),
        )  # fmt: skip


def _flat(expression: sp.Expr, matrix: sp.Expr) -> sp.Expr:
    """Averages over a multiple of the identity: first moments of the laws."""

    def closed(node: SpectralAverage) -> sp.Expr:
        constant, linear = coefficients(node.integrand * HAMILTONIAN)
        return (constant + linear * node.law.moment(1)) / matrix

    nodes = expression.atoms(SpectralAverage)
    return expression.xreplace({node: closed(node) for node in nodes})


def null_phase(
    found: Assembled, generic: Branch, items: tuple[Observable, ...]
) -> tuple[tuple[Branch, ...], tuple[Step, ...]]:
    """The phase and its step, where one adversary acts through a quadratic form."""
    output = found.output
    alone = len(output.seminorms) == 1 and isinstance(found.input, QuadraticInput)
    shifted = output.has_intercept or output.ambiguity is not None
    if not alone or output.seminorms[0].letter is None or shifted:
        return (), ()
    zero = _margins_at_zero(found) if output.is_margin else _squares_at_zero(found)
    if zero is None:
        return (), ()
    phase = NullPhase(found, output.seminorms[0], zero)
    branch = phase.branch(generic, items)
    return ((branch,), (phase.step(branch),)) if branch is not None else ((), ())


def _margins_at_zero(found: Assembled) -> AtZero | None:
    """Every margin is zero; None where the loss has a kink there."""
    output, at = found.output, {found.output.argument: 0, BUDGET: 0}
    attacked, _ = budgeted_loss(output.model.robust.problem)
    loss = attacked.subs(BUDGET, ZERO)
    first = loss.diff(output.argument)
    nearby = [first.subs(output.argument, x) for x in (-1e-9, 1e-9)]
    names = {s: HALF for s in first.free_symbols - {output.argument}}
    left, right = (float(sp.N(x.subs(names))) for x in nearby)
    if abs(left - right) > 1e-6 or not right < 0:
        return None
    slope, push = first.subs(output.argument, 0), attacked.diff(output.argument).subs(at)
    curvature = first.diff(output.argument).subs(output.argument, 0)
    signal = sp.Add(*(f.weight * (f.mean_m + _tilt(f.tilt_m)) for f in output.fields))
    return AtZero(slope**2, -slope * signal, curvature, -push, loss.subs(output.argument, 0))


def _tilt(tilt_m: sp.Expr) -> sp.Expr:
    """Average of the tilt, which does not depend on the estimator: taken beside the teacher."""
    beside = tilt_m.subs({M_POSITIVE: ZERO, FIELD: ZERO}).subs(Q_PERP, Letters.q)
    return sp.simplify(beside)


def _squares_at_zero(found: Assembled) -> AtZero | None:
    """Square loss of a centred residual of finite variance."""
    output, problem = found.output, found.output.model.robust.problem
    heavy = isinstance(problem.noise, StudentNoise)
    if heavy or not problem.loss.is_square or any(f.mean != 0 for f in output.fields):
        return None
    size = sp.Add(*(f.outer(f.weight * sp.sqrt(2 * f.variance / sp.pi)) for f in output.fields))
    variance, one = residual_variance(found), sp.Integer(1)
    return AtZero(variance, one, one, size.subs(E, found.input.rho), variance / 2)


def residual_variance(found: Assembled) -> sp.Expr:
    """Variance of the label: the residual of the zero estimator."""
    total = sp.Add(*(f.outer(f.weight * f.variance) for f in found.output.fields))
    return total.subs(E, found.input.rho)


def check_gain(phase: NullPhase, branch: Branch) -> CheckResult:
    """The map itself at a very small P, just at the threshold, multiplies P by one."""
    from asymp.reductions.general.checks import evaluate, evaluate_in_order, sample

    found, worst, p = phase.found, 0.0, 1e-5
    for seed in range(3):
        values = sample(found, seed)
        values = evaluate_in_order(branch.guards, values)
        values[phase.seminorm.radius] = values[EPS_MAX]
        at = {**values, **start_small(phase, values, p)}
        for _ in range(60):  # everything but P settles
            known = evaluate_in_order(found.system.definitions, at)
            new = {
                x: evaluate(f, known) for x, f in zip(found.state, found.system.update, strict=True)
            }
            gain = new[phase.seminorm.letter] / p**2
            at |= {x: v for x, v in new.items() if x != phase.seminorm.letter}
        worst = max(worst, abs(gain - 1))
    how = f"gain of the full map at P = {p**2:.0e}, eps = eps_max, 3 points: off 1 by {worst:.1e}"
    good = worst < 100 * p and math.isfinite(
        worst
    )  # the next order is p, times the ridge over P_hat
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)


def start_small(
    phase: NullPhase, values: Mapping[sp.Symbol, float], p: float
) -> dict[sp.Symbol, float]:
    """A state of the size of p."""
    powers = {Letters.V: p, M_POSITIVE: p, Letters.q: p**2, Q_PERP: p**2}
    found = {x: powers.get(x, p**2) for x in phase.found.state}
    if E in found:
        found[E] = values[phase.found.input.rho]
    return found
