"""Functions without branches: accurate, each entry on its own, coefficients fitted honestly."""

import ast
import inspect
import math
from functools import partial

import mpmath
import numba
import numpy as np
import pytest

from asymp.calculus import primitives
from asymp.special import (
    central2,
    elementary,
    erf,
    erfc,
    excess1,
    excess2,
    exp,
    gaussian,
    log,
    sqrt,
    where,
)
from asymp.special.lanes import WIDTH, bits, first_bit, load, pointer, store

TWINS = {"exp": exp, "log": log, "erf": erf, "erfc": erfc, "sqrt": sqrt}
# Largest error in units in the last place, over a million points a little below these.
BOUNDS = {"exp": 1.1, "log": 0.8, "erf": 3.5, "erfc": 5.5, "sqrt": 0.51}
MOMENTS = {"central2": central2, "excess1": excess1, "excess2": excess2}
EDGES = [0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, 0.5, -0.5]


def arguments(name, size=2000):
    rng = np.random.default_rng(7)
    small = 10 ** rng.uniform(-300, 0, size // 4)
    return {
        "exp": [rng.uniform(-708, 709.7, size), rng.normal(size=size), small],
        "log": [10 ** rng.uniform(-300, 300, size), 1 + 1e-3 * rng.normal(size=size), small],
        "erf": [rng.uniform(-6, 6, size), rng.uniform(-1, 1, size), small],
        "erfc": [rng.uniform(-6, 26.5, size), rng.uniform(-1, 3, size), small],
        "sqrt": [10 ** rng.uniform(-300, 300, size), small],
    }[name]


def of_lanes(function):
    """A function of lanes over an array, eight entries at a time."""

    @numba.njit(error_model="numpy")
    def many(x, y):
        source, target = pointer(x, 0), pointer(y, 0)
        for i in range(x.size // WIDTH):
            store(target, i, function(load(source, i)))

    def over(x):
        padded = np.concatenate([x, np.ones(-len(x) % WIDTH)])
        y = np.empty_like(padded)
        many(padded, y)
        return y[: len(x)]

    return over


@pytest.mark.parametrize("name", sorted(TWINS))
def test_every_function_is_accurate_to_its_bound(name):
    reference, x = getattr(mpmath, name), np.concatenate(arguments(name))
    for argument, value in zip(x, of_lanes(TWINS[name])(x), strict=True):
        with mpmath.workdps(40):
            true = reference(mpmath.mpf(float(argument)))
            error = abs(mpmath.mpf(float(value)) - true)
        assert error <= BOUNDS[name] * float(np.spacing(abs(float(true)))), argument


@pytest.mark.parametrize("k", [1, 2])
def test_lanes_keep_the_digits_of_the_moments_of_an_excess(k):
    """Fused operations round otherwise than those of one number."""
    x = np.linspace(-10, 37, 1001)
    for a, value in zip(x, of_lanes(MOMENTS[f"excess{k}"])(x), strict=True):
        with mpmath.workdps(40):
            exact = (primitives.excess1, primitives.excess2)[k - 1].mp(mpmath.mpf(float(a)))
            assert abs(value / exact - 1) < 1.2e-15, a  # as of one number (test_special)


@pytest.mark.parametrize("name", [*sorted(TWINS), *sorted(MOMENTS)])
def test_an_entry_does_not_depend_on_the_others(name):
    function = of_lanes({**TWINS, **MOMENTS}[name])
    x = np.concatenate([arguments("erf" if name in MOMENTS else name)[0][:200], EDGES])
    alone = np.array([function(np.full(WIDTH, v))[3] for v in x])
    np.testing.assert_array_equal(function(x), alone)
    np.testing.assert_array_equal(function(x[::-1])[::-1], alone)


@pytest.mark.parametrize("name", sorted(TWINS))
def test_edges_are_those_of_the_library(name):
    library = {"exp": np.exp, "log": np.log, "sqrt": np.sqrt}.get(name)
    with np.errstate(all="ignore"):
        plain = library(EDGES) if library else [getattr(math, name)(x) for x in EDGES]
    # Two units in the last place.
    np.testing.assert_allclose(of_lanes(TWINS[name])(np.array(EDGES)), plain, rtol=4.5e-16)


def test_one_number_is_left_to_the_library():
    @numba.njit
    def one(x):
        return exp(x), log(x), erf(x), erfc(x), sqrt(x)

    assert one(0.3) == tuple(getattr(math, f.__name__)(0.3) for f in (exp, log, erf, erfc, sqrt))


def test_results_below_the_normal_numbers_are_zero():
    assert of_lanes(exp)(np.full(WIDTH, -708.5)).tolist() == [0.0] * WIDTH
    assert of_lanes(erfc)(np.full(WIDTH, 27.0)).tolist() == [0.0] * WIDTH


def literals(function):
    """The numbers in the text of a function, signs included."""
    tree = ast.parse(inspect.getsource(function.py_func))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.func.id == "quad"]
    return [ast.literal_eval(a) for call in calls for a in call.args if numeric(a)]


def numeric(node):
    return isinstance(node, (ast.Constant, ast.UnaryOp))


def fitted(function, low, high, degree):
    """Coefficients of the Chebyshev interpolant in powers of the variable, in 60 digits."""
    with mpmath.workdps(60):
        low, high, count = mpmath.mpf(low), mpmath.mpf(high), degree + 1
        angles = [(k + mpmath.mpf(1) / 2) * mpmath.pi / count for k in range(count)]
        nodes = [(low + high) / 2 + (high - low) / 2 * mpmath.cos(a) for a in angles]
        powers = mpmath.matrix(count, count)
        for i, node in enumerate(nodes):
            for j in range(count):
                powers[i, j] = node**j
        return [
            float(c) for c in mpmath.lu_solve(powers, mpmath.matrix(list(map(function, nodes))))
        ]


def scaled_erfc(t):
    x = 3 * (1 + t) / (1 - t)
    return (x + 3) * mpmath.exp(x * x) * mpmath.erfc(x)


def log_rest(z):
    s = mpmath.sqrt(z)
    return (2 * mpmath.atanh(s) - 2 * s) / (s * z)


def central_rest(z):
    a = mpmath.sqrt(z)
    return (mpmath.erf(a / mpmath.sqrt(2)) / 2 - a * mpmath.npdf(a)) / a**3


def scaled_excess(k, t):
    x = 6 * (1 + t) / (1 - t)
    with mpmath.workdps(80):
        tail, density = mpmath.erfc(x / mpmath.sqrt(2)) / 2, mpmath.npdf(x)
        moment = density - x * tail if k == 1 else (1 + x * x) * tail - x * density
    return (x + 1) ** (k + 1) * mpmath.exp(x * x / 2) * moment


FITS = {
    "exp": (elementary.exp_lanes, lambda r: (mpmath.expm1(r) - r) / r**2, -math.log(2) / 2,
            math.log(2) / 2, 9),
    "log": (elementary.log_lanes, log_rest, 0, 0.02944, 7),
    "erf": (elementary.erf_near, lambda z: mpmath.erf(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1,
            0, 0.25, 8),
    "erfc": (elementary.erfc_far, scaled_erfc, (0.48 - 3) / (0.48 + 3),
             (26.6 - 3) / (26.6 + 3), 20),
    "central2": (gaussian.central2, central_rest, 0, 2.25, 12),
    "excess1": (gaussian.excess1, partial(scaled_excess, 1), -1, (40 - 6) / (40 + 6), 24),
    "excess2": (gaussian.excess2, partial(scaled_excess, 2), -1, (40 - 6) / (40 + 6), 24),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FITS))
def test_coefficients_are_those_of_the_interpolant(name):
    twin, function, low, high, degree = FITS[name]
    expected = fitted(function, low, high, degree)
    found = literals(twin)
    # The last one or two stand outside a quad; ends of the interval are rounded to doubles, which
    # the highest coefficients feel most.
    reach = max(abs(low), abs(high))
    sizes = [abs(c) * reach**i for i, c in enumerate(expected)]
    for i, c in enumerate(sorted(found, key=lambda c: min(abs(c - e) for e in expected))):
        nearest = min(abs(c - e) * reach**j for j, e in enumerate(expected))
        assert nearest <= 1e-15 * sizes[0], (i, c)


def test_lanes_tell_which_entries_hold():
    @numba.njit
    def positive(x):
        return bits(load(pointer(x, 0), 0) > 0.0)

    @numba.njit
    def first(x):
        return first_bit(positive(x))

    x = np.array([-1.0, 2.0, -3.0, np.nan, 5.0, 0.0, -7.0, 8.0])
    assert positive(x) == 0b10010010
    assert first(x) == 1


def test_where_computes_both_and_gives_one():
    assert where(True, 1.0, math.nan) == 1.0
    assert math.isnan(where(False, 1.0, math.nan))
