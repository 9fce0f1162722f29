"""What one repeat of a simulation does, and the checks before any long work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from asymp.errors import InvalidParameter, NotDerivable
from asymp.problem.adversary import L2Input
from asymp.problem.features import RandomFeatures
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget
from asymp.simulate import draw_designs as draw_designs  # Registers its feature maps.
from asymp.simulate.budget import budget_of, require_attackable
from asymp.simulate.case import Case
from asymp.simulate.draw import Draw, Model, Sizes, draw_features, lowered
from asymp.simulate.evaluation import evaluate
from asymp.simulate.fitting import Task, fit_task
from asymp.simulate.held_out import HeldOut, hold_out
from asymp.simulate.labels import draw_at, labels_of, strength
from asymp.simulate.lowered_loss import Lowered, lower
from asymp.simulate.pgd_training import train_against_attack
from asymp.simulate.points import Points, sizes_at
from asymp.simulate.training import Training
from asymp.simulate.worst_law import require_worst_law

Attack = Literal["seminorm", "pgd"]


@dataclass(frozen=True)
class Settings:
    """Choices that hold for every point of a simulation.

    Raises
    ------
    InvalidParameter
        For a size that is not an integer in range, or a word that is not offered.
    """

    d: int
    repeats: int
    attack: Attack = "seminorm"
    model: Model = "real"
    test_points: int = 400

    def __post_init__(self) -> None:
        for name, low in (("d", 2), ("repeats", 2), ("test_points", 2)):
            require_integer(name, getattr(self, name), low)
        _require_word("attack", self.attack, ("seminorm", "pgd"))
        _require_word("model", self.model, ("real", "equivalent"))


def require_integer(name: str, value: object, low: int) -> None:
    """Raise unless a value is an integer of at least ``low``."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
        raise InvalidParameter(f"{name} = {value!r}: give an integer of at least {low}")


def _require_word(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidParameter(f"{name} = {value!r}: choose {' or '.join(map(repr, allowed))}")


@dataclass(frozen=True)
class Member:
    """A parameter point: its number, its values, and its loss and penalty in numbers."""

    number: int
    values: dict[str, float]
    lowered: Lowered


@dataclass(frozen=True)
class Group:
    """Points of the same finite sizes and features: they share one draw in each repeat."""

    sizes: Sizes
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Plan:
    """A simulation in full, but for its seed."""

    problem: ProblemStatement
    groups: tuple[Group, ...]
    settings: Settings

    def run(self, number: int, seed: int) -> dict[int, dict[str, float]]:
        """Observables by point number, for all points of a group on one draw.

        The sizes enter the seed: runs at different sizes are independent under one seed.
        """
        group, problem = self.groups[number], self.problem
        sizes = group.sizes
        rng = np.random.default_rng([seed, sizes.inputs, sizes.features, sizes.samples])
        at = group.members[0].values
        draw = draw_features(problem.features, sizes, rng, self.settings.model, at)
        held = hold_out(draw, self.settings.test_points, rng, problem.is_binary)
        return {member.number: self._measure(draw, held, member) for member in group.members}

    def _measure(self, draw: Draw, held: HeldOut, member: Member) -> dict[str, float]:
        problem, at = self.problem, member.values
        draw = draw_at(problem, draw, at)
        if isinstance(problem.target, SparseTarget):
            held = held.with_teacher(draw.teacher)
        labels = labels_of(problem, draw, at)
        task = Task(problem, member.lowered, draw, labels, budget_of(problem, draw, at), at)
        test, rho = budget_of(problem, draw, at, test=True), strength(problem, at)
        if self.settings.attack == "pgd":
            trained, sizes = train_against_attack(draw, labels, _training(task))
            observed = evaluate(Case(task, held, trained, sizes, test, rho))
            # Its smoothed kinks leave no residual at zero to the digits that counting needs.
            return observed | {"interpolated_fraction": float("nan")}
        trained = fit_task(task)
        return evaluate(Case(task, held, trained, task.sizes(trained), test, rho))


def _training(task: Task) -> Training:
    """The task as the trainer against the real attack takes it."""
    assert task.lowered.even is not None  # Checked by the plan.
    return Training(task.lowered.even, task.budget.radius, task.ridge or 0.0)


def plan_of(problem: ProblemStatement, points: Points, settings: Settings) -> Plan:
    """Group the points that share draws, and lower losses to numbers, once.

    Raises
    ------
    NotDerivable
        If the problem has a part that cannot be simulated, or that does not fit another.
    """
    _require_gradients(problem)
    _require_attack(problem, settings)
    require_attackable(problem)
    require_worst_law(problem, settings.attack)
    groups: dict[tuple[Sizes, tuple[float, ...]], list[Member]] = {}
    for number, point in enumerate(points):
        member = Member(number, point, lower(problem, point))
        own = tuple(point[p.name] for p in problem.features.parameters)
        groups.setdefault((sizes_at(problem, point, settings.d), own), []).append(member)
    frozen = tuple(Group(sizes, tuple(members)) for (sizes, _), members in groups.items())
    return Plan(problem, frozen, settings)


def _require_gradients(problem: ProblemStatement) -> None:
    if not isinstance(problem.features, RandomFeatures):
        return
    gradient = isinstance(problem.penalty, Ridge) and problem.penalty.metric == "gradient"
    if (problem.adversaries or gradient) and lowered(problem.features.activation).rough:
        raise NotDerivable(
            "the activation's derivative is not square-integrable (kappa2 = oo), so that an "
            "input adversary or gradient penalty is unbounded; use a smoother activation"
        )


def _require_attack(problem: ProblemStatement, settings: Settings) -> None:
    if settings.attack != "pgd":
        return
    real = isinstance(problem.features, RandomFeatures) and settings.model == "real"
    l2 = len(problem.adversaries) == 1 and isinstance(problem.adversaries[0], L2Input)
    plain = isinstance(problem.penalty, Ridge) and not problem.intercept
    regression = not problem.is_binary and problem.loss is not None and problem.loss.is_square
    if not (real and l2 and plain and regression) or problem.penalty.metric != "identity":
        raise NotDerivable(
            'attack="pgd" trains a regression of real random features with the square loss, a '
            'plain ridge and an l2 adversary; for this problem use attack="seminorm"'
        )
