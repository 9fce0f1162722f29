"""Sums with Kronecker deltas, resolved."""

from __future__ import annotations

from typing import Any

import sympy as sp


def resolve_deltas(expression: Any) -> Any:
    r"""Sum over the index of every delta: :math:`\sum_x\delta_{xa}F(x)=F(a)`.

    The other index is taken to lie in the range of the sum, as the free indices of the model do.

    Examples
    --------
    >>> i, k, n = sp.symbols("i k n", integer=True, positive=True)
    >>> c = sp.IndexedBase("c")
    >>> resolve_deltas(sp.Sum(c[i] ** 2 * sp.KroneckerDelta(i, k), (i, 1, n)))
    c[k]**2
    """
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    parts = [resolve_deltas(part) for part in expression.args]
    if not isinstance(expression, sp.Sum):
        return expression.func(*parts)
    summand, ranges = parts[0], [tuple(r) for r in expression.limits]
    for limits in list(ranges):
        found = _delta_of(summand, limits[0])
        if found is not None:
            delta, other = found
            summand = summand.subs(delta, 1).subs(limits[0], other)
            ranges.remove(limits)
    summand = resolve_deltas(summand) if summand.has(sp.KroneckerDelta) else summand
    return sp.Sum(summand, *ranges) if ranges and summand != 0 else summand


def without_idle_sums(expression: Any) -> Any:
    """Replace sums over an index that the summand lacks by as many times the summand.

    Examples
    --------
    >>> i, k, n = sp.symbols("i k n", integer=True, positive=True)
    >>> c = sp.IndexedBase("c")
    >>> without_idle_sums(sp.Sum(c[i], (i, 1, n), (k, 1, n)))
    n*Sum(c[i], (i, 1, n))
    """

    def replaced(total: Any) -> Any:
        used = [x for x in total.limits if x[0] in total.function.free_symbols]
        idle = [x for x in total.limits if x not in used]
        times = sp.Mul(*(high - low + 1 for _, low, high in idle))
        return times * (sp.Sum(total.function, *used) if used else total.function)

    return expression.replace(lambda e: isinstance(e, sp.Sum), replaced)


def _delta_of(summand: Any, index: sp.Symbol) -> tuple[Any, Any] | None:
    """Find a delta of the index that the whole summand is a multiple of, and its other index."""
    for delta in sorted(summand.atoms(sp.KroneckerDelta), key=str):
        # A delta is 0 or 1, so that what vanishes with it is a multiple of it.
        if index in delta.args and summand.subs(delta, 0) == 0:
            return delta, next(a for a in delta.args if a != index)
    return None
