r"""Existence: where a loss that never vanishes has no minimiser because the data are separable.

Without penalty a margin loss that decreases to its infimum at infinity has a minimiser if and
only if no direction classifies every sample, :math:`y_i\omega_i\ge0`. By the same lemma, with the
loss replaced by the indicator of :math:`\omega\ge0`, separating directions exist as soon as

.. math:: \tfrac1n\mathrm{rank}\,\Sigma \;>\; \min_{t}\ \mathbb E\big[T\,(\omega)_-^2\big],
          \qquad \omega\sim N(t\ldots),

where the estimator's field has unit variance beside the teacher and overlap t with it.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.calculus.proximal import Section
from asymp.calculus.spectral_law import SpectralAverage
from asymp.calculus.truncated_moment import TruncatedMoment, gaussian_density
from asymp.problem.labels import SignLabels
from asymp.problem.losses import MARGIN, MarginLoss, ResidualLoss
from asymp.problem.noise import StudentNoise
from asymp.problem.penalty import NoPenalty, Ridge
from asymp.reductions.general.assembly import Assembled
from asymp.reductions.general.fields import chance_of, loss_power
from asymp.reductions.general.letters import EXP_B, M_POSITIVE, Q_PERP
from asymp.reductions.general.output import average
from asymp.reductions.general.vanishing import tidy
from asymp.reductions.interpolation import CAPACITY, capacity_of
from asymp.reductions.spectral_closing import (
    close_spectral,
    spectral_definitions,
    spectral_frame,
)
from asymp.reductions.statements import FIELD, HAMILTONIAN, GaussianModel, Letters
from asymp.reductions.system import Branch, Definition
from asymp.symbols import NONNEGATIVE, letter

OVERLAP = sp.Symbol("t_overlap", real=True)
TEACHER = sp.Symbol("v", real=True)
BEST = letter("best_overlap", sp.Interval(-sp.oo, sp.oo))
ROOM = letter("separability", NONNEGATIVE)
# How readers see the two: the field is that of the theorem at these q and m.
BEST_TEXT = (
    r"\arg\min_t\ \mathbb E\min(\omega,0)^2\text{ at }q=1+t^2,\ m=t\sqrt{c^\top\Sigma^{-1}c}"
)
ROOM_TEXT = r"\text{that minimum}"
MISFIT = Section(-sp.oo, sp.Integer(0), sp.Integer(0), FIELD, FIELD, sp.Integer(0), MARGIN)


def existence(found: Assembled) -> tuple[Branch, ...]:
    """Branch without minimiser; empty where the penalty or the loss always gives one."""
    problem = found.output.model.robust.problem
    if not found.output.is_margin:
        return _underdetermined(problem.penalty, capacity_of(found.output.model))
    plain = isinstance(problem.penalty, Ridge | NoPenalty)
    if not plain or problem.intercept or problem.adversaries:
        return ()
    if problem.loss.expression.has(sp.oo):
        return () if teacher_separates(found) else (_infeasible(found),)
    return (_separable(found),) if _vanishes_at_infinity(problem.loss) else ()


def _separable(found: Assembled) -> Branch:
    penalty, condition = found.output.model.robust.problem.penalty, CAPACITY > ROOM
    if isinstance(penalty, Ridge):
        condition = sp.And(sp.Eq(penalty.parameters[0].symbol, 0), condition)
    meaning = "the data are linearly separable: the loss has no minimiser"
    return _without_minimiser("separable", condition, found, meaning)


def _infeasible(found: Assembled) -> Branch:
    meaning = "the data are not linearly separable: no parameter has positive margins only"
    return _without_minimiser("inseparable", CAPACITY <= ROOM, found, meaning)


def _without_minimiser(name: str, condition: sp.Basic, found: Assembled, meaning: str) -> Branch:
    return Branch(
        name=name,
        condition=condition,
        guards=(capacity_of(found.output.model), *least_misfit(found)),
        system=None,
        values={},
        status="no_minimiser",
        meaning=meaning,
    )


def _vanishes_at_infinity(loss: MarginLoss | ResidualLoss) -> bool:
    """Whether the loss tends to zero without ever reaching it."""
    if loss.expression.has(sp.Max, sp.Piecewise, sp.Abs):
        return False
    return bool(sp.limit(loss.expression, loss.variable, sp.oo) == 0)


def heavy_tails(found: Assembled) -> tuple[Branch, ...]:
    """Branch where the noise has no variance and the loss needs one."""
    problem = found.output.model.robust.problem
    if not isinstance(problem.noise, StudentNoise) or loss_power(problem) == 1:
        return ()
    nu = problem.noise.parameters[1].symbol
    return (
        Branch(
            name="heavy-tails",
            condition=nu <= 2,
            guards=(),
            system=None,
            values={},
            status="out_of_domain",
            meaning="the noise has no variance, which this loss needs: nothing is finite",
        ),
    )


def _underdetermined(penalty: object, room: Definition) -> tuple[Branch, ...]:
    if not isinstance(penalty, NoPenalty):
        return ()
    return (
        Branch(
            name="underdetermined",
            condition=CAPACITY >= 1,
            guards=(room,),
            system=None,
            values={},
            status="no_minimiser",
            meaning="there are at least as many parameters as samples: no unique minimiser",
        ),
    )


def teacher_separates(found: Assembled) -> bool:
    """Whether labels are signs of a field that the features represent."""
    model = found.output.model
    signs = isinstance(model.robust.problem.labels, SignLabels)
    return signs and bool(sp.simplify(represented_share(model) - 1) == 0)


def least_misfit(found: Assembled) -> tuple[Definition, ...]:
    """The minimum over the overlap: convex, so that it is where the derivative vanishes."""
    meaning = "least mean squared violation"
    if teacher_separates(found):
        return (Definition(ROOM, sp.Integer(0), meaning),)
    misfit = misfit_of(found)
    slope = misfit.diff(OVERLAP)
    # Factored, since the derivative of a threshold cancels where the overlap is large.
    slope = tidy(slope) if slope.has(TruncatedMoment) else slope
    best = Root(slope, OVERLAP, sp.Integer(1))
    return (
        Definition(BEST, best, "overlap of the least violation", BEST_TEXT),
        Definition(ROOM, misfit.subs(OVERLAP, BEST), meaning, ROOM_TEXT),
    )


def misfit_of(found: Assembled) -> sp.Expr:
    r""":math:`\mathbb E[(\omega)_-^2]` at unit variance beside the teacher and overlap t.

    For labels of a teacher the average over the student's own part is closed,
    :math:`\mathbb E(x+Z)_-^2=(1+x^2)\Phi(-x)-x\varphi(x)`, and that over the teacher is left.
    """
    problem = found.output.model.robust.problem
    if problem.is_mixture:
        return field_misfit(found)
    rho, share = found.input.rho, represented_share(found.output.model)
    spread = sp.sqrt(1 + OVERLAP**2 * (1 - share))
    x = OVERLAP * sp.sqrt(share) * TEACHER / spread
    violation = (1 + x**2) * sp.erfc(x / sp.sqrt(2)) / 2 - x * gaussian_density(x)
    chance = chance_of(problem.labels, sp.sqrt(rho) * TEACHER)
    low = sp.Integer(0) if chance == 1 else -sp.oo
    integrand = 2 * chance * gaussian_density(TEACHER) * violation
    return spread**2 * Panel(integrand, TEACHER, low, sp.oo, 0, 1, *(() if low == 0 else (0,)))


def field_misfit(found: Assembled) -> sp.Expr:
    r"""The same from the law of the field, :math:`\mathbb E[T\,(\omega)_-^2]`."""
    rho, share = found.input.rho, represented_share(found.output.model)
    m, q = OVERLAP * sp.sqrt(rho * share), 1 + OVERLAP**2
    beside = 1 + OVERLAP**2 * (1 - share)
    at = {M_POSITIVE: m, Letters.q: q, Q_PERP: beside, EXP_B: sp.Integer(1)}
    total = sp.Integer(0)
    for field in found.output.fields:
        part = average((MISFIT,), lambda s: s.slope**2, field, field.tilt, sp.Integer(0))
        total += field.weight * part
    return total.subs(at, simultaneous=True)


def represented_share(model: GaussianModel) -> sp.Expr:
    r"""Share :math:`c^\top\Sigma^{-1}c/\rho` of the teacher that the features represent."""
    frame = spectral_frame(model, model.covariance)
    share = close_spectral(SpectralAverage(model.alignment / HAMILTONIAN, model.teacher_law), frame)
    for definition in reversed(spectral_definitions(frame, model.covariance)):
        share = share.subs(definition.symbol, definition.expression)
    return share
