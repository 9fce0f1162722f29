"""Systems made to mislead: folds, kinks, jumps, roots off the domain, several roots and none."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp

flint = pytest.importorskip("flint")

from flint import arb  # noqa: E402

import asymp  # noqa: E402
from asymp.balls.constants import precision  # noqa: E402
from asymp.balls.program import ball_system  # noqa: E402
from asymp.certify import Certificate  # noqa: E402
from asymp.certify.numbers import exact_ball, float_above, float_below, outward  # noqa: E402
from asymp.certify.point import certify_point  # noqa: E402
from asymp.certify.root import RootBox  # noqa: E402
from asymp.errors import InvalidParameter, NotConverged  # noqa: E402
from asymp.reductions.system import Branch, FixedPoint  # noqa: E402

x, y = sp.symbols("x y", positive=True)
a, c = sp.symbols("a c", real=True)
POSITIVE, REALS = sp.Interval.open(0, sp.oo), sp.Interval(-100, 100)


def certified(update, candidate, value=0.0, values=None, **how):
    """Outcome for one unknown x with one parameter c."""
    system = FixedPoint((x,), (), (sp.sympify(update),), (sp.Integer(1),))
    branch = Branch("root", sp.true, (), system, values or {"root": x})
    balls = ball_system((branch,), (c,))
    return certify_point(balls, lambda _: [arb(value)], lambda _: [candidate], **how)


def theorem(update, second=None, observables=None):
    """The same as a theorem that a user states, with a parameter a."""
    equations, state = [sp.Eq(x, update)], {"x": 1}
    if second is not None:
        equations, state = [*equations, sp.Eq(y, second)], {"x": 1, "y": 1}
    return asymp.Theorem.from_equations(
        id="own", title="Own", parameters={"a": REALS}, state=state, equations=equations,
        observables=observables or {"root": x},
    )  # fmt: skip


# Folds: x = x + c - (x-1)^2 has the roots 1 +- sqrt(c).
FOLD = x + c - (x - 1) ** 2


@pytest.mark.parametrize("size", [1e-2, 1e-6, 1e-10, 1e-20, 1e-30])
@pytest.mark.parametrize("sign", [1, -1])
def test_two_roots_next_to_a_fold_are_told_apart(size, sign):
    root = mpmath.sqrt(mpmath.mpf(size))
    found = certified(FOLD, float(1 + sign * root * 1.1), size, condition=1 / float(root))
    if found.outcome != Certificate.certified:
        assert found.outcome == Certificate.no_contraction
        assert size <= 1e-20  # the candidate is a float: both roots may be nearest to 1
        return
    with precision(512):
        other = 1 - sign * arb(size).sqrt()
        assert found.state[0].contains(1 + sign * arb(size).sqrt())
        assert not found.state[0].contains(other)
        assert abs(other.log()) > 0
        assert found.radius < 2 * np.sqrt(size) * 1.01


@pytest.mark.parametrize("value", [0.0, -1e-300, -1e-30, -1e-12])
def test_a_double_root_or_none_is_never_certified(value):
    for candidate in (1.0, 1 + 1e-12, 1 - 1e-6):
        found = certified(FOLD, candidate, value)
        assert found.outcome == Certificate.no_contraction
        assert not found.values


# Jumps: no x equals this map, which crosses the diagonal by a jump.


@pytest.mark.parametrize("height", [1e-3, 1e-7, 1e-12, 1e-16])
def test_a_jump_across_the_diagonal_is_no_root(height):
    gap = sp.Rational(height)
    jump = sp.Piecewise((sp.Rational(3, 2) + gap, x < sp.Rational(3, 2)), (1.5 - gap, True))
    for candidate in (1.5, 1.5 * (1 - 1e-16), 1.5 + height, 1.5 - height):
        assert certified(jump, candidate).outcome == Certificate.no_contraction
    found = theorem(jump).certify_everywhere((0.5, 4.0), a=0.0)
    assert not found.roots
    assert found.undecided
    assert not found.unique


def test_a_choice_away_from_its_edge_is_decided():
    step = sp.Piecewise((sp.Rational(1, 2), x < 1), (2, True))
    for candidate in (0.5, 2.0):
        found = certified(step, candidate)
        assert found.outcome == Certificate.certified
        assert found.state[0].contains(candidate)
        assert found.state[0].rad() < 1e-30
    both = theorem(step).certify_everywhere((0.1, 10.0), a=0.0)
    assert len(both.roots) == 2  # the edge itself stays undecided
    assert not both.unique


# Kinks: x = 1 + slope |x - 1| at x = 1, where the map is not differentiable.


def test_a_root_at_a_kink_of_small_slope_is_proved():
    found = certified(1 + c * sp.Abs(x - 1), 1 + 1e-9, 0.5)
    assert found.outcome == Certificate.certified
    assert found.state[0].contains(1)
    # Both slopes are in H', which is [1/2, 3/2] there: Krawczyk's image shrinks by a half a turn.
    largest = certified(sp.Max(x / 2, sp.Rational(1, 2) + x / 4, c), 2 / 3, 0.1)
    assert largest.outcome == Certificate.certified
    with precision(128):
        assert largest.state[0].contains(arb(2) / 3)


def test_a_root_at_a_steep_kink_is_not_claimed():
    assert certified(1 + c * sp.Abs(x - 1), 1.0, 1.5).outcome == Certificate.no_contraction


# Off the domain: x - 1 = c + (x-1)^(3/2) has no root near 1 for c < 0, where the root is imaginary.


def test_a_root_where_the_map_is_not_defined_is_not_claimed():
    edge = 1 + c + (x - 1) ** sp.Rational(3, 2)
    for candidate in (1.0, 1 - 1e-30, 1 + 1e-12):
        assert certified(edge, candidate, -1e-20).outcome == Certificate.no_contraction
    inside = certified(edge, 1 + 1e-6, 1e-6)
    assert inside.outcome == Certificate.certified
    assert inside.state[0] > 1 + 1e-6
    assert certified(2 + sp.log(c), 2.0, -1.0).outcome == Certificate.no_contraction
    assert certified(x / 2 - 3, 1.0).outcome == Certificate.no_contraction  # negative map


def test_a_value_without_enclosure_is_no_certificate():
    found = certified(1 + x / 2, 2.0, values={"root": x, "pole": 1 / (x - 2)})
    assert found.outcome == Certificate.not_enclosed
    stated = certified(1 + x / 2, 2.0, values={"root": x, "far": sp.oo})
    assert stated.outcome == Certificate.certified


def test_candidates_that_are_no_roots_come_home_or_fail():
    """x = 2 for any start; from far away Newton's method may fail."""
    for candidate in (2.0, 2.5, 1e-3, 1e3, 1e300, 5e-324):
        found = certified(1 + x / 2, candidate)
        assert found.outcome in (Certificate.certified, Certificate.no_contraction)
        if found.outcome == Certificate.certified:
            assert found.state[0].contains(2)


def test_a_box_holds_only_what_lies_in_it_certainly():
    box = RootBox([arb(1)], [arb(1)], [arb(0.1)])
    with precision(128):
        assert box.holds([arb(0.095).exp()])
        assert not box.holds([arb(0.1).exp()])  # the edge, blurred by rounding
        assert not box.holds([arb(1, 0.2)])
    assert box.radius == 0.1


# Everywhere.


def test_exactly_two_fixed_points():
    """x = (x^2 + 2)/3 at 1 and 2."""
    found = theorem((x**2 + 2) / 3).certify_everywhere((0.1, 10.0), a=0.0)
    assert found.undecided == 0
    roots = sorted(root["x"] for root in found.roots)
    assert len(roots) == 2
    for (low, high), value in zip(roots, (1.0, 2.0), strict=True):
        assert low <= value <= high
        assert high - low < 1e-10
    assert not found.unique
    assert "exactly 2 fixed points" in str(found)
    one = theorem((x**2 + 2) / 3).certify_everywhere((1.5, 10.0), a=0.0)
    assert one.unique


def test_no_fixed_point():
    found = theorem(x**2 + 1).certify_everywhere((1e-3, 1e3), a=0.0)
    assert (found.roots, found.undecided) == ((), 0)
    assert "no fixed point" in str(found)


def test_two_unknowns_with_two_solutions():
    """y = x^2 and x = (y + 2)/3."""
    found = theorem((y + 2) / 3, x**2).certify_everywhere((0.3, 10.0), a=0.0)
    assert found.undecided == 0
    roots = sorted((root["x"], root["y"]) for root in found.roots)
    assert len(roots) == 2
    for (first, second), value in zip(roots, (1.0, 2.0), strict=True):
        assert first[0] <= value <= first[1]
        assert second[0] <= value**2 <= second[1]


def test_a_constant_map_and_a_root_on_a_cut():
    """The first cut of [1/4, 4] in logarithms is at 1."""
    assert theorem(sp.Integer(2)).certify_everywhere((0.1, 10.0), a=0.0).unique
    found = theorem(sp.sqrt(x)).certify_everywhere((0.25, 4.0), a=0.0)
    assert len(found.roots) + found.undecided >= 1
    for root in found.roots:
        assert root["x"][0] <= 1 <= root["x"][1]


def test_a_double_root_stays_undecided():
    found = theorem(x - (x - 1) ** 2 / 4).certify_everywhere((0.5, 2.0), a=0.0)
    assert not found.roots
    assert found.undecided
    assert "undecided" in str(found)


def test_a_search_that_is_cut_short_says_so():
    found = theorem((x**2 + 2) / 3).certify_everywhere((1e-6, 1e6), a=0.0, most=3)
    assert found.undecided
    assert not found.unique


@pytest.mark.parametrize("name", ["ridge", "random-features-ridge"])
def test_the_root_of_ridge_is_the_only_one(name):
    point = {"zeta": 0.3, "tau": 0.5}
    point |= {"alpha": 2.0} if name == "ridge" else {"psi1": 1.5, "psi2": 2.5}
    thm = asymp.theorem(name)
    found = thm.certify_everywhere((1e-3, 1e3), **point)
    assert found.unique
    solved = thm.solve(**point)
    for unknown, (low, high) in found.roots[0].items():
        assert low * (1 - 1e-12) <= float(solved[unknown]) <= high * (1 + 1e-12)


def test_the_headline_root_is_the_only_one_around_it(headline):
    point = {"psi1": 1.5, "psi2": 2.5, "eps": 0.3, "zeta": 0.1, "tau": 0.5}
    solved = headline.solve(**point)
    found = headline.certify_everywhere((0.1, 3.0), **point)
    assert found.unique
    for unknown, (low, high) in found.roots[0].items():
        assert low * (1 - 1e-12) <= float(solved[unknown]) <= high * (1 + 1e-12)
    elsewhere = headline.certify_everywhere((1.6, 3.0), **point)
    assert (elsewhere.roots, elsewhere.undecided) == ((), 0)


@pytest.mark.parametrize(
    ("within", "more", "message"),
    [
        ((0.0, 1.0), {}, "0 < low < high"),
        ((2.0, 1.0), {}, "0 < low < high"),
        ((1.0, float("inf")), {}, "0 < low < high"),
        (3.0, {}, "not a pair"),
        ((0.1, 1.0), {"alpha": [1.0, 2.0]}, "array"),
        ((0.1, 1.0), {"alpha": -1.0}, "alpha"),
        ((0.1, 1.0), {"reading": "octal"}, "reading"),
        ("12", {}, "within = '12' is not a pair"),
        (("0.1", "2"), {}, r"within = \('0.1', '2'\) .* in \(0, inf\)"),
        ((1j, 2.0), {}, "not a pair"),
        ((0.1, 1.0), {"most": "x"}, r"most = 'x' is not a whole number in \[1, inf"),
        ((0.1, 1.0), {"most": 1j}, "most = 1j is not a whole number"),
        ((0.1, 1.0), {"most": 0}, "most = 0 is not a whole number"),
        ((0.1, 1.0), {"alpha": "2"}, r"alpha = '2' is not .* in \(0, inf\) \(samples"),
        ((0.1, 1.0), {"alpha": 1j}, "alpha = 1j is not a real number"),
        ((0.1, 1.0), {"alpha": [1.0, [2.0]]}, "alpha = .* is not a real number"),
        ((0.1, 1.0), {"alpha": None}, "alpha is missing"),
    ],
)
def test_bad_searches_are_refused(within, more, message):
    point = {"alpha": 2.0, "zeta": 0.5, "tau": 0.5} | more
    with pytest.raises((InvalidParameter, NotConverged), match=message):
        asymp.theorem("ridge").certify_everywhere(within, **point)


def test_an_explicit_branch_has_nothing_to_search(headline):
    with pytest.raises(InvalidParameter, match="branch null is explicit"):
        headline.certify_everywhere(psi1=1.0, psi2=2.0, eps=9.0, tau=0.5)


# Curves.


def test_a_curve_of_a_value_that_jumps_holds_both_sides():
    jump = sp.Piecewise((1, a < 2), (3, True))
    own = theorem(1 + x / (3 + a**2), observables={"root": x, "side": jump})
    curve = own.certify_curve({"a": (1.5, 2.5)})
    across = (curve.a_lower <= 2) & (curve.a_upper >= 2)
    assert bool((curve.certificate[across] != 0).any())  # no slope across a jump
    for i in np.flatnonzero(curve.certificate == 0):
        piece = curve.isel(piece=int(i))
        for place in (float(piece.a_lower), float(piece.a_upper)):
            value = 1 if place < 2 else 3
            assert float(piece.side_lower) <= value <= float(piece.side_upper)


def test_a_curve_through_a_fold_stops_there():
    """x = x + a - (x-1)^2 on the upper branch, which ends at a = 0."""
    curve = theorem(x + (a - (x - 1) ** 2) / 2).certify_curve({"a": (-0.5, 0.5)}, pieces=200)
    good = curve.isel(piece=np.flatnonzero(curve.certificate == 0))
    assert bool((good.a_lower > 0).all())
    assert float(good.a_lower.min()) < 0.05
    for piece in good.piece.values:
        one = good.sel(piece=piece)
        ends = np.sqrt([float(one.a_lower), float(one.a_upper)])
        upper, lower = 1 + ends, 1 - ends
        inside = [
            float(one.x_lower) <= side.min() and side.max() <= float(one.x_upper)
            for side in (upper, lower)
        ]
        assert any(inside)


# Numbers.


@pytest.mark.parametrize(
    "text", ["1e-400", "-1e-400", "1e400", "-1e400", "0.1", "3", "0", "-1e-308"]
)
def test_floats_lie_outside(text):
    with precision(200):
        ball = arb(text)
        (low,), (high,) = outward([ball])
        assert arb(low) <= ball.lower()
        assert arb(high) >= ball.upper()
        # No wider than needed: the next floats inwards are on the other side.
        assert arb(math.nextafter(low, math.inf)) > ball.lower()
        assert arb(math.nextafter(high, -math.inf)) < ball.upper()
    assert not np.isnan([low, high]).any()


def test_ends_that_are_no_numbers():
    assert outward([arb.pos_inf()]) == ([np.inf], [np.inf])
    assert np.isnan(outward([arb.nan()])).all()
    assert outward([arb(0, "inf")]) == ([-np.inf], [np.inf])
    assert (float_below(arb(0.5)), float_above(arb(0.5))) == (0.5, 0.5)


def test_numbers_of_many_digits_are_read_exactly():
    with mpmath.workdps(80):
        number = mpmath.mpf(1) / 3
    with precision(400):
        ball = exact_ball(number)
        assert ball.is_exact() or ball.rad() < 1e-100
        assert abs(ball - arb(1) / 3) < 1e-79
    assert exact_ball(mpmath.mpf("1e-400")) > 0
    assert exact_ball(mpmath.mpf(0)) == 0
