"""Functions of a user's that raise, give NaN, or are none: an error in words, never a number."""

import math
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.errors import AsympError, InvalidParameter, InvalidProblem, NotDerivable
from asymp.solver.status import Status

r, k, w = asymp.RESIDUAL, asymp.MARGIN, sp.Symbol("w", real=True)
V, a = sp.symbols("V a", positive=True)


def raises(u):
    raise RuntimeError("my own mistake")


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (raises, "my own mistake"),
        (lambda u: sp.nan, "nan"),
        (lambda u: float("nan"), "nan"),
        (lambda u: None, "does not return a SymPy expression"),
        (lambda u: sp.I * u, "not a finite real function"),
        (math.sin, "cannot be called with a SymPy symbol"),
        (np.sin, "cannot be called with a SymPy symbol"),
        (lambda u: 1 / (u - u), "constant"),
        (lambda u: sp.exp(u**2), "square-integrable"),
    ],
)
def test_activations(function, words):
    with pytest.raises(InvalidProblem, match=words):
        asymp.RandomFeatures(function)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (sp.Piecewise((r**2, r > 0), (sp.nan, True)), "nan at r = -7.3"),
        (sp.log(r), "must be real"),
        (sp.sqrt(r), "must be real"),
        (sp.I * r**2, "must be real"),
        (sp.oo * sp.Abs(r), "nan at r = 0"),
        (sp.Function("f")(r), "undefined function f"),
        (r * sp.nan, "does not depend on"),
        (r * float("nan"), "does not depend on"),
    ],
)
def test_losses_that_are_no_real_function(loss, words):
    with pytest.raises(InvalidProblem, match=words):
        asymp.ResidualLoss(loss)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (-(r**2), "concave"),
        (r**3, "concave"),
        (1 / (1 - r) ** 2, "above its chord"),
        (sp.Heaviside(r), "convex"),
    ],
)
def test_losses_that_are_not_convex(loss, words):
    problem = asymp.Problem(features=asymp.IsotropicGaussian(), loss=asymp.ResidualLoss(loss))
    with pytest.raises(NotDerivable, match=words):
        problem.derive()


def test_margin_losses_and_penalties_are_tried_too():
    with pytest.raises(InvalidProblem, match="must be real"):
        asymp.MarginLoss(sp.log(k))
    with pytest.raises(InvalidProblem, match="must be real"):
        asymp.SeparablePenalty(sp.sqrt(w))
    assert asymp.HardMarginLoss().name == "hard margin"  # infinite, and meant to be


def heron(**more):
    return asymp.Theorem.from_equations(
        id="root", title="Square root", parameters={"a": sp.Interval.open(0, sp.oo)},
        state={"V": 1}, equations=[sp.Eq(V, (V + a / V) / 2)],
        observables={"root": V, "square": V**2}, **more,
    )  # fmt: skip


def simulated(draw):
    return heron(simulator=draw).simulate(d=20, repeats=6, a=2.0)


def test_a_simulator_that_raises_keeps_its_own_error():
    def draw(d, rng, a):
        raise RuntimeError("my own mistake")

    with pytest.raises(RuntimeError, match="my own mistake"):
        simulated(draw)
    report = heron(simulator=draw, simulate_at=[{"a": 2.0}]).check()
    (line,) = [line for line in str(report).splitlines() if "finite-problem" in line]
    assert "unknown" in line
    assert "my own mistake" in line


@pytest.mark.parametrize(
    "given", [None, 1.4, {"root": 1j}, {"root": np.zeros(2)}, {"root": None}, {"root": "text"}]
)
def test_a_simulator_that_returns_something_else(given):
    with pytest.raises(InvalidProblem, match="expected a mapping of observables to real numbers"):
        simulated(lambda d, rng, a: given)


def test_a_simulator_with_other_observables():
    with pytest.raises(InvalidParameter, match="'cube'; the observables are root, square"):
        simulated(lambda d, rng, a: {"cube": 1.0})
    with pytest.raises(InvalidProblem, match="the same observables each time"):
        simulated(lambda d, rng, a: {"root": 1.0} | ({"square": 1.0} if rng.random() < 0.5 else {}))


def test_a_simulator_that_gives_nan_is_not_hidden():
    runs = simulated(lambda d, rng, a: {"root": math.nan if rng.random() < 0.5 else 1.4})
    assert 0 < int(np.isnan(runs.root).sum()) < 6
    assert np.isnan(runs.root_mean)


@pytest.mark.parametrize("image", [sp.log(a - 2) + V, 1 / (a - 2) + V / 2, sp.sqrt(a - 3) + V / 2])
def test_equations_that_leave_the_real_numbers_are_reported(image):
    theorem = asymp.Theorem.from_equations(
        id="e", title="E", parameters={"a": sp.Interval.open(0, sp.oo)}, state={"V": 1},
        equations=[sp.Eq(V, image)], observables={"root": V},
    )  # fmt: skip
    found = theorem.solve(a=2.0, throw=False)
    assert Status(int(found.status)) is Status.max_steps
    assert np.isnan(found.root)
    with pytest.raises(AsympError):
        theorem.solve(a=2.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("raise RuntimeError('my own mistake')", "RuntimeError: my own mistake"),
        ("def problem(): return 1/0", "ZeroDivisionError"),
        ("def problem(): return None", "not an asymp.Problem"),
        ("def problem(): raise SystemExit(3)", None),
        ("x = ", "SyntaxError"),
    ],
)
def test_theorem_files(tmp_path: Path, text, words):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(SystemExit if words is None else InvalidProblem, match=words):
        asymp.theorem(file)
