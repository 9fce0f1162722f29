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
BUILTINS = {
    "__builtins__", "__import__", "compile", "eval", "exec", "getattr", "globals", "input",
    "locals", "open", "vars",
}  # fmt: skip
# Ways from the modules to files, to chance, to other theorems, and to any name at all.
MEMBERS = {"*", "DataSource", "__dict__", "datasets", "io", "rng", "rvs", "theorem", "theorems"}
# Parts of names that such ways have; a name that has one by chance is derived each time.
HARMLESS = {"Lopen", "NoPenalty", "RandomFeatures", "Ropen", "open"}  # SymPy's intervals, parts
PARTS = ("csv", "file", "load", "memmap", "open", "rand", "read", "regex", "rng", "txt")


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
        and not any(map(reaches_out, members(tree)))
    )


def reaches_out(name: str) -> bool:
    """Whether a name may lead to files, to chance, to other theorems, or to any name at all.

    Examples
    --------
    >>> reaches_out("fromregex"), reaches_out("randprime"), reaches_out("linspace")
    (True, True, False)
    """
    suspect = any(part in name.lower() for part in PARTS) and name not in HARMLESS
    return name in MEMBERS or suspect


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
