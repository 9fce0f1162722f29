"""What a manifest depends on, in one hash."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from asymp.lowering.versions import installed

# Their versions decide what is derived and how it is printed.
LIBRARIES = ("asymp", "sympy", "mpmath", "numpy", "scipy", "python-flint", "numba", "llvmlite")
PACKAGE = Path(__file__).parent.parent


def named(options: Mapping[str, Any]) -> str:
    """Options as text, whatever their order."""
    return repr(sorted(options.items()))


def fingerprint(text: bytes, options: Mapping[str, Any]) -> str:
    """Hash of the theorem file's text, its options, the package and the libraries.

    The package's files enter by path, size and time of change, not by content: some 350 of them
    cost 2 ms so, and these are the signs by which Python itself trusts its compiled files and
    numba its cache. An edit or an installation changes them.
    """
    parts = [
        hashlib.sha256(text).hexdigest(),
        named(options),
        platform.python_version(),
        *(f"{name} {installed(name)}" for name in LIBRARIES),
        *sorted(signs(str(PACKAGE))),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def signs(folder: str) -> Iterator[str]:
    """Path, size and time of change of every Python file in a folder and below."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from signs(entry.path)
            elif entry.name.endswith(".py"):
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}"
