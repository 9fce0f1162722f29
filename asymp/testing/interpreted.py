"""A theorem's branches as plain Python functions of floats: no compilation, for many variants.

A mutated theorem is solved at a few hundred points at most, so that compiling it would take
longer than solving it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from asymp.lowering.nodes import assignments, numeric_form
from asymp.lowering.printer import NumbaPrinter
from asymp.lowering.program import Program
from asymp.lowering.source import function_text, primitives
from asymp.reductions.system import Branch, Definition

Vector = list[float]
Run = Callable[[Vector], Vector]
BAD = (ValueError, ZeroDivisionError, OverflowError)


@dataclass(frozen=True)
class Interpreted:
    """Functions of a list of floats: inputs, then guards, then the state.

    Parameters
    ----------
    guards : tuple of str
    select : callable
        Index of the branch that holds, then the guards.
    branches : tuple of (size, start, update, values)
        For each branch, the number of unknowns and its functions.
    names : tuple of str
        Of the values.
    """

    guards: tuple[str, ...]
    select: Run
    branches: tuple[tuple[int, Run, Run, Run], ...]
    names: tuple[str, ...]


def interpret(branches: Sequence[Branch], inputs: Sequence[sp.Symbol]) -> Interpreted:
    """Turn branches into plain functions; ``inputs`` are parameters and constants in order."""
    guards = tuple({g.symbol: g for b in branches for g in b.guards}.values())
    names = tuple(dict.fromkeys(n for b in branches for n in b.values))
    slots = {s: i for i, s in enumerate([*inputs, *(g.symbol for g in guards)])}
    conditions = tuple(numeric_form(b.condition) for b in branches)
    here = {s: slots[s] for s in inputs}
    chosen = _function(here, guards, [g.symbol for g in guards], conditions)
    made = tuple(_branch(b, slots, names) for b in branches)
    return Interpreted(tuple(g.symbol.name for g in guards), chosen, made, names)


def _branch(
    branch: Branch, slots: dict[sp.Symbol, int], names: Sequence[str]
) -> tuple[int, Run, Run, Run]:
    system, inner = branch.system, dict(slots)
    definitions: tuple[Definition, ...] = ()
    start = update = _function(slots, (), [])
    if system is not None:
        start = _function(slots, (), list(system.start))
        inner |= {x: len(slots) + i for i, x in enumerate(system.state)}
        definitions = system.definitions
        update = _function(inner, definitions, list(system.update))
    ends = [branch.values.get(n, sp.nan) for n in names]
    values = _function(inner, (*definitions, *branch.definitions), ends)
    return len(system.state) if system else 0, start, update, values


def _function(
    slots: dict[sp.Symbol, int], definitions: Sequence[Definition], outputs: Sequence[Any],
    conditions: tuple[sp.Basic, ...] = (),
) -> Run:  # fmt: skip
    """Compile ``f(inp) -> list`` from the text that kernels are made of."""
    body = tuple(assignments(definitions))
    ends = tuple(numeric_form(e) for e in outputs)
    program = Program("run", tuple(slots.items()), body, ends, conditions)
    namespace: dict[str, Any] = {**vars(math), **_plain_primitives()}
    exec(function_text(program, NumbaPrinter()), namespace)
    run, size = namespace["run"], len(ends) + bool(conditions)

    def attempt(vector: Any) -> Vector | None:
        out = [math.nan] * size
        try:
            run(out, vector)
        except BAD:
            return None
        return [float(x) for x in out]

    def call(vector: Vector) -> Vector:
        found = attempt(vector)
        if found is None:  # divisions by zero as kernels make them: infinite or not a number
            with np.errstate(all="ignore"):
                found = attempt(np.array(vector))
        return found or [math.nan] * size

    return call


def _plain_primitives() -> dict[str, Any]:
    """Compiled twins of the primitives without their compilation."""
    from asymp import special

    found = {p.kernel_name: getattr(special, p.kernel_name) for p in primitives()}
    return {name: getattr(f, "py_func", f) for name, f in found.items()}


def fixed_point(update: Run, known: Vector, start: Vector) -> tuple[Vector, float]:
    """Fixed point of a positive map in log variables: the map first, then Newton's method.

    The Jacobian comes from differences, since a changed system has no trusted derivative.
    Returns the state and the residual max |F(x)/x - 1| (NaN where the map leaves its domain).
    """
    x = np.log(np.maximum(start, 1e-300))
    far = 600.0  # exp of more overflows

    def error(y: np.ndarray) -> np.ndarray:
        if not np.all(np.abs(y) < far):
            return np.full(len(y), math.nan)
        image = np.array(update(known + np.exp(y).tolist()))
        return np.log(image) - y if np.all(image > 0) else np.full(len(y), math.nan)

    gap = error(x)
    for count in range(1000):
        size = float(np.max(np.abs(gap)))
        if not size > 1e-13:
            break
        trial = x + _newton(error, x, gap) if count >= 3 and size < 3 else x
        after = error(trial)
        if trial is x or not np.max(np.abs(after)) < size:
            if size < 1e-11:  # differences cannot reduce it further
                break
            trial = x + np.clip(gap, -3, 3)
            after = error(trial)
        x, gap = trial, after
    return np.exp(np.clip(x, -far, far)).tolist(), float(np.max(np.abs(gap)))


def _newton(error: Callable[[np.ndarray], np.ndarray], x: np.ndarray, gap: np.ndarray) -> Any:
    step = 1e-7  # balances rounding 1e-16/step against the curvature times step
    columns = [(error(x + step * e) - gap) / step for e in np.eye(len(x))]
    try:
        return np.clip(-np.linalg.solve(np.array(columns).T, gap), -3, 3)
    except np.linalg.LinAlgError:
        return np.full(len(x), math.nan)
