"""Values that a report gives parameters nobody has chosen, by their part in the problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from asymp.symbols import Parameter

if TYPE_CHECKING:
    from asymp.api import Theorem

ALONG = (0.1, 40.0)  # of the first ratio: from far too few to far too many
RADII = (0.0, 0.05, 0.1, 0.3, 0.5)
STRENGTHS = (0.0, 0.01, 0.1, 1.0)
RATIO, NOISE, RADIUS, STRENGTH, POSITIVE = 2.0, 0.5, 0.1, 0.1, 3.0
SHARE = 0.2  # of an interval, where a share stands
FACTORS = (0.5, 1.0, 2.0, 4.0)  # of a usual value, where any positive number may stand


def axis_of(theorem: Theorem) -> str:
    """The first ratio, or the first parameter of a theorem without one."""
    ratios = [n for n, p in theorem.parameters.items() if "/" in p.scaling]
    return str(next(iter([*ratios, *theorem.parameters])))


def family_of(theorem: Theorem, x: str) -> str | None:
    """A training radius, a penalty's strength, the noise, or the next parameter."""
    radii, strengths, noise = _parts(theorem)
    rest = [n for n, p in theorem.parameters.items() if n != x and not isinstance(p.default, str)]
    return next((n for n in (*radii, *strengths, *noise, *rest) if n in rest), None)


def _parts(theorem: Theorem) -> tuple[list[str], list[str], list[str]]:
    """Training radii, strengths of penalties, deviations of the noise."""
    problem = theorem.problem
    if problem is None or theorem.status == "stated":
        return [], [], []
    radii = [a.parameters[0].name for a in problem.adversaries]
    parts = [] if problem.is_mixture else [problem.noise, problem.labels]
    noise = [p.name for part in parts if part for p in part.parameters]
    return radii, [p.name for p in problem.penalty.parameters], noise


def along(theorem: Theorem, x: str, points: int) -> np.ndarray:
    """Values along the axis."""
    low, high = _range(theorem, x, ALONG)
    return (np.geomspace if low > 0 else np.linspace)(low, high, points)


def members(theorem: Theorem, name: str) -> np.ndarray:
    """Values from curve to curve."""
    radii, strengths, _ = _parts(theorem)
    parameter = theorem.parameters[name]
    if name in getattr(theorem, "ranges", {}):
        return np.linspace(*_range(theorem, name, ALONG), 4)
    if name in radii:
        return np.array(RADII)
    if name in strengths:
        return np.array(STRENGTHS if _has_limits(theorem) else STRENGTHS[1:])
    if parameter.domain.end.is_finite:
        return np.linspace(*_range(theorem, name, ALONG), 4)
    return value_of(theorem, name) * np.array(FACTORS)


def _has_limits(theorem: Theorem) -> bool:
    """Whether a vanishing penalty is a case of its own, with its own branches."""
    return "SR" in theorem.order_parameters


def _range(theorem: Theorem, name: str, otherwise: tuple[float, float]) -> tuple[float, float]:
    """Range of the theorem's file if its ends are numbers, of a finite domain, or the usual one."""
    domain: Any = theorem.parameters[name].domain
    given = getattr(theorem, "ranges", {}).get(name)
    if given is not None and all(sp.sympify(end).is_number for end in given):
        return float(given[0]), float(given[1])
    low, high = max(domain.start, otherwise[0]), min(domain.end, otherwise[1])
    if domain.start.is_finite and domain.end.is_finite:
        width = float(domain.end - domain.start)
        return float(domain.start) + 0.05 * width, float(domain.end) - 0.05 * width
    return float(low), float(max(high, low + 1))


def value_of(theorem: Theorem, name: str) -> float:
    """One value of a parameter that does not vary."""
    parameter: Parameter = theorem.parameters[name]
    radii, strengths, noise = _parts(theorem)
    if name in noise[:1] and parameter.domain.end == sp.oo:
        return NOISE
    if name in radii:
        return RADIUS
    if name in strengths and not _has_limits(theorem):
        return STRENGTH
    if isinstance(parameter.default, float | int):
        return float(parameter.default)
    if parameter.domain.end.is_finite and parameter.domain.start.is_finite:
        low, high = float(parameter.domain.start), float(parameter.domain.end)
        return low + SHARE * (high - low)
    return RATIO if "/" in parameter.scaling else POSITIVE
