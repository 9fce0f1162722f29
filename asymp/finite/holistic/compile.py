"""How the kernels are compiled: once per install, and anew when any file of them has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

COMPILED = ("compile", "entropy", "kernel")
_njit: Any = numba.njit


def digest() -> str:
    """Hash of the text of all that is compiled here."""
    files = [Path(__file__).parent / f"{name}.py" for name in COMPILED]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile without fast-math; it becomes part of the function that is cached."""
    return _njit(error_model="numpy", nogil=True)(function)


def reordered(function: Callable[..., Any]) -> Any:
    """Compile a sum of terms of one sign, or a product, whose terms may come in any order."""
    return _njit(error_model="numpy", nogil=True, fastmath={"reassoc", "contract"})(function)


def cached(function: Callable[..., Any]) -> Any:
    """Compile without fast-math, cached on disk unless no folder can be written to.

    Numba's cache sees changes in the function's own file alone, so the name of the entry holds
    the hash of all files.
    """
    function.__qualname__ = f"{function.__name__}_{digest()}"
    try:
        return _njit(cache=True, error_model="numpy", nogil=True)(function)
    except RuntimeError:
        return _njit(error_model="numpy", nogil=True)(function)
