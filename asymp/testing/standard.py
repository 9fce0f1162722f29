"""Laws of every derived theorem: what its being a minimum of a training objective implies.

The training objective is written twice itself, so that it is a training error for the square
loss.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asymp.claims import Law
from asymp.problem.features import RandomFeatures
from asymp.problem.statement import ProblemStatement
from asymp.testing.properties import convex, identity, inequality, monotone, scaling, slope


@dataclass(frozen=True)
class Words:
    """Names that the laws are written in, as the problem's author chose them."""

    problem: ProblemStatement
    observables: tuple[str, ...]

    @property
    def square(self) -> bool:
        """Whether the loss is the square loss."""
        return self.problem.loss.name == "square"

    @property
    def rho(self) -> str:
        """Variance of the teacher field."""
        return self.problem.target.parameters[0].name

    @property
    def tau(self) -> str:
        """Standard deviation of the noise."""
        return self.problem.noise.parameters[0].name

    @property
    def ridge(self) -> str:
        """Strength of the penalty."""
        return self.problem.penalty.parameters[0].name

    @property
    def samples(self) -> str:
        """The ratio that counts samples: the last of the features' ratios."""
        return self.problem.features.parameters[-1].name

    @property
    def radii(self) -> tuple[str, str] | None:
        """Training and test radius."""
        adversary = self.problem.adversary
        if adversary is None:
            return None
        train, test = (p.name for p in adversary.parameters)
        return train, test

    @property
    def train(self) -> str:
        """Training error, or twice the mean training loss."""
        name = next(n for n in self.observables if n.startswith("train_"))
        return name if self.square else f"2*{name}"

    @property
    def penalty(self) -> str:
        """What the ridge multiplies."""
        plain = self.problem.penalty.metric == "identity"
        return "parameter_norm2" if plain else "gradient_norm2"

    @property
    def objective(self) -> str:
        """Twice the training objective at its minimum."""
        return f"({self.train} + {self.ridge}*{self.penalty})"

    @property
    def null(self) -> str:
        """Risk of the zero estimator."""
        return f"({self.rho} + {self.tau}**2)"


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
    ['risk-from-overlaps', 'cauchy-schwarz']
    """
    if theorem.status == "stated":
        return ()
    words = Words(theorem.problem, tuple(theorem.observables))
    found = [*_overlaps(words), *_ridge(words), *_envelopes(words)]
    if words.square:
        found += _square(words)
    if words.radii is not None:
        found += _adversary(words)
    if any(b.name == "null" for b in theorem.branches):
        found += _null(words)
    if isinstance(theorem.problem.features, RandomFeatures) and "P" in theorem.order_parameters:
        text = r"$\mathbb E f^2\le\mathbb E\|\nabla f\|^2$ for centred $f$ (Gaussian Poincaré)"
        found.append(inequality("poincare", "q", "P", text))
    return tuple(found)


def _inside(w: Words) -> dict[str, Any]:
    """Ranges away from phases and from zero, where every quantity is finite and smooth."""
    ranges: dict[str, Any] = {w.ridge: (0.01, 2), w.tau: (0.1, 1.5)}
    return {**ranges, **_below(w)}


def _below(w: Words) -> dict[str, Any]:
    return {w.radii[0]: ("0.05*eps_max", "0.9*eps_max")} if w.radii else {}


def _overlaps(w: Words) -> Iterator[Law]:
    yield identity("risk-from-overlaps", "SR", f"{w.null} - 2*m + q")
    yield inequality("cauchy-schwarz", "m**2", f"{w.rho}*q")
    yield inequality("risk-above-noise", f"{w.tau}**2", "standard_risk")
    attack = " + P_hat*P" if w.radii else ""
    yield identity(
        "input-homogeneity", f"V_hat*q + {w.ridge}*{w.penalty}{attack}", "V*q_hat + V_hat*m",
        "the input channel's minimand is stationary along the minimiser itself",
        ranges=_inside(w),
    )  # fmt: skip


def _ridge(w: Words) -> Iterator[Law]:
    inside = _inside(w)
    yield monotone("objective-rises-with-ridge", w.objective, w.ridge, ranges=inside)
    yield convex("objective-concave-in-ridge", w.objective, w.ridge, concave=True, ranges=inside)
    yield monotone("norm-falls-with-ridge", w.penalty, w.ridge, increasing=False, ranges=inside)
    yield monotone("train-rises-with-ridge", w.train, w.ridge)
    yield monotone("objective-rises-with-samples", w.objective, w.samples, ranges=inside)
    if isinstance(w.problem.features, RandomFeatures):
        wide = w.problem.features.parameters[0].name
        name = "objective-falls-with-features"
        yield monotone(name, w.objective, wide, increasing=False, ranges=inside)


def _envelopes(w: Words) -> Iterator[Law]:
    """Derivatives of the objective: what it depends on explicitly, by the envelope theorem."""
    whole, inside = w.objective, _inside(w)
    yield slope("envelope-ridge", whole, w.ridge, w.penalty, ranges=inside)
    yield slope("envelope-noise", whole, w.tau, f"2*{w.tau}*V_hat", ranges=inside)
    yield slope("envelope-teacher", whole, w.rho, f"V_hat*(1 - m/{w.rho})", ranges=inside)
    yield slope("envelope-samples", whole, w.samples, f"V*q_hat/{w.samples}", ranges=inside)
    if w.radii:
        eps = w.radii[0]
        yield slope("envelope-adversary", whole, eps, f"2*P*P_hat/{eps}", ranges=inside)


def _square(w: Words) -> Iterator[Law]:
    quantities = {"standard_risk": 1.0, w.train: 1.0, "q": 1.0, "m": 1.0}
    attack = " + P_hat*P" if w.radii else ""
    yield scaling(
        "labels-in-other-units", {w.rho: 1, w.tau: 0.5},
        {**quantities, **({"robust_risk": 1.0, "P": 1.0} if w.radii else {})},
    )  # fmt: skip
    yield identity(
        "output-homogeneity", f"{w.train} + V*q_hat", f"V_hat*SR{attack}",
        "the square loss is homogeneous of degree two", ranges=_inside(w),
    )  # fmt: skip
    yield inequality("zero-is-a-candidate", w.objective, w.null, ranges=_inside(w))
    test = "robust_risk" if w.radii else "standard_risk"
    where = f"{w.radii[1]} >= {w.radii[0]}" if w.radii else None
    text = "at the same radius the training error is at most the risk"
    yield inequality("optimism", w.train, test, text, where=where)


def _adversary(w: Words) -> Iterator[Law]:
    assert w.radii is not None
    eps, test = w.radii
    yield identity("clean-test", "robust_risk", "standard_risk", fixed={test: 0.0})
    yield identity("attack", "robust_risk", f"SR + 2*sqrt(2/pi)*{test}*sqrt(P*SR) + {test}**2*P")
    yield monotone("stronger-attack", "robust_risk", test)
    yield convex("convex-in-attack", "robust_risk", test)
    yield monotone("objective-rises-with-eps", w.objective, eps, ranges={w.ridge: (0.01, 2)})
    yield monotone("train-rises-with-eps", w.train, eps, fixed={w.ridge: 0.0})


def _null(w: Words) -> Iterator[Law]:
    assert w.radii is not None
    eps = w.radii[0]
    text = r"beyond the threshold the estimator is zero and every risk is that of zero"
    everything = "standard_risk + robust_risk + P + q + parameter_norm2"
    yield identity("null-value", everything, f"2*{w.null}", text, where=f"{eps} > eps_max")
    text = "below the threshold the estimator is not zero"
    yield inequality("not-null", "1e-9", "P", text, where=f"{eps} < eps_max", ranges=_below(w))
