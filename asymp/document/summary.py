r"""Plain-text overview of a theorem, for terminals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from textwrap import wrap

import sympy as sp

from asymp.document.arrange import arrange
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
    named = [(d.symbol, d.expression) for d in definitions]
    lines = [line for symbol, value in [*named, *updates] for line in _wrapped(symbol, value)]
    state = ", ".join(str(symbol) for symbol, _ in updates)
    return "\n".join([f"fixed point in ({state})", *lines])


def _wrapped(symbol: sp.Symbol, value: sp.Expr) -> list[str]:
    text = _MOMENT.sub(lambda m: f"{m[1]}_{m[2]}(", str(arrange(value)))
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
