r"""The ridgeless limit of losses that vanish beyond a margin: the maximum-margin classifier.

On separable data the minimiser of a hinge converges, as :math:`\zeta\to0^+`, to the parameter of
least norm whose margins all reach the kink. With :math:`V=v/\zeta` and conjugates of order
:math:`\zeta` the ridge cancels from the map, and what is left is the map of the barrier at the
kink with a ridge of strength one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from asymp.errors import NotDerivable
from asymp.problem.losses import MARGIN, MarginLoss
from asymp.problem.penalty import Ridge
from asymp.reductions.general.assembly import Assembled, assemble
from asymp.reductions.general.checks import Values, evaluate, evaluate_in_order, sample, verdict
from asymp.reductions.general.existence import ROOM, least_misfit
from asymp.reductions.general.output import general_output
from asymp.reductions.interpolation import CAPACITY, capacity_of
from asymp.reductions.statements import Letters, RobustProblem
from asymp.reductions.step import CheckResult, Display, Licence, Step
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.symbols import POSITIVE, letter

SCALE = letter("kappa", POSITIVE)
TINY = 1e-9  # ridge of the check: its corrections are of this order
Finish = Callable[[Assembled], Branch]


@dataclass(frozen=True)
class HardMargin:
    """The limit as a branch and the step that derives it.

    Parameters
    ----------
    soft, hard : Assembled
        The problem's own map, and that of the barrier.
    branch : Branch
    """

    soft: Assembled
    hard: Assembled
    branch: Branch

    @property
    def step(self) -> Step:
        """The step."""
        system = self.branch.system
        assert system is not None
        zeta = sp.latex(ridge_of(self.soft))
        return Step(
            name="hard-margin",
            title="The ridgeless limit on separable data",
            before=(Display("V", rf"\kappa/{zeta},\qquad {zeta}\to0"),),
            after=(Display(r"\text{loss}", self.hard.output.loss),),
            why="All margins reach the kink, where the loss is zero; the conjugates are of the "
            "order of the ridge, which cancels: the map of the barrier with a ridge of one.",
            licence=Licence("leading-order balance of the map as the ridge vanishes"),
            check=lambda: _check(self),
        )


def hard_margin(found: Assembled, finish: Finish) -> HardMargin | None:
    """The limit, where the loss is zero from a kink on and the penalty is a ridge.

    Parameters
    ----------
    found : Assembled
    finish : callable
        Makes the generic branch of an assembled problem.
    """
    problem = found.output.model.robust.problem
    kink = kink_of(found)
    if kink is None or problem.intercept or problem.adversaries:
        return None
    barrier = MarginLoss(sp.Piecewise((sp.oo, kink > MARGIN), (0, True)), name="hard margin")
    robust = RobustProblem(replace(problem, loss=barrier), barrier.expression)
    hard = assemble(general_output(replace(found.output.model, robust=robust)))
    return HardMargin(found, hard, _branch(found, finish(hard)))


def ridge_of(found: Assembled) -> sp.Symbol:
    """Strength of the ridge."""
    return found.output.model.robust.problem.penalty.parameters[0].symbol


def kink_of(found: Assembled) -> sp.Expr | None:
    """Margin from which on the loss is zero, having been positive before; None without one."""
    sections = found.output.sections
    penalty = found.output.model.robust.problem.penalty
    if not (found.output.is_margin and isinstance(penalty, Ridge)):
        return None
    last = sections[-1]
    if len(sections) == 1 or last.piece != 0 or not last.low.is_number:
        return None
    return last.low


def _branch(soft: Assembled, generic: Branch) -> Branch:
    zeta = ridge_of(soft)
    assert generic.system is not None
    renamed = {zeta: sp.Integer(1), Letters.V: SCALE}
    system = FixedPoint(
        tuple(x.xreplace(renamed) for x in generic.system.state),
        _renamed(generic.system.definitions, renamed),
        tuple(u.xreplace(renamed) for u in generic.system.update),
        generic.system.start,
    )
    values = {name: value.xreplace(renamed) for name, value in generic.values.items()}
    zero = sp.Integer(0)
    values |= {"V": sp.oo, "V_hat": zero, "q_hat": zero, "m_hat": zero}
    condition: sp.Basic = sp.Eq(zeta, 0)
    guards: tuple[Definition, ...] = ()
    if not soft.output.loss.has(sp.oo):
        condition = sp.And(condition, CAPACITY > ROOM)
        guards = (capacity_of(soft.output.model), *least_misfit(soft))
    return Branch(
        name="hard-margin",
        condition=condition,
        guards=guards,
        system=system,
        values=values,
        definitions=_renamed(generic.definitions, renamed),
        meaning="the parameter of least norm whose margins all reach the kink of the loss",
    )


def _renamed(
    definitions: tuple[Definition, ...], renamed: dict[sp.Symbol, sp.Expr]
) -> tuple[Definition, ...]:
    return tuple(replace(d, expression=d.expression.xreplace(renamed)) for d in definitions)


def _check(limit: HardMargin) -> CheckResult:
    """The soft map at a tiny ridge and V = kappa/zeta against the rescaled one."""
    system, zeta = limit.branch.system, ridge_of(limit.soft)
    if system is None:
        raise NotDerivable("the hard-margin branch has a system")
    worst = 0.0
    for seed in range(3):
        values = sample(limit.soft, 20 + seed)
        scale = values.pop(Letters.V)
        soft = _map(limit.soft.system, {**values, zeta: TINY, Letters.V: scale / TINY})
        hard = _map(system, {**values, SCALE: scale})
        ratios = np.array([soft[0] * TINY, *soft[1:]]) / np.array(hard)
        worst = max(worst, float(np.max(np.abs(ratios - 1))))
    return verdict(worst, 1e-7, "the map at ridge 1e-9 against its limit, 3 points")


def _map(system: FixedPoint, values: Values) -> list[float]:
    known = evaluate_in_order(system.definitions, values)
    return [evaluate(u, known) for u in system.update]
