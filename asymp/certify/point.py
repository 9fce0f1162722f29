"""Certifying one point: the branch, the root, the values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flint import arb

from asymp.balls.constants import precision
from asymp.balls.program import BallBranch, BallSystem
from asymp.certify.root import RootBox, prove, refined
from asymp.certify.verdict import Certificate, enclosed

Ball = Any
Vector = list[Ball]

LADDER = (128, 256, 512)  # bits tried in turn
SHARP = 1e-16  # relative radius of a root that needs no refining
WIDE = 1e-5  # half-width of the box first tried, divided by the condition number


@dataclass(frozen=True)
class PointCertificate:
    """What was proved of a point.

    Parameters
    ----------
    outcome : Certificate
    branch : int
        The branch that was proved to hold, -1 if undecided.
    values : list of arb
        Enclosures in the order of the system's names; empty unless proved.
    state : list of arb
        Enclosure of the fixed point.
    radius : float
        The root is the only one within this distance of it in every log variable.
    bits : int
        Precision at which it was proved, or given up.
    """

    outcome: Certificate
    branch: int = -1
    values: tuple[Ball, ...] = ()
    state: tuple[Ball, ...] = ()
    radius: float = float("nan")
    bits: int = 0


def certify_point(
    system: BallSystem,
    inputs: Callable[[int], Vector],
    candidates: Callable[[int], Sequence[float] | None],
    condition: float = 1.0,
    ladder: Sequence[int] = LADDER,
    wide: bool = True,
) -> PointCertificate:
    """Prove what can be proved, raising the precision until it succeeds.

    Parameters
    ----------
    system : BallSystem
    inputs : callable
        Parameters and constants as balls at a precision in bits.
    candidates : callable
        Positive candidate state for a branch, or None.
    condition : float
        Condition number of the root; sets the size of the first box.
    ladder : sequence of int
        Precisions in bits, tried in turn.
    wide : bool
        Whether to try a wide box first, in which more is excluded, before the smallest one.
    """
    found = PointCertificate(Certificate.branch_undecided)
    for attempt, bits in enumerate(ladder):
        with precision(bits):
            found = _attempt(
                system, inputs(bits), candidates, condition, wide and not attempt, bits
            )
        if found.outcome in (Certificate.certified, Certificate.not_solved):
            break
    return found


def _attempt(
    system: BallSystem,
    given: Vector,
    candidates: Callable[[int], Sequence[float] | None],
    condition: float,
    wide: bool,
    bits: int,
) -> PointCertificate:
    branches = system.at(bits)
    index = decided_branch(branches, given)
    if index < 0:
        return PointCertificate(Certificate.branch_undecided, bits=bits)
    branch = branches[index]
    inputs = [*given, *map(arb, branch.guards(given))]
    root = RootBox([], [], [])
    if branch.step is not None:
        start = candidates(index)
        if start is None:
            return PointCertificate(Certificate.not_solved, index, bits=bits)
        proved = _root(branch, inputs, [arb(x) for x in start], condition, wide, bits)
        if proved is None:
            return PointCertificate(Certificate.no_contraction, index, bits=bits)
        root = proved
    values = tuple(map(arb, branch.values([*inputs, *root.state])))
    outcome = enclosed(values, system.stated[index])
    return PointCertificate(outcome, index, values, tuple(root.state), root.radius, bits)


def _root(
    branch: BallBranch, inputs: Vector, point: Vector, condition: float, wide: bool, bits: int
) -> RootBox | None:
    """Prove the root in a wide box, else around a candidate refined to the working precision.

    A wide box that leaves the root blurred stays the one in which the refined root is alone.
    """
    assert branch.step is not None
    root = None
    if wide:
        root = prove(branch.step, inputs, point, arb(WIDE / max(condition, 1.0)))
        if root is not None and all(x.rad() < SHARP * x.mid() for x in root.state):
            return root
    close = refined(branch.step, inputs, point, digits=int(0.2 * bits))
    near = None if close is None else prove(branch.step, inputs, close, None)
    if root is None or near is None:
        return root or near
    return RootBox(near.state, root.centre, root.sides) if root.holds(near.state) else root


def decided_branch(branches: Sequence[BallBranch], given: Vector) -> int:
    """Index of the branch that is proved to hold, -1 when an earlier one cannot be excluded."""
    for index, branch in enumerate(branches):
        if branch.cheap(given) is False:
            continue
        holds = branch.condition(given)
        if holds:
            return index
        if holds is None:
            return -1
    return -1
