"""Eight points in flight: the room they take, what is known of them, and how they get there."""

from __future__ import annotations

from collections import namedtuple
from math import isnan, nan
from typing import Any

import numpy as np

from asymp.solver.compile import call, compiled
from asymp.solver.iteration import NUMBERS
from asymp.special.lanes import WIDTH, move, pointer, repeat, store

OUT_OF_DOMAIN = 5  # as in asymp.solver.status
NOBODY = -1  # in place of the point of a lane that has none

# What a theorem asks for: the generated functions (address, and whether it takes eight points),
# the points, the guards of each; numbers of parameters, constants, guards, values.
Task = namedtuple("Task", "entries points boundaries parameters constants guards values")
# Eight points in flight. Whole numbers: the point of each lane, its position in the list.
# Rows of lanes: inputs, among them the state; outputs, matrix, right-hand sides, what
# is kept of the way, numbers, a choice. Inputs and outputs of one point. All are pointers.
Flight = namedtuple(
    "Flight", "index position inp x out matrix right kept numbers chosen alone result"
)
# Pointers to what is written for each point.
Outcome = namedtuple("Outcome", "values report states status most")


@compiled
def evaluate(task: Any, which: int, flight: Any, reads: int, writes: int) -> None:
    """Call a generated function for all lanes; one with loops for each lane in use."""
    address = task.entries[2 * which]
    if task.entries[2 * which + 1] == 1:
        call(address, flight.out, flight.inp)
        return
    for k in range(WIDTH):
        if flight.index[k] != NOBODY:
            for i in range(reads):
                move(flight.alone, i, flight.inp, i * WIDTH + k)
            call(address, flight.result, flight.alone)
            for i in range(writes):
                move(flight.out, i * WIDTH + k, flight.result, i)


@compiled
def evaluate_step(task: Any, b: int, flight: Any, n: int) -> None:
    """Map of a branch and its Jacobian, for all lanes."""
    reads = task.parameters + task.constants + task.guards + n
    evaluate(task, 2 + 3 * b, flight, reads, n + n * n)


@compiled
def board(task: Any, flight: Any, k: int, point: int) -> None:
    """Put a point's parameters and guards into a lane."""
    flight.index[k] = point
    p, c, g = task.parameters, task.constants, task.guards
    for i in range(p):
        move(flight.inp, i * WIDTH + k, task.points, point * p + i)
    for i in range(g):
        move(flight.inp, (p + c + i) * WIDTH + k, task.boundaries, point * g + i)


@compiled
def board_block(task: Any, flight: Any, members: Any, first: int, size: int) -> int:
    """Put the points from position ``first`` on into the lanes; how many."""
    count = min(WIDTH, size - first)
    for k in range(WIDTH):
        flight.index[k] = NOBODY
        if k < count:
            board(task, flight, k, members[first + k])
    return count


@compiled
def select(task: Any, flight: Any, members: Any, size: int, branch: Any) -> None:
    """Choose the branch of each member and write its guards."""
    fixed, g = task.parameters + task.constants, task.guards
    for first in range(0, size, WIDTH):
        count = board_block(task, flight, members, first, size)
        evaluate(task, np.int64(0), flight, fixed, 1 + g)
        for k in range(count):
            point = members[first + k]
            branch[point] = int(flight.out[k])
            for i in range(g):
                move(task.boundaries, point * g + i, flight.out, (1 + i) * WIDTH + k)


@compiled
def start_points(
    task: Any, flight: Any, b: int, n: int, members: Any, size: int, roots: Any
) -> None:
    """Write where the iteration starts at each point of a branch."""
    fixed, row = task.parameters + task.constants + task.guards, 2 * n + n * n
    for first in range(0, size, WIDTH):
        count = board_block(task, flight, members, first, size)
        evaluate(task, 1 + 3 * b, flight, fixed, n)
        for k in range(count):
            for i in range(n):
                move(roots, (first + k) * row + i, flight.out, i * WIDTH + k)


@compiled
def take_down(flight: Any, n: int, k: int, position: int, roots: Any) -> None:
    """Keep where a lane stands, the map and the Jacobian there, at a position of the list."""
    row = position * (2 * n + n * n)
    for i in range(n):
        move(roots, row + i, flight.x, i * WIDTH + k)
    for i in range(n + n * n):
        move(roots, row + n + i, flight.out, i * WIDTH + k)


@compiled
def put_back(flight: Any, n: int, k: int, position: int, roots: Any) -> None:
    """Put what is kept at a position of the list, map and Jacobian included, into a lane."""
    row = position * (2 * n + n * n)
    for i in range(n):
        move(flight.x, i * WIDTH + k, roots, row + i)
    for i in range(n + n * n):
        move(flight.out, i * WIDTH + k, roots, row + n + i)


@compiled
def members_of(branch: Any, b: int, count: int, members: Any) -> int:
    """List the points of a branch; how many they are."""
    size = 0
    for k in range(count):
        if branch[k] == b:
            members[size] = k
            size += 1
    return size


@compiled
def prepare(outcome: Any, task: Any, count: int, branch: Any) -> None:
    """Nothing is known yet: NaN everywhere; branch 0 for points to look at, else NOBODY."""
    for k in range(count):
        inside = outcome.status[k] != OUT_OF_DOMAIN
        for i in range(task.parameters):
            inside = inside and not isnan(task.points[k * task.parameters + i])
        branch[k] = 0 if inside else NOBODY
        outcome.status[k] = OUT_OF_DOMAIN
        outcome.report[3 * k], outcome.report[3 * k + 1] = nan, nan
        outcome.report[3 * k + 2] = 0.0
        for i in range(task.values):
            outcome.values[k * task.values + i] = nan
        for i in range(outcome.most):
            outcome.states[k * outcome.most + i] = nan


@compiled
def flight_of(
    task: Any, most: int, constants: np.ndarray, lanes: np.ndarray, rows: np.ndarray
) -> Any:
    """Eight lanes in the given room, the constants in place."""
    fixed, square = task.parameters + task.constants + task.guards, most * most
    out = (fixed + most) * WIDTH
    matrix = out + max(task.values, most + square, 1 + task.guards) * WIDTH
    kept = matrix + 2 * square * WIDTH
    chosen = kept + (4 * most + NUMBERS) * WIDTH
    alone = chosen + WIDTH
    inp = pointer(rows, 0)
    for i in range(task.constants):
        store(inp, task.parameters + i, repeat(constants[i]))
    return Flight(
        pointer(lanes, 0), pointer(lanes, WIDTH), inp, pointer(rows, fixed * WIDTH),
        pointer(rows, out), pointer(rows, matrix), pointer(rows, matrix + square * WIDTH),
        pointer(rows, kept), pointer(rows, kept + 4 * most * WIDTH), pointer(rows, chosen),
        pointer(rows, alone), pointer(rows, alone + fixed + most),
    )  # fmt: skip


def room(inputs: int, written: int, most: int, guards: int, count: int) -> tuple[np.ndarray, ...]:
    """Room for up to ``count`` points: guards, roots, members, lanes, rows of lanes.

    Rows begin on a whole vector's boundary, as generated functions need it.
    """
    outputs = max(written, most + most * most, 1 + guards)
    numbers = inputs + most + outputs
    size = (numbers + 2 * most * most + 4 * most + NUMBERS + 1) * WIDTH + numbers
    raw = np.ones(size + WIDTH)
    first = -(raw.ctypes.data // raw.itemsize) % WIDTH
    return (
        np.empty(count * guards),
        np.empty(count * (2 * most + most * most)),
        np.empty(count, dtype=np.int64),
        np.empty(2 * WIDTH, dtype=np.int64),
        raw[first : first + size],
    )
