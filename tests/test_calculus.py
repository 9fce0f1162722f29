"""Calculus nodes against quadrature, brute force and printed identities."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import asymp.special
from asymp.calculus.excess_moment import ExcessMoment, excess_average
from asymp.calculus.moreau import Moreau
from asymp.calculus.piecewise import PiecewisePolynomial
from asymp.calculus.primitives import central2, mp_dual_empty, mp_empty, mp_full
from asymp.calculus.resolvent import prove_closed_forms
from asymp.calculus.spectral_law import EIGENVALUE, MarchenkoPastur, PointMass, SpectralAverage
from asymp.calculus.truncated_moment import CentralMoment, TailMoment, interval_moment
from asymp.errors import NotDerivable
from asymp.lowering.nodes import numeric_form

R = sp.Symbol("r", real=True)
OMEGA = sp.Symbol("omega", real=True)
V, KNEE, E = sp.symbols("V knee e", positive=True)
LOSSES = {
    "square": R**2 / 2,
    "absolute": sp.Abs(R),
    "robust": (sp.Abs(R) + E) ** 2 / 2,
    "huber": sp.Piecewise((R**2 / 2, sp.Abs(R) <= KNEE), (KNEE * sp.Abs(R) - KNEE**2 / 2, True)),
    "quantile": sp.Max(3 * R / 4, -R / 4),
}


@pytest.mark.parametrize("k", range(5))
@pytest.mark.parametrize(
    ("low", "high"), [(-1, 2), (0, 1.5), (-0.7, 0.7), (-mpmath.inf, 0.3), (1, mpmath.inf)]
)
def test_truncated_moments_are_integrals(k, low, high):
    ends = [sp.oo if abs(x) == mpmath.inf else sp.nsimplify(x) for x in (low, high)]
    if low == -mpmath.inf:
        ends[0] = -sp.oo
    value = float(interval_moment(k, *ends).rewrite(sp.erf).evalf(25))
    cut = [max(low, -30), min(high, 30)]
    exact = mpmath.quad(
        lambda z: z**k * mpmath.npdf(z),
        [cut[0], *(x for x in (-3, 0, 3) if cut[0] < x < cut[1]), cut[1]],
    )
    assert value == pytest.approx(float(exact), abs=1e-13)  # rounding of the quadrature


def test_truncated_moment_derivatives_and_forms_agree():
    a = sp.Symbol("a", positive=True)
    for node in (CentralMoment, TailMoment):
        for k in range(4):
            direct = node(k, a).rewrite_elementary().diff(a)
            assert sp.simplify(direct - node(k, a).diff(a)) == 0
            at = {a: sp.Rational(7, 5)}
            gap = node(k, a).numeric_form().subs(at) - node(k, a).rewrite_elementary().subs(at)
            assert abs(gap.evalf(30)) < 1e-25  # both forms to 30 digits


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("a", [-2.0, 0.3, 3.0])
def test_moments_of_an_excess_are_integrals(k, a):
    value = float(ExcessMoment(k, sp.Float(a)).evalf(20))
    exact = mpmath.quad(lambda z: (z - a) ** k * mpmath.npdf(z), [a, a + 1, a + 3, a + 12])
    assert value == pytest.approx(float(exact), rel=1e-12)  # the quadrature's own error


def test_moments_of_an_excess_derivatives_and_forms_agree():
    a = sp.Symbol("a", real=True)
    for k in (1, 2):
        node = ExcessMoment(k, a)
        assert sp.expand(node.rewrite_elementary().diff(a) - node.diff(a).rewrite(sp.erf)) == 0
        slope = node.numeric_form().diff(a).subs(a, sp.Rational(-7, 5))
        assert abs((slope - node.diff(a).subs(a, sp.Rational(-7, 5))).evalf(30)) < 1e-28
    with pytest.raises(ValueError, match="0, 1 or 2"):
        ExcessMoment(3, a)


def test_moments_of_an_excess_at_ends_are_numbers():
    for k in (1, 2):
        assert ExcessMoment(k, sp.oo) == 0
        assert ExcessMoment(k, -sp.oo) == sp.oo
        assert ExcessMoment(k, 0) == TailMoment(k, 0)


@pytest.mark.parametrize("up", [True, False])
@pytest.mark.parametrize("value", [(OMEGA - E) ** 2 / 3, 2 * (OMEGA - E) ** 2 - KNEE * (OMEGA - E)])
def test_pieces_that_begin_at_zero_are_averaged_about_their_end(value, up):
    ends = (E, sp.oo) if up else (-sp.oo, E)
    found = excess_average(value, OMEGA, *ends, KNEE, V)
    assert found.has(ExcessMoment)
    at = {E: 0.8, KNEE: -0.4, V: 1.7}
    f = sp.lambdify(OMEGA, value.subs(at), "mpmath")
    cuts = [0.8 + (1 if up else -1) * step for step in (0, 1, 4, 10, 25)]
    exact = mpmath.quad(lambda w: f(w) * mpmath.npdf(w, -0.4, 1.7), sorted(cuts))
    assert float(found.subs(at).evalf(20)) == pytest.approx(float(exact), rel=1e-11)


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (OMEGA**2, E, sp.oo),
        (sp.Integer(1), E, sp.oo),
        ((OMEGA - E) ** 3, E, sp.oo),
        ((OMEGA - E) ** 2, E, 2 * E),
        (OMEGA**2, -sp.oo, sp.oo),
    ],
)
def test_other_pieces_are_left_to_truncated_moments(value, low, high):
    assert excess_average(value, OMEGA, low, high, sp.Integer(0), V) is None


def test_a_squared_hinge_far_from_its_kink_keeps_its_digits():
    """Written in truncated moments both averages would be off by 1e-10 of their value."""
    pieces = PiecewisePolynomial.of(sp.Max(0, R - KNEE) ** 2, R)
    average = pieces.average(V)
    with mpmath.workdps(40):
        exact = mpmath.quad(lambda y: y**2 * mpmath.npdf(14 + y), [0, 0.1, 1, 5])
    numbers = sp.lambdify((KNEE, V), numeric_form(average), [vars(asymp.special), "math"])
    assert numbers(14.0, 1.0) == pytest.approx(float(exact), rel=1e-14)


def test_central2_keeps_its_digits_where_erf_cancels():
    a = mpmath.mpf("1e-6")
    series = a**3 / (3 * mpmath.sqrt(2 * mpmath.pi)) * (1 - mpmath.mpf(3) / 10 * a**2)
    assert float(central2.mp(a) / series - 1) == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize("name", LOSSES)
@settings(max_examples=25, deadline=None)
@given(
    omega=st.floats(-5, 5), scale=st.floats(0.05, 5), knee=st.floats(0.1, 3), e=st.floats(0.0, 2)
)
def test_moreau_envelope_is_the_minimum(name, omega, scale, knee, e):
    loss = LOSSES[name]
    moreau = Moreau.of(PiecewisePolynomial.of(loss, R), OMEGA, V)
    at = {V: scale, KNEE: knee, E: e, OMEGA: omega}
    point = float(moreau.proximal.as_piecewise().subs(at))
    value = float(moreau.envelope.as_piecewise().subs(at))
    numbers = sp.lambdify(R, loss.subs({KNEE: knee, E: e}), "numpy")
    grid = point + np.concatenate([[0.0], *(s * np.geomspace(1e-9, 8, 200) for s in (1, -1))])
    objective = numbers(grid) + (grid - omega) ** 2 / (2 * scale)
    assert value == pytest.approx(objective[0], rel=1e-12, abs=1e-12)  # value at the point
    assert objective[0] <= objective.min() + 1e-12  # rounding: nothing around is lower


def test_moreau_refuses_what_is_not_convex_or_quadratic():
    with pytest.raises(NotDerivable, match=r"not convex|concave"):
        Moreau.of(PiecewisePolynomial.of(-sp.Abs(R), R), OMEGA, V)
    with pytest.raises(NotDerivable, match="degree 4"):
        Moreau.of(PiecewisePolynomial.of(R**4, R), OMEGA, V)
    with pytest.raises(NotDerivable, match="not a polynomial"):
        PiecewisePolynomial.of(sp.log(1 + sp.exp(R)), R)


def test_switches_that_change_nothing_leave_no_break_point():
    pieces = PiecewisePolynomial.of(LOSSES["huber"], R).pieces
    assert [p.low for p in pieces] == [-sp.oo, -KNEE, KNEE]


@pytest.mark.parametrize("ratio", [0.3, 0.9, 2.5])
@pytest.mark.parametrize("dual", [False, True])
@pytest.mark.parametrize("x", [1e-3, 0.7, 50.0])
def test_resolvent_primitives_are_averages_over_the_density(ratio, dual, x):
    law = MarchenkoPastur(sp.Float(ratio), dual)
    density, low, high = law.density(mpmath.mpf(ratio))
    middle, half = (low + high) / 2, (high - low) / 2

    def integrand(angle):
        t = middle - half * mpmath.cos(angle)
        return x / (t + x) * density(t) * half * mpmath.sin(angle)

    bulk = mpmath.quad(integrand, mpmath.linspace(0, mpmath.pi, 9))
    atom = max(0, 1 - (ratio if dual else 1 / ratio))
    primitive = mp_dual_empty if dual else mp_empty
    # the quadrature meets 1/(t+x) close to the lower edge when the ratio is near 1
    assert float(primitive.mp(mpmath.mpf(x), ratio)) == pytest.approx(float(bulk + atom), rel=1e-7)


@given(x=st.floats(1e-12, 1e12), ratio=st.floats(1e-3, 1e3))
@settings(max_examples=200, deadline=None)
def test_resolvent_identities(x, ratio):
    with mpmath.workdps(40):
        full, empty, dual = (f.mp(mpmath.mpf(x), ratio) for f in (mp_full, mp_empty, mp_dual_empty))
        assert abs(full + empty - 1) < 1e-30
        assert abs(ratio * full + dual - 1) < 1e-24 * max(1, ratio)
        assert abs(full * x / (empty * dual) - 1) < 1e-20  # x D = s s_dual


def test_primitive_derivatives_follow_from_the_quadratic():
    x, psi = sp.symbols("x psi", positive=True)
    at = {x: sp.Rational(3, 7), psi: sp.Rational(5, 3)}
    for function in (mp_full, mp_empty, mp_dual_empty):
        with mpmath.workdps(40):
            numeric = mpmath.diff(
                lambda s, f=function: f.mp(s, mpmath.mpf(5) / 3), mpmath.mpf(3) / 7
            )
            claimed = function(x, psi).diff(x).subs(at).evalf(30)
            assert abs(claimed - numeric) < 1e-15  # numerical differentiation


def test_closed_forms_are_proved():
    assert prove_closed_forms()


@pytest.mark.parametrize("order", range(5))
def test_moments_of_the_law(order):
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((1200, 800))
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    spectrum = np.linalg.eigvalsh(weights @ weights.T)
    claimed = float(MarchenkoPastur(sp.Rational(3, 2)).moment(order))
    # fluctuations and bias of a linear statistic are O(1/d), with a constant that grows with order
    assert np.mean(spectrum**order) == pytest.approx(claimed, rel=0.02)


def test_average_pulls_out_what_is_constant_and_differentiates_inside():
    h = sp.Symbol("h", positive=True)
    law = MarchenkoPastur(sp.Symbol("psi", positive=True))
    node = SpectralAverage(h * EIGENVALUE, law)
    assert node == h * SpectralAverage(EIGENVALUE, law)
    assert SpectralAverage(h, law) == h
    assert EIGENVALUE not in node.free_symbols
    assert PointMass().moment(3) == 1
