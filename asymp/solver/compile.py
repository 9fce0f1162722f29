"""How the solver is compiled: once per install, and anew when any file of it has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.extending import intrinsic

ROOM = Path(__file__).parent
# Files of this folder.
COMPILED = ("compile", "continuation", "core", "flight", "iteration", "linear")


def digest() -> str:
    """Hash of the text of all that is compiled into the solver."""
    files = [ROOM / f"{name}.py" for name in COMPILED]
    files += sorted((ROOM.parent / "special").glob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a part without fast-math; it becomes part of the function that is cached.

    Nothing but compiled code calls it, so that it needs none of the wrappers that take a sixth of
    the time.
    """
    decorate: Any = numba.njit  # its type does not know the last two options
    return decorate(
        error_model="numpy", nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True
    )(function)


def cached(function: Callable[..., Any]) -> Any:
    """Compile without fast-math, cached on disk unless no folder can be written to.

    Numba's cache sees changes in the function's own file alone, so the name of the entry holds
    the hash of all files.
    """
    function.__qualname__ = f"{function.__name__}_{digest()}"
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    except RuntimeError:
        return numba.njit(error_model="numpy", nogil=True)(function)


def emit_call(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    """Emit the call of a ``void(*out, *inp)`` at an address."""
    double = ir.DoubleType().as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [double, double]).as_pointer()
    builder.call(builder.inttoptr(values[0], kind), values[1:])
    return context.get_dummy_value()


def type_call(typing_context: Any, address: Any, out: Any, inp: Any) -> Any:
    """Call a generated function: ``call(address, out, inp)``, pointers to numbers."""
    return numba.types.void(address, out, inp), emit_call


call: Any = intrinsic(type_call)
