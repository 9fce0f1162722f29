"""A theorem's compiled branches, as the solver takes them: addresses and a layout.

Nothing here needs SymPy: a kernel that was generated once is read, compiled and run without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from asymp.lowering.cache import load_module


@dataclass(frozen=True)
class Source:
    """Text of a kernel module.

    Parameters
    ----------
    text : str
        The Python module.
    equations : str
        Hash of the equations as printed (free of versions and title).
    key : str
        Hash of all that reaches the machine code; part of the file's name.
    """

    text: str
    equations: str
    key: str


@dataclass(frozen=True)
class Kernel:
    """Compiled branches behind one pointer signature; pickles as its text.

    Parameters
    ----------
    source : Source
        The generated module.
    parameters, constants, guards, values : tuple of str
        Names in the order of their slots; values are order parameters and observables.
    branches, statuses : tuple of str
        Name and status word of each branch.
    sizes : tuple of int
        Number of unknowns of each branch, 0 where it is explicit.
    infinite : tuple of tuple of bool
        For each branch and value: whether its expression holds an explicit infinity.
    """

    source: Source
    parameters: tuple[str, ...]
    constants: tuple[str, ...]
    guards: tuple[str, ...]
    values: tuple[str, ...]
    branches: tuple[str, ...]
    statuses: tuple[str, ...]
    sizes: tuple[int, ...]
    infinite: tuple[tuple[bool, ...], ...]

    @property
    def equations(self) -> str:
        """Hash of the equations."""
        return self.source.equations

    @property
    def addresses(self) -> np.ndarray:
        """Addresses of select, then start, step and values of each branch (0 where absent).

        They are those of the functions of one point: ``f(double *out, double *inp)``.
        """
        return np.array([f.address if f else 0 for f in self.functions], dtype=np.intp)

    @cached_property
    def entries(self) -> np.ndarray:
        """What the solver calls, in the same order: address, and 1 where it takes eight points."""
        pairs = [(f.entry, f.wide) if f else (0, 0) for f in self.functions]
        return np.array(pairs, dtype=np.intp)

    @property
    def functions(self) -> list[Any]:
        """The generated functions in that order; None where a branch has none."""
        module = load_module(self.source.key, self.source.text)
        names = [
            f"{kind}_{i}" for i in range(len(self.branches)) for kind in ("start", "step", "values")
        ]
        return [getattr(module, name, None) for name in ["select", *names]]

    def __getstate__(self) -> dict[str, object]:
        """All but the addresses, which mean nothing in another process."""
        return {k: v for k, v in self.__dict__.items() if k != "entries"}
