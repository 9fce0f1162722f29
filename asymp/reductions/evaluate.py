"""Multi-precision evaluation of definitions in order, for checks of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from asymp.calculus.implicit_root import mp_root
from asymp.calculus.panel import mp_panel
from asymp.calculus.primitives import Primitive
from asymp.calculus.table import mp_table
from asymp.calculus.truncated_moment import TruncatedMoment
from asymp.reductions.system import Definition, FixedPoint
from asymp.symbols import Parameter

Values = dict[sp.Symbol, mpmath.mpf]


def mp_function(symbols: Sequence[sp.Symbol], expression: sp.Expr) -> Callable[..., Any]:
    """Function of the symbols' values that works in the current mpmath precision."""
    nodes = expression.atoms(TruncatedMoment)
    explicit = expression.xreplace({node: node.rewrite_elementary() for node in nodes})
    names: dict[str, Any] = {type(p).__name__: type(p).mp for p in explicit.atoms(Primitive)}
    names |= {"mp_root": mp_root, "mp_panel": mp_panel, "mp_table": mp_table}
    return sp.lambdify(symbols, explicit, [names, "mpmath"])


def evaluate(expression: sp.Expr, values: Mapping[sp.Symbol, mpmath.mpf]) -> mpmath.mpf:
    """Value of an expression in the current mpmath precision."""
    symbols = sorted(expression.free_symbols, key=str)
    return mpmath.mpf(mp_function(symbols, expression)(*(values[s] for s in symbols)))


def evaluate_in_order(
    definitions: Iterable[Definition],
    values: Mapping[sp.Symbol, Any],
    value_of: Callable[[sp.Expr, Mapping[sp.Symbol, Any]], Any] = evaluate,
) -> dict[sp.Symbol, Any]:
    """Values of the definitions added to those already known."""
    known = dict(values)
    for definition in definitions:
        known[definition.symbol] = value_of(definition.expression, known)
    return known


def random_values(
    symbols: Iterable[sp.Symbol], seed: int, parameters: Iterable[Parameter] = ()
) -> Values:
    """Admissible values of symbols that are all positive: uniform on [0.3, 2.5].

    Those of ``parameters`` with a bounded domain lie in its middle half instead.
    """
    rng = np.random.default_rng(seed)
    ordered = sorted(symbols, key=str)
    drawn = dict(zip(ordered, rng.uniform(0.3, 2.5, len(ordered)), strict=True))
    for parameter in parameters:
        low, high = parameter.domain.start, parameter.domain.end
        if parameter.symbol in drawn and high.is_finite and low.is_finite:
            share = 0.25 + (drawn[parameter.symbol] - 0.3) / 4.4
            drawn[parameter.symbol] = float(low) + share * float(high - low)
    return {s: mpmath.mpf(v) for s, v in drawn.items()}


def input_symbols(system: FixedPoint) -> set[sp.Symbol]:
    """Parameters and constants of a map: what is neither state nor defined in it."""
    named = {d.symbol for d in system.definitions} | set(system.state)
    expressions = [d.expression for d in system.definitions] + list(system.update)
    used: set[sp.Symbol] = set().union(*(e.free_symbols for e in expressions))
    return used - named
