"""Programs for eight points at once: which they are, their text, and that lanes do not mix."""

import ctypes

import numpy as np
import pytest
import sympy as sp

from asymp.calculus.implicit_root import Root
from asymp.lowering import compile_branches
from asymp.lowering.nodes import numeric_form
from asymp.lowering.wide import StepPrinter, WidePrinter, branch_free
from asymp.reductions.system import Branch, Definition, FixedPoint
from asymp.solver import Status, solve_points

X, Y, A, B, G = sp.symbols("x y a b g", positive=True)


@pytest.mark.parametrize(
    "expression",
    [
        sp.exp(-X) * sp.erf(Y) / X**3, sp.sqrt(X) ** 3 + sp.Abs(X - Y), sp.Max(X, Y, 2),
        sp.Piecewise((X, X > Y), (Y / 2, True)), sp.sign(X - Y), X * sp.cos(1) + sp.sqrt(2),
    ],
)  # fmt: skip
def test_expressions_without_loops_run_on_many_points(expression):
    assert branch_free(expression)


@pytest.mark.parametrize(
    "expression",
    [
        sp.tanh(X), X ** sp.Rational(17, 10), X**Y, X**9, sp.gamma(X) + 1,
        numeric_form(Root(X**3 - A, X, A, 0, sp.oo)), sp.zoo * X,
    ],
)  # fmt: skip
def test_what_has_no_form_without_branches_runs_on_one(expression):
    assert not branch_free(expression)


def test_only_steps_multiply_by_reciprocals():
    """49 * (1/49) is not 1: a choice between phases must divide."""
    assert WidePrinter().doprint(X / Y**2) == "x/(y*y)"
    assert StepPrinter().doprint(X / Y**2) == "x*((1.0/y)*(1.0/y))"
    assert StepPrinter().doprint(X ** sp.Rational(-3, 2)) == "((1.0/x)*(1.0/sqrt(x)))"
    assert WidePrinter().doprint(sp.Piecewise((X, (X > Y) & (Y > 1)), (0, True))) == (
        "where((x > y) & (y > 1.0), x, 0.0)"
    )


def kernel_with_every_kind():
    """A threshold where a/b is exactly 1, a branch without loops, one with a hyperbolic tangent."""
    ratio = Definition(G, A / B)
    values = {"x": X}
    fast = FixedPoint((X,), (), (sp.sqrt(A * X) * B ** sp.Rational(1, 2),), (sp.Integer(1),))
    slow = FixedPoint((X,), (), (A * sp.tanh(X) + B,), (sp.Integer(1),))
    return compile_branches(
        (
            Branch("threshold", sp.Eq(G, 1), (ratio,), None, {"x": sp.oo}, status="infinite"),
            Branch("fast", sp.Gt(G, 1), (ratio,), fast, values),
            Branch("slow", sp.Ge(B, sp.Rational(1, 10)), (), slow, values),
        ),
        (A, B), (), "Every kind",
    )  # fmt: skip


def points():
    rng = np.random.default_rng(3)
    a, b = np.exp(rng.normal(size=(2, 400)))
    a[::7] = b[::7]
    return np.column_stack([a, b])


def test_branches_of_both_kinds_are_solved_side_by_side():
    kernel, rows = kernel_with_every_kind(), points()
    assert kernel.entries[:, 1].tolist() == [1, 0, 0, 1, 1, 1, 1, 1, 0, 1]
    found = solve_points(kernel, rows, [])
    a, b = rows.T
    equal, above, none = a == b, a > b, (a < b) & (b < 0.1)
    assert (found.status[equal] == Status.infinite).all()
    assert (found.status[none] == Status.out_of_domain).all()
    np.testing.assert_allclose(found.values[above, 0], (a * b)[above], rtol=1e-11)
    rest = ~(equal | above | none)
    assert (found.status[rest] == Status.converged).all()
    x = found.values[rest, 0]
    np.testing.assert_allclose(a[rest] * np.tanh(x) + b[rest], x, rtol=1e-12)


def test_each_point_is_what_it_is_alone():
    kernel, rows = kernel_with_every_kind(), points()
    together = solve_points(kernel, rows, [])
    alone = [solve_points(kernel, row[None, :], []) for row in rows]
    np.testing.assert_array_equal(together.values[:, 0], [f.values[0, 0] for f in alone])
    np.testing.assert_array_equal(together.evaluations, [f.evaluations[0] for f in alone])
    np.testing.assert_array_equal(together.condition, [f.condition[0] for f in alone])


def test_one_point_and_eight_take_the_same_step():
    """The two compiled forms of one text agree to rounding."""
    kernel = kernel_with_every_kind()
    step = next(f for f in kernel.functions if f and f.__wrapped__.__name__ == "step_1")
    pointer = ctypes.POINTER(ctypes.c_double)
    one = ctypes.CFUNCTYPE(None, pointer, pointer)(step.address)
    many = ctypes.CFUNCTYPE(None, pointer, pointer)(step.entry)
    raw = np.empty(8 * 8 + 8)
    first = -(raw.ctypes.data // 8) % 8
    inp, out = (raw[first + 32 * i : first + 32 * i + 32].reshape(4, 8) for i in range(2))
    inp[:] = np.random.default_rng(1).uniform(0.5, 2, (4, 8))
    many(out.ctypes.data_as(pointer), inp.ctypes.data_as(pointer))
    for k in range(8):
        alone, result = np.ascontiguousarray(inp[:, k]), np.empty(2)
        one(result.ctypes.data_as(pointer), alone.ctypes.data_as(pointer))
        np.testing.assert_allclose(result, out[:2, k], rtol=4e-16)
