r"""Linear pencils: block matrices that are affine in Gaussian matrices.

.. math:: Q = C + \sum_k A_k \otimes X_k,

where a column stands for an unknown vector of its dimension and a row for an equation. ``Q`` maps
the unknowns to the sources, so that the response of a column to a row is a block of
:math:`Q^{-1}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from asymp.pencil.language import Dimension, Gaussian


@dataclass(frozen=True)
class Slot:
    """A row or a column of a pencil: its name and dimension."""

    name: str
    dimension: Dimension


@dataclass(frozen=True)
class Pencil:
    r"""A square block matrix, affine in Gaussian matrices.

    Parameters
    ----------
    rows, columns : tuple of Slot
        As many of each dimension among the rows as among the columns.
    constant : sympy.ImmutableMatrix
        :math:`C`: multiples of identities.
    terms : tuple of (Gaussian, sympy.ImmutableMatrix)
        A Gaussian matrix (or the transpose of one) and its coefficients :math:`A_k`.
    inputs : mapping of str to int
        Row of each source.
    outputs : mapping of str to int
        Column of each expression.
    """

    rows: tuple[Slot, ...]
    columns: tuple[Slot, ...]
    constant: sp.ImmutableMatrix
    terms: tuple[tuple[Gaussian, sp.ImmutableMatrix], ...]
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions that occur, in order."""
        return tuple(dict.fromkeys(slot.dimension for slot in self.columns))

    def block(self, dimension: Dimension) -> tuple[list[int], list[int]]:
        """Return the rows and the columns of that dimension."""
        return tuple(  # type: ignore[return-value]
            [i for i, slot in enumerate(slots) if slot.dimension == dimension]
            for slots in (self.rows, self.columns)
        )

    def assemble(
        self,
        matrices: Mapping[str, np.ndarray],
        sizes: Mapping[str, int],
        values: Mapping[sp.Symbol, float],
    ) -> np.ndarray:
        """Write the pencil for given matrices, dimensions and parameters.

        Parameters
        ----------
        matrices : mapping of str to array
            Gaussian matrices by name, not transposed.
        sizes : mapping of str to int
            Dimensions by name.
        values : mapping of sympy.Symbol to float
        """
        q = np.block(
            [
                [
                    float(self.constant[i, j].subs(values)) * np.eye(*_shape(row, column, sizes))
                    for j, column in enumerate(self.columns)
                ]
                for i, row in enumerate(self.rows)
            ]
        )
        for gaussian, coefficients in self.terms:
            matrix = matrices[gaussian.name]
            matrix = matrix.T if gaussian.transposed else matrix
            for (i, j), coefficient in coefficients.todok().items():
                at = self.place(i, j, sizes)
                q[at] += float(coefficient.subs(values)) * matrix
        return q

    def place(self, row: int, column: int, sizes: Mapping[str, int]) -> tuple[slice, slice]:
        """Entries of a block of the assembled pencil; swap them for a block of its inverse."""
        return _range(self.rows, row, sizes), _range(self.columns, column, sizes)

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"

    def latex(self, names: Mapping[sp.Symbol, str] | None = None) -> str:
        """LaTeX of the block matrix, with other names for symbols where given."""
        size = range(len(self.rows))
        rows = (" & ".join(self._entry(i, j, names or {}) for j in size) for i in size)
        body = r" \\ ".join(rows)
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"

    def _entry(self, i: int, j: int, names: Mapping[sp.Symbol, str]) -> str:
        identity = sp.Symbol("I", commutative=False)
        entry = self.constant[i, j] * identity
        for gaussian, coefficients in self.terms:
            name = gaussian.name + r"^\top" * gaussian.transposed
            entry += coefficients[i, j] * sp.Symbol(name, commutative=False)
        return str(sp.latex(entry, symbol_names=dict(names)))


def _shape(row: Slot, column: Slot, sizes: Mapping[str, int]) -> tuple[int, int]:
    return sizes[row.dimension.name], sizes[column.dimension.name]


def _range(slots: tuple[Slot, ...], index: int, sizes: Mapping[str, int]) -> slice:
    start = sum(sizes[slot.dimension.name] for slot in slots[:index])
    return slice(start, start + sizes[slots[index].dimension.name])
