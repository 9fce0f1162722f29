r"""Plain-text overview of a theorem, for terminals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import sympy as sp

from asymp.calculus.spectral_law import SpectralAverage
from asymp.document.arrange import arrange
from asymp.document.display import in_words
from asymp.document.general_words import intercept_condition, unknown
from asymp.document.readable import is_readable, plain
from asymp.reductions.system import Definition
from asymp.stated.unknowns import shown
from asymp.symbols import Quantity
from asymp.theorem_data import TheoremData, phases_of

_WIDTH = 100
_MOMENT = re.compile(r"\b([CT])(?:entral|ail)Moment\((\d+), ")


def summary(theorem: TheoremData) -> str:
    """Parameters, order parameters, fixed point, observables and phases as aligned text.

    Examples
    --------
    >>> import asymp
    >>> print(summary(asymp.Problem(features=asymp.IsotropicGaussian()).derive()).splitlines()[0])
    A user's theorem (user), derived
    """
    blocks = [
        f"{theorem.title} ({theorem.id}), {theorem.status}",
        _table("parameters", map(_parameter, theorem.parameters.values())),
        _table("order parameters", map(_quantity, theorem.order_parameters.values())),
        _table("observables", map(_quantity, theorem.observables.values())),
        _equations(theorem),
        _phases(theorem),
    ]  # fmt: skip
    return "\n\n".join(b for b in blocks if b)


def _parameter(quantity: Quantity) -> tuple[str, ...]:
    default = "required" if quantity.default is None else f"default {quantity.default}"
    name, domain, meaning = _quantity(quantity)
    return name, domain, default, meaning


def _quantity(quantity: Quantity) -> tuple[str, ...]:
    return quantity.name, _domain(quantity.domain), quantity.meaning


def _domain(domain: sp.Interval) -> str:
    left = "(" if domain.left_open else "["
    right = ")" if domain.right_open else "]"
    ends = (str(e).replace("oo", "inf") for e in (domain.start, domain.end))
    return f"{left}{', '.join(ends)}{right}"


def _condition(condition: sp.Basic) -> str:
    parts = condition.args if isinstance(condition, sp.And) else (condition,)
    return ", ".join(sorted(_relation(p) for p in parts))


def _relation(part: sp.Basic) -> str:
    return f"{part.args[0]} = {part.args[1]}" if isinstance(part, sp.Equality) else str(part)


def _equations(theorem: TheoremData) -> str:
    """The map in named quantities, wrapped; T_k(a) and C_k(a) are truncated Gaussian moments."""
    system = theorem.system
    definitions, updates = shown(system.definitions, zip(system.state, system.update, strict=True))
    named: list[tuple[str, Any]] = [(str(d.symbol), _readers_form(d)) for d in definitions]
    named += [_update(theorem, symbol, value) for symbol, value in updates]
    lines = [line for name, value in named for line in _wrapped(name, value)]
    state = ", ".join(unknown(symbol) for symbol, _ in updates)
    return "\n".join([f"fixed point in ({state})", *lines])


def _readers_form(definition: Definition) -> sp.Expr | str:
    if definition.display:
        return plain(definition.display)
    return (
        definition.expression if is_readable(definition.expression) else plain(in_words(definition))
    )


def _update(theorem: TheoremData, symbol: sp.Symbol, value: sp.Expr) -> tuple[str, Any]:
    """One equation of the map; an average in words where its expression is a numerical form."""
    name = str(symbol)
    if unknown(symbol) != name:
        return "0", plain(intercept_condition(theorem))
    average = theorem.averages.get(name, "")
    separable = isinstance(theorem.averages.get("V"), str)
    if separable or not is_readable(value):
        return name, plain(average) if isinstance(average, str) else _in_brackets(average)
    return name, value


def _in_brackets(average: sp.Expr) -> str:
    """Averages over spectral laws as brackets with the law's letter."""
    nodes = average.atoms(SpectralAverage)
    named = {n: f"<{n.integrand}>_{n.law.symbol_latex.replace(chr(92), '')}" for n in nodes}
    return str(average.xreplace({n: sp.Symbol(name) for n, name in named.items()}))


def _wrapped(symbol: str, value: sp.Expr | str) -> list[str]:
    text = value if isinstance(value, str) else str(arrange(value))
    text = _MOMENT.sub(lambda m: f"{m[1]}_{m[2]}(", text)
    return wrap(
        f"{symbol} = {text}", _WIDTH, initial_indent="  ", subsequent_indent="      ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _phases(theorem: TheoremData) -> str:
    lines = [
        f"  {p.name}: {_condition(p.condition)}\n      {p.consequence}"
        for p in phases_of(theorem.branches)
    ]
    return "\n".join(["phases", *lines]) if lines else ""


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    found = list(rows)
    if not found:
        return ""
    widths = [max(len(r[i]) for r in found) for i in range(len(found[0]))]
    lines = [
        "  " + "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in found
    ]
    return "\n".join([title, *lines])
