"""The solver in plain Python, with the standard library alone: the part common to exported files.

Fixed points of positive maps in log variables: the map, sped up or damped component by component,
globalises, and Newton's method with the analytic Jacobian finishes. It takes the same steps as the
compiled solver of asymp.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, isnan, nan
from typing import Any

from asymp.solver.core import DIVERGED
from asymp.solver.iteration import (
    FASTEST,
    FLOOR,
    LONGEST,
    NEWTON_BELOW,
    RETRY,
    SLOWEST,
    TARGET,
    UNIT,
)
from asymp.solver.linear import LARGEST, SMALLEST

# Evaluations for which the map is sped up, and after which there is no answer.
ACCELERATED, MAX_EVALUATIONS = 500, 20_000

Vector = list[Any]
Step = Callable[[Vector], Vector]  # state to map and Jacobian by rows


class Number(float):
    """A float whose arithmetic never raises: infinities and NaN as IEEE 754 has them."""

    __slots__ = ()

    def __truediv__(self, other: float) -> Number:
        """Quotient; zero below gives an infinity."""
        return Number(quotient(self, other))

    def __rtruediv__(self, other: float) -> Number:
        """Quotient."""
        return Number(quotient(other, self))

    def __pow__(self, other: float) -> Number:  # type: ignore[override]
        """Power; NaN where it would be complex."""
        return Number(power(self, other))

    def __rpow__(self, other: float) -> Number:  # type: ignore[override]
        """Power."""
        return Number(power(other, self))

    def __add__(self, other: float) -> Number:
        """Sum."""
        return Number(float.__add__(self, other))

    def __sub__(self, other: float) -> Number:
        """Difference."""
        return Number(float.__sub__(self, other))

    def __mul__(self, other: float) -> Number:
        """Product."""
        return Number(float.__mul__(self, other))

    def __rsub__(self, other: float) -> Number:
        """Difference."""
        return Number(float.__rsub__(self, other))

    def __neg__(self) -> Number:
        """Opposite."""
        return Number(float.__neg__(self))

    def __abs__(self) -> Number:
        """Absolute value."""
        return Number(float.__abs__(self))

    __radd__, __rmul__ = __add__, __mul__


class Rows(list[Any]):
    """A table that is read as ``table[row, column]``."""

    def __getitem__(self, place: Any) -> Any:
        """One entry."""
        row, column = place
        return list.__getitem__(self, row)[column]


def array(rows: Sequence[Sequence[float]]) -> Rows:
    """Table of rows of numbers."""
    return Rows(rows)


def where(condition: bool, first: float, second: float) -> float:
    """Give the first if the condition holds, else the second."""
    return first if condition else second


PANEL_WIDTH = 1  # nodes that a quadrature takes at a time


def repeat(value: float) -> float:
    """Give the number itself: it stands for one node, not for eight."""
    return value


def nodes(table: Sequence[float], first: int) -> float:
    """Entry of a table of nodes."""
    return table[first]


def total(value: float) -> float:
    """Sum over the one node."""
    return value


def quotient(a: float, b: float) -> float:
    """Quotient of two floats, as IEEE 754 has it."""
    if b != 0.0:
        return float(a) / float(b)
    if a == 0.0 or isnan(a):
        return nan
    return math.copysign(inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """Power of two floats; infinite where it is too large, NaN where it would be complex."""
    try:
        found = float(a) ** float(b)
    except ZeroDivisionError:
        return inf
    except OverflowError:
        return -inf if a < 0.0 and b % 2.0 == 1.0 else inf
    return nan if isinstance(found, complex) else found


def ieee(function: Callable[..., float], overflow: float = nan) -> Callable[..., Number]:
    """Give a function of the math module that never raises."""

    def wrapped(*arguments: float) -> Number:
        try:
            return Number(function(*arguments))
        except OverflowError:
            return Number(overflow)
        except ValueError:
            pole = function is math.log and arguments[0] == 0.0
            return Number(-inf if pole else nan)

    return wrapped


def norm_of(x: Vector, out: Vector) -> float:
    """Largest |F(x)/x - 1|, infinite when the map leaves the positive finite numbers."""
    worst = 0.0
    for here, there in zip(x, out, strict=False):
        if not SMALLEST < there < LARGEST:
            return inf
        worst = max(worst, abs(float(there) / float(here) - 1.0))
    return worst


def linearised(x: Vector, out: Vector) -> tuple[list[Vector], float]:
    """Matrix I - dlog F/dlog x, and the largest row sum of |dlog F/dlog x|."""
    n, norm, matrix = len(x), 0.0, []
    for i in range(n):
        row = [float(out[n + i * n + j]) * x[j] / float(out[i]) for j in range(n)]
        norm = max(norm, sum(map(abs, row)))
        matrix.append([(1.0 if i == j else 0.0) - row[j] for j in range(n)])
    return matrix, norm


def eliminated(matrix: list[Vector], right: Vector) -> Vector | None:
    """Solve by Gauss elimination with row pivots; None when the matrix is singular."""
    n = len(right)
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        if not abs(rows[k][k]) > 0.0:
            return None
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        rest = sum(rows[i][j] * x[j] for j in range(i + 1, n))
        x[i] = (rows[i][n] - rest) / rows[i][i]
    return x


def condition_number(x: Vector, out: Vector) -> float:
    """Row-sum norm of (I - dlog F/dlog x)^{-1}: relative error of x per relative error of F."""
    n, totals = len(x), [0.0] * len(x)
    matrix, _ = linearised(x, out)
    for j in range(n):
        column = eliminated(matrix, [1.0 if i == j else 0.0 for i in range(n)])
        if column is None or not all(map(isfinite, column)):
            return inf
        totals = [total + abs(entry) for total, entry in zip(totals, column, strict=True)]
    return max(totals, default=0.0)


def moved(x: float, step: float) -> float:
    """Move by a step in log x, cut to the longest."""
    return float(x) * math.exp(min(LONGEST, max(-LONGEST, step)))


def newton_trial(x: Vector, out: Vector, step: Step) -> tuple[Vector, Vector, float]:
    """Newton's step of the linearised map: state, map there, residual (inf without a step)."""
    matrix, _ = linearised(x, out)
    right = [math.log(there / here) for here, there in zip(x, out, strict=False)]
    shifts = eliminated(matrix, right)
    if shifts is None or any(map(isnan, shifts)):
        return x, out, inf
    x = [moved(here, shift) for here, shift in zip(x, shifts, strict=True)]
    out = step(x)
    return x, out, norm_of(x, out)


class Walk:
    """Each component's last displacement along the map, and its speed."""

    def __init__(self, size: int) -> None:
        """Start at rest."""
        self.shifts, self.speeds = [0.0] * size, [1.0] * size

    def turn(self, x: Vector, out: Vector, fastest: float) -> None:
        """Renew the speeds by Aitken's rule from the ratio of the last two displacements."""
        for i, here in enumerate(x):
            shift = math.log(out[i] / here)
            if self.shifts[i] != 0.0:
                ratio = shift / self.shifts[i]
                factor = max(0.25, 1.0 / (1.0 - ratio)) if ratio < 0.75 else 4.0
                self.speeds[i] = min(fastest, max(SLOWEST, self.speeds[i] * factor))
            self.shifts[i] = shift

    def steps(self, x: Vector, cut: float) -> Vector:
        """Move along the map by a share of the full step."""
        pairs = zip(x, self.speeds, self.shifts, strict=True)
        return [moved(here, cut * speed * shift) for here, speed, shift in pairs]


def find_root(x: Vector, step: Step) -> tuple[Vector, Vector, float]:
    """Iterate from x to the fixed point: state, map and Jacobian there, residual."""
    walk, gate = Walk(len(x)), NEWTON_BELOW
    out = step(x)
    evaluations, worst = 1, norm_of(x, out)
    while TARGET < worst < inf and evaluations < MAX_EVALUATIONS:
        if worst <= gate:
            floor = FLOOR * (1.0 + linearised(x, out)[1])
            there, image, trial = newton_trial(x, out, step)
            evaluations += 1
            if worst <= trial < inf:
                there = image[: len(x)]
                image = step(there)
                trial = norm_of(there, image)
                evaluations += 1
            if trial < worst:
                x, out, worst = there, image, trial
                continue
            if worst <= floor:
                break
            gate = RETRY * worst
        walk.turn(x, out, FASTEST if evaluations < ACCELERATED else 1.0)
        cut, before, worst = 1.0, x, inf
        while not worst < inf and cut > 1e-3:
            x = walk.steps(before, cut)
            out = step(x)
            evaluations, worst, cut = evaluations + 1, norm_of(x, out), 0.25 * cut
        gate = max(gate, RETRY * worst)
    return x, out, worst


def is_root(x: Vector, out: Vector, residual: float, condition: float) -> bool:
    """Whether the residual is rounding, and leaves at least one digit of the state known."""
    if not residual < inf:
        return False
    limit = max(TARGET, FLOOR * (1.0 + linearised(x, out)[1]))
    return residual <= limit and condition * max(residual, UNIT) < 1.0


class Programs:
    """The generated functions ``f(out, inp)`` of one theorem, by name."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        """Keep the functions by name."""
        self.functions = functions

    def __call__(self, name: str, inp: Sequence[float], size: int) -> Vector:
        """Evaluate a function that writes ``size`` numbers."""
        out: Vector = [nan] * size
        self.functions[name](out, [Number(v) for v in inp])
        return [float(v) for v in out]


def solve_theorem(theorem: Any, functions: Mapping[str, Any], given: Mapping[str, float]) -> Any:
    """Solve at one point; ``theorem`` is the table that the exported file holds."""
    run = Programs(functions)
    point = complete(theorem, given)
    inp = [*point.values(), *theorem["constants"].values()]
    chosen = run("select", inp, 1 + len(theorem["guards"]))
    branch = int(chosen[0])
    if branch < 0:
        return failed(theorem, "out_of_domain")
    inp += chosen[1:]
    size, residual, condition = theorem["sizes"][branch], 0.0, 0.0
    if size:
        start = run(f"start_{branch}", inp, size)
        x, out, residual = find_root(
            start, lambda state: run(f"step_{branch}", [*inp, *state], size + size * size)
        )
        condition = condition_number(x, out) if residual < inf else inf
        if not is_root(x, out, residual, condition):
            return failed(theorem, "max_steps")
        inp += x
    values = run(f"values_{branch}", inp, len(theorem["values"]))
    diagnosis = {"residual": residual, "condition": condition}
    return reported(theorem, branch, values) | diagnosis


def reported(theorem: Any, branch: int, values: Vector) -> dict[str, Any]:
    """Values by name with their status; numbers beyond all measure are infinite unless null."""
    status = theorem["statuses"][branch]
    for value, infinite in zip(values, theorem["infinite"][branch], strict=True):
        if isnan(value) or not (isfinite(value) or infinite):
            return failed(theorem, "max_steps")
    diverged = [isfinite(v) and abs(v) > DIVERGED and status != "null" for v in values]
    if any(diverged) and status == "converged":
        status = "infinite"
    shown = [math.copysign(inf, v) if far else v for v, far in zip(values, diverged, strict=True)]
    found: dict[str, Any] = dict(zip(theorem["values"], shown, strict=True))
    return found | {"status": status, "branch": theorem["branches"][branch]}


def failed(theorem: Any, status: str) -> dict[str, Any]:
    """Answer at a point without one: NaN, and the reason as the status."""
    diagnosis = {"status": status, "branch": "none", "residual": nan, "condition": nan}
    return dict.fromkeys(theorem["values"], nan) | diagnosis


def complete(theorem: Any, given: Mapping[str, float]) -> dict[str, float]:
    """Every parameter in order, defaults filled in; a bad one is a ValueError."""
    table = theorem["parameters"]
    for name in given:
        if name not in table:
            raise ValueError(f"unknown parameter {name!r}: the parameters are {', '.join(table)}")
    values = {name: default_of(theorem, name, given) for name in table}
    for name, value in values.items():
        low, low_open, high, high_open = table[name]["domain"]
        above = value > low if low_open else value >= low
        below = value < high if high_open else value <= high
        if not (above and below):
            interval = f"{'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"
            meaning = table[name]["meaning"]
            raise ValueError(f"{name} = {value:g} is not in {interval} ({meaning})")
    return values


def default_of(theorem: Any, name: str, given: Mapping[str, float]) -> float:
    """Value of a parameter: the one given, else its default, else that of the one it follows."""
    default = theorem["parameters"][name]["default"]
    if name in given:
        return float(given[name])
    if isinstance(default, str):
        return default_of(theorem, default, given)
    if default is None:
        raise ValueError(f"{name} is missing ({theorem['parameters'][name]['meaning']})")
    return float(default)


def parsed(theorem: Any, arguments: Sequence[str] | None) -> dict[str, float]:
    """Read ``--name value`` pairs of a command line."""
    import argparse

    parser = argparse.ArgumentParser(description=theorem["title"])
    for name, entry in theorem["parameters"].items():
        told = entry["meaning"].replace("%", "%%")
        needed = entry["default"] is None
        told += "" if needed else f" (default: {entry['default']})"
        parser.add_argument(f"--{name}", type=float, required=needed, help=told)
    given = vars(parser.parse_args(arguments))
    return {name: value for name, value in given.items() if value is not None}
