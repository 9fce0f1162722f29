"""What a report shows: which parameters vary, over which values, simulated where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from asymp.errors import InvalidParameter
from asymp.report.values import along, axis_of, family_of, members, value_of

if TYPE_CHECKING:
    from asymp.api import Theorem

SIMULATED_ALONG = (0.3, 16.0)


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
    x : str
        Name of the parameter along the axis.
    family : str or None
        That of the parameter that varies from curve to curve; None for a single curve.
    arguments : mapping
        Of ``solve``.
    simulated : mapping
        Parameters of ``simulate``.
    effort : Effort
    """

    x: str
    family: str | None
    arguments: Mapping[str, Any]
    simulated: Mapping[str, Any]
    effort: Effort

    @property
    def fixed(self) -> dict[str, float]:
        """The parameters that do not vary."""
        return {k: v for k, v in self.arguments.items() if k not in (self.x, self.family)}

    @property
    def curves(self) -> list[tuple[float, dict[str, float]]]:
        """Each curve's value of the family's parameter, and all that is fixed along it."""
        if self.family is None:
            return [(0.0, self.fixed)]
        values = map(float, self.arguments[self.family])
        return [(value, {**self.fixed, self.family: value}) for value in values]


def headline(theorem: Theorem) -> str:
    """The observable that a reader looks at first."""
    return observables_of(theorem)[0]


def observables_of(theorem: Theorem) -> list[str]:
    """One or two observables for a figure: under attack and clean, else the first two."""
    names = ("robust_risk", "robust_error", "standard_risk", "classification_error")
    known = [name for name in names if name in theorem.observables]
    return list(dict.fromkeys([*known, *theorem.observables]))[:2]


def has_simulator(theorem: Theorem) -> bool:
    """Whether there is a finite problem to draw."""
    return theorem.status == "derived" or theorem.simulation is not None


def plan_of(theorem: Theorem, given: Mapping[str, Any], effort: Effort) -> Plan:
    """Plan from the theorem's parameters, overridden by what the user gave.

    The first ratio varies along the axis; from curve to curve the adversary's radius, without an
    adversary the penalty's strength, and without both the noise or the next parameter.

    Raises
    ------
    InvalidParameter
        If the user gave a single number for a parameter that has to vary.
    """
    x, varying = axis_of(theorem), dict(given)
    family = family_of(theorem, x)
    defaults: dict[str, Any] = {x: along(theorem, x, effort.points)}
    if family is not None:
        defaults[family] = members(theorem, family)
    arguments = {
        name: varying[name] if name in varying else defaults.get(name, value_of(theorem, name))
        for name, parameter in theorem.parameters.items()
        if name in varying or not isinstance(parameter.default, str)
    }
    for name in filter(None, (x, family)):
        arguments[name] = np.atleast_1d(arguments[name])
    if arguments[x].size < 2:
        raise InvalidParameter(f"{x} varies along the axis of the figures: give it a range")
    varied = [n for n, v in arguments.items() if n not in (x, family) and np.size(v) > 1]
    if varied:
        both = " and ".join(filter(None, (x, family)))
        raise InvalidParameter(f"{varied[0]} must be one number: a report varies {both}")
    return Plan(x, family, arguments, _simulated(arguments, x, family, effort), effort)


def _simulated(
    arguments: Mapping[str, Any], x: str, family: str | None, effort: Effort
) -> dict[str, Any]:
    """Few points along the axis, and up to four curves, the extreme ones among them."""
    low, high = float(np.min(arguments[x])), float(np.max(arguments[x]))
    if low > 0:
        low, high = max(low, min(SIMULATED_ALONG[0], high)), min(high, max(SIMULATED_ALONG[1], low))
    spaced = np.geomspace if low > 0 else np.linspace
    found = {**arguments, x: spaced(low, high, effort.ratios).round(3).tolist()}
    if family is not None:
        values = arguments[family]
        kept = np.unique(np.linspace(0, values.size - 1, min(4, values.size)).round().astype(int))
        found[family] = values[kept].tolist()
    return found
