"""Whether a theorem file is a function of its own text and options alone.

Only then does a fingerprint tell whether its manifest still holds. A file that reads data,
draws random numbers or imports other code is derived each time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

# Libraries whose versions the fingerprint holds, and parts of Python that reach nothing.
MODULES = {
    "__future__", "asymp", "collections", "dataclasses", "fractions", "functools", "itertools",
    "math", "mpmath", "numpy", "scipy", "sympy", "typing",
}  # fmt: skip
# Ways to files and to code that Python has without any import.
BUILTINS = {"__builtins__", "__import__", "compile", "eval", "exec", "input", "open"}
# Ways from the modules to files, to chance and to other theorems.
MEMBERS = {
    "DataSource", "datasets", "default_rng", "fromfile", "genfromtxt", "io", "load", "loadmat",
    "loadtxt", "memmap", "random", "rvs", "theorem", "theorems",
}  # fmt: skip


def stands_alone(text: str | bytes) -> bool:
    """Whether the Python text imports and calls only what cannot change behind its back.

    Examples
    --------
    >>> stands_alone("import asymp")
    True
    >>> stands_alone("import numpy as np; spectrum = np.loadtxt('spectrum.txt')")
    False
    """
    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return (
        modules(tree) <= MODULES
        and BUILTINS.isdisjoint(names)
        and MEMBERS.isdisjoint(members(tree))
    )


def modules(tree: ast.Module) -> set[str]:
    """Top-level names of the imported modules; a relative import has the empty name."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("" if node.level else str(node.module).partition(".")[0])
    return found


def members(tree: ast.Module) -> Iterator[str]:
    """Iterate over the names that the file takes out of modules and objects."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Import):
            yield from (word for alias in node.names for word in alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            yield from (*str(node.module).split("."), *(alias.name for alias in node.names))
