"""Printed expressions: random ones against SymPy's own evaluation at points inside the balls."""

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

flint = pytest.importorskip("flint")

from balls import holds  # noqa: E402
from flint import arb  # noqa: E402

from asymp.balls.constants import precision, real_ball  # noqa: E402
from asymp.balls.functions import functions  # noqa: E402
from asymp.balls.printer import BallPrinter  # noqa: E402
from asymp.balls.program import ball_system  # noqa: E402
from asymp.calculus.hermite.arb import constant_ball  # noqa: E402
from asymp.calculus.primitives import mp_full, sigmoid, softplus, upper_tail  # noqa: E402
from asymp.errors import NotDerivable  # noqa: E402
from asymp.reductions.system import Branch, Definition, FixedPoint  # noqa: E402

BITS = 100
x, y, n = sp.symbols("x y n", positive=True)
NUMBERS = (0, 1, -1, 2, 7, 100, -65, sp.Rational(1, 3), sp.pi, sp.sqrt(2), sp.Rational(1, 10), sp.E)

UNARY = [
    *(sp.exp, sp.sin, sp.atan, sp.erf, sp.tanh, sp.Abs, sp.sign, upper_tail, softplus, sigmoid),
    lambda e: sp.sqrt(sp.Abs(e)),
    lambda e: sp.log(1 + sp.Abs(e)),
    lambda e: e**3,
    lambda e: e ** -sp.Rational(3, 2),
    lambda e: 1 / (1 + e**2),
    lambda e: (1 + sp.Abs(e)) ** sp.Rational(1, 3),
    lambda e: 2**e,
    lambda e: mp_full(sp.Abs(e), y),
    lambda e: -e,
]
BINARY = [
    *(sp.Add, sp.Mul, sp.Max, sp.Min),
    lambda a, b: a - b,
    lambda a, b: a / b,
    lambda a, b: sp.Piecewise((a, a < b), (b + 1, True)),
    lambda a, b: sp.Piecewise((a * b, sp.Or(a >= b, sp.Eq(a, 1))), (a, True)),
]
FORMS = [
    *(1 / x, -x / y, x - (y - x), x / (y / x), x ** sp.Rational(-5, 2), 1 / (x * y**2), 2**x),
    *(
        x**y,
        -(x**2),
        (-x) ** 3,
        3 * x / 7,
        sp.pi * x,
        x / sp.sqrt(2),
        sp.exp(-x) / (-y),
        1 / (1 - x),
    ),
]

leaves = st.sampled_from([x, y, *map(sp.sympify, NUMBERS)])


def extended(inner):
    unary = st.sampled_from(UNARY)
    binary = st.sampled_from(BINARY)
    one = st.builds(lambda f, e: f(e), unary, inner)
    two = st.builds(lambda f, a, b: f(a, b), binary, inner, inner)
    return (one | two).filter(real)


def real(expression):
    """Whether SymPy found no pole and nothing imaginary in it."""
    return not expression.has(sp.zoo, sp.nan, sp.oo, -sp.oo, sp.I)


expressions = st.recursive(leaves, extended, max_leaves=7)


def printed(expression, printer=None):
    """Function of balls for an expression, its constants enclosed."""
    printer = printer or BallPrinter()
    text = printer.ball(expression)
    names = dict(functions())
    names |= {name: constant_ball(e).real for e, name in printer.constants.items()}
    names |= {"infinity": arb.pos_inf(), "nan": arb.nan()}
    return lambda **places: eval(text, {**names, **places})


@given(
    expression=expressions,
    at=st.tuples(*[st.floats(0.01, 9)] * 2),
    radius=st.sampled_from((0.0, 1e-20, 1e-3, 0.2)),
)
def test_random_expressions_hold_their_values(expression, at, radius):
    assume(expression.is_number is False)
    with precision(BITS), mpmath.workdps(50):
        balls = {s.name: arb(v, radius * v) for s, v in zip((x, y), at, strict=True)}
        try:
            enclosure = printed(expression)(**balls)
        except NotDerivable:
            assume(False)
        if not enclosure.is_finite():
            return
        for share in (-0.99, 0.0, 0.5):
            point = {
                s: sp.Float(mpmath.mpf(v) * (1 + share * radius), 50)
                for s, v in zip((x, y), at, strict=True)
            }
            value = expression.subs(point).evalf(45, maxn=400)
            if value.is_Float and value._prec > 100:
                # Cancellation may cost SymPy's numbers a few of their 45 digits.
                assert holds(enclosure, value._to_mpmath(150), 1e-25), (
                    expression,
                    point,
                    enclosure,
                )


@pytest.mark.parametrize("expression", FORMS, ids=str)
def test_signs_and_quotients(expression):
    with precision(BITS):
        ball = printed(expression)(x=arb(0.75), y=arb(1.25))
        value = expression.subs({x: sp.Rational(3, 4), y: sp.Rational(5, 4)}).evalf(40)
        assert holds(ball, value._to_mpmath(140), 1e-28)
        assert ball.rad() < 1e-25


def test_numbers_are_exact():
    """A third is not a float; a float is its own binary value."""
    with precision(300):
        third = printed(x * sp.Rational(1, 3))(x=arb(3))
        assert third.contains(1)
        assert third.rad() < 1e-80
        tenth = printed(x * sp.Float(0.1))(x=arb(1))
        assert tenth.contains(arb(0.1))
        assert not tenth.contains(arb(1) / 10)


def test_a_constant_that_is_not_real_is_refused():
    """The real part alone would be another number."""
    assert real_ball(sp.log(2)).overlaps(arb(2).log())
    with pytest.raises(NotDerivable, match="not real"):
        real_ball(sp.sqrt(sp.erf(1) - sp.erf(2)))


def test_integers_become_balls():
    assert isinstance(printed(sp.Integer(3))(), arb)
    assert isinstance(printed(sp.Integer(0))(), arb)


@pytest.mark.parametrize(
    "expression", [sp.zeta(x), sp.DiracDelta(n - x), sp.floor(x), x * sp.I, sp.sqrt(-2) + x]
)
def test_nodes_without_enclosure_are_refused(expression):
    with pytest.raises(NotDerivable):
        BallPrinter().ball(expression)


@pytest.mark.parametrize("name", ["power", "exp", "constant_0", "nan", "choose", "decided"])
def test_quantities_may_not_shadow_functions(name):
    own = sp.Symbol(name, positive=True)
    branch = Branch("root", sp.true, (), FixedPoint((x,), (), (own**3 / x,), (own,)), {"root": x})
    with pytest.raises(NotDerivable, match=name):
        ball_system((branch,), (own,))


def test_a_map_that_may_jump_is_unknown_where_it_is_undecided():
    update = sp.Piecewise((1 + n, x < 1), (2, True))
    system = FixedPoint((x,), (), (update,), (n,))
    branch = Branch(
        "root", sp.true, (), system, {"root": x, "side": sp.Piecewise((0, x < 1), (1, True))}
    )
    with precision(BITS):
        (made,) = ball_system((branch,), (n,)).at(BITS)
        assert made.step([arb(1), arb(0.5)])[0] == 2
        assert made.step([arb(1), arb(1, 0.1)])[0].is_nan()
        # A value is enclosed by the union.
        side = made.values([arb(1), arb(1, 0.1)])[1]
    assert side.contains(0)
    assert side.contains(1)


def test_kinks_are_differentiated_by_unions():
    y_ = Definition(sp.Symbol("kink", real=True), sp.Abs(x - 1))
    system = FixedPoint((x,), (y_,), (2 + y_.symbol / 2,), (n,))
    branch = Branch("root", sp.true, (), system, {"root": x})
    with precision(BITS):
        (made,) = ball_system((branch,), (n,)).at(BITS)
        value, slope = made.step([arb(1), arb(1, 0.25)])
    assert value.contains(2)
    assert value.contains(2.125)
    assert slope.contains(0.5)
    assert slope.contains(-0.5)
