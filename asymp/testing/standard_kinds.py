"""Standard laws of classification, and of penalties on single coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asymp.claims import Law
from asymp.problem.labels import ProbitLabels, SignLabels
from asymp.problem.losses import MarginLoss
from asymp.problem.penalty import SeparablePenalty
from asymp.testing.properties import inequality, scaling
from asymp.testing.training import Training


def binary_laws(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    """Laws of binary labels."""
    if not t.problem.intercept:
        text = "the estimator is no worse than guessing: reflecting it at the teacher is admissible"
        yield inequality("better-than-guessing", "classification_error", "1/2", text)
    if t.objective is not None:
        loss = t.problem.loss
        zero = {loss.variable: 0 if isinstance(loss, MarginLoss) else 1}
        null = loss.expression.subs(zero)
        yield inequality("zero-is-a-candidate", t.objective, null, ranges=inside)
    same = {
        n: 0.0
        for n in ("classification_error", "robust_error", "parameter_norm2", t.train)
        if n in t.known
    }
    labels, target = t.problem.labels, t.problem.target
    if isinstance(labels, SignLabels | ProbitLabels) and "correlation" in t.known:
        powers = {target.parameters[0].name: 2.0, **dict.fromkeys(t.deviations, 1.0)}
        text = "labels do not change when the teacher and its noise do in proportion"
        yield scaling("teacher-in-other-units", powers, {**same, "correlation": 0.0}, text)


def separable_laws(t: Training) -> Iterator[Law]:
    """Laws of coordinates that decouple."""
    if "l1_norm" not in t.known:
        return
    text = r"$\|\hat w\|_1^2\le\|\hat w\|_0\|\hat w\|_2^2$"
    yield inequality("few-coordinates", "l1_norm**2", "selected_fraction*parameter_norm2", text)
    penalty = t.problem.penalty
    if isinstance(penalty, SeparablePenalty) and penalty.name == "l1" and not t.pulls:
        text = "the l1 penalty selects at most as many coordinates as there are samples"
        yield inequality("at-most-samples", "selected_fraction", t.samples, text)
