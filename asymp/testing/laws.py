"""Evaluating a law at admissible points."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping

from asymp.claims import Law, Solve
from asymp.errors import NotConverged
from asymp.reductions.step import CheckResult, Outcome
from asymp.testing.numbers import told
from asymp.testing.points import Sampler
from asymp.testing.pointwise import NoMinimiser, Pointwise


def points_of(law: Law, solve: Pointwise, count: int) -> list[dict[str, float]]:
    """Points at which a law speaks; the same for the same name."""
    sampler = Sampler(solve, law.where, law.fixed, law.ranges)
    return list(sampler.points(count, seed_of(law.name)))


def seed_of(name: str) -> int:
    """Seed that belongs to a claim, so that adding one leaves the others' points alone."""
    return zlib.crc32(name.encode())


def slack_at(law: Law, solve: Solve, point: Mapping[str, float]) -> float:
    """Slack of a law at a point; -infinity where it is not a number."""
    found = law.slack(solve, point)
    return -math.inf if math.isnan(found) else float(found)


def check_law(law: Law, solve: Solve, points: Iterable[Mapping[str, float]]) -> CheckResult:
    """Evaluate a law at points: VERIFIED, FALSE with the point, UNKNOWN where one has no answer.

    A point from which the law leads into a phase without minimiser does not count.

    Parameters
    ----------
    law : Law
    solve : callable
        ``solve(**parameters) -> numbers by name``.
    points : iterable of mappings
    """
    least, count, unsolved = math.inf, 0, ""
    for point in points:
        try:
            slack = slack_at(law, solve, point)
        except NoMinimiser:  # a neighbour that the law compares with: it says nothing there
            continue
        except NotConverged as failure:
            unsolved = str(failure)
            continue
        count += 1
        least = min(least, slack)
        if slack < -law.tolerance:
            how = f"{count} points, tolerance {law.tolerance:.0e}: {law.why_tolerance}"
            return CheckResult(Outcome.FALSE, how, f"slack {slack:.3e} at {told(point)}")
    how = f"{count} points, least slack {least:.1e}, tolerance {law.tolerance:.0e}"
    if unsolved or not count:
        return CheckResult(Outcome.UNKNOWN, f"{how}; without an answer: {unsolved or 'all'}")
    return CheckResult(Outcome.VERIFIED, f"{how}: {law.why_tolerance}")
