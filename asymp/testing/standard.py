"""Laws of every derived theorem: what its being a minimum of a training objective implies.

Each is a theorem for every problem that it is stated for; what a problem's observables cannot
express is left out. Those of classification and of separable penalties stand in
:mod:`asymp.testing.standard_kinds`, those of closed channels in
:mod:`asymp.testing.standard_closed`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import sympy as sp

from asymp.claims import Law, Numbers, Solve
from asymp.problem.features import RandomFeatures
from asymp.problem.noise import GaussianNoise
from asymp.testing.properties import convex, identity, inequality, monotone, scaling, slope
from asymp.testing.standard_closed import closed_laws
from asymp.testing.standard_kinds import binary_laws, separable_laws
from asymp.testing.training import Training, has_fixed_reach


def standard_laws(theorem: Any) -> tuple[Law, ...]:
    """Laws that hold whatever the problem, in its own names.

    Parameters
    ----------
    theorem : Theorem
        A stated one promises none.

    Examples
    --------
    >>> import asymp
    >>> thm = asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    >>> [law.name for law in standard_laws(thm)][:2]
    ['domains', 'objective-rises-with-zeta']
    """
    if theorem.status == "stated":
        return ()
    training = Training(theorem.problem, tuple(theorem.branches[-1].values))
    inside = _inside(training, theorem)
    found = [_domains(theorem), *_penalty(training, inside), *_samples(training, inside)]
    found += [*_radii(training, inside), *_test_radii(training), *_worst_law(training, inside)]
    found += _binary(training, inside) if theorem.problem.is_binary else _regression(
        training, inside
    )  # fmt: skip
    found += separable_laws(training)
    if "SR" in training.known:
        found += closed_laws(training, theorem, inside)
    return tuple(found)


def _inside(training: Training, theorem: Any) -> dict[str, Any]:
    """Ranges away from phases and from zero, where every quantity is finite and smooth."""
    guards = {g.symbol.name for b in theorem.branches for g in b.guards}
    ranges: dict[str, Any] = dict.fromkeys(training.strengths, (0.01, 2))
    ranges |= dict.fromkeys(training.deviations, (0.1, 1.5))
    for pull in training.pulls:
        top = "0.9*eps_max" if pull.radius == "eps" and "eps_max" in guards else 0.4
        ranges[pull.radius] = ("0.05*eps_max" if top == "0.9*eps_max" else 0.03, top)
    own = getattr(theorem, "ranges", {})
    return {name: own.get(name, ends) for name, ends in ranges.items()}


def _domains(theorem: Any) -> Law:
    quantities = {**theorem.order_parameters, **theorem.observables}

    def slack(solve: Solve, point: Numbers) -> float:
        found = solve(**point)
        rounding = found["rounding"]
        return min(
            (_depth(quantity, found[name], rounding) for name, quantity in quantities.items()),
            default=0.0,
        )

    return Law(
        "domains", slack, "order parameters and observables lie in their domains",
        tolerance=0.0, why_tolerance="a value may leave its domain by its own rounding",
    )  # fmt: skip


def _depth(quantity: Any, value: float, rounding: float) -> float:
    """Zero inside the domain, else how far outside."""
    low, high = float(quantity.domain.start), float(quantity.domain.end)
    if math.isnan(value):
        return -math.inf
    outside = max(low - value, value - high)
    return 0.0 if outside <= rounding * max(1.0, abs(value)) else -outside


def _penalty(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    """In a penalty's strength the objective is concave, with the penalised size as its slope."""
    whole, value = t.objective, t.penalty
    for name in t.strengths:
        if whole is None or value is None:
            yield monotone(f"train-rises-with-{name}", t.loss, name, ranges=inside)
            continue
        size = value.diff(sp.Symbol(name))
        if size == 0 or size.has(sp.Symbol(name)):
            continue
        yield monotone(f"objective-rises-with-{name}", whole, name, ranges=inside)
        yield convex(f"objective-concave-in-{name}", whole, name, concave=True, ranges=inside)
        yield monotone(f"size-falls-with-{name}", size, name, increasing=False, ranges=inside)
        rest = sp.expand(whole - sp.Symbol(name) * size)
        yield monotone(f"train-rises-with-{name}", rest, name, ranges=inside)
        yield slope(f"envelope-{name}", whole, name, size, ranges=inside)


def _samples(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    r"""Fewer samples can be fitted better: the least objective of n samples averages over n-1."""
    whole = t.objective
    if whole is None:
        return
    yield monotone("objective-rises-with-samples", whole, t.samples, ranges=inside)
    if {"V", "q_hat"} <= set(t.known):
        found = sp.Symbol("V") * sp.Symbol("q_hat") / (2 * sp.Symbol(t.samples))
        yield slope("envelope-samples", whole, t.samples, found, ranges=inside)
    if isinstance(t.problem.features, RandomFeatures):
        wide, name = t.problem.features.ratios[0], "objective-falls-with-features"
        yield monotone(name, whole, wide, increasing=False, ranges=inside)


def _radii(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    whole = t.objective
    for pull in t.pulls if whole is not None else ():
        eps = pull.radius
        yield monotone(f"objective-rises-with-{eps}", whole, eps, ranges=inside)
        if pull.letter:
            found = sp.Symbol(pull.letter) * sp.Symbol(pull.conjugate) / sp.Symbol(eps)
            yield slope(f"envelope-{eps}", whole, eps, found, ranges=inside)


def _worst_law(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    """In a ball's radius the objective is concave, with the scale of the weights as its slope."""
    whole = t.objective
    if t.problem.ambiguity is None or whole is None:
        return
    name = t.problem.ambiguity.radius
    plain = next(n for n in t.known if n.startswith("train_"))
    yield inequality("worst-law-above-sample", plain, t.train, ranges=inside)
    yield monotone(f"objective-rises-with-{name}", whole, name, ranges=inside)
    yield convex(f"objective-concave-in-{name}", whole, name, concave=True, ranges=inside)
    yield slope(f"envelope-{name}", whole, name, sp.Symbol("lambda_kl"), ranges=inside)


def _test_radii(t: Training) -> Iterator[Law]:
    """What an attack at test time does to the error under it."""
    clean, robust = (
        ("classification_error", "robust_error")
        if t.problem.is_binary
        else ("standard_risk", "robust_risk")
    )
    if robust not in t.known:
        return
    yield inequality("robust-above-clean", clean, robust)
    yield identity("clean-test", robust, clean, fixed={p.test_radius: 0.0 for p in t.pulls})
    for pull in t.pulls:
        yield monotone(f"rises-with-{pull.test_radius}", robust, pull.test_radius)
        if not t.problem.is_binary:
            yield convex(f"convex-in-{pull.test_radius}", robust, pull.test_radius)


def _regression(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    whole, square = t.objective, t.train.endswith("risk")
    if t.noise_variance:
        yield inequality("risk-above-noise", t.noise_variance, "standard_risk")
    if isinstance(t.problem.noise, GaussianNoise) and whole is not None:
        tau = t.problem.noise.deviation
        yield slope("envelope-noise", whole, tau, f"{tau}*V_hat", ranges=inside)
    if t.units is not None:
        yield scaling("labels-in-other-units", t.units.parameters, t.units.observables)
    if square and t.noise_variance and t.problem.ambiguity is None:
        yield from _square(t, inside)


def _square(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    whole = t.objective
    kept = any(map(has_fixed_reach, t.problem.adversaries))
    if whole is not None and not kept:  # such an attack acts on the zero estimator too
        null = f"({t.problem.target.parameters[0].name} + {t.noise_variance})/2"
        yield inequality("zero-is-a-candidate", whole, null, ranges=inside)
    test = "robust_risk" if t.pulls else "standard_risk"
    if test in t.known:
        where = " & ".join(f"({p.test_radius} >= {p.radius})" for p in t.pulls) or None
        text = "at the same radius the training error is at most the risk"
        yield inequality("optimism", t.train, test, text, where=where)


def _binary(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    yield from binary_laws(t, inside)
