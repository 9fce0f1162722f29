"""Quadrature of compiled panels: the rules' nodes, the change of variable, the error estimate."""

import ctypes
import itertools
import re

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit

from asymp import special
from asymp.calculus.implicit_root import Root
from asymp.calculus.logistic_normal import logistic_normal
from asymp.calculus.panel import CoarsePanel, Panel
from asymp.calculus.primitives import sigmoid
from asymp.lowering import compile_branches, mp_system
from asymp.reductions.system import Branch

V, S, MEAN = sp.symbols("V s m", positive=True)
W, U = sp.symbols("omega u", real=True)
POINT = Root(U - W - V * sigmoid(-U), U, W)  # proximal point of the logistic loss
DENSITY = sp.exp(-((W - MEAN) ** 2) / (2 * S**2)) / (sp.sqrt(2 * sp.pi) * S)
GAUSS_LEVEL, TAIL_LEVEL = 0, special.PANEL_LEVELS


def sums(integrand, level, last):
    """Sums by the rule at the last of some levels and by the coarser rule, on the unit piece."""
    fine = coarse = 0.0
    for at in range(level, last + 1):
        part = slice(*special.PANEL_STARTS[at : at + 2])
        gaps, right = special.PANEL_GAPS[part], special.PANEL_SIDES[part] > 0
        values = integrand(gaps, right)
        keep = special.PANEL_KEEP[at]
        coarse = 2 * keep * fine + np.sum(special.PANEL_CHECKS[part] * values)
        fine = keep * fine + np.sum(special.PANEL_WEIGHTS[part] * values)
    return fine, coarse


@pytest.mark.parametrize("degree", [0, 1, 7, 19, 20, 47])
def test_gauss_rule_is_exact_and_its_check_sees_the_highest_degrees(degree):
    fine, coarse = sums(
        lambda gap, right: np.where(right, 1 - gap, gap) ** degree, GAUSS_LEVEL, GAUSS_LEVEL
    )
    exact = 1 / (degree + 1)
    # A sum of 24 rounded terms.
    assert fine == pytest.approx(exact, rel=1e-14)
    assert (abs(coarse - exact) < 1e-14) == (degree < 20)


@pytest.mark.parametrize("power", [-0.5, 0.0, 0.3, 5.0])
@pytest.mark.parametrize("last", [1, 2, 3])
def test_double_exponential_rule_takes_any_end(power, last):
    """Powers of the distance from an end; from the right end they are as exact as from the left."""
    exact = 1 / (power + 1)
    for side in (False, True):
        fine, coarse = sums(
            lambda gap, right, side=side: np.where(right == side, gap, 1 - gap) ** power, 1, last
        )
        # An inverse root loses the mass beyond the last gap, 5e-19, by its root.
        assert fine == pytest.approx(exact, rel=3e-9 if power < 0 else 1e-13)
        assert abs(coarse - fine) < 1e-5


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("halvings", [0, 1, 2, 3])
@pytest.mark.parametrize("start", [-1.0, 0.0, 2.0])
def test_tails(side, halvings, start):
    """Normal tails whose cut, nine deviations off the centre, is one unit from the start."""
    length = 9 - start
    first = TAIL_LEVEL * (1 + side)
    fine, _ = sums(
        lambda gap, right: np.exp(-((start + length * gap) ** 2) / 2), first, first + halvings
    )
    assert np.all(special.PANEL_SIDES[slice(*special.PANEL_STARTS[first : first + 2])] == side)
    exact, _ = quad(lambda x: np.exp(-(x**2) / 2), start, 40, epsabs=0, epsrel=1e-13)
    # SciPy's tolerance, and the first level's own error.
    assert length * fine == pytest.approx(exact, rel=2e-13)


def compiled(values, point):
    """Values of an explicit branch at a point, through its compiled kernel; also its text."""
    kernel = compile_branches((Branch("only", sp.true, (), None, values),), (V, S, MEAN), (), "t")
    pointer = ctypes.POINTER(ctypes.c_double)
    call = ctypes.CFUNCTYPE(None, pointer, pointer)(int(kernel.addresses[3]))
    out, inp = (ctypes.c_double * len(values))(), (ctypes.c_double * 3)(*point)
    call(out, inp)
    return dict(zip(kernel.values, out, strict=True)), kernel.source.text


def proximal(w, v):
    """The proximal point by bisection."""
    return brentq(lambda u: u - w - v * expit(-u), w - 1e-9, w + v + 1e-9, xtol=1e-15, rtol=1e-14)


AVERAGES = {
    "slope": Panel(sigmoid(-POINT) ** 2 * DENSITY, W, -sp.oo, sp.oo, MEAN, S, 0),
    "half": Panel(sigmoid(-POINT) * W * DENSITY, W, 0, sp.oo, MEAN, S),
}
POINTS = [(0.3, 1.0, 0.2), (4.0, 0.5, 1.0), (50.0, 3.0, 0.1), (1.0, 1e-3, 2.0), (1e-6, 2.0, 5.0)]


@pytest.mark.parametrize("point", POINTS)
def test_averages_of_a_proximal_point_agree_with_adaptive_quadrature(point):
    found, _ = compiled(AVERAGES, point)
    v, s, mean = point

    def density(w):
        return np.exp(-(((w - mean) / s) ** 2) / 2) / (np.sqrt(2 * np.pi) * s)

    ends = mean + s * np.linspace(-9, 9, 13)
    full = [
        quad(lambda w: expit(-proximal(w, v)) ** 2 * density(w), *pair, epsabs=0, epsrel=1e-12)[0]
        for pair in itertools.pairwise(ends)
    ]
    positive = [
        quad(lambda w: expit(-proximal(w, v)) * w * density(w), *pair, epsabs=0, epsrel=1e-12)[0]
        for pair in itertools.pairwise(np.unique(np.maximum(ends, 0)))
    ]
    # Bisection finds the proximal point to 1e-14, SciPy integrates to 1e-12.
    assert found["slope"] == pytest.approx(sum(full), rel=1e-11)
    assert found["half"] == pytest.approx(sum(positive), rel=1e-11)


def test_reference_in_many_digits_takes_no_change_of_variable():
    """The mpmath twin integrates the node as it is stated, so it tests the compiled one."""
    system = mp_system((Branch("only", sp.true, (), None, AVERAGES),), (V, S, MEAN), ())
    found, _ = compiled(AVERAGES, POINTS[1])
    with mpmath.workdps(20):
        exact = system.solve(dict(zip(("V", "s", "m"), POINTS[1], strict=True)))
    for name, value in found.items():
        assert value == pytest.approx(float(exact[name]), rel=1e-14)  # rounding


def test_roots_are_found_at_the_ends_alone():
    _, text = compiled(AVERAGES, POINTS[0])
    loops = re.findall(r"for k_ in .*?share_", text, re.DOTALL)
    assert len(loops) == 2
    assert not any("root_0(" in loop for loop in loops)
    assert "images_ = (root_0(" in text


@pytest.mark.parametrize("sharp", [1.0, 0.03, 1e-3, 1e-6])
def test_error_estimate_is_honest(sharp):
    """A feature on a small scale at the cut: fine and coarse value against the closed form."""
    integrand = sp.exp(-(W**2) / (2 * S**2)) / (W**2 + V**2)
    panel = Panel(integrand, W, 0, sp.oo, 0, S)
    values = {"fine": panel, "coarse": CoarsePanel(*panel.args)}
    found, _ = compiled(values, (sharp, 1.0, 1.0))
    with mpmath.workdps(30):
        v = mpmath.mpf(sharp)
        exact = mpmath.pi / (2 * v) * mpmath.exp(v**2 / 2) * mpmath.erfc(v / mpmath.sqrt(2))
    estimate = abs(found["coarse"] / found["fine"] - 1)
    assert 0 < estimate < 1e-6
    # The error is about the square of the estimate; rounding of some hundred terms.
    assert abs(found["fine"] / float(exact) - 1) < max(1e-14, estimate**1.5)


def test_a_panel_its_derivative_and_its_coarse_value_share_one_pass():
    panel = AVERAGES["slope"]
    values = {"p": panel, "d": panel.diff(S), "c": CoarsePanel(*panel.args)}
    found, text = compiled(values, POINTS[0])
    assert text.count("for k_ in ") == 1
    step = 1e-4
    ahead, behind = (
        compiled({"p": panel}, (POINTS[0][0], POINTS[0][1] + h, POINTS[0][2]))[0]["p"]
        for h in (step, -step)
    )
    # Central differences: 1e-8 by their step, 1e-12 by rounding.
    assert found["d"] == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)


def test_without_a_change_of_sign_the_root_is_an_end():
    """As the bend of a loss that is nowhere bent enough: the search stops at once."""
    value = Root(1 / V - sigmoid(U) * sigmoid(-U), U, 0, 0, sp.oo)
    assert compiled({"r": value}, (2.0, 1.0, 1.0))[0]["r"] == 0.0
    bent = compiled({"r": value}, (8.0, 1.0, 1.0))[0]["r"]
    assert expit(bent) * expit(-bent) == pytest.approx(1 / 8, rel=1e-14)


@pytest.mark.parametrize("order", range(4))
@pytest.mark.parametrize("variance", [1e-3, 3.0, 40.0, 60.0, 2e3])
@pytest.mark.parametrize("mean", [-30.0, 0.0, 0.4])
def test_averages_of_the_logistic_function_of_all_orders(order, variance, mean):
    with mpmath.workdps(25):
        exact = logistic_normal.mp(order, mpmath.mpf(mean), mpmath.mpf(variance))
        size = max(abs(exact), logistic_normal.mp(1, mpmath.mpf(mean), mpmath.mpf(variance)))
    # As documented: the rule to 3e-15 for the first two orders, relative to the size of the first
    # derivative for the others; where the average itself is small, to the rounding of its terms.
    error = abs(special.logistic_normals(mean, variance)[order] - exact)
    assert error < (5e-15 if order < 2 else 1e-12) * size + 1e-16


def test_averages_of_the_logistic_function_eight_at_a_time():
    """In a panel they are computed on lanes: the mean over a Gaussian adds to the variance."""
    inside = logistic_normal(0, W, V) * DENSITY
    found, text = compiled({"a": Panel(inside, W, -sp.oo, sp.oo, MEAN, S, 0)}, (2.0, 1.5, 0.7))
    assert "logistic_normals(" in text
    assert "PANEL_WIDTH" in text
    exact = special.logistic_normal(0, 0.7, 2.0 + 1.5**2)
    assert found["a"] == pytest.approx(exact, rel=1e-14)  # rounding of a hundred terms
