"""Bound over truth in the proportional limit: closed forms, quadrature, and wide networks."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.errors import InvalidParameter
from asymp.finite.weight_margin import (
    Network,
    ascended_drop,
    first_layer_ratio,
    input_size,
    last_layer_size,
    norm_bound,
    worst_drop,
)

u = sp.Symbol("u", real=True)
ACTIVATIONS = {
    "plain-relu": lambda x: max(x, 0),
    "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
}


def gaussian_mean(function):
    """E f(G) by mpmath, split at the kink."""
    return float(mpmath.quad(lambda x: function(x) * mpmath.npdf(x), [-12, -2, 0, 2, 12]))


def test_relu_in_closed_form():
    assert last_layer_size("plain-relu") == 1 / sp.sqrt(2 * sp.pi)
    assert last_layer_size("plain-relu", "frobenius") == 1 / sp.sqrt(2)
    assert input_size() == sp.sqrt(2 / sp.pi)
    assert first_layer_ratio("plain-relu") == 2
    assert first_layer_ratio("plain-relu", norm="frobenius") == sp.sqrt(2)


@pytest.mark.parametrize("reach", [sp.Rational(1, 100), 1, sp.Rational(7, 2), 1e6])
def test_the_relus_ratio_is_two_at_every_reach(reach):
    assert first_layer_ratio("plain-relu", reach) == 2


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_sizes_and_ratios_against_quadrature(name):
    f = ACTIVATIONS[name]
    one = gaussian_mean(lambda x: abs(f(x)))
    assert float(last_layer_size(name)) == pytest.approx(one, rel=1e-10)
    square = gaussian_mean(lambda x: f(x) ** 2)
    assert float(last_layer_size(name, "frobenius")) == pytest.approx(np.sqrt(square), rel=1e-10)
    linear = gaussian_mean(lambda x: x * f(x))
    assert float(first_layer_ratio(name)) == pytest.approx(1 / linear, rel=1e-10)
    if name != "plain-relu":  # the shifted kinks are not among the quadrature's cuts
        rise = gaussian_mean(lambda x: f(x + 0.75) - f(x - 0.75))
        found = float(first_layer_ratio(name, sp.Rational(3, 4)))
        assert found == pytest.approx(1.5 / rise, rel=1e-10)


def test_a_small_reach_is_the_limit():
    """The difference quotient is even in the reach: second order."""
    gaps = [
        float(first_layer_ratio("softplus", r) - first_layer_ratio("softplus"))
        for r in (sp.Rational(1, 10), sp.Rational(1, 20))
    ]
    assert abs(gaps[0]) < 1e-12  # softplus(u) = u/2 + even, as for the ReLU: two at every reach
    gaps = [
        float(first_layer_ratio("sigmoid", r) - first_layer_ratio("sigmoid"))
        for r in (sp.Rational(1, 10), sp.Rational(1, 20))
    ]
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.01)


def wide(d, rng, activation="relu"):
    """A two-class network in the proportional scaling, N = 2 d, and one Gaussian input."""
    units = 2 * d
    net = Network(
        [rng.normal(size=(units, d)) / np.sqrt(d), rng.normal(size=(2, units)) / np.sqrt(units)],
        activation=activation,
    )
    return net, rng.normal(size=(1, d))


@pytest.mark.parametrize(("activation", "name"), [("relu", "plain-relu"), ("sigmoid", "sigmoid")])
def test_wide_networks_have_the_first_layers_ratio(activation, name):
    """Twenty networks with 800 units, at reach 1/2."""
    ratios, rng = [], np.random.default_rng(0)
    for _ in range(20):
        net, x = wide(400, rng, activation)
        radii = {1: 0.5 / np.abs(x).sum()}
        bound = norm_bound(net, x, radii, [(0, 1)])[0, 0]
        ratios.append(bound / worst_drop(net, x, radii, [(0, 1)])[0, 0])
    error = np.std(ratios) / np.sqrt(20)
    limit = float(first_layer_ratio(name, sp.Rational(1, 2)))
    # Three standard errors, and the O(1/N) bias of a ratio.
    assert np.mean(ratios) == pytest.approx(limit, abs=3 * error + limit / 400)
    assert error < 0.02 * limit


def test_wide_networks_have_the_sizes():
    rng = np.random.default_rng(1)
    net, x = wide(1000, rng)
    z = net.layers(x)[-1][0]
    # Standard deviations of the two are 1.2 % and 2.5 % of the size at N = 2000, with the 2 %
    # by which the length of x varies.
    assert np.abs(z).sum() / 2000 == pytest.approx(float(last_layer_size("plain-relu")), rel=0.08)
    root = np.linalg.norm(z) / np.sqrt(2000)
    assert root == pytest.approx(float(last_layer_size("plain-relu", "frobenius")), rel=0.08)
    assert np.abs(x).sum() / 1000 == pytest.approx(float(input_size()), rel=0.08)


def test_the_frobenius_ratio_is_approached():
    rng, ratios = np.random.default_rng(2), []
    for _ in range(6):
        net, x = wide(100, rng)
        radii = {1: 0.3 / np.linalg.norm(x)}
        bound = norm_bound(net, x, radii, [(0, 1)], "frobenius")[0, 0]
        found = ascended_drop(net, x, radii, [(0, 1)], "frobenius", starts=1, steps=25, draws=1)
        ratios.append(bound / found[0, 0])
    limit = float(first_layer_ratio("plain-relu", norm="frobenius"))
    # 200 units of which half are on: each ratio is off by some 5 %.
    assert np.mean(ratios) == pytest.approx(limit, rel=0.06)


def test_the_hidden_seminorm_of_the_engine_is_the_frobenius_limit():
    """The engine's seminorm of a hidden-layer attack and this ratio have one constant."""
    constant = asymp.Activation.of("relu").coefficients.derivative_moment.exact
    assert first_layer_ratio("relu", norm="frobenius") == 1 / sp.sqrt(constant)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: first_layer_ratio("plain-relu", 0), "above 0"),
        (lambda: first_layer_ratio("plain-relu", -1), "above 0"),
        (lambda: first_layer_ratio("plain-relu", [1, 2]), r"reach = \[1, 2\] is not in \(0, inf\)"),
        (lambda: first_layer_ratio("plain-relu", "a"), "reach = 'a' is not in"),
        (lambda: first_layer_ratio("tanh", 1e6), r"reach = 1e\+06: .* by more than round-off"),
        (lambda: first_layer_ratio("tanh", 1e-9), r"reach = 1e-09: .* by more than round-off"),
        (lambda: first_layer_ratio("plain-relu", sp.oo), "reach = oo is not in"),
        (lambda: first_layer_ratio("plain-relu", 1, "frobenius"), "has none"),
        (lambda: first_layer_ratio("abs"), "decreases"),
        (lambda: last_layer_size("plain-relu", "l2"), "norm = 'l2' is not in"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(InvalidParameter, match=said):
        call()
