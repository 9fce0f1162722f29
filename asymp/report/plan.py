"""What a report shows: which parameters vary, over which values, simulated where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.symbols import Parameter

if TYPE_CHECKING:
    from asymp.api import Theorem

ALONG = (0.1, 40.0)  # of the first ratio: from far too few features to far too many
SIMULATED_ALONG = (0.3, 16.0)
RADII = (0.0, 0.05, 0.1, 0.3, 0.5)
STRENGTHS = (0.0, 0.01, 0.1, 1.0)
NOISE, RATIO = 0.5, 2.0


@dataclass(frozen=True)
class Effort:
    """How fine the grid and how large the simulation is."""

    points: int
    d: int
    repeats: int
    ratios: int


USUAL, FAST = Effort(points=320, d=200, repeats=6, ratios=7), Effort(160, 60, 4, 5)


@dataclass(frozen=True)
class Plan:
    """The arguments of ``solve`` and ``simulate`` for a report.

    Parameters
    ----------
    x, family : str
        Names of the parameters that vary: along the axis, and from curve to curve.
    arguments : mapping
        Of ``solve``.
    simulated : mapping
        Parameters of ``simulate``.
    effort : Effort
    """

    x: str
    family: str
    arguments: Mapping[str, Any]
    simulated: Mapping[str, Any]
    effort: Effort

    @property
    def fixed(self) -> dict[str, float]:
        """The parameters that do not vary."""
        return {k: v for k, v in self.arguments.items() if k not in (self.x, self.family)}


def headline(theorem: Theorem) -> str:
    """The observable that a reader looks at first."""
    return (
        "robust_risk" if "robust_risk" in theorem.observables else next(iter(theorem.observables))
    )


def plan_of(theorem: Theorem, given: Mapping[str, Any], effort: Effort) -> Plan:
    """Plan from the theorem's parameters, overridden by what the user gave.

    The first parameter varies along the axis; from curve to curve the adversary's radius, or
    without an adversary the penalty's strength.

    Raises
    ------
    InvalidParameter
        If the user gave a single number for a parameter that has to vary.
    """
    problem = theorem.problem
    x = next(iter(theorem.parameters))
    family = problem.adversary.radius if problem.adversary else problem.penalty.strength
    defaults = {
        x: np.geomspace(*ALONG, effort.points),
        family: np.array(RADII if problem.adversary else STRENGTHS),
        problem.noise.deviation: NOISE,
    }
    arguments = {
        name: given.get(name, defaults.get(name, _default(parameter)))
        for name, parameter in theorem.parameters.items()
        if name in given or not isinstance(parameter.default, str)
    }
    for name in (x, family):
        arguments[name] = np.atleast_1d(arguments[name])
    if arguments[x].size < 2:
        raise InvalidParameter(f"{x} varies along the axis of the figures: give it a range")
    varied = [n for n, v in arguments.items() if n not in (x, family) and np.size(v) > 1]
    if varied:
        raise InvalidParameter(f"{varied[0]} must be one number: a report varies {x} and {family}")
    return Plan(x, family, arguments, _simulated(arguments, x, family, effort), effort)


def _default(parameter: Parameter) -> float:
    return RATIO if parameter.default is None else float(parameter.default)


def _simulated(arguments: Mapping[str, Any], x: str, family: str, effort: Effort) -> dict[str, Any]:
    """Few points along the axis, and up to four curves, the extreme ones among them."""
    low, high = float(np.min(arguments[x])), float(np.max(arguments[x]))
    low, high = max(low, min(SIMULATED_ALONG[0], high)), min(high, max(SIMULATED_ALONG[1], low))
    values = arguments[family]
    kept = np.unique(np.linspace(0, values.size - 1, min(4, values.size)).round().astype(int))
    along = np.geomspace(low, high, effort.ratios).round(3)
    return {**arguments, x: along.tolist(), family: values[kept].tolist()}
