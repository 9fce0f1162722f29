r"""Unknowns of known sign: the equations as a map between positive numbers.

A right side whose numerator and denominator are sums of monomials of one sign keeps its sign
wherever the unknowns keep theirs. A choice of signs under which every right side does so makes a
positive map without cancellation, which is what the solver takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import sympy as sp

from asymp.errors import NotDerivable


def positive_map(
    equations: Mapping[sp.Symbol, sp.Expr],
) -> tuple[dict[sp.Symbol, sp.Expr], tuple[sp.Expr, ...]]:
    """Unknowns as signed positive symbols, and the map of these symbols.

    Returns
    -------
    (dict, tuple)
        Each unknown as plus or minus a positive symbol of its name, and the right sides.

    Raises
    ------
    NotDerivable
        If no choice of signs makes every right side positive.

    Examples
    --------
    >>> a, b = sp.symbols("a b", real=True)
    >>> signed, right = positive_map({a: 1 / (1 - b), b: -a / (a + 1)})
    >>> signed[b], right
    (-b, (1/(b + 1), a/(a + 1)))
    """
    for signs in product((1, -1), repeat=len(equations)):
        signed = {
            s: sign * sp.Symbol(s.name, positive=True)
            for s, sign in zip(equations, signs, strict=True)
        }
        right = tuple(
            _termwise(sign * value.xreplace(signed))
            for sign, value in zip(signs, equations.values(), strict=True)
        )
        if all(map(is_positive, right)):
            return signed, right
    raise NotDerivable(
        f"no choice of signs of {', '.join(map(str, equations))} makes the equations a positive "
        "map; solve them with another method"
    )


def is_positive(expression: sp.Expr) -> bool:
    """Whether every term is a product of powers of sums of positive monomials."""
    return all(_positive_term(term) for term in sp.Add.make_args(expression))


def _termwise(expression: sp.Expr) -> sp.Expr:
    """Each term factored, so that its sign is one number."""
    return sp.Add(*(sp.factor(term) for term in sp.Add.make_args(expression)))


def _positive_term(term: sp.Expr) -> bool:
    """SymPy knows the sign of a sum of positive symbols, and of their products and powers."""
    return bool(term.is_nonnegative)
