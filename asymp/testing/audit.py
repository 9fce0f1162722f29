"""Audits: a theorem is compared with a printed formula, or another theorem, point by point."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import AsympError, InvalidParameter, InvalidProblem, NotConverged
from asymp.reductions.step import CheckResult, Outcome, Source
from asymp.testing.audit_points import draw
from asymp.testing.printed.forms import Printed, Solve
from asymp.testing.printed.numeric import holds, number
from asymp.testing.printed.theorem_form import TheoremForm

NEARLY_ZERO = 1e-6
"""Deviations are relative to the larger of the printed number and this."""


@dataclass(frozen=True)
class Comparison:
    """One observable at one point; ``words`` say what the two numbers are."""

    point: Mapping[str, float]
    observable: str
    printed: float
    derived: float
    words: tuple[str, str] = ("printed", "derived")

    @property
    def deviation(self) -> float:
        """Relative deviation of the derived number from the printed one."""
        if self.printed == self.derived:
            return 0.0
        gap = abs(self.derived - self.printed) / max(abs(self.printed), NEARLY_ZERO)
        return gap if math.isfinite(gap) else math.inf

    def __str__(self) -> str:
        where = ", ".join(f"{name}={value:.9g}" for name, value in self.point.items())
        form, theorem = self.words
        return (
            f"{self.observable}: {form} {self.printed:.12g}, {theorem} {self.derived:.12g}, {where}"
        )


@dataclass(frozen=True)
class AuditReport:
    """What an audit found.

    Parameters
    ----------
    name : str
        The audit's.
    result : CheckResult
        ``VERIFIED`` if every point was solved on both sides and agrees, ``FALSE`` if one
        disagrees, ``UNKNOWN`` otherwise.
    comparisons : tuple of Comparison
        Every observable at every solved point.
    unsolved : tuple of str
        One line for each point at which a side had no answer.
    """

    name: str
    result: CheckResult
    comparisons: tuple[Comparison, ...]
    unsolved: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The result's outcome."""
        return self.result.outcome

    @property
    def worst(self) -> Comparison | None:
        """The comparison of largest deviation; None if nothing was compared."""
        return max(self.comparisons, key=lambda c: c.deviation, default=None)

    @property
    def largest(self) -> dict[str, float]:
        """Largest relative deviation of each observable."""
        found: dict[str, float] = {}
        for c in self.comparisons:
            found[c.observable] = max(found.get(c.observable, 0.0), c.deviation)
        return found

    @property
    def points(self) -> int:
        """Number of points compared."""
        return len({id(c.point) for c in self.comparisons})


TRIES = 50  # draws for each point that an audit asks for


@dataclass(frozen=True, eq=False)
class Audit:
    r"""A printed statement and how to compare a theorem with it.

    Parameters
    ----------
    name : str
        Stable id, e.g. ``"theorem-4.2"``.
    source : Source or None
        Where it is printed and how well that is known; None where nothing is printed, and the form
        evaluates the theorem's own equations on another path.
    form : Printed or Theorem
        :class:`PrintedForm`, :class:`PrintedSaddle`, :class:`PrintedSeries` or a subclass of
        :class:`Printed`; or another theorem, whose parameters are then the printed letters.
    parameters : mapping of str to sympy.Expr or number
        Each printed letter in terms of the theorem's parameters (matched by name).
    observables : tuple of str
        The theorem's observables that the form also gives.
    ranges : mapping of str to (low, high)
        Where points are drawn, log-uniformly; ends may use the parameters before them.
    fixed : mapping of str to number
        Parameter values at which alone the printed statement speaks, e.g. ``{"zeta": 0}``.
    condition : sympy.Basic
        Domain of the printed statement in the theorem's parameters; points outside are skipped.
    tolerance : float
        Largest admissible relative deviation (relative to the larger of the value and 1e-6).
    reason : str
        Why that tolerance.

    Raises
    ------
    InvalidProblem
        If no observable is given or the tolerance has no reason.

    Examples
    --------
    >>> from asymp.testing.printed.forms import PrintedForm
    >>> a = sp.Symbol("a")
    >>> audit = Audit("doubling", Source("Euclid", "Elements"), PrintedForm({"y": 2 * a}),
    ...     {"a": a}, ("y",), {"a": (1, 2)}, tolerance=1e-12, reason="one multiplication")
    >>> audit.run(lambda a: {"y": a + a}, 3, 0).outcome.name
    'VERIFIED'
    >>> audit.run(lambda a: {"y": 2.1 * a}, 3, 0).outcome.name
    'FALSE'
    """

    name: str
    source: Source | None
    form: Any
    parameters: Mapping[str, Any]
    observables: tuple[str, ...]
    ranges: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    condition: sp.Basic = sp.true
    tolerance: float = 1e-8
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.observables:
            raise InvalidProblem(f"audit {self.name!r}: name at least one observable to compare")
        if not self.reason:
            raise InvalidProblem(f"audit {self.name!r}: give the reason of its tolerance")
        if not isinstance(self.form, Printed):
            object.__setattr__(self, "form", TheoremForm(self.form))

    @property
    def counterpart(self) -> str:
        """What the theorem is compared with, in words."""
        if self.source is None:
            return "its own equations on another path (nothing is printed)"
        return self.source.where or self.source.key

    def draw(self, count: int, rng: Any = 0) -> list[dict[str, float]]:
        """Draw points from ``ranges`` inside ``condition``.

        Parameters
        ----------
        count : int
            How many; fewer come where hardly a point of the ranges is inside.
        rng : numpy.random.Generator or seed
        """
        generator = np.random.default_rng(rng)
        tried = (draw(self.ranges, self.fixed, generator) for _ in range(TRIES * count))
        inside = (point for point in tried if holds(self.condition, point))
        return list(itertools.islice(inside, count))

    def run(
        self, solve: Solve, points: int | Sequence[Mapping[str, float]] = 15, rng: Any = 0
    ) -> AuditReport:
        """Compare a theorem with the printed statement.

        Parameters
        ----------
        solve : callable
            ``solve(psi1=..., ...)`` gives the theorem's observables by name at one point.
        points : int or sequence of mappings
            How many points to draw, or the points themselves.
        rng : numpy.random.Generator or seed
            For drawn points.

        Returns
        -------
        AuditReport

        Raises
        ------
        InvalidParameter
            If one of the two sides does not give an observable that is to be compared.
        """
        chosen = self.draw(points, rng) if isinstance(points, int) else points
        complete = [{**self.fixed, **point} for point in chosen]
        comparisons: list[Comparison] = []
        unsolved: list[str] = []
        for point in complete:
            if not holds(self.condition, point):
                continue
            try:
                comparisons += self._compare(solve, point)
            except InvalidParameter:
                raise
            except AsympError as failure:
                unsolved.append(str(failure))
        return self._report(tuple(comparisons), tuple(unsolved))

    def _compare(self, solve: Solve, point: Mapping[str, float]) -> list[Comparison]:
        letters = {name: number(e, point) for name, e in self.parameters.items()}
        printed = self.form.evaluate(letters)
        derived = self.form.observe(solve, point)
        for side, values in (("printed form", printed), ("theorem", derived)):
            missing = [name for name in self.observables if name not in values]
            if missing:
                raise InvalidParameter(
                    f"audit {self.name!r}: the {side} gives no {missing[0]!r} at {dict(point)}; "
                    f"it gives {sorted(map(str, values))}"
                )
        words = self.form.word, getattr(getattr(solve, "theorem", None), "status", "derived")
        found = [
            Comparison(point, o, printed[o], float(derived[o]), words) for o in self.observables
        ]
        for c in found:
            if math.isnan(c.derived):
                raise NotConverged(f"the theorem has no answer: {c}")
        return found

    def _report(
        self, comparisons: tuple[Comparison, ...], unsolved: tuple[str, ...]
    ) -> AuditReport:
        report = AuditReport(self.name, CheckResult(Outcome.UNKNOWN, ""), comparisons, unsolved)
        worst = report.worst
        how = f"{report.points} points compared with {self.counterpart}"
        if worst is not None:
            how += (
                f", largest relative deviation {worst.deviation:.1e} ({worst.observable}), "
                f"tolerance {self.tolerance:.0e}: {self.reason}"
            )
        if unsolved:
            how += f"; {len(unsolved)} points without an answer, the first: {unsolved[0]}"
        outcome, counterexample = Outcome.VERIFIED, ""
        if worst is not None and worst.deviation > self.tolerance:
            outcome, counterexample = Outcome.FALSE, str(worst)
        elif worst is None or unsolved:
            outcome = Outcome.UNKNOWN
        result = CheckResult(outcome, how, counterexample)
        return AuditReport(self.name, result, comparisons, unsolved)
