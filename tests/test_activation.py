"""Activations: what is accepted, what is refused with which sentence, and their numerical code."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from asymp.errors import InvalidProblem
from asymp.problem.activation import Activation

x, y = sp.symbols("x y")
NAMES = [
    "relu",
    "plain-relu",
    "leaky-relu",
    "abs",
    "linear",
    "quadratic",
    "cubic",
    "erf",
    "sin",
    "cos",
    "sign",
    "tanh",
    "gelu",
    "softplus",
    "sigmoid",
    "swish",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_complete(name):
    activation = Activation.of(name)
    assert activation.name == name
    assert activation.latex
    assert Activation.of(activation) is activation
    # All four constants exist and satisfy kappa2 >= 2 mu2^2.
    c = activation.coefficients
    assert c.kappa2.value >= 2 * c.mu2_squared.value * (1 - 1e-14)


def test_relu_is_the_shifted_one():
    assert Activation.of("relu").expression.subs("u", 0) != 0
    assert Activation.of("relu").coefficients.mu0.exact == 0
    assert Activation.of("plain-relu").coefficients.mu0.exact != 0


def test_equal_whatever_the_symbol():
    by_expression = Activation.of(sp.Max(y, 0) - 1 / sp.sqrt(2 * sp.pi))
    by_callable = Activation.of(lambda t: sp.Max(t, 0) - 1 / sp.sqrt(2 * sp.pi))
    given_whole = Activation("mine", sp.Max(x, 0) - 1 / sp.sqrt(2 * sp.pi), x)
    assert Activation.of("relu") == by_expression == by_callable == given_whole
    assert len({Activation.of("relu"), by_expression, by_callable, given_whole}) == 1
    assert by_expression.name == "relu"
    assert Activation.of("RELU ") == Activation.of("relu")
    assert Activation.of("He3") == Activation.of("cubic")
    assert Activation.of("leaky_relu") == Activation.of("leaky-relu")
    assert Activation.of(sp.tanh) == Activation.of(sp.tanh(x)) != Activation.of("erf")


def test_floats_are_decimals():
    assert Activation.of(sp.Max(x, 0.25)).coefficients.kappa2.exact is not None
    assert Activation.of(0.1 * x).coefficients.mu1.exact == sp.Rational(1, 10)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("rleu", "'rleu' is not known; choose one of relu, plain-relu"),
        (3, "3 is not a function"),
        (None, "None is not a function"),
        (True, "True is not a function"),
        ([1], "is not a function"),
        (sp.Integer(4), "4 is not a function"),
        (x > 0, "is not a function"),
        (sp.Matrix([x]), "is not a function"),
        (x * y, r"has 2 symbols \(x, y\)"),
        (sp.sin(x) ** 2 + sp.cos(x) ** 2, "is constant"),
        (sp.Heaviside(x) + sp.Heaviside(-x), "is constant almost everywhere"),
        (lambda u: 3, "is constant"),
        (lambda u: "a", "does not return a SymPy expression"),
        (lambda u: np.tanh(u), "write it with SymPy functions"),
        (lambda: x, "cannot be called"),
        (sp.I * x, "not a finite real function"),
        (sp.exp(sp.I * x), "not a finite real function"),
        (sp.log(x), "no finite real value at u = -"),
        (sp.sqrt(x), "no finite real value"),
        (sp.Max(sp.log(x), 0), "no finite real value"),
        (x**x, "no finite real value"),
        (sp.exp(x**2), "not square-integrable .* outgrows the Gaussian"),
        (1 / x, "not square-integrable .* around 0"),
        (sp.floor(x), "uses floor; choose among"),
        (sp.Function("f")(x), "uses f; choose among"),
        (sp.DiracDelta(x), "uses DiracDelta"),
        (sp.tan(x), "cannot be located exactly"),
        (sp.Piecewise((x, x > 0)), "has no branch at"),
    ],
)
def test_refusals_are_one_clear_line(value, words):
    with pytest.raises(InvalidProblem, match=words) as caught:
        Activation.of(value)
    assert "\n" not in str(caught.value)


def test_derivatives():
    u = Activation.of("relu").variable
    assert Activation.of("relu").derivative == sp.Piecewise((0, u < 0), (1, True))
    assert Activation.of("sign").derivative == 0
    assert Activation.of("cubic").derivative == 3 * u**2 - 3


FAR = np.array([-1e5, -800.0, -40.0, -3.0, -0.3, 0.2, 1.0, 7.0, 39.0, 800.0, 1e5])
# Written without SymPy; mpmath has no overflow, so that the true value is known far out too.
TRUE = {
    "relu": (lambda t: max(t, 0) - 1 / mpmath.sqrt(2 * mpmath.pi), lambda t: t > 0),
    "tanh": (mpmath.tanh, lambda t: mpmath.sech(t) ** 2),
    "softplus": (lambda t: mpmath.log1p(mpmath.exp(t)), lambda t: 1 / (1 + mpmath.exp(-t))),
    "sigmoid": (
        lambda t: 1 / (1 + mpmath.exp(-t)),
        lambda t: 1 / (2 + mpmath.exp(t) + mpmath.exp(-t)),
    ),
    "swish": (
        lambda t: t / (1 + mpmath.exp(-t)),
        lambda t: 1 / (1 + mpmath.exp(-t)) + t / (2 + mpmath.exp(t) + mpmath.exp(-t)),
    ),
    "gelu": (
        lambda t: t * mpmath.erfc(-t / mpmath.sqrt(2)) / 2,
        lambda t: mpmath.ncdf(t) + t * mpmath.npdf(t),
    ),
    "erf": (mpmath.erf, lambda t: 2 * mpmath.exp(-t * t) / mpmath.sqrt(mpmath.pi)),
    "sign": (mpmath.sign, lambda t: 0),
    "log cosh": (lambda t: mpmath.log(mpmath.cosh(t)), mpmath.tanh),
    "x coth x": (
        lambda t: t * mpmath.coth(t),
        lambda t: mpmath.coth(t) - t * mpmath.csch(t) ** 2,
    ),
}
OTHER = {"log cosh": sp.log(sp.cosh(x)), "x coth x": x / sp.tanh(x)}


@pytest.mark.parametrize("name", TRUE)
def test_numerical_code_far_out(name):
    activation = Activation.of(OTHER.get(name, name))
    codes = (activation.numeric(), activation.numeric_derivative())
    for code, true in zip(codes, TRUE[name], strict=True):
        with mpmath.workdps(50):
            wanted = np.array([float(true(mpmath.mpf(float(t)))) for t in FAR])
        # Absolute 1e-14 near values of order 1; a few ulp of the value far out.
        np.testing.assert_allclose(code(FAR), wanted, rtol=1e-14, atol=1e-14)


def test_numerical_code_at_kinks_and_singular_points():
    relu = Activation.of("relu")
    assert relu.numeric()(0.0) == pytest.approx(-1 / np.sqrt(2 * np.pi), abs=1e-16)
    assert relu.numeric_derivative()([-1e-300, 0.0, 1e-300]).tolist() == [0.0, 1.0, 1.0]
    sinc = Activation.of(sp.sin(x) / x)
    near = np.array([-1e-9, 0.0, 1e-12, 0.1])
    # The interpolant across the removable singularity is good to 1e-12 by its own test.
    np.testing.assert_allclose(sinc.numeric()(near), np.sinc(near / np.pi), atol=1e-12)
    np.testing.assert_allclose(sinc.numeric_derivative()(near), -near / 3 + near**3 / 30, atol=1e-8)
    elu = Activation.of(sp.Piecewise((x, x > 0), (sp.exp(x) - 1, True)))
    assert elu.numeric()(np.array([-1e4, 0.0, 1e4])).tolist() == [-1.0, 0.0, 1e4]


def test_numerical_code_keeps_shapes():
    value = Activation.of("relu").numeric()
    assert np.ndim(value(0.5)) == 0
    fields = np.ones(3)
    Activation.of("linear").numeric()(fields)[0] = 5.0
    assert fields[0] == 1.0  # the result is no view of the argument
    assert value(np.zeros((2, 3))).shape == (2, 3)
    assert (
        Activation.of("linear").numeric_derivative()(np.zeros((2, 3))).tolist() == [[1.0] * 3] * 2
    )


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.floats(-20, 20))
def test_numeric_matches_the_expression(name, at):
    activation = Activation.of(name)
    wanted = activation.expression.subs(activation.variable, sp.Float(at, 40)).evalf(30)
    found = float(activation.numeric()(at))
    if at != 0:
        # Cancellation in cubic and quadratic costs a few ulp of the largest term, 8e3.
        assert found == pytest.approx(float(wanted), rel=1e-13, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES), st.floats(-6, 6).filter(lambda t: abs(t) > 1e-3))
def test_derivative_matches_differences(name, at):
    activation = Activation.of(name)
    value, slope, step = activation.numeric(), activation.numeric_derivative(), 1e-5
    difference = (value(at + step) - value(at - step)) / (2 * step)
    # Central differences: truncation step^2 |f'''| <= 6e-10, round-off 1e-16 * 200 / step = 2e-9.
    assert float(slope(at)) == pytest.approx(float(difference), abs=1e-7)


def test_calculus_does_not_import_problem():
    import ast
    from pathlib import Path

    import asymp.calculus.hermite as module

    for path in Path(module.__file__).parent.glob("hermite*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("asymp.problem")
