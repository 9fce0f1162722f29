r"""A second way to the fixed point, for the few points that the first one does not reach.

With :math:`y=\log x`, :math:`G(y)=\log F(e^y)` and the theorem's own start :math:`y_0`, it follows
the root of

.. math:: y = u\,y_0 + (1-u)\,G(y)

from :math:`u=1`, where it is the start, to :math:`u=0`: the fixed-point homotopy of Chow,
Mallet-Paret and Yorke (1978). Where the map alone creeps or Newton's steps overshoot (beside an
interpolation threshold, almost separable data, no noise and no ridge) the root moves by orders of
magnitude while u falls by as many; it is followed in :math:`\log u`, in steps that widen as long as
Newton's method agrees. The path belongs to the point alone: no other point is asked.

It is compiled when the first point needs it, apart from the first way.
"""

from __future__ import annotations

from math import inf, log
from typing import Any

import numpy as np

from asymp.solver.compile import cached, compiled
from asymp.solver.core import MAX_STEPS, conclude
from asymp.solver.flight import (
    NOBODY,
    Outcome,
    Task,
    board,
    evaluate_step,
    flight_of,
    members_of,
    put_back,
    start_points,
    take_down,
)
from asymp.solver.linear import LARGEST, SMALLEST, eliminate, linearise
from asymp.special import exp
from asymp.special.lanes import WIDTH, load, move, pointer, repeat, store

PATIENCE = 2000  # evaluations on the path
LONGEST = 2.0  # longest step in log x
NEAR, TIGHT, LOOSE = 0.05, 1e-13, 1e-2  # Newton's step on the path, at its end, and there at worst
STALLED = 0.3  # at the end a step that shrinks by less is rounding
FIRST, LEAST, MOST = 0.5, 1e-3, 0.999  # factors by which u falls
LAST = 1e-17  # below this, zero
TRIES, FINAL_TRIES = 12, 40  # Newton's steps for one u
# Where a slope is 1 up to rounding the step is as long as it may be, and downhill.
PUSH = 4e-16


@compiled
def arrives(flight: Any, n: int) -> bool:
    """Whether the map has positive finite values in the first lane."""
    inside = True
    for i in range(n):
        inside = inside and SMALLEST < flight.out[i * WIDTH] < LARGEST
    return inside


@compiled
def residual_of(flight: Any, n: int) -> float:
    """Largest |F(x)/x - 1| in the first lane."""
    worst = 0.0
    for i in range(n):
        worst = max(worst, abs(flight.out[i * WIDTH] / flight.x[i * WIDTH] - 1.0))
    return worst if arrives(flight, n) else inf


@compiled
def newton_step(flight: Any, n: int, u: float) -> float:
    """Write Newton's step towards the path at u; its longest component, infinite if there is none.

    ``flight.kept`` holds the logarithms of the start.
    """
    linearise(flight.x, n, flight.out, flight.matrix)
    for i in range(n):
        for j in range(n):
            entry = (1.0 - u) * load(flight.matrix, i * n + j)
            store(flight.matrix, i * n + j, entry + (u + PUSH if i == j else 0.0))
        here, image = log(flight.x[i * WIDTH]), log(flight.out[i * WIDTH])
        store(flight.right, i, repeat(u * (flight.kept[i] - here) + (1.0 - u) * (image - here)))
    eliminate(n, flight.matrix, flight.right, np.int64(1))
    longest = 0.0
    for i in range(n):
        size = abs(flight.right[i * WIDTH])
        longest = max(longest, size if size < inf else inf)
    return longest


@compiled
def reach(
    task: Any, flight: Any, b: int, n: int, u: float, position: int, roots: Any
) -> tuple[bool, int]:
    """Go from the kept point to the path at u by Newton's method: success and evaluations."""
    put_back(flight, n, np.int64(0), position, roots)
    used, last = 0, inf
    while used < (TRIES if u > 0.0 else FINAL_TRIES):
        step = newton_step(flight, n, u)
        if u > 0.0 and step < NEAR:
            return True, used
        if u == 0.0 and (step < TIGHT or (step < LOOSE and step > STALLED * last)):
            return True, used
        if not step < inf or (used == 0 and step > LONGEST) or (used > 1 and step > last):
            return False, used
        for i in range(n):
            shift = min(LONGEST, max(-LONGEST, flight.right[i * WIDTH]))
            flight.x[i * WIDTH] *= exp(shift)
        evaluate_step(task, b, flight, n)
        used, last = used + 1, step
        if not arrives(flight, n):
            return False, used
    return False, used


@compiled
def follow_path(task: Any, flight: Any, b: int, n: int, position: int, roots: Any) -> int:
    """Follow the path from the start at a position of ``roots`` as far as it leads; evaluations."""
    row = position * (2 * n + n * n)
    for i in range(n):
        move(flight.x, i * WIDTH, roots, row + i)
        flight.kept[i] = log(roots[row + i])
    evaluate_step(task, b, flight, n)
    take_down(flight, n, np.int64(0), position, roots)
    used, u, factor = 1, 1.0, FIRST
    if not arrives(flight, n):
        return used
    while u > 0.0 and used < PATIENCE and factor < MOST:
        aim = u * factor if u > LAST else 0.0
        there, more = reach(task, flight, b, n, aim, position, roots)
        used += more
        if there:
            take_down(flight, n, np.int64(0), position, roots)
            u = aim
            factor = max(LEAST, factor * factor) if more <= 2 else factor
        elif aim == 0.0:
            return used
        else:
            factor = factor**0.5
    return used


@compiled
def follow_paths(
    task: Any, flight: Any, b: int, n: int, members: Any, size: int, roots: Any, report: Any
) -> None:
    """Follow the path of each member from its start; write where it ends as the first way does."""
    for k in range(WIDTH):
        flight.index[k] = NOBODY
    for position in range(size):
        point = members[position]
        board(task, flight, np.int64(0), point)
        used = follow_path(task, flight, b, n, position, roots)
        put_back(flight, n, np.int64(0), position, roots)
        report[3 * point] = residual_of(flight, n)
        report[3 * point + 2] += used


@compiled
def unsolved(status: Any, word: int, members: Any, size: int) -> int:
    """Keep the members of a list that have a status; how many they are."""
    kept = 0
    for position in range(size):
        if status[members[position]] == word:
            members[kept] = members[position]
            kept += 1
    return kept


@cached
def continue_points(
    entries: np.ndarray,
    sizes: np.ndarray,
    statuses: np.ndarray,
    infinite: np.ndarray,
    guards: int,
    points: np.ndarray,
    constants: np.ndarray,
    values: np.ndarray,
    report: np.ndarray,
    states: np.ndarray,
    status: np.ndarray,
    branch: np.ndarray,
    boundaries: np.ndarray,
    roots: np.ndarray,
    members: np.ndarray,
    lanes: np.ndarray,
    rows: np.ndarray,
) -> None:
    """Try again every point whose status is ``max_steps``.

    The arguments are those of :func:`asymp.solver.core.solve_points`, as it has left them.
    """
    task = Task(
        pointer(entries, 0), pointer(points, 0), pointer(boundaries, 0), points.shape[1],
        constants.size, guards, values.shape[1],
    )  # fmt: skip
    outcome = Outcome(
        pointer(values, 0), pointer(report, 0), pointer(states, 0), pointer(status, 0),
        states.shape[1],
    )  # fmt: skip
    flight = flight_of(task, states.shape[1], constants, lanes, rows)
    chosen, end, branches = pointer(members, 0), pointer(roots, 0), pointer(branch, 0)
    for b in range(sizes.size):
        n, size = sizes[b], members_of(branches, b, status.size, chosen)
        size = unsolved(outcome.status, MAX_STEPS, chosen, size)
        if n > 0 and size > 0:
            start_points(task, flight, b, n, chosen, size, end)
            follow_paths(task, flight, b, n, chosen, size, end, outcome.report)
            stated = pointer(infinite, b * task.values)
            conclude(task, flight, b, n, chosen, size, end, outcome, stated, statuses[b])
