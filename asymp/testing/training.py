"""The training objective of a problem in the names that claims are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from asymp.problem.adversary import L2Input, LabelPerturbation, LinfInput, WeightPerturbation
from asymp.problem.losses import RESIDUAL, MarginLoss
from asymp.problem.noise import ContaminatedNoise, GaussianNoise, LaplaceNoise
from asymp.problem.penalty import WEIGHT, Ridge, SeparablePenalty
from asymp.problem.statement import ProblemStatement

METRICS = {"identity": "parameter_norm2", "gradient": "gradient_norm2", "covariance": "q"}
SIZE = sp.Symbol("size", nonnegative=True)
SIZES = tuple(sp.Rational(n, 10) for n in (-31, -7, -3, 2, 9, 24))  # residuals on every side


@dataclass(frozen=True)
class Pull:
    """What a training adversary acts through: its radii, an order parameter and its conjugate."""

    radius: str
    test_radius: str
    letter: str = ""
    conjugate: str = ""


LETTERS = {L2Input: ("P", "P_hat"), LinfInput: ("N_1", "N_1_hat"), WeightPerturbation: ("P_w", "")}


@dataclass(frozen=True)
class Training:
    r"""Objective :math:`\frac1n\sum\ell+r` of a problem, in the theorem's names.

    Parameters
    ----------
    problem : ProblemStatement
    known : tuple of str
        Names that the theorem gives numbers for.
    """

    problem: ProblemStatement
    known: tuple[str, ...]

    @cached_property
    def train(self) -> str:
        """The observable of training: the mean loss, or twice that; under the worst law if any."""
        start = "train_" if self.problem.ambiguity is None else "train_holistic_"
        return next(n for n in self.known if n.startswith(start))

    @property
    def loss(self) -> sp.Expr:
        """Mean training loss."""
        name = sp.Symbol(self.train)
        return name / 2 if self.train.endswith("risk") else name

    @cached_property
    def penalty(self) -> sp.Expr | None:
        """The penalty's value; None where no observable gives it."""
        penalty = self.problem.penalty
        if isinstance(penalty, Ridge):
            name = METRICS.get(penalty.metric) if isinstance(penalty.metric, str) else None
            strength = sp.Symbol(penalty.strength)
            return strength * sp.Symbol(name) / 2 if name in self.known else None
        if isinstance(penalty, SeparablePenalty):
            return _separable(penalty)
        return sp.Integer(0)

    @property
    def objective(self) -> sp.Expr | None:
        """What training minimises; None where the penalty has no value."""
        return None if self.penalty is None else self.loss + self.penalty

    @property
    def strengths(self) -> tuple[str, ...]:
        """Parameters of the penalty."""
        return tuple(p.name for p in getattr(self.problem.penalty, "parameters", ()))

    @cached_property
    def samples(self) -> str:
        """The ratio that counts samples."""
        ratios = self.problem.features.parameters
        return next(p.name for p in ratios if p.scaling.startswith("n/"))

    @property
    def deviations(self) -> tuple[str, ...]:
        """Parameters of the noise that have the unit of a label."""
        noise = self.problem.noise or self.problem.labels
        kept = {"deviation", "scale", "outlier_deviation"}
        return tuple(v for n, v in vars(noise).items() if n in kept)

    @cached_property
    def pulls(self) -> tuple[Pull, ...]:
        """The adversaries."""
        return tuple(map(self._pull, self.problem.adversaries))

    def _pull(self, adversary: Any) -> Pull:
        train, test = (p.name for p in adversary.parameters)
        letter, conjugate = LETTERS.get(type(adversary), ("", ""))
        conjugate = conjugate or f"{letter}_hat"
        if has_fixed_reach(adversary) or not {letter, conjugate} <= set(self.known):
            return Pull(train, test)
        return Pull(train, test, letter, conjugate)

    @property
    def noise_variance(self) -> str:
        """Variance of the label noise in names; empty without a finite one."""
        noise = self.problem.noise
        if isinstance(noise, GaussianNoise | LaplaceNoise):
            return f"{noise.deviation}**2"
        if isinstance(noise, ContaminatedNoise):
            s = noise.share
            return f"((1 - {s})*{noise.deviation}**2 + {s}*{noise.outlier_deviation}**2)"
        return ""

    @cached_property
    def units(self) -> Units | None:
        """How everything scales when labels are measured in other units; None if it does not."""
        return units_of(self)


def _separable(penalty: SeparablePenalty) -> sp.Expr | None:
    """Value of a penalty that is a polynomial of degree two in the size of a coordinate."""
    body = penalty.expression.subs(sp.Abs(WEIGHT), SIZE).subs(WEIGHT, SIZE)
    if not body.is_polynomial(SIZE) or sp.degree(body, SIZE) > 2 or body.subs(SIZE, 0) != 0:
        return None
    names = {s: sp.Symbol(s.name) for s in body.free_symbols - {SIZE}}
    linear, square = (body.coeff(SIZE, k).xreplace(names) for k in (1, 2))
    return sp.expand(linear * sp.Symbol("l1_norm") + square * sp.Symbol("parameter_norm2"))


@dataclass(frozen=True)
class Units:
    r"""Powers of c when labels become c times larger, and with them the minimiser.

    Parameters
    ----------
    parameters, observables : mapping of str to float
        A parameter that is not named stays; an observable that is not named is not claimed.
    """

    parameters: Mapping[str, float]
    observables: Mapping[str, float]


POWERS = {
    "standard_risk": 2.0, "excess_risk": 2.0, "robust_risk": 2.0, "parameter_norm2": 2.0,
    "gradient_norm2": 2.0, "q": 2.0, "m": 2.0, "P": 2.0, "l1_norm": 1.0, "intercept": 1.0,
    "selected_fraction": 0.0, "interpolated_fraction": 0.0, "false_positive_rate": 0.0,
    "true_positive_rate": 0.0,
}  # fmt: skip


def units_of(training: Training) -> Units | None:
    """Powers for a regression whose loss is homogeneous of some degree."""
    problem = training.problem
    if problem.is_binary or problem.target is None:
        return None
    degree = _degree(problem)
    penalties = _penalty_powers(problem.penalty, degree) if degree else None
    if degree is None or penalties is None:
        return None
    radii = {p.name: 1.0 for a in problem.adversaries if has_fixed_reach(a) for p in a.parameters}
    parameters = {
        problem.target.parameters[0].name: 2.0,
        **dict.fromkeys(training.deviations, 1.0),
        **{p.name: 1.0 for p in problem.loss.parameters if p.name == "knee"},
        **penalties,
        **radii,
    }
    powers = {**POWERS, training.train: 2.0 if training.train.endswith("risk") else degree}
    found = {name: power for name, power in powers.items() if name in training.known}
    return Units({n: p for n, p in parameters.items() if p}, found)


def has_fixed_reach(adversary: Any) -> bool:
    """Whether the attack moves a residual by an amount that no parameter changes, even zero.

    Such are attacks on the label, and on the trained weights: these move the output by the
    length of the features.
    """
    if isinstance(adversary, WeightPerturbation):
        return adversary.layer == "output"
    return isinstance(adversary, LabelPerturbation)


def _degree(problem: ProblemStatement) -> float | None:
    r"""Degree k with :math:`\ell(cr) = c^k\ell(r)`, a knee being measured in the same unit."""
    loss, c = problem.loss.expression, sp.Rational(17, 10)
    if isinstance(problem.loss, MarginLoss):
        return None
    other = {p.symbol: sp.Rational(2, 5) for p in problem.loss.parameters}
    unit = {p.symbol: c for p in problem.loss.parameters if p.name == "knee"}
    for degree in (1, 2):
        gaps = [
            loss.subs({s: unit.get(s, 1) * v for s, v in other.items()}).subs(RESIDUAL, c * r)
            - c**degree * loss.subs(other).subs(RESIDUAL, r)
            for r in SIZES
        ]
        if all(abs(float(gap)) < 1e-12 for gap in gaps):  # rationals, up to roots of losses
            return float(degree)
    return None


def _penalty_powers(penalty: Any, degree: float) -> dict[str, float] | None:
    if isinstance(penalty, Ridge):
        return {penalty.strength: degree - 2}
    if isinstance(penalty, SeparablePenalty):
        powers = {"l1": (1,), "elastic net": (1, 2)}.get(penalty.name)
        if powers is None:
            return None
        return {p.name: degree - k for p, k in zip(penalty.parameters, powers, strict=True)}
    return {}
