"""Versions that the machine code depends on."""

from __future__ import annotations

from importlib import metadata


def versions() -> str:
    """Versions in one line, for headers and for the attributes of results."""
    packages = ("asymp", "sympy", "numba", "llvmlite")
    return ", ".join(f"{name} {installed(name)}" for name in packages)


def installed(package: str) -> str:
    """Version of a package, ``0`` when it runs from an uninstalled checkout."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "0"
