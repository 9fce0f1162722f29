"""Which branch of a theorem holds at a point, and where the boundaries of its phases lie there."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp

from asymp.lowering.kernel import Kernel, compile_branches
from asymp.reductions.system import Branch

_POINTER = ctypes.POINTER(ctypes.c_double)
_SELECT = ctypes.CFUNCTYPE(None, _POINTER, _POINTER)


@dataclass(frozen=True)
class Selector:
    """Choice of the branch.

    Parameters
    ----------
    guards : tuple of str
        Names of the boundaries.
    select : callable
        From parameters and constants in order: index of the branch (-1: none), then the guards.
    """

    guards: tuple[str, ...]
    select: Callable[[list[float]], list[float]]


def compiled_selector(
    kernel: Kernel, branches: Sequence[Branch], inputs: Sequence[sp.Symbol]
) -> Selector:
    """Selector of a compiled theorem: boundaries may hold quadratures and inner roots.

    The theorem's own choice computes only the boundaries that it needs at a point; a second
    kernel computes them all.
    """
    guards = {g.symbol: g for branch in branches for g in branch.guards}
    values = {symbol.name: symbol for symbol in guards}
    boundaries = kernel
    if guards:
        every = Branch("boundaries", sp.true, tuple(guards.values()), None, values)
        boundaries = compile_branches((every,), inputs, (), "Boundaries of phases")
    size = 1 + len(guards)
    calls: list[Any] = [_SELECT(k.functions[0].address) for k in (kernel, boundaries)]

    @lru_cache(maxsize=256)  # a claim asks several times at one point
    def found(vector: tuple[float, ...]) -> tuple[float, ...]:
        inp = (ctypes.c_double * len(vector))(*vector)
        outs = [(ctypes.c_double * size)() for _ in calls]
        for call, out in zip(calls, outs, strict=True):
            call(out, inp)
        return (outs[0][0], *outs[1][1:])

    return Selector(tuple(values), lambda vector: list(found(tuple(vector))))
