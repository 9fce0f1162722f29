r"""Certified curves: enclosures that hold for every value of a parameter in an interval.

The interval is cut into pieces. On each, the branch is decided for all values at once and a tube
around the curve of roots is proved (:mod:`asymp.certify.tube`). A piece that fails, or whose
enclosures are wider than asked, is halved. Neighbours belong to one continuous curve where, at the
value they share, the enclosure of the one's root lies in the box in which the other's is unique.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr
from flint import arb

from asymp.balls.constants import precision
from asymp.balls.curve import ball_curves
from asymp.certify.arguments import read_count, read_ends, read_tolerance
from asymp.certify.candidates import candidate_of
from asymp.certify.columns import columns_of, ends_of
from asymp.certify.describe import describe
from asymp.certify.numbers import constants_at, read_ball, require_reading
from asymp.certify.point import PointCertificate, certify_point, decided_branch
from asymp.certify.system import Certifiable, certifiable
from asymp.certify.tube import Tube, prove_tube
from asymp.certify.verdict import Certificate, enclosed
from asymp.errors import InvalidParameter
from asymp.solver.points import solve_points
from asymp.solver.progress import progress_bar
from asymp.solver.single import read_point
from asymp.symbols import interval_text

FEW = 100  # pieces that are done within a second
BITS = 128  # a piece that fails is halved; more digits would not help
NARROWEST = 1e-9  # relative width at which a piece is given up
NEAR_ZERO = 1e-3  # share of the interval's size below which a piece's width is no more relative
SMALL = 1e-3  # values below this in size are enclosed to an absolute width
RATIO = 4.0  # ends further apart than this are halved geometrically


@dataclass(frozen=True)
class Piece:
    """One piece of the interval and what was proved of it; no tube without a proved root."""

    low: float
    high: float
    outcome: Certificate
    branch: int = -1
    tube: Tube | None = None


def certify_curve(
    theorem: Any,
    over: Mapping[str, tuple[float, float]],
    arguments: Mapping[str, Any],
    *,
    tolerance: float = 0.02,
    pieces: int = 2000,
    reading: str = "float",
    progress: bool | None = None,
) -> xr.Dataset:
    """Enclose every value for all values of one parameter in an interval.

    Parameters
    ----------
    theorem : Theorem
    over : mapping of str to (low, high)
        One parameter and its ends.
    arguments : mapping of str to number
        The other parameters; one whose default is the varied one varies with it.
    tolerance : float
        Relative half-width of the observables' enclosures at which a piece is not cut further
        (of values below 1e-3: 1e-3 of it, absolute).
    pieces : int
        Most pieces.
    reading : {"float", "decimal"}
    progress : bool, optional

    Returns
    -------
    xarray.Dataset
        Along ``piece``: ends of the parameter, ends of every value, ``certificate``, and
        ``joined``: whether the piece was proved to continue its left neighbour's root.

    Raises
    ------
    InvalidParameter
        For more than one interval, ends out of order or domain, arrays among the others, and
        what is not a number where one is needed.
    """
    name, low, high = _interval(theorem, over)
    require_reading(reading)
    tolerance, most = read_tolerance(tolerance), read_count("pieces", pieces)
    arguments = {n: value for n, value in arguments.items() if value is not None}
    row = _row(theorem, name, low, arguments)
    follows = [
        n == name or (n not in arguments and p.default == name)
        for n, p in theorem.parameters.items()
    ]
    judge = judge_of(theorem, row, follows, tolerance, reading)
    with progress_bar(most, progress, "certifying", few=FEW) as advance:
        done = _subdivided(judge, low, high, most, advance)
    return _dataset(judge, name, done)


def _interval(theorem: Any, over: Mapping[str, tuple[float, float]]) -> tuple[str, float, float]:
    """The parameter and its ends."""
    if not isinstance(over, Mapping) or len(over) != 1:
        raise InvalidParameter(f"over = {over!r}: name one parameter, e.g. psi1=(0.5, 2)")
    ((name, ends),) = over.items()
    if name not in theorem.parameters:
        raise InvalidParameter(
            f"unknown parameter {name!r}: the parameters are {', '.join(theorem.parameters)}"
        )
    parameter = theorem.parameters[name]
    low, high = read_ends(name, ends, interval_text(parameter.domain))
    parameter.require([low, high])
    if not low < high < math.inf:
        raise InvalidParameter(f"{name} = ({low:g}, {high:g}): the first end must be the smaller")
    return name, low, high


def _row(theorem: Any, name: str, low: float, arguments: Mapping[str, Any]) -> np.ndarray:
    """Values of all parameters at the left end."""
    if name in arguments:
        raise InvalidParameter(f"{name} is given both as an interval and as {arguments[name]!r}")
    given = read_point(theorem.parameters, {**arguments, name: low})
    return np.array([given[n] for n in theorem.parameters])


@dataclass(frozen=True)
class Judge:
    """Certifies pieces of one interval.

    Parameters
    ----------
    theorem : Certifiable
    curves : BallCurves
    row : array
        Every parameter at the left end.
    follows : tuple of bool
        Which of them move.
    tolerance : float
    reading : str
    """

    theorem: Certifiable
    curves: Any
    row: np.ndarray
    follows: tuple[bool, ...]
    tolerance: float
    reading: str

    def inputs(self, moving: Any, bits: int) -> list[Any]:
        """Parameters, the moving ones at a ball, and constants."""
        pairs = zip(self.row.tolist(), self.follows, strict=True)
        given = [moving if moves else read_ball(x, self.reading) for x, moves in pairs]
        return [*given, *constants_at(self.theorem.constants, bits)]

    def piece(self, low: float, high: float) -> Piece:
        """Certify one piece."""
        middle = halfway(low, high)
        proved = self._point(middle)
        if proved.outcome:
            return Piece(low, high, proved.outcome)
        with precision(BITS):
            left, right, centre = (read_ball(x, self.reading) for x in (low, high, middle))
            given = self.inputs(left.union(right), BITS)
            branch = decided_branch(self.theorem.balls.at(BITS), given)
            if branch < 0:
                return Piece(low, high, Certificate.branch_undecided)

            def evaluate(moving: Any, state: list[Any]) -> Any:
                return self.curves.evaluate(branch, BITS, self.inputs(moving, BITS), state)

            tube = prove_tube(evaluate, left, right, centre, list(proved.state))
        return Piece(low, high, self.outcome(branch, tube), branch, tube)

    def outcome(self, branch: int, tube: Tube | None) -> Certificate:
        """What a tube proves, or that there is none."""
        if tube is None:
            return Certificate.no_contraction
        return enclosed(tube.values, self.theorem.balls.stated[branch])

    def _point(self, middle: float) -> PointCertificate:
        """Certify the middle."""
        values = np.where(self.follows, middle, self.row)[None, :]
        found = solve_points(self.theorem.kernel, values, self.theorem.floats)

        def inputs(bits: int) -> list[Any]:
            return self.inputs(read_ball(middle, self.reading), bits)

        return certify_point(
            self.theorem.balls,
            inputs,
            candidate_of(found, 0),
            found.condition[0],
            (BITS,),
            wide=False,
        )

    def narrow(self, piece: Piece) -> bool:
        """Whether a proved piece encloses every observable tightly enough."""
        assert piece.tube is not None
        pairs = zip(piece.tube.values, self.theorem.balls.names, strict=True)
        return all(
            not value.is_finite() or value.rad() <= self.tolerance * (abs(value.mid()) + arb(SMALL))
            for value, name in pairs
            if name in self.theorem.observables
        )


def judge_of(
    theorem: Any, row: np.ndarray, follows: list[bool], tolerance: float, reading: str
) -> Judge:
    """Lower the theorem along the moving parameters."""
    symbols = [p.symbol for p in theorem.parameters.values()]
    moving = [s for s, moves in zip(symbols, follows, strict=True) if moves]
    curves = ball_curves(theorem.branches, [*symbols, *theorem.constants], moving)
    return Judge(certifiable(theorem), curves, row, tuple(follows), tolerance, reading)


def halfway(low: float, high: float) -> float:
    """Middle of a piece, geometric when its ends are far apart."""
    if low > 0 and high > RATIO * low:
        return math.sqrt(low) * math.sqrt(high)
    return 0.5 * (low + high)


def _subdivided(
    judge: Judge, low: float, high: float, most: int, advance: Callable[[int], None]
) -> list[Piece]:
    """Halve until every piece is proved and narrow, too narrow, or there are too many.

    The widest piece comes first, so that a singular point does not use up what the rest needs.
    """
    waiting = [(-math.inf, low, high)]
    done: list[Piece] = []
    least = NEAR_ZERO * max(abs(low), abs(high))
    while waiting:
        width, left, right = heappop(waiting)
        piece = judge.piece(left, right)
        good = piece.outcome == Certificate.certified and judge.narrow(piece)
        if good or -width <= NARROWEST or len(done) + len(waiting) + 2 > most:
            done.append(piece)
            advance(1)
        else:
            middle = halfway(left, right)
            for a, b in ((left, middle), (middle, right)):
                heappush(waiting, ((a - b) / max(abs(a), abs(b), least), a, b))
    return sorted(done, key=lambda piece: piece.low)


def _joined(left: Piece, right: Piece) -> bool:
    """Whether the roots of two neighbours are proved to be the same where they meet."""
    if left.tube is None or right.tube is None or left.branch != right.branch:
        return False
    here, there = left.tube.right, right.tube.left
    return there.holds(here.state) or here.holds(there.state)


def _dataset(judge: Judge, name: str, done: list[Piece]) -> xr.Dataset:
    """Pieces as a labelled result."""
    theorem = judge.theorem
    names = theorem.balls.names
    rows = [piece.tube.values if piece.tube else () for piece in done]
    pairs = pairwise(done)
    columns = columns_of(names, *ends_of(rows, len(names))) | {
        "certificate": np.array([p.outcome for p in done], dtype=np.int8),
        "joined": np.array([True, *(_joined(a, b) for a, b in pairs)]),
        "branch": np.array([p.branch for p in done], dtype=np.int8),
    }
    ends = {f"{name}_lower": [p.low for p in done], f"{name}_upper": [p.high for p in done]}
    fixed = {
        n: float(x)
        for n, x, moves in zip(theorem.parameters, judge.row, judge.follows, strict=True)
        if not moves
    }
    result = xr.Dataset(
        {n: ("piece", c) for n, c in columns.items()},
        coords={**{n: ("piece", e) for n, e in ends.items()}, **fixed},
    )
    describe(result, theorem, judge.reading)
    return result
