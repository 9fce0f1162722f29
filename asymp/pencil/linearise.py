r"""From an expression to a linear pencil: every inverse and every product becomes an unknown.

Applied to a source from the right, an expression is a sum of at most one Gaussian matrix times an
unknown, once

* a Gaussian matrix that meets a sum which already holds one makes that sum an unknown, and
* an inverse :math:`E^{-1}f` makes an unknown :math:`z` with the equation :math:`Ez = f`.

The unknowns and their equations are the columns and rows of the pencil.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatchmethod

import sympy as sp

from asymp.errors import NotDerivable
from asymp.pencil.language import (
    Dimension,
    Gaussian,
    Identity,
    Inverse,
    Matrix,
    Product,
    Scaled,
    Source,
    Sum,
    source,
)
from asymp.pencil.linear import Pencil, Slot

Atom = tuple[Gaussian | None, int]  # a Gaussian matrix or an identity, times an unknown
Form = dict[Atom, sp.Expr]


def linearise(outputs: Mapping[str, Matrix]) -> Pencil:
    """Linear pencil of expressions that end in sources.

    Parameters
    ----------
    outputs : mapping of str to Matrix
        Vectors by name, such as ``H.inverse @ X.T @ source("xi", n)``.

    Returns
    -------
    Pencil
        The response of each output to each source is a block of its inverse.

    Examples
    --------
    >>> alpha, zeta = sp.symbols("alpha zeta", positive=True)
    >>> n, p = Dimension("n", alpha), Dimension("p", sp.Integer(1))
    >>> X = Gaussian(n, p, "X", 1 / alpha)
    >>> resolvent = (X.T @ X + zeta * Identity(p, p)).inverse
    >>> pencil = linearise({"theta": resolvent @ source("b", p)})
    >>> [slot.dimension.name for slot in pencil.columns]
    ['p', 'p', 'n', 'p']
    >>> pencil.constant
    Matrix([
    [ 1,    0, 0, 0],
    [-1, zeta, 0, 0],
    [ 0,    0, 1, 0],
    [ 0,   -1, 0, 1]])
    """
    builder = _Builder()
    columns = {name: builder.output(name, vector) for name, vector in outputs.items()}
    return builder.pencil(columns)


def pencil_of(expression: Matrix) -> Pencil:
    """Linear pencil of one matrix expression: the block (``output``, ``input``) of its inverse."""
    return linearise({"output": expression @ source("input", expression.columns)})


@dataclass
class _Builder:
    """The unknowns made so far, and the equation of each: a form that equals a source or zero."""

    unknowns: list[Slot] = field(default_factory=list)
    equations: list[Form] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)
    known: dict[object, int] = field(default_factory=dict)

    def new(self, name: str, dimension: Dimension) -> int:
        """Make an unknown, its equation still empty."""
        self.unknowns.append(Slot(name or f"z_{len(self.unknowns)}", dimension))
        self.equations.append({})
        return len(self.unknowns) - 1

    def unknown_of(self, form: Form, dimension: Dimension) -> int:
        """Unknown that equals a form; equal forms share one."""
        key = (frozenset(form.items()), dimension)
        if key not in self.known:
            self.known[key] = index = self.new("", dimension)
            self.equations[index] = combined({(None, index): sp.Integer(1)}, form, -1)
        return self.known[key]

    def output(self, name: str, vector: Matrix) -> int:
        """Column that equals a vector."""
        form = self.vector(vector)
        index = self.new(name, vector.rows)
        self.equations[index] = combined({(None, index): sp.Integer(1)}, form, -1)
        return index

    def pencil(self, outputs: Mapping[str, int]) -> Pencil:
        """Collect the equations into the pencil."""
        size = len(self.unknowns)
        matrices: dict[Gaussian | None, sp.MutableDenseMatrix] = {None: sp.zeros(size, size)}
        for i, form in enumerate(self.equations):
            for (gaussian, j), coefficient in form.items():
                matrices.setdefault(gaussian, sp.zeros(size, size))[i, j] += coefficient
        slots = tuple(self.unknowns)
        constant = sp.ImmutableMatrix(matrices.pop(None))
        terms = tuple((g, sp.ImmutableMatrix(m)) for g, m in matrices.items() if g is not None)
        return Pencil(slots, slots, constant, terms, dict(self.inputs), dict(outputs))

    @singledispatchmethod
    def vector(self, expression: Matrix) -> Form:
        """Form of a vector expression."""
        raise NotDerivable(f"{type(expression).__name__} is not a vector that ends in a source")

    @vector.register
    def _(self, expression: Source) -> Form:
        if expression.name not in self.inputs:
            index = self.new(expression.name, expression.rows)
            self.inputs[expression.name] = index
            self.equations[index] = {(None, index): sp.Integer(1)}
        return {(None, self.inputs[expression.name]): sp.Integer(1)}

    @vector.register
    def _(self, expression: Sum) -> Form:
        form: Form = {}
        for part in expression.parts:
            form = combined(form, self.vector(part))
        return form

    @vector.register
    def _(self, expression: Scaled) -> Form:
        return combined({}, self.vector(expression.matrix), expression.scalar)

    @vector.register
    def _(self, expression: Product) -> Form:
        return self.apply(expression.left, self.vector(expression.right))

    @singledispatchmethod
    def apply(self, matrix: Matrix, form: Form) -> Form:
        """Form of a matrix expression applied to a form."""
        raise NotDerivable(f"no rule linearises a {type(matrix).__name__}")

    @apply.register
    def _(self, matrix: Gaussian, form: Form) -> Form:
        if any(gaussian is not None for gaussian, _ in form):
            form = {(None, self.unknown_of(form, matrix.columns)): sp.Integer(1)}
        return {(matrix, index): coefficient for (_, index), coefficient in form.items()}

    @apply.register
    def _(self, matrix: Identity, form: Form) -> Form:
        return form

    @apply.register
    def _(self, matrix: Scaled, form: Form) -> Form:
        return combined({}, self.apply(matrix.matrix, form), matrix.scalar)

    @apply.register
    def _(self, matrix: Sum, form: Form) -> Form:
        total: Form = {}
        for part in matrix.parts:
            total = combined(total, self.apply(part, form))
        return total

    @apply.register
    def _(self, matrix: Product, form: Form) -> Form:
        return self.apply(matrix.left, self.apply(matrix.right, form))

    @apply.register
    def _(self, matrix: Inverse, form: Form) -> Form:
        key = (matrix, frozenset(form.items()))
        if key not in self.known:
            self.known[key] = index = self.new("", matrix.rows)
            image = self.apply(matrix.matrix, {(None, index): sp.Integer(1)})
            self.equations[index] = combined(image, form, -1)
        return {(None, self.known[key]): sp.Integer(1)}


def combined(first: Form, second: Form, factor: sp.Expr | int = 1) -> Form:
    """First form plus a multiple of the second, without vanishing terms."""
    total = dict(first)
    for atom, coefficient in second.items():
        total[atom] = sp.expand(total.get(atom, 0) + factor * coefficient)
    return {atom: coefficient for atom, coefficient in total.items() if coefficient != 0}
