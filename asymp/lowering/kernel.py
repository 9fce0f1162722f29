"""From a theorem's branches to its kernel."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import sympy as sp

from asymp.lowering.compiled import Kernel as Kernel
from asymp.lowering.fused import FusedHelpers
from asymp.lowering.program import lower
from asymp.lowering.source import source_of
from asymp.reductions.system import Branch

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
        lowered = lower(branches, [*parameters, *constants], FusedHelpers())
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
