"""Which branch of a theorem holds at a point, and where the boundaries of its phases lie there."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from asymp.lowering.kernel import Kernel

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


def compiled_selector(kernel: Kernel) -> Selector:
    """Selector of a compiled theorem: boundaries may hold quadratures and inner roots."""
    call: Any = _SELECT(int(kernel.addresses[0]))
    size = 1 + len(kernel.guards)

    @lru_cache(maxsize=256)  # a claim asks several times at one point
    def found(vector: tuple[float, ...]) -> tuple[float, ...]:
        out = (ctypes.c_double * size)()
        call(out, (ctypes.c_double * len(vector))(*vector))
        return tuple(out)

    return Selector(kernel.guards, lambda vector: list(found(tuple(vector))))
