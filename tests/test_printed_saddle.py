import math

import mpmath
import pytest
import sympy as sp

from asymp.errors import InvalidProblem, NotConverged
from asymp.testing.printed import verify
from asymp.testing.printed.boundary import boundary_value
from asymp.testing.printed.inner import InnerRoot, InnerSup
from asymp.testing.printed.saddle import PrintedSaddle

x, y, t, L, r, a = sp.symbols("x y t L r a", positive=True)
VALUE = PrintedSaddle.VALUE
OUTPUTS = {"x": x, "y": y, "value": VALUE}
# The saddle is polished to 25 digits, so what is returned is correctly rounded or nearly so.
EXACT = {"rel": 1e-15}


def quadratic(sign=1, **changes):
    """Max over x, min over y of -x^2/2 + x y + y^2/2 - a y: x = y = a/2, value -a^2/4."""
    value = sign * (-(x**2) / 2 + x * y + y**2 / 2 - a * y)
    return PrintedSaddle(value, (x,), (y,), OUTPUTS, **changes)


def test_quadratic_saddle():
    found = quadratic().evaluate({"a": 3.0})
    assert found == pytest.approx({"x": 1.5, "y": 1.5, "value": -2.25}, **EXACT)


def test_stationary_point_of_the_wrong_type_is_rejected():
    with pytest.raises(NotConverged, match="second derivatives"):
        quadratic(sign=-1).evaluate({"a": 3.0})


def test_inner_supremum():
    # sup_t t(2x - t) over [0, 1) is x^2 at t = x < 1.
    value = -(x**2) + L / 2 + a * x + (y - x) ** 2 / 2 - x**2 / 2 + y**2 / 2
    saddle = PrintedSaddle(
        value, (x,), (y,), {**OUTPUTS, "t": t}, inner_sup=InnerSup(L, t, t * (2 * x - t))
    )
    found = saddle.evaluate({"a": 0.75})
    # y = x/2, then max over x of -x^2 + a x + x^2/4.
    assert found == pytest.approx({"x": 0.5, "y": 0.25, "t": 0.5, "value": 0.1875}, **EXACT)


def test_inner_stationary_point_that_is_no_supremum_is_rejected():
    # t = 1/2 is the inner minimum; the supremum is at the open end.
    sup = InnerSup(L, t, (t - sp.Rational(1, 2)) ** 2)
    saddle = PrintedSaddle(quadratic().value + L, (x,), (y,), OUTPUTS, inner_sup=sup)
    with pytest.raises(NotConverged, match="not the supremum"):
        saddle.evaluate({"a": 1.0})


def test_inner_root_is_differentiated_implicitly():
    # r = sqrt(x), not stationary in the value: max of r a - x^2/2 at x^(3/2) = a/2.
    saddle = PrintedSaddle(
        a * r - x**2 / 2 + (y - 1) ** 2, (x,), (y,), OUTPUTS, inner_root=InnerRoot(r, x - r**2)
    )
    found = saddle.evaluate({"a": 2.0})
    assert found == pytest.approx({"x": 1.0, "y": 1.0, "value": 1.5}, **EXACT)


def test_branch_of_the_indicator_is_checked():
    value = quadratic().value * sp.Piecewise((1, x > 10), (0, True))
    with pytest.raises(NotConverged, match="branch"):
        PrintedSaddle(value, (x,), (y,), OUTPUTS).evaluate({"a": 1.0})


def test_false_zero_at_the_origin_is_rejected():
    saddle = quadratic()
    tiny = {"x": mpmath.mpf("1e-12"), "y": mpmath.mpf("1e-12")}
    assert "false zero" in verify.complaint(saddle, tiny, {"a": 1.0})
    off = {"x": mpmath.mpf("0.5"), "y": mpmath.mpf("0.5000001")}
    assert "gradient" in verify.complaint(saddle, off, {"a": 1.0})


def test_probe_finds_a_saddle_that_is_only_local():
    # Convex near y = 1, but y = 0 is lower: the minimum over y is not at the stationary point.
    value = -((x - 1) ** 2) + (y - 1) ** 2 * (y - sp.Rational(9, 10)) * 100 + y - y**2 / 2
    with pytest.raises(NotConverged, match="improves on the candidate"):
        PrintedSaddle(value, (x,), (y,), OUTPUTS).evaluate({})


def test_boundary_saddle():
    # For a <= 0 there is no interior saddle and the one at the origin has value 0.
    saddle = quadratic(boundary={"x": sp.S(0), "y": sp.S(0)})
    shifted = PrintedSaddle(
        saddle.value.subs(a, a - 1), (x,), (y,), OUTPUTS, boundary=saddle.boundary
    )
    # AT_ZERO = 1e-13 stands for 0+, so the value is that far off.
    assert shifted.evaluate({"a": 0.5}) == {"value": pytest.approx(0.0, abs=1e-12)}
    assert boundary_value(shifted, {"a": 2.0}) is None
    assert shifted.evaluate({"a": 2.0})["value"] == pytest.approx(-0.25, **EXACT)


def test_continuation_reaches_what_random_starts_do_not():
    # The saddle lies at x = y = exp(a), far outside the starts' range for a = 30.
    u, v = sp.log(x) - a, sp.log(y) - a
    far = PrintedSaddle(-(u**2) + v**2 + u * v, (x,), (y,), OUTPUTS, easier={"a": sp.S(1)})
    assert far.evaluate({"a": 30.0})["x"] == pytest.approx(math.exp(30), rel=1e-14)


def test_answer_is_a_function_of_the_point():
    assert quadratic().evaluate({"a": 1.7}) == quadratic().evaluate({"a": 1.7})


def test_misuse():
    with pytest.raises(InvalidProblem, match="boundary must give each"):
        quadratic(boundary={"x": sp.S(0)})
    with pytest.raises(InvalidProblem, match="scales: 'z'"):
        quadratic(scales={"z": sp.S(1)})
    with pytest.raises(InvalidProblem, match="easier: 'eps'"):
        quadratic(easier={"eps": sp.S(1)})
