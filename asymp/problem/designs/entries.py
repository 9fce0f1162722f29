"""What a spectrum may be made of: numbers, parameters, and expressions of declared parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import sympy as sp

from asymp.errors import InvalidProblem
from asymp.symbols import Parameter

Entries = tuple[sp.Expr, ...]


def entry(given: Any) -> sp.Expr:
    """SymPy form of one entry; a short decimal is taken as the fraction that it prints as."""
    if isinstance(given, Parameter):
        return given.symbol
    if isinstance(given, (float, np.floating)) and np.isfinite(given):
        text = repr(float(given))
        return sp.Rational(text) if len(text) <= 8 and "e" not in text else sp.Float(given)
    try:
        found = sp.sympify(given)
    except (sp.SympifyError, TypeError):
        raise InvalidProblem(f"{given!r} is neither a number nor an expression") from None
    if not isinstance(found, sp.Expr) or found.is_extended_real is False or not _is_finite(found):
        raise InvalidProblem(f"{given!r} is not a finite real number or expression")
    return found


def _is_finite(value: sp.Expr) -> bool:
    return value.is_finite is not False and not value.has(sp.nan)


def listed(name: str, given: Any) -> list[Any]:
    """The entries of any iterable but text."""
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise InvalidProblem(f"{name}={given!r}: expected a list")
    return list(given)


def entries(name: str, given: Sequence[Any], count: int | None = None) -> Entries:
    """Entries of a list; ``count`` is how many there must be."""
    found = tuple(entry(x) for x in given)
    if not found:
        raise InvalidProblem(f"{name} is empty")
    if count is not None and len(found) != count:
        raise InvalidProblem(f"{name} has {len(found)} entries: expected {count}, one an atom")
    negative = next((x for x in found if x.is_negative), None)
    if negative is not None:
        raise InvalidProblem(f"{name} has a negative entry {negative}")
    return found


def require_unit_sum(name: str, found: Entries) -> None:
    """Refuse entries that do not sum to one.

    Sums of floats may miss it by rounding, 1e-9 at the most.
    """
    total = sp.Add(*found)
    if total.is_number:
        if abs(float(total) - 1) > 1e-9:
            raise InvalidProblem(f"{name} sum to {float(total):.12g}, not to 1")
    elif sp.simplify(total - 1) != 0:
        raise InvalidProblem(f"{name} sum to {total}, which is not 1 for every parameter")


def declared(found: Entries, given: Sequence[Any], parameters: Iterable[Parameter]) -> Any:
    """Parameters that the entries use, in order; those given as entries declare themselves.

    Raises
    ------
    InvalidProblem
        If an entry has a symbol that no parameter declares.
    """
    own = [x for x in given if isinstance(x, Parameter)]
    known = tuple(dict.fromkeys((*parameters, *own)))
    symbols: set[sp.Basic] = set().union(*(x.free_symbols for x in found))
    strange = sorted(map(str, symbols - {p.symbol for p in known}))
    if strange:
        raise InvalidProblem(
            f"the spectrum has undeclared symbols {strange}: declare them in `parameters`, e.g. "
            f"parameters=(asymp.Parameter({strange[0]!r}, domain, meaning),)"
        )
    return known
