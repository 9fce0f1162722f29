r"""Claims that a theorem makes about itself: limits and laws. Data; evaluated by asymp.testing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from asymp.errors import InvalidProblem
from asymp.reductions.step import Source

SMALL = sp.Symbol("h", positive=True)
Numbers = Mapping[str, float]
Solve = Callable[..., Numbers]


@dataclass(frozen=True)
class Limit:
    r"""A limiting case with a known value: an observable along a path :math:`h \to 0^+`.

    Parameters
    ----------
    name : str
        Stable id, e.g. ``"least-squares"``.
    path : mapping of str to sympy expression
        Parameters as functions of :data:`SMALL`, e.g. ``{"eps": SMALL, "zeta": SMALL**2}``;
        the others are drawn at random. An expression may use other parameters' names as symbols.
    gives : mapping of str to expression, or callable
        Limits of observables by name: expressions in parameter names and constants, or one
        callable ``gives(**parameters) -> dict`` (for instance another theorem's solution).
    where : callable, optional
        Predicate of a parameter point: where the limit holds.
    order : float
        The distance to the limit is O(h**order).
    meaning : str
        One sentence, may contain LaTeX.
    source : Source, optional
        Where the limiting value is printed.
    """

    name: str
    path: Mapping[str, Any]
    gives: Mapping[str, Any] | Callable[..., Numbers]
    where: Callable[[Numbers], bool] | None = None
    order: float = 1.0
    meaning: str = ""
    source: Source | None = None

    def __post_init__(self) -> None:
        if not self.path:
            raise InvalidProblem(f"limit {self.name!r} has an empty path: name a parameter")


@dataclass(frozen=True)
class Law:
    r"""A property that holds at every admissible point, such as monotonicity or an inequality.

    Parameters
    ----------
    name : str
        Stable id, e.g. ``"risk-above-floor"``.
    slack : callable
        ``slack(solve, point) -> float``: non-negative where the law holds, up to ``tolerance``;
        ``solve(**parameters)`` returns observables and order parameters as floats.
    statement : str
        The law in LaTeX prose.
    tolerance : float
        Rounding allowance; the reason stands in ``why_tolerance``.
    where : callable, optional
        Predicate of a parameter point: where the law is claimed.
    fixed : mapping of str to float
        Parameters that the law fixes, e.g. ``{"zeta": 0.0}``.
    """

    name: str
    slack: Callable[[Solve, Numbers], float]
    statement: str
    tolerance: float = 1e-10
    why_tolerance: str = "1e3 times the solver's relative residual"
    where: Callable[[Numbers], bool] | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
