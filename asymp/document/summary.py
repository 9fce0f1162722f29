r"""Plain-text overview of a theorem, for terminals."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

import sympy as sp

from asymp.symbols import Quantity
from asymp.theorem_data import TheoremData, phases_of

_WIDTH = 100


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
        _table("phases", [(p.name, _condition(p.condition), p.consequence)
                          for p in phases_of(theorem.branches)]),
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
    """The map in named quantities; a formula too long for a line is cut, and says so."""
    system = theorem.system
    named = [(str(d.symbol), str(d.expression)) for d in system.definitions]
    updates = [(str(s), str(f)) for s, f in zip(system.state, system.update, strict=True)]
    lines = [f"  {name} = {text}" for name, text in [*named, *updates]]
    cut = [
        shorten(line, _WIDTH, placeholder=" ...") if len(line) > _WIDTH else line for line in lines
    ]
    state = ", ".join(str(s) for s in system.state)
    return "\n".join([f"fixed point in ({state}); `latex` prints it in full", *_indented(cut)])


def _indented(lines: Iterable[str]) -> list[str]:
    return [line if line.startswith("  ") else "  " + line for line in lines]


def _table(title: str, rows: Iterable[tuple[str, ...]]) -> str:
    found = list(rows)
    if not found:
        return ""
    widths = [max(len(r[i]) for r in found) for i in range(len(found[0]))]
    lines = [
        "  " + "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in found
    ]
    return "\n".join([title, *lines])
