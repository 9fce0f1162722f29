r"""The compiled solver: fixed points of positive maps, one point after the other.

With :math:`y = \log x` and :math:`G(y) = \log F(e^y)`, the map :math:`y \mapsto G(y)`, sped up or
damped component by component, is the globaliser, and Newton's method on :math:`G(y) = y` with the
analytic Jacobian the finisher. A Newton step, or one followed by a step of the map, stands only if
it reduces the residual :math:`\max_i |F_i(x)/x_i - 1|`. Everything compiled stands in this one
file because numba's cache does not see changes in functions of other files.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, isfinite, isnan, log
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.extending import intrinsic

CONVERGED, INFINITE, MAX_STEPS, OUT_OF_DOMAIN = 0, 2, 4, 5  # as in asymp.solver.status

TARGET = 1e-13  # residual at which a point is done
NEWTON_BELOW = 10.0  # residual below which Newton is tried at first
RETRY = 0.5  # after a refused Newton step: the residual must fall by this before the next
SMALLEST, LARGEST = 1e-290, 1e290  # beyond these the state has run away
LONGEST = 3.0  # longest step in log x
FASTEST, SLOWEST = 1e8, 0.0625  # over-relaxation and damping of the map, at most
ACCELERATED = 500  # evaluations after which the map is only damped, no longer sped up
MAX_EVALUATIONS = 20_000

# Rounding x alone changes F(x)/x by the unit round-off times the row sums of |dlog F/dlog x|;
# the map's own operations (some tens in a row, hundreds in a quadrature) each add as much. A
# residual below 512 such units that Newton cannot reduce is therefore the round-off floor.
UNIT = 1.1102230246251565e-16
FLOOR = 512.0 * UNIT


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without fast-math, cached on disk unless no folder can be written to."""
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    except RuntimeError:
        return numba.njit(error_model="numpy", nogil=True)(function)


def emit_call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Emit the call of a ``void(double *out, double *in)`` at an address."""
    pointers = [
        context.make_array(kind)(context, builder, value).data
        for kind, value in zip(signature.args[1:], arguments[1:], strict=True)
    ]
    double = ir.DoubleType().as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [double, double]).as_pointer()
    builder.call(builder.inttoptr(arguments[0], kind), pointers)
    return context.get_dummy_value()


def type_call(typing_context: Any, address: Any, out: Any, inp: Any) -> Any:
    """Call a generated function: ``call(address, out, inp)``."""
    return numba.types.void(address, out, inp), emit_call


call: Any = intrinsic(type_call)


@compiled
def residual(x: np.ndarray, out: np.ndarray) -> float:
    """Largest |F(x)/x - 1|, infinite when the map leaves the positive finite numbers."""
    worst = 0.0
    for i in range(x.size):
        if not SMALLEST < out[i] < LARGEST:
            return np.inf
        worst = max(worst, abs(out[i] / x[i] - 1.0))
    return worst


@compiled
def linearise(x: np.ndarray, out: np.ndarray, matrix: np.ndarray) -> float:
    """Write I - dlog F/dlog x; return the largest row sum of |dlog F/dlog x|."""
    n, norm = x.size, 0.0
    for i in range(n):
        total, inverse = 0.0, 1.0 / out[i]
        for j in range(n):
            slope = out[n + i * n + j] * x[j] * inverse
            matrix[i, j] = -slope
            total += abs(slope)
        matrix[i, i] += 1.0
        norm = max(norm, total)
    return norm


@compiled
def eliminate(matrix: np.ndarray, right: np.ndarray, columns: int) -> bool:
    """Solve in place by Gauss elimination with row pivots; False when the matrix is singular."""
    n = matrix.shape[0]
    for k in range(n):
        pivot = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[pivot, k]):
                pivot = i
        if not abs(matrix[pivot, k]) > 0.0:
            return False
        if pivot != k:
            for j in range(k, n):
                matrix[k, j], matrix[pivot, j] = matrix[pivot, j], matrix[k, j]
            for j in range(columns):
                right[k, j], right[pivot, j] = right[pivot, j], right[k, j]
        inverse = 1.0 / matrix[k, k]
        matrix[k, k] = inverse
        for i in range(k + 1, n):
            factor = matrix[i, k] * inverse
            for j in range(k + 1, n):
                matrix[i, j] -= factor * matrix[k, j]
            for j in range(columns):
                right[i, j] -= factor * right[k, j]
    for j in range(columns):
        for i in range(n - 1, -1, -1):
            total = right[i, j]
            for m in range(i + 1, n):
                total -= matrix[i, m] * right[m, j]
            right[i, j] = total * matrix[i, i]
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
        if not total < np.inf:
            return np.inf
        worst = max(worst, total)
    return worst


@compiled
def move(x: np.ndarray, i: int, step: float) -> None:
    """Move component i by a step in log x, cut to the longest."""
    x[i] *= exp(min(LONGEST, max(-LONGEST, step)))


@compiled
def newton_trial(
    step: int,
    inp: np.ndarray,
    x: np.ndarray,
    out: np.ndarray,
    matrix: np.ndarray,
    right: np.ndarray,
) -> float:
    """Take Newton's step of the linearised map and evaluate; the residual, inf without a step."""
    for i in range(x.size):
        right[i, 0] = log(out[i] / x[i])
    if not eliminate(matrix, right, 1):
        return np.inf
    for i in range(x.size):
        move(x, i, right[i, 0])
    call(step, out, inp)
    return residual(x, out)


@compiled
def follow(step: int, inp: np.ndarray, x: np.ndarray, out: np.ndarray) -> float:
    """Put x where the map sends it and evaluate; the residual.

    It settles the components that merely follow the others, and that a long Newton step throws
    off: near the interpolation threshold these alone would make the residual rise.
    """
    for i in range(x.size):
        x[i] = out[i]
    call(step, out, inp)
    return residual(x, out)


@compiled
def map_step(
    step: int, inp: np.ndarray, x: np.ndarray, out: np.ndarray, kept: np.ndarray, fastest: float
) -> tuple[float, int]:
    """Step along the map from the kept point; residual and evaluations.

    Each component has its own speed, renewed by Aitken's rule from the ratio of its last two
    displacements: a component that creeps is sped up, one that oscillates is damped. Where the
    map has no finite value the step is cut.
    """
    n = x.size
    for i in range(n):
        shift = log(kept[1, i] / kept[0, i])
        if kept[2, i] != 0.0:
            ratio = shift / kept[2, i]
            factor = max(0.25, 1.0 / (1.0 - ratio)) if ratio < 0.75 else 4.0
            kept[3, i] = min(fastest, max(SLOWEST, kept[3, i] * factor))
        kept[2, i] = shift
    cut, worst, evaluations = 1.0, np.inf, 0
    while not worst < np.inf and cut > 1e-3:
        for i in range(n):
            x[i] = kept[0, i]
            move(x, i, cut * kept[3, i] * kept[2, i])
        call(step, out, inp)
        evaluations += 1
        worst = residual(x, out)
        cut *= 0.25
    return worst, evaluations


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
    """Iterate from x (a view of ``inp``) to the fixed point; residual and evaluations.

    The rows of ``kept``: the point and its image while a trial is made, and each component's
    last displacement and speed. On return x and ``out`` belong together.
    """
    n = x.size
    call(step, out, inp)
    evaluations, worst, gate = 1, residual(x, out), NEWTON_BELOW
    for i in range(n):
        kept[2, i], kept[3, i] = 0.0, 1.0
    while TARGET < worst < np.inf and evaluations < MAX_EVALUATIONS:
        for i in range(n):
            kept[0, i] = x[i]
            kept[1, i] = out[i]
        if worst <= gate:
            floor = FLOOR * (1.0 + linearise(x, out, matrix))
            trial = newton_trial(step, inp, x, out, matrix, right)
            evaluations += 1
            if worst <= trial < np.inf:
                trial = follow(step, inp, x, out)
                evaluations += 1
            if trial < worst:
                worst = trial
                continue
            if worst <= floor:
                for i in range(n):
                    x[i] = kept[0, i]
                call(step, out, inp)
                return worst, evaluations + 1
            gate = RETRY * worst
        fastest = FASTEST if evaluations < ACCELERATED else 1.0
        worst, used = map_step(step, inp, x, out, kept, fastest)
        evaluations += used
        gate = max(gate, RETRY * worst)
    return worst, evaluations


@compiled
def finite_as_stated(values: np.ndarray, infinite: np.ndarray) -> bool:
    """Whether no value is NaN, and infinite only where the branch says so."""
    for v in range(values.size):
        if isnan(values[v]) or not (isfinite(values[v]) or infinite[v]):
            return False
    return True


@compiled
def solve_branch(
    start: int,
    step: int,
    inp: np.ndarray,
    x: np.ndarray,
    work: np.ndarray,
    report: np.ndarray,
) -> bool:
    """Find the root of one branch's system at one point; whether it was found.

    ``work`` is cut into the map's output, two matrices and the rows that :func:`find_root` keeps;
    ``report`` receives residual, condition number and evaluations.
    """
    n = x.size
    square = n * n
    out = work[: n + square]
    matrix = work[n + square : n + 2 * square].reshape(n, n)
    right = work[n + 2 * square : n + 3 * square].reshape(n, n)
    kept = work[n + 3 * square : 5 * n + 3 * square].reshape(4, n)
    call(start, x, inp)
    report[0], report[2] = find_root(step, inp, x, out, matrix, right, kept)
    if not report[0] <= max(TARGET, FLOOR * (1.0 + linearise(x, out, matrix))):
        return False
    report[1] = condition_number(x, out, matrix, right)
    # To first order this product bounds the relative error: at 1 no digit is known, as where the
    # iteration runs away ever more slowly.
    return report[1] * max(report[0], UNIT) < 1.0


@compiled
def solve_point(
    addresses: np.ndarray,
    sizes: np.ndarray,
    first: int,
    inp: np.ndarray,
    chosen: np.ndarray,
    work: np.ndarray,
    values: np.ndarray,
    report: np.ndarray,
) -> tuple[int, bool]:
    """Solve one point whose parameters stand in ``inp``: branch (-1: none) and success."""
    call(addresses[0], chosen, inp)
    branch = int(chosen[0])
    if branch < 0:
        return branch, False
    for i in range(1, chosen.size):
        inp[first - chosen.size + i] = chosen[i]
    n = sizes[branch]
    if n > 0:
        x = inp[first : first + n]
        start, step = addresses[1 + 3 * branch], addresses[2 + 3 * branch]
        if not solve_branch(start, step, inp, x, work, report):
            return branch, False
    else:
        report[0], report[1] = 0.0, 0.0
    call(addresses[3 + 3 * branch], values, inp)
    return branch, True


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
    states: np.ndarray,
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
    values, report : float arrays, (m, values) and (m, 3), filled with NaN
        Written: values; residual, condition number and evaluations.
    states : float array, (m, most unknowns of a branch), filled with NaN
        Written: the fixed point, which certificates start from.
    status, branch : int8 arrays, (m,)
        Written.
    """
    p, most = points.shape[1], 0
    fixed = p + constants.size
    for n in sizes:
        most = max(most, n)
    inp, chosen = np.empty(fixed + guards + most), np.empty(1 + guards)
    work = np.empty(5 * most + 3 * most * most)
    for i in range(constants.size):
        inp[p + i] = constants[i]
    for k in range(points.shape[0]):
        branch[k], report[k, 2] = -1, 0.0
        if status[k] == OUT_OF_DOMAIN:
            continue
        for i in range(p):
            inp[i] = points[k, i]
        b, found = solve_point(
            addresses, sizes, fixed + guards, inp, chosen, work, values[k], report[k]
        )
        branch[k] = b
        status[k] = OUT_OF_DOMAIN if b < 0 else (statuses[b] if found else MAX_STEPS)
        if found and b >= 0:
            for i in range(sizes[b]):
                states[k, i] = inp[fixed + guards + i]
        if status[k] <= INFINITE and not finite_as_stated(values[k], infinite[b]):
            status[k] = MAX_STEPS
        if status[k] > INFINITE:
            for v in range(values.shape[1]):
                values[k, v] = np.nan
