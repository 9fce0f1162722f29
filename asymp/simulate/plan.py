"""What one repeat of a simulation does, and the checks before any long work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from asymp.errors import InvalidParameter, NotDerivable
from asymp.problem.activation import Activation
from asymp.problem.features import RandomFeatures
from asymp.problem.statement import ProblemStatement
from asymp.simulate.curve import LossCurve, loss_curve
from asymp.simulate.draw import Draw, Model, Sizes, draw_isotropic, draw_random_features
from asymp.simulate.evaluation import Conditions, HeldOut, evaluate, hold_out, training_sizes
from asymp.simulate.network import Nonlinearity, nonlinearity
from asymp.simulate.pgd_training import train_against_attack
from asymp.simulate.points import Points, sizes_at
from asymp.simulate.training import Training, train

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
    attack: Attack
    model: Model
    test_points: int

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
    """A parameter point: its number, its values and its loss in numbers."""

    number: int
    values: dict[str, float]
    loss: LossCurve


@dataclass(frozen=True)
class Group:
    """Points of the same finite sizes: they share one draw in each repeat."""

    sizes: Sizes
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Plan:
    """A simulation in full, but for its seed."""

    problem: ProblemStatement
    sigma: Nonlinearity | None
    groups: tuple[Group, ...]
    settings: Settings

    def run(self, number: int, seed: int) -> dict[int, dict[str, float]]:
        """Observables by point number, for all points of a group on one draw.

        The sizes enter the seed: runs at different sizes are independent under one seed.
        """
        group = self.groups[number]
        sizes = group.sizes
        rng = np.random.default_rng([seed, sizes.inputs, sizes.features, sizes.samples])
        if self.sigma is None:
            draw = draw_isotropic(sizes, rng)
        else:
            draw = draw_random_features(sizes, self.sigma, rng, self.settings.model)
        held = hold_out(draw, self.settings.test_points, rng)
        return {member.number: self._measure(draw, held, member) for member in group.members}

    def _measure(self, draw: Draw, held: HeldOut, member: Member) -> dict[str, float]:
        p, at = self.problem, member.values
        eps = at[p.adversary.radius] if p.adversary else 0.0
        eps_test = at[p.adversary.test_radius] if p.adversary else 0.0
        rho, tau = at[p.target.variance], at[p.noise.deviation]
        how = Training(member.loss, eps, at[p.penalty.strength], p.penalty.metric)
        labels = draw.labels(rho, tau)
        if self.settings.attack == "pgd":
            trained, sizes = train_against_attack(draw, labels, how)
        else:
            trained = train(draw, labels, how)
            sizes = training_sizes(draw, labels, trained.theta, eps)
        conditions = Conditions(member.loss, eps, eps_test, rho, tau)
        observed = evaluate(draw, held, trained, sizes, conditions)
        if self.settings.attack == "pgd":
            # Its smoothed kinks leave no residual at zero to the digits that counting needs.
            observed["interpolated_fraction"] = float("nan")
        return observed


def plan_of(problem: ProblemStatement, points: Points, settings: Settings) -> Plan:
    """Group the points by finite sizes and lower activation and losses to numbers, once.

    Raises
    ------
    NotDerivable
        If training against the real attack is asked of a problem that has none, or gradients
        are needed of an activation with steps.
    """
    sigma = _sigma(problem)
    if sigma and sigma.rough and (problem.adversary or problem.penalty.metric == "gradient"):
        raise NotDerivable(
            "the activation's derivative is not square-integrable (kappa2 = oo), so that an "
            "input adversary or gradient penalty is unbounded; use a smoother activation"
        )
    real = isinstance(problem.features, RandomFeatures) and settings.model == "real"
    if settings.attack == "pgd" and (not real or problem.adversary is None):
        raise NotDerivable(
            'attack="pgd" needs real random features and an adversary; use attack="seminorm"'
        )
    groups: dict[Sizes, list[Member]] = {}
    curves: dict[tuple[float, ...], LossCurve] = {}
    for number, point in enumerate(points):
        key = tuple(point[p.name] for p in problem.loss.parameters)
        if key not in curves:
            curves[key] = loss_curve(problem.loss, point)
        member = Member(number, point, curves[key])
        groups.setdefault(sizes_at(problem, point, settings.d), []).append(member)
    frozen = tuple(Group(sizes, tuple(members)) for sizes, members in groups.items())
    return Plan(problem, sigma, frozen, settings)


def _sigma(problem: ProblemStatement) -> Nonlinearity | None:
    if not isinstance(problem.features, RandomFeatures):
        return None
    activation = problem.features.activation
    assert isinstance(activation, Activation)  # RandomFeatures converts whatever it is given.
    return nonlinearity(activation)
