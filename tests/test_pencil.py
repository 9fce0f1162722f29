"""Linear pencils: blocks of their inverse are the expressions, before and after reduction."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from asymp.errors import InvalidProblem, NotDerivable
from asymp.pencil.language import (
    Dimension,
    Gaussian,
    Identity,
    Inverse,
    Product,
    Scaled,
    Sum,
    source,
)
from asymp.pencil.linearise import linearise, pencil_of
from asymp.pencil.minimal import minimal

ALPHA, ZETA = sp.symbols("alpha zeta", positive=True)
N, P = Dimension("n", ALPHA), Dimension("p", sp.Integer(1))
SIZES = {"n": 3, "p": 2}
VALUES = {ALPHA: 1.5, ZETA: 0.7}
X, Y = (Gaussian(N, P, name, 1 / ALPHA) for name in "XY")
Z = Gaussian(P, P, "Z", sp.Integer(1))


def draw(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "X": rng.normal(size=(3, 2)),
        "Y": rng.normal(size=(3, 2)),
        "Z": rng.normal(size=(2, 2)),
    }


def evaluate(matrix, numbers):
    """Value of an expression by NumPy, read off the tree."""
    match matrix:
        case Gaussian():
            value = numbers[matrix.name]
            return value.T if matrix.transposed else value
        case Identity():
            return np.eye(SIZES[matrix.rows.name])
        case Scaled():
            return float(matrix.scalar.subs(VALUES)) * evaluate(matrix.matrix, numbers)
        case Sum():
            return sum(evaluate(part, numbers) for part in matrix.parts)
        case Product():
            return evaluate(matrix.left, numbers) @ evaluate(matrix.right, numbers)
        case Inverse():
            return np.linalg.inv(evaluate(matrix.matrix, numbers))
    raise AssertionError(matrix)


def block(pencil, numbers):
    inverse = np.linalg.inv(pencil.assemble(numbers, SIZES, VALUES))
    row, column = pencil.place(pencil.inputs["input"], pencil.outputs["output"], SIZES)
    return inverse[column, row]


def square(matrix):
    return matrix.T @ matrix + ZETA * Identity(matrix.columns, matrix.columns)


@st.composite
def expressions(draw_from, rows=N, columns=P, depth=3):
    """Rational expressions of given shape in X, Y, Z; only inverses of positive matrices."""
    inner = draw_from(st.sampled_from([N, P]))
    kinds = ["gaussian", "sum", "product", "scaled"] if depth else ["gaussian"]
    if rows == columns:
        kinds += ["identity", "inverse"] if depth else ["identity"]
    kind = draw_from(st.sampled_from(kinds))
    below = [draw_from(expressions(rows, columns, depth - 1)) for _ in range(2 * (kind == "sum"))]
    if kind == "sum":
        return below[0] + below[1]
    if kind == "product":
        left = draw_from(expressions(rows, inner, depth - 1))
        return left @ draw_from(expressions(inner, columns, depth - 1))
    if kind == "scaled":
        factor = draw_from(st.sampled_from([ZETA, -2 * ALPHA, sp.Rational(1, 3)]))
        return factor * draw_from(expressions(rows, columns, depth - 1))
    if kind == "inverse":
        return square(draw_from(expressions(inner, columns, depth - 1))).inverse
    if kind == "identity":
        return Identity(rows, columns)
    return gaussian_of(rows, columns, draw_from(st.booleans()))


def gaussian_of(rows, columns, other):
    tall = Y if other else X
    shapes = {(N, P): tall, (P, N): tall.T, (P, P): Z.T if other else Z, (N, N): tall @ X.T}
    return shapes[rows, columns]


@given(expressions(), st.integers(0, 1000))
def test_the_expression_is_a_block_of_the_inverse(expression, seed):
    numbers = draw(seed)
    expected = evaluate(expression, numbers)
    assume(np.abs(expected).max() > 1e-6)
    pencil = pencil_of(expression)
    condition = np.linalg.cond(pencil.assemble(numbers, SIZES, VALUES))
    assume(condition < 1e6)
    # ten digits are left after the worst conditioning that is assumed
    np.testing.assert_allclose(block(pencil, numbers), expected, rtol=0, atol=1e-9 * condition)


@given(expressions(depth=2), st.integers(0, 1000))
def test_the_smallest_pencil_has_the_same_block(expression, seed):
    numbers = draw(seed)
    expected = evaluate(expression, numbers)
    assume(np.abs(expected).max() > 1e-6)
    full = pencil_of(expression)
    small = minimal(full)
    assert len(small.rows) <= len(full.rows)
    condition = np.linalg.cond(small.assemble(numbers, SIZES, VALUES))
    assume(condition < 1e6)
    np.testing.assert_allclose(block(small, numbers), expected, rtol=0, atol=1e-9 * condition)


def test_a_pencil_is_affine_and_its_blocks_fit():
    pencil = pencil_of(square(X @ Z).inverse)
    for gaussian, coefficients in pencil.terms:
        for i, j in coefficients.todok():
            assert pencil.rows[i].dimension == gaussian.rows
            assert pencil.columns[j].dimension == gaussian.columns
    for dimension in pencil.dimensions:
        rows, columns = pencil.block(dimension)
        assert len(rows) == len(columns)


def test_several_outputs_share_their_inverse():
    theta = square(X).inverse @ (X.T @ source("xi", N))
    pencil = linearise({"theta": theta, "fit": X @ theta})
    assert len(pencil.columns) == 5  # xi, theta, X theta, and the two outputs
    assert set(pencil.outputs) == {"theta", "fit"}


def test_a_redundant_expression_reduces_to_the_size_of_the_simple_one():
    resolvent = square(X).inverse
    twice = resolvent @ square(X) @ resolvent  # the resolvent itself
    simple = minimal(pencil_of(resolvent))
    assert len(simple.rows) == 2
    assert len(minimal(pencil_of(ZETA * resolvent + resolvent @ X.T @ X)).rows) <= 3
    assert len(minimal(pencil_of(twice)).rows) < len(pencil_of(twice).rows)


@pytest.mark.parametrize(
    "build",
    [lambda: X @ X, lambda: X + X.T, lambda: X.inverse],
    ids=["product", "sum", "inverse"],
)
def test_shapes_must_fit(build):
    with pytest.raises(InvalidProblem, match="dimensions must agree"):
        build()


def test_an_expression_without_value_at_zero_is_refused():
    with pytest.raises(NotDerivable, match="add a multiple of the identity"):
        minimal(pencil_of((X.T @ X).inverse))


def test_the_pencil_prints():
    text = pencil_of(square(X).inverse).latex()
    assert r"\zeta I" in text
    assert r"X^{\top}" in text
