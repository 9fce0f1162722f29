"""Compiled modules as plain Python: decorators and imports of the package taken out.

What a module imports from the package is put in its place, functions as their text and tables as
literals, recursively, so that what comes out needs nothing but the ``math`` module.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from asymp.errors import NotDerivable

PACKAGE = "asymp"
# Modules whose names are decorators that compile: plain Python goes without them.
COMPILERS = ("asymp.special.compile", "asymp.lowering.signature")
LANES = "asymp.special.lanes"  # its ``where`` is one of the plain solver's own
ELEMENTARY = "asymp.special.elementary"  # stands in for ``math``, which does for one number
# Names that the plain solver has of its own: there, one number stands for eight.
OWN = ("array", "where", "repeat", "nodes", "total", "PANEL_WIDTH")
PLAIN = ("math", "__future__", "collections.abc", "typing")


@dataclass
class Flat:
    """Text gathered so far.

    Parameters
    ----------
    maths : set of str
        Names used from the ``math`` module.
    parts : dict of str to str
        Top-level statements by the name that they define, in order.
    """

    maths: set[str] = field(default_factory=set)
    parts: dict[str, str] = field(default_factory=dict)


def flatten(text: str) -> Flat:
    r"""Plain statements of a module and of all that it imports from the package.

    Raises
    ------
    NotDerivable
        If something else than the standard library is imported.

    Examples
    --------
    >>> flat = flatten("from math import exp\nfrom asymp.special import central2\n")
    >>> "central2" in flat.parts, sorted(flat.maths)
    (True, ['erf', 'erfc', 'exp', 'inf', 'log', 'nan', 'sqrt'])
    """
    flat = Flat()
    for statement in statements(text):
        add(statement, text, flat)
    return flat


def statements(text: str) -> Iterator[ast.stmt]:
    """Top-level statements but the docstring."""
    for statement in ast.parse(text).body:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield statement


def add(statement: ast.stmt, text: str, flat: Flat) -> None:
    """Add one statement, or what it imports."""
    if isinstance(statement, ast.ImportFrom):
        add_import(statement, flat)
        return
    if isinstance(statement, ast.Import):
        raise NotDerivable(f"a plain file cannot import {statement.names[0].name}")
    lines = text.splitlines()[statement.lineno - 1 : statement.end_lineno]
    if isinstance(statement, ast.FunctionDef):
        flat.parts[statement.name] = without_docstring(statement, lines)
        return
    flat.parts[ast.unparse(statement).split("=")[0].strip()] = "\n".join(lines)


def without_docstring(function: ast.FunctionDef, lines: list[str]) -> str:
    """Text of a function, its docstring cut to the first line: doctests need the package."""
    first = function.body[0]
    summary = ast.get_docstring(function)
    if summary is None or len(function.body) == 1:
        return "\n".join(lines)
    assert first.end_lineno is not None
    start, end = first.lineno - function.lineno, first.end_lineno - function.lineno
    # A raw docstring because of its LaTeX.
    told = f'    r"""{summary.splitlines()[0]}"""'
    return "\n".join([*lines[:start], told, *lines[end + 1 :]])


def add_import(statement: ast.ImportFrom, flat: Flat) -> None:
    """Follow an import from the package, gather those from ``math``, refuse others."""
    module, names = str(statement.module), [alias.name for alias in statement.names]
    if module in ("math", ELEMENTARY):
        flat.maths |= set(names)
        return
    if (
        module in PLAIN
        or module in (*COMPILERS, LANES)
        or (module == "numpy" and names == ["array"])
    ):
        return  # the plain solver has an ``array`` of its own
    if module.split(".")[0] != PACKAGE:
        raise NotDerivable(f"a plain file cannot import {', '.join(names)} from {module}")
    for name in names:
        if name in OWN:
            continue
        value = getattr(importlib.import_module(module), name, None)
        if isinstance(value, (int, float, np.ndarray)):
            flat.parts[name] = f"{name} = {value.tolist() if hasattr(value, 'tolist') else value!r}"
        else:
            add_name(name, source_text(module), module, flat)


def add_name(name: str, text: str, module: str, flat: Flat) -> None:
    """Add what a name of a module needs: the whole module that defines it, or its re-export."""
    if module == ELEMENTARY:
        flat.maths.add(name)
    if module in (ELEMENTARY, LANES):
        return
    for statement in statements(text):
        reexported = isinstance(statement, ast.ImportFrom) and name in [
            alias.asname or alias.name for alias in statement.names
        ]
        if reexported:
            assert isinstance(statement, ast.ImportFrom)
            add_name(name, source_text(str(statement.module)), str(statement.module), flat)
            return
    if name not in flat.parts:
        for statement in statements(text):
            add(statement, text, flat)
    if name not in flat.parts:
        raise NotDerivable(f"{module} does not define {name}")


def source_text(module: str) -> str:
    """Text of a module of the package."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise NotDerivable(f"the source of {module} is not to be had")
    return Path(spec.origin).read_text(encoding="utf-8")
