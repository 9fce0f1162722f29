"""How the twins are compiled: no fast-math, division by zero gives an infinity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

# Not cached on disk on their own: they are inlined into kernels, whose file names hash their
# source, while numba's own cache would not see a change made here.
compiled: Callable[[F], F] = numba.njit(error_model="numpy")
