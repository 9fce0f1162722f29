r"""The compiled solver: fixed points of positive maps, one point after the other.

With :math:`y = \log x` and :math:`G(y) = \log F(e^y)`, the map :math:`y \mapsto G(y)` is the
globaliser and Newton's method on :math:`G(y) - y` the finisher. Everything stands in this one
file because numba's cache does not see changes in functions of other files.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, isfinite, isnan, log
from typing import Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])

CONVERGED, INFINITE, MAX_STEPS, OUT_OF_DOMAIN = 0, 2, 4, 5  # as in asymp.solver.status

TARGET = 1e-13  # residual at which a point is done
NEWTON_GATE = 0.5  # Newton is first tried below this residual
MAX_EVALUATIONS = 20_000
UNIT = 1.1102230246251565e-16  # unit round-off
OPERATIONS = 64.0  # rounding errors that reach a component of the map, generously counted


def compiled(function: F) -> F:
    """Compile without fast-math, cached on disk unless no folder can be written to."""
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        return numba.njit(error_model="numpy", nogil=True)(function)  # type: ignore[no-any-return]


@intrinsic  # type: ignore[untyped-decorator]
def call(typing_context: Any, address: Any, out: Any, inp: Any) -> Any:
    """Call ``void(double *out, double *in)`` at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointers = [
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args[1:], arguments[1:], strict=True)
        ]
        double = ir.DoubleType().as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [double, double]).as_pointer()
        builder.call(builder.inttoptr(arguments[0], kind), pointers)
        return context.get_dummy_value()

    return numba.types.void(address, out, inp), generate


@compiled
def residual(x: np.ndarray, out: np.ndarray) -> float:
    """Largest |F(x)/x - 1|, infinite when a component is not a positive finite number."""
    worst = 0.0
    for i in range(x.size):
        ratio = out[i] / x[i]
        if not (0.0 < ratio < np.inf):
            return np.inf
        worst = max(worst, abs(ratio - 1.0))
    return worst


@compiled
def linearise(x: np.ndarray, out: np.ndarray, matrix: np.ndarray) -> float:
    """Write I - dlog F/dlog x and return the largest row sum of |dlog F/dlog x|."""
    n, norm = x.size, 0.0
    for i in range(n):
        total = 0.0
        for j in range(n):
            slope = out[n + i * n + j] * x[j] / out[i]
            matrix[i, j] = -slope
            total += abs(slope)
        matrix[i, i] += 1.0
        norm = max(norm, total)
    return norm


@compiled
def eliminate(matrix: np.ndarray, right: np.ndarray, columns: int) -> bool:
    """Gauss elimination with row pivots, in place; False when the matrix is singular."""
    n = matrix.shape[0]
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        if not abs(matrix[pivot, k]) > 0.0:
            return False
        if pivot != k:
            for j in range(n):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
            for j in range(columns):
                right[k, j], right[pivot, j] = right[pivot, j], right[k, j]
        for i in range(k + 1, n):
            factor = matrix[i, k] / matrix[k, k]
            for j in range(k + 1, n):
                matrix[i, j] -= factor * matrix[k, j]
            for j in range(columns):
                right[i, j] -= factor * right[k, j]
    for j in range(columns):
        for i in range(n - 1, -1, -1):
            total = right[i, j]
            for m in range(i + 1, n):
                total -= matrix[i, m] * right[m, j]
            right[i, j] = total / matrix[i, i]
    return True


@compiled
def condition_number(
    x: np.ndarray, out: np.ndarray, matrix: np.ndarray, right: np.ndarray
) -> float:
    """Row-sum norm of (I - dlog F/dlog x)^{-1}: relative error of x per relative error of F."""
    n, worst = x.size, 0.0
    linearise(x, out, matrix)
    for i in range(n):
        for j in range(n):
            right[i, j] = 1.0 if i == j else 0.0
    if not eliminate(matrix, right, n):
        return np.inf
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += abs(right[i, j])
        worst = max(worst, total)
    return worst


@compiled
def newton_direction(x: np.ndarray, out: np.ndarray, matrix: np.ndarray, right: np.ndarray) -> bool:
    """Write Newton's step in log x into the first column of ``right``."""
    linearise(x, out, matrix)
    for i in range(x.size):
        right[i, 0] = log(out[i] / x[i])
    return eliminate(matrix, right, 1)


@compiled
def find_root(
    step: int,
    inp: np.ndarray,
    x: np.ndarray,
    out: np.ndarray,
    matrix: np.ndarray,
    right: np.ndarray,
    kept: np.ndarray,
) -> tuple[float, int]:
    """Iterate from x (a view of ``inp``) to the fixed point; residual and evaluations used.

    ``kept`` has rows for the point and its image while a trial is made. On return x and
    ``out`` belong together.
    """
    n = x.size
    call(step, out, inp)
    evaluations, worst = 1, residual(x, out)
    gate, damping = NEWTON_GATE, 1.0
    while worst > TARGET and evaluations < MAX_EVALUATIONS and worst < np.inf:
        for i in range(n):
            kept[0, i] = x[i]
            kept[1, i] = out[i]
        if worst <= gate:
            if newton_direction(x, out, matrix, right):
                for i in range(n):
                    x[i] *= exp(right[i, 0])
                call(step, out, inp)
                evaluations += 1
                trial = residual(x, out)
                if trial < worst:
                    worst = trial
                    continue
                for i in range(n):
                    x[i] = kept[0, i]
            call(step, out, inp)
            evaluations += 1
            if worst <= OPERATIONS * UNIT * (1.0 + linearise(x, out, matrix)):
                return worst, evaluations
            gate = 0.1 * worst
        for i in range(n):
            x[i] = kept[0, i] * (kept[1, i] / kept[0, i]) ** damping
        call(step, out, inp)
        evaluations += 1
        trial = residual(x, out)
        damping = max(0.0625, 0.5 * damping) if trial >= worst else min(1.0, 1.5 * damping)
        worst = trial
    return worst, evaluations


@compiled
def solve_points(
    addresses: np.ndarray,
    sizes: np.ndarray,
    statuses: np.ndarray,
    infinite: np.ndarray,
    guards: int,
    points: np.ndarray,
    constants: np.ndarray,
    values: np.ndarray,
    report: np.ndarray,
    status: np.ndarray,
    branch: np.ndarray,
) -> None:
    """Solve every point whose status is not already ``out_of_domain``.

    Parameters
    ----------
    addresses : intp array, (1 + 3 branches,)
        select, then start, step and values of each branch.
    sizes, statuses : int arrays, (branches,)
        Unknowns of each branch and the status it stands for.
    infinite : bool array, (branches, values)
        Where a branch says that a value is infinite.
    guards : int
        Number of guards.
    points, constants : float arrays, (m, parameters) and (constants,)
    values, report : float arrays, (m, values) and (m, 3)
        Written: values; residual, condition number and evaluations.
    status, branch : int8 arrays, (m,)
        Written.
    """
    p, c = points.shape[1], constants.size
    first, most = p + c + guards, max(1, sizes.max())
    inp = np.empty(first + most)
    chosen, out = np.empty(1 + guards), np.empty(most + most * most)
    matrices, rights = np.empty((most, most)), np.empty((most, most))
    kept = np.empty((2, most))
    for k in range(points.shape[0]):
        report[k, 0], report[k, 1], report[k, 2] = np.nan, np.nan, 0.0
        values[k, :] = np.nan
        branch[k] = -1
        if status[k] == OUT_OF_DOMAIN:
            continue
        inp[:p] = points[k]
        inp[p : p + c] = constants
        call(addresses[0], chosen, inp)
        b = int(chosen[0])
        if b < 0:
            status[k] = OUT_OF_DOMAIN
            continue
        branch[k], status[k] = b, statuses[b]
        inp[p + c : first] = chosen[1:]
        n = sizes[b]
        report[k, 0], report[k, 1] = 0.0, 0.0
        if n > 0:
            x, matrix, right = inp[first : first + n], matrices[:n, :n], rights[:n, :n]
            call(addresses[1 + 3 * b], x, inp)
            worst, used = find_root(addresses[2 + 3 * b], inp, x, out, matrix, right, kept)
            report[k, 0], report[k, 2] = worst, used
            floor = OPERATIONS * UNIT * (1.0 + linearise(x, out, matrix))
            if not worst <= max(TARGET, floor):
                status[k] = MAX_STEPS
                continue
            report[k, 1] = condition_number(x, out, matrix, right)
        call(addresses[3 + 3 * b], values[k], inp)
        for v in range(values.shape[1]):
            value = values[k, v]
            if (isnan(value) and status[k] <= INFINITE) or (
                not isfinite(value) and not isnan(value) and not infinite[b, v]
            ):
                status[k] = MAX_STEPS
                values[k, :] = np.nan
                break
