"""Roots, panels and tables in ball arithmetic against mpmath, SciPy and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq

import asymp
from asymp.calculus.implicit_root import Root
from asymp.calculus.logistic_normal import logistic_normal
from asymp.calculus.panel import Panel
from asymp.calculus.primitives import sigmoid
from asymp.calculus.table import TableSum
from asymp.lowering.helpers import Helpers
from asymp.lowering.multiprecision import mp_system

flint = pytest.importorskip("flint")

from flint import acb, arb  # noqa: E402

from asymp.balls import rectangles as on_complex  # noqa: E402
from asymp.balls.functions import functions  # noqa: E402
from asymp.balls.helpers import ball_helper  # noqa: E402
from asymp.balls.logistic import LogisticNormal, strip_bounds  # noqa: E402

x, a, b, omega, V = sp.symbols("x a b omega V", real=True)
BITS = 80


@pytest.fixture(autouse=True)
def precise() -> Any:
    with flint.ctx.workprec(BITS), mpmath.workprec(120):
        yield


def enclosed(*nodes: sp.Expr) -> tuple[Callable[..., Any], list[str]]:
    """Callable of balls for nodes, made as programs make it, and the names of its inputs."""
    helpers = Helpers()
    names = sorted(set().union(*(n.free_symbols for n in nodes)), key=lambda s: s.name)
    outputs = [(sp.Symbol(f"y{i}", real=True), node) for i, node in enumerate(nodes)]
    helpers.extract(outputs, names)
    namespace: dict[str, Any] = dict(functions())
    for helper in helpers.known.values():
        namespace[helper.name] = ball_helper(helper, namespace)
    last = list(helpers.known.values())[-1]
    return namespace[last.name], [s.name for s in last.inputs]


def holds(ball: Any, value: Any, slack: float = 1e-30) -> bool:
    """Whether a ball holds a number that mpmath knows to its own precision."""
    return bool(ball.overlaps(exact(value) + arb(0, slack * (1 + abs(float(value))))))


def exact(value: Any) -> Any:
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return arb(int(-mantissa if sign else mantissa)) * arb(2) ** int(exponent)


def continued(start: Any, field: Any, scale: float) -> Any:
    """Proximal point of the logistic loss near a start."""
    return mpmath.findroot(lambda u: u - field - scale / (1 + mpmath.exp(u)), start)


# Roots


def test_a_root_is_enclosed_for_every_input_of_a_box() -> None:
    root, _ = enclosed(Root(x**3 + x - a, x, 0))
    thin, wide = root(arb(2)), root(arb(2, 0.5))
    reference = mpmath.findroot(lambda t: t**3 + t - 2, 1)
    assert holds(thin, reference)
    assert float(thin.rad()) < 1e-20
    for value in (1.5, 1.8, 2.3, 2.5):
        assert holds(wide, mpmath.findroot(lambda t, value=value: t**3 + t - value, 1))
    assert float(wide.rad()) < 0.3


def test_a_root_stays_between_its_ends() -> None:
    root, _ = enclosed(Root(sp.exp(x) - a, x, 1, 0, 2))
    assert root(arb(0.5)) == 0
    assert root(arb(10)) == 2
    assert holds(root(arb(3)), mpmath.log(3))
    touching = root(arb(1, 0.25))
    assert holds(touching, 0)
    assert holds(touching, mpmath.log(1.25))


def test_a_complex_root_encloses_the_continuation() -> None:
    root, names = enclosed(Root(x - omega - V * sigmoid(-x), x, omega))
    assert names == ["V", "omega"]
    rng = np.random.default_rng(0)
    for _ in range(15):
        scale, centre = rng.uniform(0.1, 30), rng.normal(0, 5)
        wide, high = rng.uniform(0, 0.5, 2)
        box = root(arb(scale), acb(arb(centre, wide), arb(0, high)))
        if not box.is_finite():
            continue  # refusing is allowed; how often is seen in the integrals below
        for s, t in rng.uniform(-1, 1, (4, 2)):
            start = centre + s * wide
            point = mpmath.mpc(start)
            for k in range(9):  # continuation along a straight line from the real root
                field = mpmath.mpc(start, t * high * k / 8)
                point = continued(point, field, scale)
            assert box.real.overlaps(exact(point.real) + arb(0, 1e-20))
            assert box.imag.overlaps(exact(point.imag) + arb(0, 1e-20))


def test_a_root_of_an_equation_with_an_average() -> None:
    mean = Panel(sp.exp(-(omega**2) / 2) * sp.log(1 + b * omega**2), omega, 0, sp.oo, 0, 1)
    with mpmath.workdps(30):
        size = mpmath.quad(
            lambda t: mpmath.exp(-(t**2) / 2) * mpmath.log(1 + t * t / 2), [0, 4, 20]
        )
        cube = mpmath.cbrt(size)
    by_itself, _ = enclosed(Root(x**3 - mean, x, 1, 0, sp.oo))
    assert holds(by_itself(arb(0.5)), cube, 1e-20)
    within, _ = enclosed(Root(mean.subs(b, x) - a, x, 1, 0, sp.oo))
    assert holds(within(exact(size)), mpmath.mpf("0.5"), 1e-20)


def test_such_a_root_inside_an_average_is_refused_not_an_error() -> None:
    t = sp.Symbol("t", real=True)
    mean = Panel(sp.exp(-(omega**2) / 2) * sp.log(1 + x * omega**2), omega, 0, sp.oo, 0, 1)
    inner = Root(mean - a * t, x, 1, 0, sp.oo)
    outer, _ = enclosed(Panel(sp.exp(-(t**2) / 2) * inner, t, 0, sp.oo, 0, 1))
    assert not outer(arb(0.1))[0].is_finite()
    root, _ = enclosed(inner)
    with pytest.raises(on_complex.NotAnalytic):
        root(arb(0.1), acb(arb(1), arb(0, 0.1)))


# Panels


def test_a_panel_over_the_line_and_its_tails() -> None:
    weight = sp.exp(-((x - b) ** 2) / (2 * a**2))
    integral, names = enclosed(
        Panel(weight, x, -sp.oo, sp.oo, b, a), Panel(x**4 * weight, x, -sp.oo, sp.oo, b, a)
    )
    assert names == ["a", "b"]
    for width, centre in ((1.0, 0.0), (0.125, -3.0), (40.0, 1000.0)):
        mass, moment = integral(arb(width), arb(centre))
        root = mpmath.sqrt(2 * mpmath.pi) * width
        fourth = centre**4 + 6 * centre**2 * width**2 + 3 * width**4
        assert holds(mass, root)
        assert holds(moment, root * fourth)
        assert float(mass.rad() / mass) < 1e-20
        assert float(moment.rad() / moment) < 1e-20


def test_inexact_ends_and_inputs_are_enclosed() -> None:
    integral, _ = enclosed(Panel(x * sp.exp(-(x**2) / 2), x, a, b, 0, 1, 0))

    def reference(low: float, high: float) -> Any:
        return mpmath.exp(-(mpmath.mpf(low) ** 2) / 2) - mpmath.exp(-(mpmath.mpf(high) ** 2) / 2)

    assert holds(integral(arb(-0.3), arb(2.5))[0], reference(-0.3, 2.5))
    (wide,) = integral(arb(-0.3, 1e-3), arb(2.5, 1e-3))
    for low in (-0.301, -0.3, -0.299):
        for high in (2.499, 2.501):
            assert holds(wide, reference(low, high))
    assert float(wide.rad()) < 1e-2
    assert holds(integral(arb(12), arb(30))[0], reference(12, 30))


def test_ends_in_the_wrong_or_an_unknown_order() -> None:
    integral, _ = enclosed(Panel(sp.exp(-(x**2) / 2), x, a, b, 0, 1))
    assert integral(arb(1), arb(0.5)) == (arb(0),)
    (either,) = integral(arb(1, 0.01), arb(1, 0.01))
    largest = mpmath.quad(lambda t: mpmath.exp(-(t**2) / 2), [0.99, 1.01])
    assert holds(either, 0)
    assert holds(either, largest)
    assert float(either.rad()) < 0.1


def test_kinks_and_jumps_inside_a_panel_are_enclosed() -> None:
    weight = sp.exp(-(x**2) / 2)
    jump = sp.Piecewise((1, x > a), (2, True))
    integral, _ = enclosed(
        Panel(sp.Abs(x - a) * weight, x, -sp.oo, sp.oo, 0, 1),
        Panel(jump * weight, x, -sp.oo, sp.oo, 0, 1),
        Panel(sp.Max(x, a) * weight, x, -sp.oo, sp.oo, 0, 1),
    )
    kink, step, largest = integral(arb(0.3))
    pieces = [-mpmath.inf, 0.3, mpmath.inf]
    density = mpmath.npdf
    total = mpmath.sqrt(2 * mpmath.pi)
    assert holds(kink, total * mpmath.quad(lambda t: abs(t - 0.3) * density(t), pieces))
    assert holds(step, total * (2 - mpmath.ncdf(-0.3)))
    assert holds(largest, total * mpmath.quad(lambda t: max(t, 0.3) * density(t), pieces))
    assert max(float(v.rad()) for v in (kink, step, largest)) < 1e-9


def test_a_singular_integrand_is_refused_not_misjudged() -> None:
    integral, _ = enclosed(Panel(1 / (x - a), x, 0, 1, 0, 1))
    assert not integral(arb(0.3))[0].is_finite()
    growing, _ = enclosed(Panel(sp.exp(a * x), x, 0, sp.oo, 0, 1))
    assert not growing(arb(1))[0].is_finite()


def test_a_proximal_average_against_scipy() -> None:
    point = Root(x - omega - V * sigmoid(-x), x, omega)
    weight = sp.exp(-(omega**2) / (2 * a)) / sp.sqrt(2 * sp.pi * a)
    nodes = [
        Panel(sigmoid(-point) ** 2 * weight, omega, -sp.oo, sp.oo, 0, sp.sqrt(a), 0),
        Panel(point * weight, omega, -sp.oo, sp.oo, 0, sp.sqrt(a), 0),
    ]
    integral, names = enclosed(*nodes)
    assert names == ["V", "a"]

    def average(f: Callable[[float], float], scale: float, spread: float) -> float:
        def integrand(z: float) -> float:
            field = np.sqrt(spread) * z

            def gap(u: float) -> float:
                return float(u - field - scale / (1 + np.exp(u)))

            u = brentq(gap, field - 1, field + scale + 1, xtol=1e-14, rtol=1e-14)
            return float(f(u) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi))

        return float(quad(integrand, -10, 10, epsabs=1e-13, epsrel=1e-13, limit=300)[0])

    for scale, spread in ((1.3, 1.1), (60.0, 4.0), (0.01, 30.0)):
        square, mean = integral(arb(scale), arb(spread))
        # SciPy's tolerance and the cut at ten deviations are far below 1e-11.
        assert holds(square, average(lambda u: 1 / (1 + np.exp(u)) ** 2, scale, spread), 1e-11)
        assert holds(mean, average(lambda u: u, scale, spread), 1e-11)
        assert max(float(square.rad()), float(mean.rad())) < 1e-17


@pytest.mark.parametrize(
    ("slope", "number"),
    [
        (sp.sinh(x) / sp.cosh(x), np.tanh),
        (x / sp.sqrt(1 + x**2), lambda u: u / np.sqrt(1 + u**2)),
        (x**3 + x, lambda u: u**3 + u),
    ],
    ids=["log-cosh", "pseudo-Huber", "quartic"],
)
def test_losses_of_the_users_own(slope: sp.Expr, number: Callable[[float], float]) -> None:
    point = Root(x - omega + V * slope, x, omega)
    integrand = slope.subs(x, point) ** 2 / (1 + V * slope.diff(x).subs(x, point))
    node = Panel(integrand * sp.exp(-(omega**2) / 2), omega, -sp.oo, sp.oo, 0, 1, 0)
    integral, _ = enclosed(node)
    for scale in (0.3, 5.0):
        (ball,) = integral(arb(scale))

        def value(z: float, scale: float = scale) -> float:
            def gap(u: float) -> float:
                return float(u - z + scale * number(u))

            u = brentq(gap, -abs(z) - 1, abs(z) + 1, xtol=1e-14, rtol=1e-14)
            step = 1e-5
            bend = (number(u + step) - number(u - step)) / (2 * step)
            return float(number(u) ** 2 / (1 + scale * bend) * np.exp(-(z**2) / 2))

        reference = quad(value, -10, 10, epsabs=1e-12, epsrel=1e-12, limit=300)[0]
        # The difference quotient in the reference is right to about 1e-10.
        assert holds(ball, reference, 1e-8)
        assert float(ball.rad()) < 1e-17


def test_a_box_of_inputs_holds_every_thin_result() -> None:
    point = Root(x - omega - V * sigmoid(-x), x, omega)
    node = Panel(point**2 * sp.exp(-(omega**2) / 2), omega, -sp.oo, sp.oo, 0, 1)
    integral, _ = enclosed(node)
    (wide,) = integral(arb(2, 0.05))
    for scale in (1.95, 1.97, 2.0, 2.05):
        (thin,) = integral(arb(scale))
        assert wide.contains(thin)
    assert float(wide.rad()) < 0.5


def test_a_table_sum() -> None:
    places = (0.125, 0.7, 2.5)
    nodes = sp.Tuple(*places)
    first, second = (
        TableSum(1 / (x + a), x, nodes, sp.Tuple(*w)) for w in ((0.2, 0.3, 0.5), (1.0, 2.0, 3.0))
    )
    total, _ = enclosed(first, second)
    one, two = total(arb(1.5))
    for ball, weights in ((one, (0.2, 0.3, 0.5)), (two, (1, 2, 3))):
        pairs = zip(weights, places, strict=True)
        assert holds(ball, sum(mpmath.mpf(w) / (mpmath.mpf(t) + 1.5) for w, t in pairs))


# Functions on complex rectangles


@pytest.mark.parametrize(
    "name",
    ["exp", "sigmoid", "tanh", "softplus", "upper_tail", "central2", "square"],
)
def test_rectangles_hold_the_values_inside(name: str) -> None:
    exact_values = {
        "exp": mpmath.exp,
        "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
        "tanh": mpmath.tanh,
        "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
        "upper_tail": lambda z: mpmath.erfc(z / mpmath.sqrt(2)) / 2,
        "central2": lambda z: (
            mpmath.erf(z / mpmath.sqrt(2)) / 2
            - z * mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)
        ),
        "square": lambda z: z * z,
    }
    rng = np.random.default_rng(1)
    for _ in range(60):
        centre, wide = rng.normal(0, 4), rng.choice([0, 1e-3, 0.5, 5]) * rng.random()
        high = rng.choice([0, 1e-3, 0.5, 1.5]) * rng.random()
        box = getattr(on_complex, name)(acb(arb(centre, wide), arb(0, high)))
        for s, t in rng.uniform(-1, 1, (8, 2)):
            value = exact_values[name](mpmath.mpc(centre + s * wide, t * high))
            size = 1e-30 * (1 + float(abs(value)))
            assert box.real.overlaps(exact(value.real) + arb(0, size))
            assert box.imag.overlaps(exact(value.imag) + arb(0, size))


def test_the_gap_of_a_weight_on_rectangles() -> None:
    rng = np.random.default_rng(2)
    for _ in range(60):
        pull, depth = rng.exponential(1), rng.exponential(1)
        wide, high = rng.choice([0, 1e-6, 0.2]) * rng.random(2)
        box = on_complex.weight_gap(acb(arb(pull, wide * pull), arb(0, high)), arb(depth))
        for s, t in rng.uniform(-1, 1, (8, 2)):
            log = mpmath.log1p(mpmath.mpc(pull + s * wide * pull, t * high)) - depth
            value = mpmath.expm1(log) - log
            size = 1e-20  # what is left of 120 bits where the difference cancels
            assert box.real.overlaps(exact(value.real) + arb(0, size))
            assert box.imag.overlaps(exact(value.imag) + arb(0, size))


def test_choices_that_depend_on_the_variable_are_decided_or_refused() -> None:
    left, crossing = acb(arb(-2, 1), arb(0, 1)), acb(arb(0, 1), arb(0, 1))
    assert on_complex.absolute(left).real.contains(2)
    assert on_complex.maximum(left, arb(0)) == 0
    for refused in (on_complex.absolute, on_complex.sign, lambda z: on_complex.less(z, arb(0))):
        with pytest.raises(on_complex.NotAnalytic):
            refused(crossing)
    log = on_complex.complex_functions()["log"]
    assert not log(crossing).is_finite()
    assert log(-left + 1).is_finite()


# Averages of the logistic function


@pytest.mark.parametrize(
    ("mean", "variance"), [(1.5, 1e-6), (-3.0, 3.0), (2.0, 15.5), (5.0, 170.0), (3.0, 1e4)]
)
def test_logistic_averages_against_mpmath(mean: float, variance: float) -> None:
    average = LogisticNormal()
    for order in (0, 3):
        with mpmath.workdps(30):
            reference = logistic_normal.mp(order, mpmath.mpf(mean), mpmath.mpf(variance))
        ball = average(order, arb(mean), arb(variance))
        # The reference is a quadrature with an estimated error: 1e-23 leaves it seven digits.
        assert holds(ball, reference, 1e-23)
        assert float(ball.rad()) < 1e-20
        wide = average(order, arb(mean, 1e-6), arb(variance, variance * 1e-6))
        assert wide.contains(ball)


def test_logistic_derivatives_are_bounded_on_strips() -> None:
    for angle in (0.3, 1.2, 2.0, 2.9):
        bounds = strip_bounds(arb(angle))
        for place in np.linspace(-8, 8, 33):
            p = 1 / (1 + mpmath.exp(-mpmath.mpc(place, angle)))
            sizes = (p, p * (1 - p), p * (1 - p) * (1 - 2 * p), p * (1 - p) * (1 - 6 * p * (1 - p)))
            for bound, value in zip(bounds, sizes, strict=True):
                assert float(abs(value)) <= float(bound) * (1 + 1e-12)


# Theorems


POINTS = {
    "hinge": {"alpha": 3.0, "zeta": 0.5},
    "adversarial-mixture": {"alpha": 2.0, "eps": 0.2, "zeta": 0.1, "balance": 0.4},
    "logistic-ridge": {"alpha": 3.0, "zeta": 0.1},
    "random-features-logistic": {"psi1": 2.0, "psi2": 3.0, "zeta": 0.1},
}


QUICK = ("adversarial-mixture", "logistic-ridge")


@pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in POINTS]
)
def test_theorems_with_quadrature_are_certified(name: str) -> None:
    theorem = asymp.theorem(name)
    solved = theorem.solve(**POINTS[name])
    proved = theorem.certify(solved)
    assert int(proved.certificate) == 0
    for value in ("V", "m", "classification_error"):
        low, high = float(proved[f"{value}_lower"]), float(proved[f"{value}_upper"])
        assert high - low < 1e-12 * abs(high)
        # The compiled rule resolves these integrands to about ten digits.
        assert abs(float(solved[value]) - low) < 1e-9 * abs(low)


def test_an_enclosure_of_a_theorem_holds_what_mpmath_finds() -> None:
    theorem = asymp.theorem("adversarial-mixture")
    proved = theorem.certify(theorem.solve(**POINTS["adversarial-mixture"]))
    inputs = {"rho": 1, "eps_test": mpmath.mpf(0.2)} | {
        k: mpmath.mpf(v) for k, v in POINTS["adversarial-mixture"].items()
    }
    system = mp_system(
        theorem.branches, [p.symbol for p in theorem.parameters.values()], list(theorem.constants)
    )
    states = [x.name for x in theorem.branches[1].system.state]
    start = [float(proved[f"{n}_lower"]) for n in states]
    with mpmath.workdps(20):
        found = system.solve(inputs, start=start)
    for value in ("V", "m", "robust_error", "train_robust_loss"):
        low, high = float(proved[f"{value}_lower"]), float(proved[f"{value}_upper"])
        assert low <= found[value] <= high
