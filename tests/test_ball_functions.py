"""Functions of balls hold the values of the primitives at every point inside, by mpmath."""

import math

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

flint = pytest.importorskip("flint")

from balls import exact, holds  # noqa: E402
from flint import arb  # noqa: E402

from asymp.balls import functions as balls  # noqa: E402
from asymp.balls.rectangles import complex_functions  # noqa: E402
from asymp.balls.tail_functions import tail_functions  # noqa: E402
from asymp.calculus import primitives  # noqa: E402
from asymp.lowering.source import primitives as all_primitives  # noqa: E402

BITS = 128
POINTS = (-1.0, -0.5, 0.0, 0.3, 1.0)  # places inside a ball, in units of its radius
NAMED = balls.functions()

sizes = st.floats(-6, 3).map(lambda e: 10.0**e)
anywhere = st.builds(lambda s, x: s * x, st.sampled_from((-1.0, 1.0)), sizes) | st.just(0.0)
radii = st.sampled_from((0.0, 1e-30, 1e-12, 1e-6, 1e-3, 0.1, 0.9, 3.0))


@pytest.fixture(autouse=True)
def precise():
    with flint.ctx.workprec(BITS), mpmath.workdps(60):
        yield


def around(middle, radius):
    """Ball with exact ends, and points inside it as mpmath numbers."""
    ball = arb(middle, radius)
    return ball, [mpmath.mpf(middle) + mpmath.mpf(radius) * place for place in POINTS]


def check(name, function, *pairs):
    """Every combination of points of balls has its value in the ball of the balls."""
    enclosure = NAMED[name](*(ball for ball, _ in pairs))
    for places in zip(*(points for _, points in pairs), strict=True):
        assert holds(enclosure, function(*places)), (name, pairs, places, enclosure)


POSITIVE = ("mp_full", "mp_empty", "mp_dual_empty")
LINE = ("upper_tail", "excess1", "excess2", "sigmoid", "softplus")


@pytest.mark.parametrize("name", LINE)
@given(middle=anywhere, radius=radii)
def test_primitives_of_the_line(name, middle, radius):
    check(name, getattr(primitives, name).mp, around(middle, radius))


@pytest.mark.parametrize("name", POSITIVE)
@given(x=sizes, ratio=sizes, share=st.sampled_from((0.0, 1e-25, 1e-9, 0.1, 0.99, 1.0)))
def test_marchenko_pastur_averages(name, x, ratio, share):
    pairs = around(x, x * share), around(ratio, ratio * min(share, 0.5))
    check(name, getattr(primitives, name).mp, *pairs)


@given(
    pull=st.floats(0, 50), depth=st.floats(0, 30), share=st.sampled_from((0.0, 1e-20, 1e-6, 0.1))
)
def test_the_gap_of_a_weight(pull, depth, share):
    pairs = around(pull, pull * share), around(depth, depth * share)
    check("weight_gap", primitives.weight_gap.mp, *pairs)


@given(x=sizes, ratio=sizes | st.just(1.0))
def test_marchenko_pastur_averages_solve_their_quadratics(x, ratio):
    full, empty, dual = (NAMED[name](arb(x), arb(ratio)) for name in POSITIVE)
    psi = arb(ratio)
    for residual in (
        psi * full * full - (1 + psi + arb(x)) * full + 1,
        full + empty - 1,
        dual + psi * full - 1,
    ):
        # Narrow and around zero; sizes are below 1e7.
        assert residual.contains(0)
        assert residual.rad() < 1e-20
    assert full > 0
    assert empty > 0
    assert dual > 0


def test_marchenko_pastur_at_zero_is_the_limit_from_the_right():
    for ratio, full, empty, dual in ((0.5, 1, 0, 0.5), (4.0, 0.25, 0.75, 0)):
        for name, value in zip(POSITIVE, (full, empty, dual), strict=True):
            ball = NAMED[name](arb(0), arb(ratio))
            assert ball.contains(arb(value))
            assert ball.rad() < 1e-30
    assert NAMED["mp_full"](arb(0), arb(1)).contains(1)


@pytest.mark.parametrize("name", POSITIVE)
@pytest.mark.parametrize("x", [arb(-1), arb(-1, 0.1), arb(1, 3), arb(0, 1e-30)])
def test_marchenko_pastur_averages_are_not_continued_to_negative_arguments(name, x):
    assert not NAMED[name](x, arb(2)).is_finite()


@pytest.mark.parametrize("name", POSITIVE)
def test_a_parameter_from_zero_on_keeps_its_averages(name):
    """The ball around [0, 1/1000] may reach below zero by the rounding of its radius."""
    x = arb(0).union(arb(1) / 1000)
    ball = NAMED[name](x, arb(3))
    assert ball.is_finite()
    for place in (1e-60, 1e-9, 5e-4, 1e-3):
        assert holds(ball, getattr(primitives, name).mp(mpmath.mpf(place), mpmath.mpf(3)))


@given(middle=anywhere, radius=radii)
def test_truncated_moment(middle, radius):
    def odd(a):
        # mpmath's form in a^2 is even; the integral from 0 to a is odd.
        return mpmath.sign(a) * primitives.central2.mp(abs(a))

    check("central2", odd, around(middle, radius))


@pytest.mark.parametrize("name", ["excess1", "excess2"])
@pytest.mark.parametrize("a", [-1e6, -3.0, 0.0, 1.0, 30.0, 1e4])
def test_moments_of_an_excess_keep_their_digits_and_their_sign(name, a):
    ball = NAMED[name](arb(a))
    assert ball > 0
    assert ball.rel_accuracy_bits() > BITS - 20
    with mpmath.workdps(200):
        assert holds(ball, getattr(primitives, name).mp(mpmath.mpf(a)))


@pytest.mark.parametrize("name", ["excess1", "excess2"])
def test_moments_of_an_excess_of_wide_and_infinite_balls(name):
    far = NAMED[name](arb(2) ** 60)
    assert far.contains(0)
    assert far < 1e-300
    wide = NAMED[name](arb(0, 3))
    for end in (-3, 3):
        assert wide.contains(NAMED[name](arb(end)))
    assert not NAMED[name](arb(0, "inf")).is_finite()


def test_truncated_moment_far_below_zero():
    """The series is for small arguments of either sign only."""
    assert holds(NAMED["central2"](arb(-30)), mpmath.mpf(-0.5))
    assert NAMED["central2"](arb(-2, 3)).contains(arb(-0.5))


@given(p=st.floats(0.0, 0.999999), share=st.sampled_from((0.0, 1e-12, 1e-3)))
def test_quantile(p, share):
    check("central_quantile", primitives.central_quantile.mp, around(p, (1 - p) * share))


def test_quantile_of_one_is_not_finite():
    assert not NAMED["central_quantile"](arb(1)).is_finite()
    assert not NAMED["central_quantile"](arb(1, 1e-20)).is_finite()


@given(middle=anywhere, radius=radii, n=st.integers(1, 9))
def test_powers(middle, radius, n):
    ball, points = around(middle, radius)
    enclosure = balls.power(ball, n)
    for place in points:
        assert holds(enclosure, place**n)


@given(middle=sizes, share=st.sampled_from((0.0, 1e-20, 0.5, 1.0)))
def test_square_root(middle, share):
    check("sqrt", mpmath.sqrt, around(middle, middle * share))


@pytest.mark.parametrize("x", [arb(-1), arb(0, 1), arb(1, 1.5), arb(0, 1e-40), arb.nan()])
def test_square_root_of_what_may_be_negative_is_unknown(x):
    assert balls.sqrt(x).is_nan()


@pytest.mark.parametrize("name", balls.METHODS)
@given(middle=anywhere, radius=radii)
def test_elementary_functions(name, middle, radius):
    function = {"lgamma": mpmath.loggamma}.get(name) or getattr(mpmath, name)
    ball, points = around(middle, radius)
    enclosure = NAMED[name](ball)
    if not enclosure.is_finite():
        return
    for place in points:
        value = function(place)
        assert isinstance(value, mpmath.mpf), "finite off the domain"
        # mpmath keeps 60 digits; next to a zero of tan or lgamma fewer are left.
        assert holds(enclosure, value, 1e-30), (name, ball, place)


@given(a=anywhere, b=anywhere, r=radii, s=radii)
def test_conditions_speak_for_every_point(a, b, r, s):
    (left, lefts), (right, rights) = around(a, r), around(b, s)
    pairs = [(x, y) for x in lefts for y in rights]
    for condition, holds_at in (
        (balls.less(left, right), [x < y for x, y in pairs]),
        (balls.at_most(left, right), [x <= y for x, y in pairs]),
        (balls.equal(left, right), [x == y for x, y in pairs]),
    ):
        if condition is not None:
            assert set(holds_at) == {condition}
    for name, function in (("maximum", max), ("minimum", min)):
        enclosure = NAMED[name](left, right)
        assert all(holds(enclosure, function(x, y)) for x, y in pairs)
    assert all(holds(NAMED["absolute"](left), abs(x)) for x in lefts)
    assert all(holds(balls.sign(left), mpmath.sign(x)) for x in lefts)
    assert all(holds(balls.heaviside(left), (1 + mpmath.sign(x)) / 2) for x in lefts)


TRUTHS = (True, False, None)


@pytest.mark.parametrize("a", TRUTHS)
@pytest.mark.parametrize("b", TRUTHS)
def test_three_valued_logic_agrees_with_every_completion(a, b):
    def possible(value):
        return (True, False) if value is None else (value,)

    for name, plain in (("conjunction", bool.__and__), ("disjunction", bool.__or__)):
        outcomes = {plain(x, y) for x in possible(a) for y in possible(b)}
        expected = outcomes.pop() if len(outcomes) == 1 else None
        assert NAMED[name](lambda: a, lambda: b) is expected
    assert balls.negation(a) is (None if a is None else not a)


def test_what_is_unknown_stays_unknown():
    nan = arb.nan()
    assert balls.less(nan, arb(1)) is None
    assert balls.at_most(nan, arb(1)) is None
    assert balls.equal(nan, arb(1)) is None
    assert balls.equal(nan, nan) is None
    for name in ("sign", "heaviside", "sqrt", "absolute", "central2", "excess2", "softplus"):
        assert not NAMED[name](nan).is_finite()
    for name in ("maximum", "minimum"):
        assert not NAMED[name](nan, arb(1)).is_finite()
        assert not NAMED[name](arb(1), nan).is_finite()


def test_an_undecided_choice_is_a_union_or_unknown():
    x = arb(0, 1)
    pairs = ((lambda: balls.less(x, arb(0)), lambda: arb(-1)), (lambda: True, lambda: arb(2)))
    union = balls.choose(*pairs)
    assert union.contains(-1)
    assert union.contains(2)
    assert balls.decided(*pairs).is_nan()
    later = ((lambda: False, lambda: arb(7)), (lambda: True, lambda: arb(3)))
    assert balls.choose(*later) == balls.decided(*later) == 3
    assert balls.choose((lambda: None, lambda: arb(1))).is_nan()  # perhaps none holds
    assert balls.decided((lambda: False, lambda: arb(1))).is_nan()


def test_every_primitive_has_its_function_on_every_kind_of_ball():
    for name in (p.kernel_name for p in all_primitives()):
        for named in (NAMED, complex_functions(), tail_functions()):
            assert name in named


def test_the_pole_of_the_gamma_function_is_not_finite():
    assert not NAMED["gamma"](arb(0, 0.1)).is_finite()
    assert not NAMED["log"](arb(0.1, 0.2)).is_finite()
    assert not NAMED["tan"](arb(math.pi / 2, 0.1)).is_finite()


def test_reading_helper_is_exact():
    assert exact(mpmath.mpf(-3) / 8) == arb(-3) / 8
