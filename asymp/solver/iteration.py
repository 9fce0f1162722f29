"""The way of one point to its fixed point, as a machine that is told each evaluation's outcome.

Eight points are on their way at a time, each in a lane and in a stage of its own; an evaluation
serves all of them, and whichever has arrived makes room for the next.
"""

from __future__ import annotations

from math import inf
from typing import Any

from asymp.solver.compile import compiled
from asymp.special import exp, log, where
from asymp.special.lanes import WIDTH, load, store

TARGET = 1e-13  # residual at which a point is done
NEWTON_BELOW = 10.0  # residual below which Newton is tried at first
RETRY = 0.5  # after a refused Newton step: the residual must fall by this before the next
LONGEST = 3.0  # longest step in log x
FASTEST, SLOWEST = 1e8, 0.0625  # over-relaxation and damping of the map, at most
PATIENCE = 100  # evaluations after which another way is tried
CLOSE = 1e-9  # a point with a small residual is done if Newton's step there is shorter
SHORTEST_CUT = 1e-3  # a step of the map that leads out of the positive numbers is cut down to this

# Rounding x alone changes F(x)/x by the unit round-off times the row sums of |dlog F/dlog x|;
# the map's own operations (some tens in a row, hundreds in a quadrature) each add as much. A
# residual below 512 such units that Newton cannot reduce is therefore the round-off floor.
UNIT = 1.1102230246251565e-16
FLOOR = 512.0 * UNIT

# What the last evaluation of a lane was: its start, Newton's step, the step of the map after a
# Newton step that did not help, a step of the map, the point that it returned to for good.
START, NEWTON, FOLLOW, MAP, RETURN = range(5)
# What comes next: evaluate where the lane stands, take Newton's step first, or nothing more.
EVALUATE, STEP, DONE = range(3)
# Rows of the numbers that a lane keeps: residual where it stands, the one below which Newton is
# tried, the round-off floor there, by how much its step of the map is cut, stage, evaluations. The
# last evaluation tells the residual, and the largest row sum of |dlog F/dlog x|, which is NaN where
# Newton's step is not finite.
WORST, GATE, LOWEST, CUT, STAGE, COUNT, TRIAL, NORM, NUMBERS = range(9)


@compiled
def begin(k: int, n: int, kept: Any, numbers: Any) -> None:
    """Prepare a lane for a new point; ``kept`` has rows of point, image, displacement, speed."""
    numbers[STAGE * WIDTH + k], numbers[COUNT * WIDTH + k] = START, 0.0
    for i in range(n):
        kept[(2 * n + i) * WIDTH + k], kept[(3 * n + i) * WIDTH + k] = 0.0, 1.0


@compiled
def proceed(numbers: Any) -> Any:
    """Count the evaluation; lanes whose Newton steps help go on with the next: which they are.

    This is what :func:`judged` would say of them, for all lanes at once.
    """
    trial, norm, count = load(numbers, TRIAL), load(numbers, NORM), load(numbers, COUNT) + 1.0
    going = (load(numbers, STAGE) == NEWTON) & (trial < load(numbers, WORST)) & (trial > TARGET)
    going = going & (trial <= load(numbers, GATE)) & (norm < inf) & (count < PATIENCE)
    store(numbers, COUNT, count)
    store(numbers, WORST, where(going, trial, load(numbers, WORST)))
    store(numbers, LOWEST, where(going, FLOOR * (1.0 + norm), load(numbers, LOWEST)))
    return going


@compiled
def turn(k: int, n: int, kept: Any) -> None:
    """Renew displacements and speeds along the map from the kept point.

    Each component has its own speed, renewed by Aitken's rule from the ratio of its last two
    displacements: a component that creeps is sped up, one that oscillates is damped.
    """
    for i in range(n):
        point, image = kept[i * WIDTH + k], kept[(n + i) * WIDTH + k]
        last, speed = kept[(2 * n + i) * WIDTH + k], kept[(3 * n + i) * WIDTH + k]
        shift = log(image / point)
        if last != 0.0:
            ratio = shift / last
            factor = max(0.25, 1.0 / (1.0 - ratio)) if ratio < 0.75 else 4.0
            kept[(3 * n + i) * WIDTH + k] = min(FASTEST, max(SLOWEST, speed * factor))
        kept[(2 * n + i) * WIDTH + k] = shift


@compiled
def along(k: int, n: int, x: Any, kept: Any, cut: float) -> None:
    """Step along the map from the kept point, by a share of the displacement."""
    for i in range(n):
        step = cut * kept[(3 * n + i) * WIDTH + k] * kept[(2 * n + i) * WIDTH + k]
        x[i * WIDTH + k] = kept[i * WIDTH + k] * exp(min(LONGEST, max(-LONGEST, step)))


@compiled
def keep(k: int, n: int, x: Any, out: Any, kept: Any) -> None:
    """Keep the point where the lane stands, and its image."""
    for i in range(n):
        kept[i * WIDTH + k] = x[i * WIDTH + k]
        kept[(n + i) * WIDTH + k] = out[i * WIDTH + k]


@compiled
def start_map(k: int, n: int, x: Any, kept: Any, numbers: Any) -> int:
    """Step along the map from the kept point."""
    turn(k, n, kept)
    numbers[CUT * WIDTH + k] = 1.0
    along(k, n, x, kept, 1.0)
    numbers[STAGE * WIDTH + k] = MAP
    return EVALUATE


@compiled
def refused(k: int, n: int, x: Any, kept: Any, numbers: Any) -> int:
    """Newton's step did not help: return to the kept point if that is as good as it gets."""
    worst = numbers[WORST * WIDTH + k]
    if worst <= numbers[LOWEST * WIDTH + k]:
        for i in range(n):
            x[i * WIDTH + k] = kept[i * WIDTH + k]
        numbers[STAGE * WIDTH + k] = RETURN
        return EVALUATE
    numbers[GATE * WIDTH + k] = RETRY * worst
    return start_map(k, n, x, kept, numbers)


@compiled
def is_close(k: int, n: int, right: Any) -> bool:
    """Whether Newton's step is short: where slopes are near 1 a small residual proves little."""
    close = True
    for i in range(n):
        close = close and abs(right[i * WIDTH + k]) < CLOSE
    return close


@compiled
def settled(k: int, n: int, x: Any, out: Any, right: Any, kept: Any, numbers: Any) -> int:
    """The lane stands on a point that it keeps: decide how to go on."""
    worst, norm = numbers[WORST * WIDTH + k], numbers[NORM * WIDTH + k]
    if not worst < inf or numbers[COUNT * WIDTH + k] >= PATIENCE:
        return DONE
    if worst <= TARGET and (worst == 0.0 or not norm < inf or is_close(k, n, right)):
        return DONE
    if worst <= numbers[GATE * WIDTH + k]:
        numbers[LOWEST * WIDTH + k] = FLOOR * (1.0 + norm)
        if norm < inf:
            numbers[STAGE * WIDTH + k] = NEWTON
            return STEP
        numbers[GATE * WIDTH + k] = RETRY * worst
    keep(k, n, x, out, kept)
    return start_map(k, n, x, kept, numbers)


@compiled
def judged(k: int, n: int, x: Any, out: Any, right: Any, kept: Any, numbers: Any) -> int:
    """What a lane does after an evaluation.

    Newton's step, or the step of the map after it, stands only if it reduces the residual. That
    step settles the components that merely follow the others, and that a long Newton step throws
    off: near the interpolation threshold these alone would make the residual rise. A step of the
    map stands where the map has a finite value, and is cut otherwise.
    """
    worst, trial = numbers[WORST * WIDTH + k], numbers[TRIAL * WIDTH + k]
    now = numbers[STAGE * WIDTH + k]
    if now in (NEWTON, FOLLOW) and not trial < worst:
        if now == FOLLOW or not trial < inf:
            return refused(k, n, x, kept, numbers)
        for i in range(n):
            x[i * WIDTH + k] = out[i * WIDTH + k]
        numbers[STAGE * WIDTH + k] = FOLLOW
        return EVALUATE
    if now == RETURN:
        return DONE
    if now == MAP:
        cut = 0.25 * numbers[CUT * WIDTH + k]
        if not trial < inf and cut > SHORTEST_CUT:
            numbers[CUT * WIDTH + k] = cut
            along(k, n, x, kept, cut)
            return EVALUATE
        numbers[GATE * WIDTH + k] = max(numbers[GATE * WIDTH + k], RETRY * trial)
    elif now == START:
        numbers[GATE * WIDTH + k] = NEWTON_BELOW
    numbers[WORST * WIDTH + k] = trial
    return settled(k, n, x, out, right, kept, numbers)
