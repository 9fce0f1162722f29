r"""The compiled solver: fixed points of positive maps, eight points at a time.

With :math:`y = \log x` and :math:`G(y) = \log F(e^y)`, the map :math:`y \mapsto G(y)`, sped up or
damped component by component, is the globaliser, and Newton's method on :math:`G(y) = y` with the
analytic Jacobian the finisher. A Newton step, or one followed by a step of the map, stands only if
it reduces the residual :math:`\max_i |F_i(x)/x_i - 1|`.

Eight points share each evaluation (:mod:`asymp.special.lanes`), and whichever has arrived makes
room for the next, so that a slow one holds nobody up. No point sees another: its answer is the
same to the last bit whatever else is solved. Generated functions with loops inside take one point
after the other.
"""

from __future__ import annotations

from math import inf, isfinite, isnan
from typing import Any

import numpy as np

from asymp.solver.compile import cached, compiled
from asymp.solver.flight import (
    NOBODY,
    Outcome,
    Task,
    board,
    board_block,
    evaluate,
    evaluate_step,
    flight_of,
    members_of,
    prepare,
    put_back,
    select,
    start_points,
    take_down,
)
from asymp.solver.iteration import (
    COUNT,
    DONE,
    FLOOR,
    LONGEST,
    NORM,
    STEP,
    TARGET,
    TRIAL,
    UNIT,
    begin,
    judged,
    proceed,
)
from asymp.solver.linear import condition_number, linearise, newton_shift, residual
from asymp.special import exp, where
from asymp.special.lanes import WIDTH, bits, first_bit, load, move, pointer, repeat, store

CONVERGED, NULL, INFINITE, MAX_STEPS = 0, 1, 2, 4  # as in asymp.solver.status
LEAST_SURE = 0.01  # relative error of the state above which there is no answer
NOISE = 8.0 * UNIT  # relative error of the map, however small its residual
DIVERGED = 1e140  # an inverse square root of asymp.special's TINY is 1e150
EVERYBODY = (1 << WIDTH) - 1  # all lanes, as bits


@compiled
def depart(task: Any, flight: Any, n: int, k: int, position: int, members: Any, roots: Any) -> None:
    """Put the point at a position of the list into a lane, and the lane at its start."""
    board(task, flight, k, members[position])
    flight.position[k] = position
    for i in range(n):
        move(flight.x, i * WIDTH + k, roots, position * (2 * n + n * n) + i)
    begin(k, n, flight.kept, flight.numbers)


@compiled
def arrive(flight: Any, n: int, k: int, roots: Any, report: Any) -> None:
    """Write where a lane ended, the map and Jacobian there, residual and evaluations."""
    take_down(flight, n, k, flight.position[k], roots)
    report[3 * flight.index[k]] = flight.numbers[k]
    report[3 * flight.index[k] + 2] = flight.numbers[COUNT * WIDTH + k]
    flight.index[k] = NOBODY


@compiled
def take_steps(flight: Any, n: int) -> None:
    """Newton's step where it was chosen; the point and its image are kept."""
    here = load(flight.chosen, 0) > 0.0
    for i in range(n):
        x, image = load(flight.x, i), load(flight.out, i)
        store(flight.kept, i, where(here, x, load(flight.kept, i)))
        store(flight.kept, n + i, where(here, image, load(flight.kept, n + i)))
        shift = min(max(load(flight.right, i), repeat(-LONGEST)), repeat(LONGEST))
        store(flight.x, i, where(here, x * exp(shift), x))


@compiled
def find_roots(
    task: Any, flight: Any, b: int, n: int, members: Any, size: int, roots: Any, report: Any
) -> None:
    """Iterate each point of a branch to its fixed point.

    A row of ``roots`` holds the start, and in the end the fixed point, the map and its Jacobian.
    """
    # Not literals, for which what is called would be compiled once more.
    waiting, flying, rest = np.int64(0), np.int64(0), np.int64(EVERYBODY)
    for k in range(WIDTH):
        flight.index[k], flight.chosen[k] = NOBODY, 0.0
    while True:
        while rest != 0:
            k = first_bit(rest)
            rest &= rest - 1
            todo = DONE
            if flight.index[k] != NOBODY:
                todo = judged(k, n, flight.x, flight.out, flight.right, flight.kept, flight.numbers)
                if todo == DONE:
                    arrive(flight, n, k, roots, report)
                    flying -= 1
            if todo == DONE and waiting < size:
                depart(task, flight, n, k, waiting, members, roots)
                waiting += 1
                flying += 1
            flight.chosen[k] = 1.0 if todo == STEP else 0.0
        if flying == 0:
            return
        take_steps(flight, n)
        evaluate_step(task, b, flight, n)
        store(flight.numbers, TRIAL, residual(flight.x, n, flight.out))
        norm = newton_shift(flight.x, n, flight.out, flight.matrix, flight.right)
        store(flight.numbers, NORM, norm)
        going = proceed(flight.numbers)
        store(flight.chosen, 0, where(going, repeat(1.0), repeat(0.0)))
        rest = EVERYBODY ^ bits(going)


@compiled
def return_to(flight: Any, n: int, first: int, count: int, roots: Any) -> None:
    """Put fixed points, maps and Jacobians back into the lanes; write condition and norm."""
    for k in range(count):
        put_back(flight, n, k, first + k, roots)
    store(flight.numbers, NORM, linearise(flight.x, n, flight.out, flight.matrix))
    store(flight.numbers, TRIAL, condition_number(n, flight.matrix, flight.right))


@compiled
def finite_as_stated(values: Any, k: int, count: int, infinite: Any) -> bool:
    """Whether no value is NaN, and infinite only where the branch says so."""
    for v in range(count):
        value = values[v * WIDTH + k]
        if isnan(value) or not (isfinite(value) or infinite[v] == 1):
            return False
    return True


@compiled
def write_values(task: Any, flight: Any, k: int, point: int, outcome: Any) -> None:
    """Write the values; numbers that only the limit at TINY keeps finite become infinite.

    The status then says so. In the null phase there are none: what is large is finite.
    """
    for v in range(task.values):
        value = flight.out[v * WIDTH + k]
        if abs(value) > DIVERGED and outcome.status[point] != NULL:
            value = inf if value > 0.0 else -inf
            if isfinite(flight.out[v * WIDTH + k]) and outcome.status[point] == CONVERGED:
                outcome.status[point] = INFINITE
        outcome.values[point * task.values + v] = value


@compiled
def conclude(
    task: Any, flight: Any, b: int, n: int, members: Any, size: int, roots: Any, outcome: Any,
    infinite: Any, word: int,
) -> None:  # fmt: skip
    """Judge each root of a branch and write the values there."""
    reads, report = task.parameters + task.constants + task.guards + n, outcome.report
    for first in range(0, size, WIDTH):
        count = board_block(task, flight, members, first, size)
        if n > 0:
            return_to(flight, n, first, count, roots)
        evaluate(task, 3 + 3 * b, flight, reads, task.values)
        for k in range(count):
            point = members[first + k]
            norm, condition = flight.numbers[NORM * WIDTH + k], flight.numbers[TRIAL * WIDTH + k]
            if n == 0:
                report[3 * point], condition = 0.0, 0.0
            outcome.status[point] = MAX_STEPS
            if n > 0 and not report[3 * point] <= max(TARGET, FLOOR * (1.0 + norm)):
                continue
            report[3 * point + 1] = condition
            # To first order this product bounds the relative error: at 1 no digit is known, as
            # where the iteration runs away ever more slowly.
            if not condition * max(report[3 * point], NOISE) < LEAST_SURE:
                continue
            for i in range(n):
                move(outcome.states, point * outcome.most + i, flight.x, i * WIDTH + k)
            if word > INFINITE:
                outcome.status[point] = word
            elif finite_as_stated(flight.out, k, task.values, infinite):
                outcome.status[point] = word
                write_values(task, flight, k, point, outcome)


@cached
def solve_points(
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
    """Solve every point whose status is not already ``out_of_domain``.

    Pointers are taken of arguments alone, which outlive them.

    Parameters
    ----------
    entries : intp array, (1 + 3 branches, 2)
        select, then start, step and values of each branch: address, and 1 if it takes eight points.
    sizes, statuses : int arrays, (branches,)
        Unknowns of each branch and the status it stands for.
    infinite : int8 array, (branches, values)
        1 where a branch says that a value is infinite.
    guards : int
        Number of guards.
    points, constants : float arrays, (m, parameters) and (constants,)
        A point with a NaN is out of the domain.
    values, report : float arrays, (m, values) and (m, 3)
        Written, NaN where there is no answer: values; residual, condition number, evaluations.
    states : float array, (m, most unknowns of a branch)
        Written: the fixed point, which certificates start from.
    status, branch : int8 arrays, (m,)
        Written.
    boundaries, roots, members, lanes, rows : arrays
        Room to work in, from :func:`room`.
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
    prepare(outcome, task, status.size, branches)
    size = members_of(branches, np.int64(0), status.size, chosen)
    select(task, flight, chosen, size, branches)
    for b in range(sizes.size):
        n, size = sizes[b], members_of(branches, b, status.size, chosen)
        if n > 0:
            start_points(task, flight, b, n, chosen, size, end)
            find_roots(task, flight, b, n, chosen, size, end, outcome.report)
        stated = pointer(infinite, b * task.values)
        conclude(task, flight, b, n, chosen, size, end, outcome, stated, statuses[b])
