"""Standard laws of theorems with both channels closed in the risk: regression, Gaussian noise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asymp.claims import Law
from asymp.problem.features import RandomFeatures
from asymp.testing.properties import identity, inequality, monotone, slope
from asymp.testing.training import Training


def closed_laws(t: Training, theorem: Any, inside: dict[str, Any]) -> Iterator[Law]:
    """Laws in the overlaps, the conjugates and the null phase.

    Parameters
    ----------
    t : Training
    theorem : Theorem
    inside : mapping
        Ranges away from phases and from zero.
    """
    yield from _overlaps(t, inside)
    if t.train.endswith("risk"):
        attack = " + P_hat*P" if t.pulls else ""
        yield identity(
            "output-homogeneity", f"{t.train} + V*q_hat", f"V_hat*SR{attack}",
            "the square loss is homogeneous of degree two", ranges=inside,
        )  # fmt: skip
    if t.pulls:
        yield from _attack(t)
    if any(b.name == "null" for b in theorem.branches):
        yield from _null(t, inside)
    features = t.problem.features
    isotropic = isinstance(features, RandomFeatures) and features.inputs is None
    if isotropic and "P" in theorem.order_parameters:
        text = r"$\mathbb E f^2\le\mathbb E\|\nabla f\|^2$ for centred $f$ (Gaussian Poincaré)"
        yield inequality("poincare", "q", "P", text)


def _overlaps(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    rho, null = t.problem.target.parameters[0].name, _null_risk(t)
    yield identity("risk-from-overlaps", "SR", f"{null} - 2*m + q")
    yield inequality("cauchy-schwarz", "m**2", f"{rho}*q")
    if t.penalty is None:
        return
    attack = " + P_hat*P" if t.pulls else ""
    yield identity(
        "input-homogeneity", f"V_hat*q + 2*({t.penalty}){attack}", "V*q_hat + V_hat*m",
        "the input channel's minimand is stationary along the minimiser itself", ranges=inside,
    )  # fmt: skip
    text = f"V_hat*(1 - m/{rho})/2"
    yield slope("envelope-teacher", t.objective, rho, text, ranges=inside, where=f"{rho} > 0")


def _null_risk(t: Training) -> str:
    """Risk of the zero estimator."""
    return f"({t.problem.target.parameters[0].name} + {t.noise_variance})"


def _attack(t: Training) -> Iterator[Law]:
    eps, test = t.pulls[0].radius, t.pulls[0].test_radius
    yield identity("attack", "robust_risk", f"SR + 2*sqrt(2/pi)*{test}*sqrt(P*SR) + {test}**2*P")
    yield monotone("train-rises-with-eps", t.loss, eps, fixed=dict.fromkeys(t.strengths, 0.0))


def _null(t: Training, inside: dict[str, Any]) -> Iterator[Law]:
    eps = t.pulls[0].radius
    text = r"beyond the threshold the estimator is zero and every risk is that of zero"
    everything = "standard_risk + robust_risk + P + q + parameter_norm2"
    yield identity("null-value", everything, f"2*{_null_risk(t)}", text, where=f"{eps} > eps_max")
    text = "below the threshold the estimator is not zero"
    below = {eps: inside[eps]}
    yield inequality("not-null", "1e-9", "P", text, where=f"{eps} < eps_max", ranges=below)
