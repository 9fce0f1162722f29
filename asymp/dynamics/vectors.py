"""Linear combinations of named vectors, sums over indices included, and their inner products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from asymp.errors import NotDerivable

Range = tuple[sp.Symbol, Any, Any]


@dataclass(frozen=True)
class Atom:
    """A named vector, or one of a family by its indices.

    Parameters
    ----------
    kind : str
        ``"weight"``, ``"signal"``, ``"noise"``: what the rules of a :class:`Gram` go by.
    indices : tuple of sympy.Symbol
    """

    kind: str
    indices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Term:
    """A coefficient times an atom, summed over ranges."""

    coefficient: Any
    atom: Atom
    over: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Vector:
    """A sum of terms.

    Examples
    --------
    >>> i, n = sp.symbols("i n", integer=True, positive=True)
    >>> c = sp.IndexedBase("c")
    >>> gram = Gram({
    ...     ("noise", "signal"): lambda i: sp.S.Zero, ("signal", "signal"): lambda: sp.S.One})
    >>> signal = Atom("signal")
    >>> v = Vector((Term(c[i], Atom("noise", (i,)), ((i, 1, n),)), Term(n, signal)))
    >>> gram.inner(v, Vector.of(signal))
    n
    """

    terms: tuple[Term, ...]

    @classmethod
    def of(cls, atom: Atom, coefficient: Any = sp.S.One) -> Vector:
        """One atom with a coefficient."""
        return cls((Term(coefficient, atom),))


@dataclass(frozen=True)
class Gram:
    """Rules for inner products of atoms, by the pair of their kinds.

    Parameters
    ----------
    rules : mapping of (kind, kind) to callable
        Takes the indices of the first atom, then those of the second; either order of kinds is
        found.
    """

    rules: Mapping[tuple[str, str], Callable[..., Any]]

    def of_atoms(self, first: Atom, second: Atom) -> Any:
        """Inner product of two atoms."""
        for left, right in ((first, second), (second, first)):
            rule = self.rules.get((left.kind, right.kind))
            if rule is not None:
                return rule(*left.indices, *right.indices)
        raise NotDerivable(f"no rule for the inner product of {first.kind} and {second.kind}")

    def inner(self, first: Vector, second: Vector) -> Any:
        """Inner product, bilinear in both; sums stay sums."""
        total = sp.S.Zero
        for left in first.terms:
            for right in second.terms:
                product = left.coefficient * right.coefficient
                product *= self.of_atoms(left.atom, right.atom)
                total += _summed(product, (*left.over, *right.over))
        return total

    def with_rule(self, kinds: tuple[str, str], rule: Callable[..., Any]) -> Gram:
        """Return the same rules with one replaced."""
        return Gram({**self.rules, kinds: rule})


@dataclass(frozen=True)
class Seen:
    """An inner product of the weight that a scalar depends on.

    Parameters
    ----------
    product : sympy.Indexed
        ``<w, atom>`` as a letter.
    atom : Atom
    over : tuple of ranges
        Of the indices that the family runs over.
    """

    product: Any
    atom: Atom
    over: tuple[Range, ...] = ()


def gradient(
    scalar: Any, seen: Iterable[Seen], derivative: Callable[[Any, Any], Any] = sp.diff
) -> Vector:
    r"""Gradient of a scalar that depends on a weight through inner products only.

    .. math:: \nabla_wL=\sum_b\frac{\partial L}{\partial\langle w,b\rangle}\,b
    """
    return Vector(tuple(Term(derivative(scalar, s.product), s.atom, s.over) for s in seen))


def _summed(expression: Any, over: tuple[Range, ...]) -> Any:
    return sp.Sum(expression, *over) if over and expression != 0 else expression
