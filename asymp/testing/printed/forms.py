"""Printed forms: what a paper's formula says, in its own letters, by its own slow path."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.errors import InvalidProblem, NotConverged
from asymp.testing.printed.numeric import DIGITS, holds, letters_of, number, vector_function

Solve = Callable[..., Mapping[str, Any]]
"""A theorem's solver at one point: parameters by name in, observables by name out."""

DAMPED_STEPS = 200_000


class Printed(ABC):
    """A printed statement that gives numbers; subclass it to audit against another kind."""

    @property
    def word(self) -> str:
        """What its numbers are called in a report."""
        return "printed"

    @abstractmethod
    def evaluate(self, letters: Mapping[str, Any]) -> dict[str, float]:
        """Return the printed outputs at the values of the printed letters."""

    def observe(self, solve: Solve, point: Mapping[str, float]) -> Mapping[str, Any]:
        """Return what the theorem says of the same outputs; by default its observables."""
        return solve(**point)


@dataclass(frozen=True, eq=False)
class PrintedForm(Printed):
    r"""Explicit printed formulas, or ones in the solution of a printed fixed point.

    Parameters
    ----------
    outputs : mapping of str to sympy.Expr
        One formula for each observable, in the printed letters and the unknowns.
    updates : mapping of sympy.Symbol to sympy.Expr, optional
        The printed fixed point :math:`u = F(u)`; unknowns may be complex. It is iterated with
        damping 1/2 from ``start``, then polished by Newton's method in 30 digits.
    start : mapping of sympy.Symbol to sympy.Expr, optional
        Starting value of each unknown, in the letters (default 1).
    branch : sympy.Basic, optional
        Condition that singles out the printed solution, e.g. a positive imaginary part.

    Raises
    ------
    InvalidProblem
        If ``start`` names something that is not an unknown.

    Examples
    --------
    >>> x, a = sp.symbols("x a")
    >>> root = PrintedForm({"root": x}, updates={x: (x + a / x) / 2}, branch=x > 0)
    >>> round(root.evaluate({"a": 2})["root"], 12)
    1.414213562373
    """

    outputs: Mapping[str, sp.Expr]
    updates: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    start: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    branch: sp.Basic = sp.true

    def __post_init__(self) -> None:
        strange = [s for s in self.start if s not in self.updates]
        if strange:
            raise InvalidProblem(f"start: {strange[0]} is not one of the unknowns")

    def evaluate(self, letters: Mapping[str, Any]) -> dict[str, float]:
        """Compute the outputs at the given values of the letters.

        Raises
        ------
        NotConverged
            If the fixed point was not reached or lies on another branch.
        """
        known = {**letters, **self._solution(letters)}
        return {name: float(mpmath.re(number(e, known))) for name, e in self.outputs.items()}

    def _solution(self, letters: Mapping[str, Any]) -> dict[str, Any]:
        if not self.updates:
            return {}
        unknowns = tuple(self.updates)
        parameters = [s for s in letters_of(*self.updates.values()) if s not in unknowns]
        values = [mpmath.mpmathify(letters[s.name]) for s in parameters]
        near = self._iterate(unknowns, tuple(parameters), letters)
        equations = [self.updates[u] - u for u in unknowns]
        residual = vector_function((*unknowns, *parameters), equations, "mpmath")
        try:
            with mpmath.workdps(DIGITS):
                found = mpmath.findroot(lambda *u: residual(*u, *values), near)
        except (ValueError, ZeroDivisionError) as failure:
            raise NotConverged(f"printed fixed point not reached: {failure}") from failure
        # Rounding leaves real roots a tiny imaginary part, which would forbid ordering them.
        solution = {u.name: mpmath.chop(x, 1e-20) for u, x in zip(unknowns, found, strict=True)}
        if not holds(self.branch, {**letters, **solution}):
            raise NotConverged(f"printed fixed point: the root found is not on {self.branch}")
        return solution

    def _iterate(
        self,
        unknowns: tuple[sp.Symbol, ...],
        parameters: tuple[sp.Symbol, ...],
        letters: Mapping[str, Any],
    ) -> list[complex]:
        update = vector_function((*unknowns, *parameters), list(self.updates.values()), "numpy")
        values = [complex(letters[s.name]) for s in parameters]
        point = np.array([complex(number(self.start.get(u, 1), letters)) for u in unknowns])
        for _ in range(DAMPED_STEPS):
            step = (np.array(update(*point, *values)) - point) / 2
            point = point + step
            if np.max(np.abs(step / point)) < 1e-10:
                break
        return [complex(u) for u in point]


@dataclass(frozen=True, eq=False)
class PrintedSeries(Printed):
    r"""A printed expansion :math:`c_0+c_1\varepsilon+\dots+O(\varepsilon^k)` in one parameter.

    The theorem's side is the Taylor coefficients at 0 of its solution, from a Chebyshev
    interpolant on ``(0, reach]``; outputs are named ``"standard_risk[0]"`` and so on.

    Parameters
    ----------
    variable : str
        The theorem's parameter in which it is expanded.
    coefficients : mapping of str to tuple of sympy.Expr
        Printed coefficients of each observable, from order 0 on.
    reach : float
        Interval of interpolation; small against the distance to the nearest singularity.
    degree : int
        Degree of the interpolant.
    """

    variable: str
    coefficients: Mapping[str, tuple[sp.Expr, ...]]
    reach: float = 0.03
    degree: int = 9

    def evaluate(self, letters: Mapping[str, Any]) -> dict[str, float]:
        """Compute the printed coefficients."""
        return {
            f"{name}[{k}]": float(number(c, letters))
            for name, series in self.coefficients.items()
            for k, c in enumerate(series)
        }

    def observe(self, solve: Solve, point: Mapping[str, float]) -> dict[str, float]:
        """Estimate the same coefficients of the theorem's solution."""
        nodes = self.reach * (1 + np.polynomial.chebyshev.chebpts1(self.degree + 1)) / 2
        solved = [solve(**{**point, self.variable: float(x)}) for x in nodes]
        result = {}
        for name, series in self.coefficients.items():
            heights = [float(s[name]) for s in solved]
            curve = np.polynomial.Chebyshev.fit(nodes, heights, self.degree, [0, self.reach])
            for k in range(len(series)):
                taylor = float(curve.deriv(k)(0.0)) if k else float(curve(0.0))
                result[f"{name}[{k}]"] = taylor / float(sp.factorial(k))
        return result
