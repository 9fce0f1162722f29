r"""Operator-valued Schwinger-Dyson equations of a linear pencil.

With :math:`Q = C + R`, ``R`` linear in Gaussian matrices, Gaussian integration by parts turns
:math:`\mathbb E[QQ^{-1}] = 1` into

.. math:: (C - \Sigma(G))\,G = 1, \qquad \Sigma(G) = \mathbb E[R\,G\,R],

where :math:`G` holds the normalised traces of the blocks of :math:`\mathbb E\,Q^{-1}` whose row and
column have one dimension (the others vanish), and
:math:`\mathbb E[X\,gI\,X^\top] = v\,\frac{n}{d}\,g\,I` for an inner dimension :math:`n`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sympy as sp

from asymp.pencil.language import Dimension
from asymp.pencil.linear import Pencil

Entry = tuple[int, int]  # column and row of the pencil: a block of its inverse


@dataclass(frozen=True)
class DysonSystem:
    r"""The equations ``unknown = right side`` that the asked traces need.

    Parameters
    ----------
    unknowns : mapping of sympy.Symbol to (column, row)
        Normalised traces of blocks of the inverse.
    equations : mapping of sympy.Symbol to sympy.Expr
        Right sides, rational in the unknowns: entries of :math:`(C-\Sigma(G))^{-1}`.
    start : mapping of sympy.Symbol to sympy.Expr
        Values at vanishing Gaussian matrices, in which the solution is a power series.
    """

    unknowns: Mapping[sp.Symbol, Entry]
    equations: Mapping[sp.Symbol, sp.Expr]
    start: Mapping[sp.Symbol, sp.Expr]


def trace_symbol(pencil: Pencil, entry: Entry) -> sp.Symbol:
    """Name of the normalised trace of a block of the inverse, by dimension and places."""
    column, row = entry
    dimension = pencil.columns[column].dimension
    rows, columns = pencil.block(dimension)
    place = f"_{columns.index(column) + 1}{rows.index(row) + 1}" if len(rows) > 1 else ""
    return sp.Symbol(f"g_{dimension.name}{place}", real=True)


def dyson_equations(pencil: Pencil, asked: Iterable[Entry]) -> DysonSystem:
    """Equations of the asked traces and of those that they depend on, no others.

    Parameters
    ----------
    pencil : Pencil
    asked : iterable of (column, row)

    Examples
    --------
    The Marchenko-Pastur law, from the expression of its resolvent:

    >>> from asymp.pencil.language import Gaussian, Identity
    >>> from asymp.pencil.linearise import pencil_of
    >>> from asymp.pencil.minimal import minimal
    >>> alpha, zeta = sp.symbols("alpha zeta", positive=True)
    >>> n, p = Dimension("n", alpha), Dimension("p", sp.Integer(1))
    >>> X = Gaussian(n, p, "X", 1 / alpha)
    >>> pencil = minimal(pencil_of((X.T @ X + zeta * Identity(p, p)).inverse))
    >>> asked = (pencil.outputs["output"], pencil.inputs["input"])
    >>> for unknown, right in dyson_equations(pencil, [asked]).equations.items():
    ...     print(unknown, "=", right)
    g_p = 1/(g_n + zeta)
    g_n = alpha/(alpha + g_p)
    """
    return _Equations(pencil).closure(asked)


class _Equations:
    r"""The matrix :math:`C - \Sigma(G)` of every dimension, with structural zeros left out."""

    def __init__(self, pencil: Pencil) -> None:
        self.pencil = pencil
        self.pairs = tuple(_pairs(pencil))
        self.support = self._support()

    def closure(self, asked: Iterable[Entry]) -> DysonSystem:
        """Follow dependences from the asked entries."""
        names = {trace_symbol(self.pencil, e): e for e in sorted(self.support)}
        inverses = {d: self._inverse(d, self.support) for d in self.pencil.dimensions}
        rest = {d: self._inverse(d, set()) for d in self.pencil.dimensions}
        pending = list(asked)
        equations: dict[sp.Symbol, sp.Expr] = {}
        start: dict[sp.Symbol, sp.Expr] = {}
        entries: dict[sp.Symbol, Entry] = {}
        while pending:
            entry = pending.pop(0)
            symbol = trace_symbol(self.pencil, entry)
            if symbol in equations:
                continue
            entries[symbol] = entry
            dimension = self.pencil.columns[entry[0]].dimension
            equations[symbol] = inverses[dimension].get(entry, sp.Integer(0))
            start[symbol] = rest[dimension].get(entry, sp.Integer(0))
            letters = sorted(equations[symbol].free_symbols & names.keys(), key=str)
            pending += [names[letter] for letter in letters]
        return DysonSystem({s: entries[s] for s in equations}, equations, start)

    def _support(self) -> set[Entry]:
        """Entries that are not identically zero: the smallest set that reproduces itself."""
        support: set[Entry] = set()
        while True:
            found = {e for d in self.pencil.dimensions for e in self._inverse(d, support)}
            if found <= support:
                return support
            support |= found

    def _inverse(self, dimension: Dimension, support: set[Entry]) -> dict[Entry, sp.Expr]:
        """Nonzero entries of the inverse, each over one denominator."""
        rows, columns = self.pencil.block(dimension)
        matrix = (self.pencil.constant - self._sigma(dimension, support)).extract(rows, columns)
        adjugate, determinant = matrix.adjugate(), sp.expand(matrix.det(method="berkowitz"))
        found = {}
        for a, column in enumerate(columns):
            for b, row in enumerate(rows):
                value = sp.cancel(adjugate[a, b] / determinant)
                if value != 0:
                    found[column, row] = value
        return found

    def _sigma(self, dimension: Dimension, support: set[Entry]) -> sp.MutableDenseMatrix:
        size = len(self.pencil.rows)
        sigma = sp.zeros(size, size)
        for (row, column), entry, weight in self.pairs:
            if entry in support and self.pencil.rows[row].dimension == dimension:
                sigma[row, column] += weight * trace_symbol(self.pencil, entry)
        return sigma


def _pairs(pencil: Pencil) -> Iterable[tuple[tuple[int, int], Entry, sp.Expr]]:
    """Contractions: the entry of sigma, the trace it holds, and the weight."""
    for gaussian, left in pencil.terms:
        for other, right in pencil.terms:
            if (other.name, other.transposed) != (gaussian.name, not gaussian.transposed):
                continue
            # (A X)_{ij} G_{jk} (B X^T)_{kl}, contracted over the columns of X
            size = gaussian.variance * gaussian.columns.size
            for (i, j), first in left.todok().items():
                for (k, l), second in right.todok().items():
                    yield (i, l), (j, k), size * first * second
