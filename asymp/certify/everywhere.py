r"""Exhaustive search of a box: all fixed points in it, each proved, and the proof of no other.

The box, in log variables, is cut until every part is either proved to hold no root (the map's
image misses it, or Krawczyk's image does) or exactly one (Krawczyk's image lies inside). Before a
part is cut it is shrunk to the images, which hold every root that it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from asymp.balls.constants import precision
from asymp.certify.arguments import read_count, read_ends
from asymp.certify.numbers import (
    constants_at,
    float_above,
    float_below,
    outward,
    read_ball,
    require_reading,
)
from asymp.certify.point import decided_branch
from asymp.certify.root import contraction, derivative_of, inverse_of, product
from asymp.certify.system import certifiable
from asymp.errors import InvalidParameter, NotConverged
from asymp.solver.progress import progress_bar
from asymp.solver.single import read_point

Ball = Any
Sides = list[tuple[float, float]]
Step = Callable[[list[Ball]], list[Ball]]

BITS = 64
SHRUNK = 0.8  # a part that shrinks below this share of itself is looked at again before it is cut
SHARPENINGS = 8  # each squares the width
SMALLEST = 1e-9  # width of a part, in log variables, at which it stays undecided
FEW = 5000  # evaluations that are done within a second


@dataclass(frozen=True)
class Exhaustive:
    """What a search of a whole box proved.

    Parameters
    ----------
    within : (low, high)
        The box: every unknown between these.
    branch : str
        The branch whose fixed points were searched.
    roots : tuple of mapping of str to (lower, upper)
        Every fixed point in the box, each unique in its part.
    undecided : int
        Parts that could not be decided, or were not reached.
    evaluations : int
        Evaluations of map and Jacobian on boxes.
    """

    within: tuple[float, float]
    branch: str
    roots: tuple[Mapping[str, tuple[float, float]], ...]
    undecided: int
    evaluations: int

    @property
    def unique(self) -> bool:
        """Whether it is proved that the box holds exactly one fixed point."""
        return len(self.roots) == 1 and not self.undecided

    def __str__(self) -> str:
        """Sentence for a reader."""
        low, high = self.within
        words = {0: "no fixed point", 1: "exactly one fixed point"}
        count = words.get(len(self.roots), f"exactly {len(self.roots)} fixed points")
        if self.undecided:
            count = f"{len(self.roots)} fixed points found, {self.undecided} parts undecided"
        where = f"of branch {self.branch} with every unknown in [{low:g}, {high:g}]"
        return f"{count} {where} ({self.evaluations} evaluations)"


def certify_everywhere(
    theorem: Any,
    within: tuple[float, float],
    arguments: Mapping[str, Any],
    *,
    reading: str = "float",
    most: int = 200_000,
    progress: bool | None = None,
) -> Exhaustive:
    """Find and prove every fixed point at a parameter point, over a box of the unknowns.

    Parameters
    ----------
    theorem : Theorem
    within : (low, high)
        Positive ends, the same for every unknown.
    arguments : mapping of str to number
        A single point.
    reading : {"float", "decimal"}
    most : int
        Most evaluations; what is left then counts as undecided.

    Raises
    ------
    InvalidParameter
        For bad ends, arrays, what is not a number where one is needed, or a point whose branch is
        explicit.
    NotConverged
        If the branch cannot be decided.
    """
    within, most = read_ends("within", within, "(0, inf)"), read_count("most", most)
    sides = _sides(*within)
    require_reading(reading)
    given = read_point(theorem.parameters, arguments)
    system = certifiable(theorem).balls
    with precision(BITS), progress_bar(most, progress, "searching", few=FEW) as advance:
        inputs = [read_ball(given[n], reading) for n in theorem.parameters]
        inputs += constants_at(theorem.constants, BITS)
        index = decided_branch(system.at(BITS), inputs)
        if index < 0:
            raise NotConverged("the balls cannot tell which branch holds at this point")
        branch, described = system.at(BITS)[index], theorem.branches[index]
        if branch.step is None:
            raise InvalidParameter(
                f"branch {described.name} is explicit at this point: there is nothing to search"
            )
        inputs += map(arb, branch.guards(inputs))
        search = Search(lambda state: branch.step([*inputs, *state]), advance)  # type: ignore[misc]
        roots, left = search.run([sides] * system.sizes[index], most)
    names = [x.name for x in described.system.state]
    found = tuple(dict(zip(names, root, strict=True)) for root in roots)
    return Exhaustive(within, described.name, found, left, search.evaluations)


def _sides(low: float, high: float) -> tuple[float, float]:
    """The common side of the box in log variables."""
    if not 0 < low < high < np.inf:
        raise InvalidParameter(f"within = ({low:g}, {high:g}): give ends with 0 < low < high")
    return float(np.nextafter(np.log(low), -np.inf)), float(np.nextafter(np.log(high), np.inf))


@dataclass
class Search:
    """Cuts boxes of log variables until all are decided.

    Parameters
    ----------
    step : callable
        Map and Jacobian on a state of balls.
    advance : callable
        Told the number of evaluations.
    """

    step: Step
    advance: Callable[[int], None]
    evaluations: int = 0

    def run(self, box: Sides, most: int) -> tuple[list[list[tuple[float, float]]], int]:
        """Roots, and the number of undecided parts."""
        waiting, roots, undecided = [box], list[list[tuple[float, float]]](), 0
        while waiting and self.evaluations < most:
            part, root = self.shrunk(waiting.pop())
            if root:
                roots.append(root)
            elif part and max(high - low for low, high in part) < SMALLEST:
                undecided += 1
            elif part:
                waiting += halves(part)
        return roots, undecided + len(waiting)

    def shrunk(self, box: Sides) -> tuple[Sides | None, list[tuple[float, float]] | None]:
        """The part of a box that may hold roots (None: no part), or a proved root."""
        while True:
            found = self.images(box)
            if found is None:
                return None, None
            image, newton = found
            if newton is not None and all(
                low < float(i.lower()) and float(i.upper()) < high
                for i, (low, high) in zip(newton, box, strict=True)
            ):
                sharp = self.sharpened(newton)
                return None, list(zip(*outward(i.exp() for i in sharp), strict=True))
            smaller = cut(box, image)
            if smaller is not None and newton is not None:
                smaller = cut(smaller, newton)
            if smaller is None:
                return None, None
            pairs = zip(smaller, box, strict=True)
            if all(b - a >= SHRUNK * (high - low) for (a, b), (low, high) in pairs):
                return smaller, None
            box = smaller

    def sharpened(self, root: list[Ball]) -> list[Ball]:
        """The enclosure of a proved root, narrowed by its own images while they halve it."""
        for _ in range(SHARPENINGS):
            sides = [(float_below(i.lower()), float_above(i.upper())) for i in root]
            found = self.images(sides)
            if found is None or found[1] is None:
                break
            smaller = [i.intersection(k) for i, k in zip(root, found[1], strict=True)]
            if all(2 * k.rad() > i.rad() for i, k in zip(root, smaller, strict=True)):
                break
            root = smaller
        return root

    def images(self, box: Sides) -> tuple[list[Ball], list[Ball] | None] | None:
        """Images under the map and under Krawczyk's operator; None where the map is negative."""
        state = [between(*side).exp() for side in box]
        out = self.evaluated(state)
        if any(f <= 0 for f in out[: len(box)]):
            return None
        image = [f.log() if f > 0 else arb(0, "inf") for f in out[: len(box)]]
        derivative = derivative_of(out, state)
        inverse = None if derivative is None else inverse_of(derivative)
        if inverse is None:
            return image, None
        middle = [arb((low + high) / 2) for low, high in box]
        at_middle = self.evaluated([m.exp() for m in middle])[: len(box)]
        if not all(f > 0 for f in at_middle):
            return image, None
        defect = product(inverse, [f.log() - m for f, m in zip(at_middle, middle, strict=True)])
        offsets = [between(*side) - m for side, m in zip(box, middle, strict=True)]
        moved = product(contraction(inverse, derivative), offsets)
        return image, [m + d + w for m, d, w in zip(middle, defect, moved, strict=True)]

    def evaluated(self, state: list[Ball]) -> list[Ball]:
        """Map and Jacobian, counted."""
        self.evaluations += 1
        self.advance(1)
        return self.step(state)


def between(low: float, high: float) -> Ball:
    """Ball around an interval."""
    return arb(low).union(arb(high))


def cut(box: Sides, image: list[Ball]) -> Sides | None:
    """Intersection of a box with images; None if it is empty.

    Ends are moved outwards by a whole float even where they are floats: a part as tight as its
    image would never hold the image in its interior, which is what proves a root.
    """
    result = []
    for (low, high), i in zip(box, image, strict=True):
        if i.is_finite():
            low = max(low, float(np.nextafter(float(i.lower()), -np.inf)))
            high = min(high, float(np.nextafter(float(i.upper()), np.inf)))
        if low > high:
            return None
        result.append((low, high))
    return result


def halves(box: Sides) -> list[Sides]:
    """The box cut in the middle of its longest side."""
    widths = [high - low for low, high in box]
    j = widths.index(max(widths))
    low, high = box[j]
    middle = (low + high) / 2
    return [[*box[:j], ends, *box[j + 1 :]] for ends in ((low, middle), (middle, high))]
