"""What a point of the wide grid costs, part by part, single thread, in processor time.

    python benchmarks/parts.py [--points 100000]

Each part is run alone on the eight lanes of one batch, many times over, and counted as often as a
point needs it: special functions alone (those that the map calls, on arguments of the run), the
map, the map with its Jacobian, residual and Newton's step, choice of the branch, values, condition
number. What is left of the solver's own time is the handing of points into and out of lanes, the
decisions and the memory of the results.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from headline import headline
from timing import seconds
from wide_grid import Contest, workload

from asymp import special
from asymp.lowering.helpers import Helpers
from asymp.lowering.nodes import assignments, numeric_form
from asymp.lowering.program import assemble
from asymp.lowering.signature import wide_function
from asymp.lowering.source import function_text
from asymp.lowering.wide import StepPrinter
from asymp.solver.compile import call
from asymp.solver.iteration import NORM, NUMBERS, TRIAL
from asymp.solver.linear import condition_number, linearise, newton_shift, residual
from asymp.special.lanes import WIDTH, pointer, store

GENERIC, UNKNOWNS, ROUNDS = 3, 3, 20_000


def rows(count: int) -> np.ndarray:
    """Rows of lanes on a whole vector's boundary."""
    raw = np.ones((count + 1) * WIDTH)
    first = -(raw.ctypes.data // raw.itemsize) % WIDTH
    return raw[first : first + count * WIDTH].reshape(count, WIDTH)


@numba.njit(error_model="numpy")
def call_often(address: int, out: np.ndarray, inp: np.ndarray, rounds: int) -> None:
    """Call a generated function."""
    for _ in range(rounds):
        call(address, pointer(out, 0), pointer(inp, 0))


@numba.njit(error_model="numpy")
def shift_often(
    x: np.ndarray, out: np.ndarray, matrix: np.ndarray, told: np.ndarray, rounds: int
) -> None:
    """Residual and Newton's step."""
    here, there, told_at = pointer(x, 0), pointer(out, 0), pointer(told, 0)
    for _ in range(rounds):
        store(told_at, TRIAL, residual(here, np.int64(UNKNOWNS), there))
        half = pointer(matrix, UNKNOWNS * UNKNOWNS * WIDTH)
        shift = newton_shift(here, np.int64(UNKNOWNS), there, pointer(matrix, 0), half)
        store(told_at, NORM, shift)


@numba.njit(error_model="numpy")
def condition_often(
    x: np.ndarray, out: np.ndarray, matrix: np.ndarray, told: np.ndarray, rounds: int
) -> None:
    """Condition number."""
    here, there, told_at = pointer(x, 0), pointer(out, 0), pointer(told, 0)
    upper, lower = pointer(matrix, 0), pointer(matrix, UNKNOWNS * UNKNOWNS * WIDTH)
    for _ in range(rounds):
        store(told_at, NORM, linearise(here, np.int64(UNKNOWNS), there, upper))
        store(told_at, TRIAL, condition_number(np.int64(UNKNOWNS), upper, lower))


def special_functions(out: Any, inp: Any) -> None:
    """The special functions of one evaluation: five of a, three of x and psi1."""
    a, x, psi1 = inp[0], inp[1], inp[2]
    out[0] = special.erf(a) + special.erfc(a) + special.exp(-a) + special.central2(a)
    out[1] = special.mp_full(x, psi1) + special.mp_empty(x, psi1) + special.mp_dual_empty(x, psi1)


def map_alone(theorem: Any) -> Any:
    """The map of the generic branch without its Jacobian."""
    branch = theorem.branches[GENERIC]
    symbols = [*(p.symbol for p in theorem.parameters.values()), *theorem.constants]
    guards = {g.symbol: None for b in theorem.branches for g in b.guards}
    slots = {s: i for i, s in enumerate([*symbols, *guards, *branch.system.state])}
    outputs = [numeric_form(update) for update in branch.system.update]
    body = assignments(branch.system.definitions)
    program = assemble("step", slots, body, outputs, Helpers())
    names = {**vars(special), "inf": np.inf, "nan": np.nan}
    exec(function_text(program, StepPrinter()), names)
    return names["step"]


def uncached(function: Any) -> int:
    """Address of the compiled function of eight points."""
    return int(wide_function(function).many.address)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=100_000)
    size = parser.parse_args().points
    theorem = headline()
    contest = Contest(theorem, workload(size))
    found = contest.solver()
    picked = np.flatnonzero(found.branch == GENERIC)[:WIDTH]
    entries, kernel = contest.kernel.entries[:, 0], contest.kernel
    inp = rows(contest.rows.shape[1] + 3 + len(kernel.guards) + UNKNOWNS)
    inp[: contest.rows.shape[1]] = contest.rows[picked].T
    inp[contest.rows.shape[1] : contest.rows.shape[1] + 3] = np.array(contest.constants)[:, None]
    inp[-UNKNOWNS:] = found.states[picked, :UNKNOWNS].T * 1.01
    out, matrix, told = rows(64), rows(2 * UNKNOWNS**2), rows(NUMBERS)
    few = rows(3)
    few[:] = np.linspace(0.1, 2, 3 * WIDTH).reshape(3, WIDTH)
    calls = found.evaluations.mean()
    step = entries[2 + 3 * GENERIC]
    call_often(step, out, inp, 1)
    flat = [array.ravel() for array in (inp[-UNKNOWNS:], out, matrix, told)]
    scratch = rows(64)

    def generated(address: int, given: np.ndarray = inp) -> Callable[[], object]:
        return lambda: call_often(address, scratch.ravel(), given.ravel(), ROUNDS)

    parts = {
        "special functions alone": (generated(uncached(special_functions), few), calls),
        "map alone": (generated(uncached(map_alone(theorem))), calls),
        "map with Jacobian": (generated(step), calls),
        "residual, Newton's step": (lambda: shift_often(*flat, ROUNDS), calls),
        "choice of the branch": (generated(entries[0]), 1.0),
        "start": (generated(entries[1 + 3 * GENERIC]), 1.0),
        "values": (generated(entries[3 + 3 * GENERIC]), 1.0),
        "condition number": (lambda: condition_often(*flat, ROUNDS), 1.0),
    }
    for job, _ in parts.values():
        job()
    print(f"{size} points, {calls:.2f} evaluations a point; {WIDTH} points a batch")
    print("                            ns a batch   ns a point once   times     ns a point")
    total = 0.0
    for name, (job, times) in parts.items():
        batch = seconds(job, 9) / ROUNDS * 1e9
        counted = name not in ("special functions alone", "map alone")
        total += counted * batch / WIDTH * times
        print(
            f"{name:26s}{batch:12.1f}{batch / WIDTH:18.2f}{times:8.2f}{batch / WIDTH * times:15.1f}"
        )
    whole = seconds(contest.solver, 9) / size * 1e9
    plain = seconds(contest.plain, 5) / size * 1e9
    print(
        f"sum of the last six {total:.0f} ns; solver {whole:.0f} ns, so {whole - total:.0f} ns else"
    )
    print(f"plain iteration to 1e-11: {plain:.0f} ns a point; ratio {whole / plain:.3f}")


if __name__ == "__main__":
    main()
