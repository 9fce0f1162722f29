"""Common subexpressions, each computed once just before its first use."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from asymp.lowering.nodes import Assignment


def share(body: Sequence[Assignment], taken: set[str]) -> list[Assignment]:
    """Compute common subexpressions once, each just before its first use."""
    fresh = (s for s in sp.numbered_symbols("w", real=True) if s.name not in taken)
    temporaries, reduced = sp.cse([e for _, e in body], symbols=fresh, order="canonical")
    pending = dict(temporaries)
    result: list[Assignment] = []

    def emit(expression: sp.Basic) -> None:
        for symbol in sorted(expression.free_symbols & pending.keys(), key=lambda s: s.name):
            if symbol in pending:
                value = pending.pop(symbol)
                emit(value)
                result.append((symbol, value))

    for (symbol, _), expression in zip(body, reduced, strict=True):
        emit(expression)
        result.append((symbol, expression))
    return without_constants(result, {symbol for symbol, _ in temporaries})


def without_constants(body: Sequence[Assignment], temporaries: set[sp.Symbol]) -> list[Assignment]:
    """Put temporaries that are mere numbers back where they are used."""
    numbers: dict[sp.Symbol, sp.Basic] = {}
    kept = []
    for symbol, expression in body:
        expression = expression.xreplace(numbers)
        if symbol in temporaries and expression.is_number:
            numbers[symbol] = expression
        else:
            kept.append((symbol, expression))
    return kept
