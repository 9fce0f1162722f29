r"""Noncommutative rational expressions in rectangular Gaussian matrices.

Every dimension is a symbol whose ratio to one reference dimension is kept, every Gaussian matrix
has i.i.d. entries :math:`N(0, v/d)` with :math:`d` that reference, and the only deterministic
matrices are multiples of identities, with SymPy expressions for scalars.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from asymp.errors import InvalidProblem


@dataclass(frozen=True)
class Dimension:
    r"""A dimension that grows in proportion to the reference: ``size`` is the limit of the ratio.

    Examples
    --------
    >>> Dimension("n", sp.Symbol("psi2")).size
    psi2
    """

    name: str
    size: sp.Expr


VECTOR = Dimension("1", sp.Integer(0))  # the one column of a vector


@dataclass(frozen=True)
class Matrix:
    """Base of all expressions: shape, and the operators ``+ - * @``, ``.T``, ``.inverse``.

    ``*`` takes a scalar (anything that SymPy reads), ``@`` another matrix.
    """

    rows: Dimension
    columns: Dimension

    def __add__(self, other: Matrix) -> Matrix:
        same = (other.rows, other.columns) == (self.rows, self.columns)
        require(same, f"cannot add {shape(self)} and {shape(other)}")
        return Sum(self.rows, self.columns, (*terms(self), *terms(other)))

    def __neg__(self) -> Matrix:
        return -1 * self

    def __sub__(self, other: Matrix) -> Matrix:
        return self + (-other)

    def __mul__(self, scalar: Any) -> Matrix:
        return Scaled(self.rows, self.columns, sp.sympify(scalar), self)

    __rmul__ = __mul__

    def __matmul__(self, other: Matrix) -> Matrix:
        fits = self.columns == other.rows
        require(fits, f"cannot multiply {shape(self)} by {shape(other)}")
        return Product(self.rows, other.columns, self, other)

    @property
    def T(self) -> Matrix:
        """The transpose, pushed to the Gaussian matrices."""
        raise NotImplementedError

    @property
    def inverse(self) -> Matrix:
        """The inverse of a square expression."""
        require(self.rows == self.columns, f"cannot invert {shape(self)}: not square")
        return Inverse(self.rows, self.columns, self)


@dataclass(frozen=True)
class Gaussian(Matrix):
    r"""A matrix with independent entries :math:`N(0, v/d)`.

    Parameters
    ----------
    name : str
        Two of the same name are the same matrix.
    variance : sympy.Expr
        :math:`v`, the variance of an entry times the reference dimension.
    transposed : bool
        Whether this is the transpose of the matrix of that name.

    Examples
    --------
    >>> n, p = Dimension("n", sp.Symbol("alpha")), Dimension("p", sp.Integer(1))
    >>> X = Gaussian(n, p, "X", 1 / sp.Symbol("alpha"))
    >>> (X.T @ X + Identity(p, p)).inverse.rows.name
    'p'
    """

    name: str
    variance: sp.Expr
    transposed: bool = False

    @property
    def T(self) -> Matrix:
        """Transposed matrix."""
        return Gaussian(self.columns, self.rows, self.name, self.variance, not self.transposed)


@dataclass(frozen=True)
class Identity(Matrix):
    """An identity matrix."""

    @property
    def T(self) -> Matrix:
        """Itself."""
        return self


@dataclass(frozen=True)
class Source(Matrix):
    """A vector that is fed in: a column of its own, by name."""

    name: str = ""
    columns: Dimension = field(default=VECTOR)


def source(name: str, dimension: Dimension) -> Source:
    """Vector of that dimension, to be averaged over."""
    return Source(dimension, VECTOR, name)


@dataclass(frozen=True)
class Scaled(Matrix):
    """Scalar times matrix."""

    scalar: sp.Expr
    matrix: Matrix

    @property
    def T(self) -> Matrix:
        """Scalar times transpose."""
        return Scaled(self.columns, self.rows, self.scalar, self.matrix.T)


@dataclass(frozen=True)
class Sum(Matrix):
    """Sum of matrices of one shape."""

    parts: tuple[Matrix, ...]

    @property
    def T(self) -> Matrix:
        """Sum of transposes."""
        return Sum(self.columns, self.rows, tuple(part.T for part in self.parts))


@dataclass(frozen=True)
class Product(Matrix):
    """Product of two matrices."""

    left: Matrix
    right: Matrix

    @property
    def T(self) -> Matrix:
        """Product of the transposes in the other order."""
        return self.right.T @ self.left.T


@dataclass(frozen=True)
class Inverse(Matrix):
    """Inverse of a square matrix."""

    matrix: Matrix

    @property
    def T(self) -> Matrix:
        """Inverse of the transpose."""
        return self.matrix.T.inverse


def terms(matrix: Matrix) -> tuple[Matrix, ...]:
    """Parts of a sum, or the matrix alone."""
    return matrix.parts if isinstance(matrix, Sum) else (matrix,)


def shape(matrix: Matrix) -> str:
    """Shape in words, for messages."""
    return f"a {matrix.rows.name} x {matrix.columns.name} matrix"


def require(holds: bool, message: str) -> None:
    """Refuse an expression whose shapes do not fit."""
    if not holds:
        raise InvalidProblem(f"{message}; the dimensions must agree")
