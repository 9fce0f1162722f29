"""The signatures of generated functions: ``f(out, inp)`` at one point, or at eight at a time.

They are what lets the solver be compiled once per install: a theorem costs only its own kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numba

from asymp.special.lanes import lanes

_types: Any = numba.types
POINTER = _types.CPointer(_types.float64)
SIGNATURE = _types.void(POINTER, POINTER)
WIDE_POINTER = _types.CPointer(lanes)
WIDE_SIGNATURE = _types.void(WIDE_POINTER, WIDE_POINTER)


class Generated:
    """A generated function, compiled in either form when its address is asked for.

    Parameters
    ----------
    function : callable
        The Python function.
    wide : bool
        Whether its text is free of branches, so that it also runs on eight points at once.
    """

    def __init__(self, function: Callable[..., None], wide: bool) -> None:
        """Keep the function."""
        self.__wrapped__, self.wide = function, wide

    @cached_property
    def single(self) -> Any:
        """The compiled ``void(double *out, double *inp)``."""
        return self.compiled(SIGNATURE)

    @cached_property
    def many(self) -> Any:
        """The compiled ``void(lanes *out, lanes *inp)``; its vectors lie on whole vectors."""
        return self.compiled(WIDE_SIGNATURE)

    @property
    def address(self) -> int:
        """Address of the function of one point."""
        return int(self.single.address)

    @property
    def entry(self) -> int:
        """Address that the solver calls: of the function of eight points if there is one."""
        return int(self.many.address if self.wide else self.single.address)

    @property
    def cache_hits(self) -> int:
        """How many of the forms compiled so far came from the cache on disk."""
        forms = (self.__dict__.get(name) for name in ("single", "many"))
        return sum(form.cache_hits for form in forms if form is not None)

    def compiled(self, signature: Any) -> Any:
        """Compile, from numba's cache on disk where that is possible.

        A damaged cache entry is removed and written anew; where no folder can be written to, the
        function is compiled for this process alone.
        """
        function = self.__wrapped__
        options: dict[str, Any] = {"error_model": "numpy"}
        if self.wide:  # as the arithmetic of lanes
            options["fastmath"] = {"contract"}
        for heal in (False, True):
            if heal:
                forget(Path(function.__code__.co_filename), function.__name__)
            with suppress(Exception):
                return numba.cfunc(signature, cache=True, **options)(function)
        return numba.cfunc(signature, **options)(function)


def kernel_function(function: Callable[..., None]) -> Generated:
    """Mark a generated function that runs on one point at a time."""
    return Generated(function, wide=False)


def wide_function(function: Callable[..., None]) -> Generated:
    """Mark a generated function whose text is free of branches."""
    return Generated(function, wide=True)


def helper_function(function: Callable[..., Any]) -> Any:
    """Compile a helper; it is inlined into the cached functions that call it."""
    return numba.njit(error_model="numpy")(function)


def forget(source: Path, name: str) -> None:
    """Remove numba's cache entries of one function of a generated file."""
    for entry in (source.parent / "__pycache__").glob(f"{source.stem}.{name}-*.nb*"):
        with suppress(OSError):
            entry.unlink()
