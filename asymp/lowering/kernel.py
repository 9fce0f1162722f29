"""A theorem's compiled branches, as the solver takes them: addresses and a layout."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import sympy as sp

from asymp.lowering.cache import load_module
from asymp.lowering.program import lower
from asymp.lowering.source import Source, source_of
from asymp.reductions.system import Branch


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

    @cached_property
    def addresses(self) -> np.ndarray:
        """Addresses of select, then start, step and values of each branch (0 where absent)."""
        module = load_module(self.source.key, self.source.text)
        names = [
            f"{kind}_{i}" for i in range(len(self.branches)) for kind in ("start", "step", "values")
        ]
        functions = [getattr(module, name, None) for name in ["select", *names]]
        return np.array([f.address if f is not None else 0 for f in functions], dtype=np.intp)

    def __getstate__(self) -> dict[str, object]:
        """All but the addresses, which mean nothing in another process."""
        return {k: v for k, v in self.__dict__.items() if k != "addresses"}


_COMPILED: dict[Hashable, Kernel] = {}


def compile_branches(
    branches: Sequence[Branch],
    parameters: Sequence[sp.Symbol],
    constants: Sequence[sp.Symbol],
    title: str,
) -> Kernel:
    r"""Kernel of a theorem's branches; the same branches give the same object.

    Parameters
    ----------
    branches : sequence of Branch
        In order of precedence.
    parameters, constants : sequence of sympy.Symbol
        What varies from point to point, and what is fixed per theorem (activation coefficients).
    title : str
        Heading of the generated file.

    Raises
    ------
    NotDerivable
        If an expression holds a node without a numeric rule, or an undefined symbol.

    Examples
    --------
    The square root of a as the fixed point of :math:`x \mapsto a/x`:

    >>> from asymp.reductions.system import FixedPoint
    >>> x, a = sp.symbols("x a", positive=True)
    >>> system = FixedPoint((x,), (), (a / x,), (sp.Integer(1),))
    >>> branch = Branch("root", sp.true, (), system, {"root": x})
    >>> kernel = compile_branches((branch,), (a,), (), "Square root")
    >>> kernel.values, kernel.sizes
    (('root',), (1,))
    """
    key = (tuple(map(identity, branches)), tuple(parameters), tuple(constants), title)
    if key not in _COMPILED:
        lowered = lower(branches, [*parameters, *constants])
        _COMPILED[key] = Kernel(
            source=source_of(lowered, title),
            parameters=tuple(s.name for s in parameters),
            constants=tuple(s.name for s in constants),
            guards=lowered.guards,
            values=lowered.values,
            branches=tuple(b.name for b in branches),
            statuses=tuple(b.status for b in branches),
            sizes=lowered.sizes,
            infinite=tuple(explicit_infinities(b, lowered.values) for b in branches),
        )
    return _COMPILED[key]


def explicit_infinities(branch: Branch, names: Sequence[str]) -> tuple[bool, ...]:
    """Tell for each value whether the branch states it as infinite."""
    return tuple(sp.sympify(branch.values.get(n, 0)).has(sp.oo, -sp.oo) for n in names)


def identity(branch: Branch) -> Hashable:
    """Return what equal branches share (their mapping of values is not hashable itself)."""
    return (
        branch.name,
        branch.condition,
        branch.guards,
        branch.system,
        branch.definitions,
        tuple(branch.values.items()),
        branch.status,
    )
