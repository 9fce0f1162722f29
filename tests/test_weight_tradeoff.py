"""Risks under attacks that an estimator was not trained against, on inputs and on weights."""

import numpy as np
import pytest

import asymp
from asymp.finite.weight_margin import Network, ascended_drop, worst_drop

POINT = {"psi1": 4.0, "psi2": 2.0, "tau": 0.5}
SLOPE2 = 0.5  # E sigma'(G)^2 of the ReLU
SIZE2 = 0.5 - 1 / (2 * np.pi)  # E sigma(G)^2 of the shifted ReLU


@pytest.fixture(scope="module")
def hidden():
    return asymp.theorem("random-features-input-and-weights")


@pytest.fixture(scope="module")
def output():
    return asymp.Problem(
        features=asymp.RandomFeatures("relu"),
        adversary=(asymp.L2Input(), asymp.WeightPerturbation(layer="output")),
    ).derive()


def attacked(risk, reach):
    """Mean square of a Gaussian residual whose size grows by the reach."""
    return risk + 2 * reach * np.sqrt(2 * risk / np.pi) + reach**2


def test_ridge_attacked_on_its_weights(hidden, output):
    """Neither attack in training: ridge, whose theorem is derived by closed channels."""
    ridge = asymp.theorem("random-features-ridge").solve(**POINT, zeta=0.1)
    risk, norm2 = float(ridge.standard_risk), float(ridge.parameter_norm2)
    test = {"zeta": 0.1, "eps": 0.0, "eps_test": 0.0, "eps_w": 0.0, "eps_w_test": 0.5}
    found = hidden.solve(**POINT, **test)
    reach = 0.5 * np.sqrt(SLOPE2 * norm2)
    assert float(found.robust_risk) == pytest.approx(attacked(risk, reach), rel=1e-10)
    found = output.solve(**POINT, **test)
    expected = attacked(risk, 0.5 * np.sqrt(SIZE2))
    assert float(found.robust_risk) == pytest.approx(expected, rel=1e-10)


def test_each_estimator_is_that_of_its_own_problem(hidden):
    trained = asymp.theorem("random-features-robust")
    alone = trained.solve(**POINT, zeta=0.01, eps=0.6, eps_test=0.5)
    mine = hidden.solve(**POINT, zeta=0.01, eps=0.6, eps_test=0.5, eps_w=0.0, eps_w_test=0.0)
    assert float(mine.robust_risk) == pytest.approx(float(alone.robust_risk), rel=1e-10)
    other = asymp.theorem("random-features-weight-perturbation")
    alone = other.solve(**POINT, zeta=0.01, eps_w=0.6, eps_w_test=0.5)
    mine = hidden.solve(**POINT, zeta=0.01, eps=0.0, eps_test=0.0, eps_w=0.6, eps_w_test=0.5)
    assert float(mine.robust_risk) == pytest.approx(float(alone.robust_risk), rel=1e-10)


def test_what_the_page_says_of_the_trade_off(hidden, output):
    radii, ridges = np.linspace(0, 1.6, 17), np.geomspace(0.01, 10, 40)
    ways = {
        "input": {"eps": radii, "eps_w": 0.0, "zeta": 0.01},
        "weights": {"eps": 0.0, "eps_w": radii, "zeta": 0.01},
        "ridge": {"eps": 0.0, "eps_w": 0.0, "zeta": ridges},
    }
    tests = ({"eps_test": 0.5, "eps_w_test": 0.0}, {"eps_test": 0.0, "eps_w_test": 0.5})
    best = {
        name: [float(hidden.solve(**POINT, **way, **t).robust_risk.min()) for t in tests]
        for name, way in ways.items()
    }
    for k in range(2):
        assert best["ridge"][k] < best["weights"][k] < best["input"][k]
    for t in tests:  # training against output weights: worse with every radius
        harmed = output.solve(**POINT, **ways["weights"], **t).robust_risk.values
        assert (np.diff(harmed) > -1e-6).all()
        assert harmed[-1] > 1.05 * harmed[0]


def trained(d, rng):
    """Ridge on shifted ReLU features as a network whose first class is the prediction."""
    units = samples = 2 * d
    W = rng.normal(size=(units, d))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    x, beta = rng.normal(size=(samples + 4, d)), rng.normal(size=d) / np.sqrt(d)
    features = np.maximum(x @ W.T, 0) - 1 / np.sqrt(2 * np.pi)
    y = x @ beta + 0.5 * rng.normal(size=len(x))
    seen = features[:samples]
    gram = seen.T @ seen / samples + 0.1 * np.eye(units)
    theta = np.linalg.solve(gram, seen.T @ y[:samples] / samples)
    return Network([W, [theta, np.zeros(units)]]), x[samples:], theta, features[samples:]


def test_an_attack_on_hidden_weights_reaches_the_seminorm():
    """A real attack on a real network, against the first-order formula that training uses."""
    ratios = []
    for seed in range(6):
        net, x, theta, _ = trained(100, np.random.default_rng(seed))
        fall = ascended_drop(net, x, {1: 0.5 / 10}, [(0, 1)], "frobenius", 2, 30, draws=1)
        ratios.append(fall.mean() / (0.5 * np.sqrt(SLOPE2) * np.linalg.norm(theta)))
    # 24 inputs: each has a tenth of scatter; second order in the attack costs some per cent.
    assert np.mean(ratios) == pytest.approx(1, abs=0.06)


def test_an_attack_on_output_weights_moves_the_output_by_the_features_length():
    """Only the trained row moves: sqrt(2) less than a margin whose two rows do."""
    net, x, theta, features = trained(200, np.random.default_rng(0))
    units = len(theta)
    moved = 0.5 * np.linalg.norm(features, axis=1) / np.sqrt(units)
    # Lengths scatter by 1/sqrt(d) around their limit.
    assert moved == pytest.approx(0.5 * np.sqrt(SIZE2), rel=0.2)
    plain = worst_drop(net, x, {2: 0.5 / np.sqrt(units)}, [(0, 1)], "frobenius")[:, 0]
    lengths = np.linalg.norm(net.layers(x)[-1], axis=1)
    assert plain / np.sqrt(2) == pytest.approx(0.5 * lengths / np.sqrt(units), rel=1e-12)


BOTH_LAYERS = (
    asymp.L2Input(),
    asymp.WeightPerturbation(),
    asymp.WeightPerturbation("eps_a", "eps_a_test", layer="output"),
)


def test_both_layers_and_the_input_at_once():
    """Reaches add; an attack on output weights is one on the label of the same reach."""
    theorem = asymp.Problem(features=asymp.RandomFeatures("relu"), adversary=BOTH_LAYERS).derive()
    radii = {"eps": 0.2, "eps_w": 0.3, "eps_a": 0.4, "eps_test": 0.1, "eps_w_test": 0.2}
    found = theorem.solve(**POINT, zeta=0.1, **radii, eps_a_test=0.5)
    reach = 0.1 * np.sqrt(float(found.gradient_norm2)) + 0.5 * np.sqrt(SIZE2)
    reach += 0.2 * np.sqrt(SLOPE2 * float(found.parameter_norm2))
    expected = attacked(float(found.standard_risk), reach)
    assert float(found.robust_risk) == pytest.approx(expected, rel=1e-10)
    label = asymp.Problem(
        features=asymp.RandomFeatures("relu"),
        adversary=(asymp.L2Input(), asymp.WeightPerturbation(), asymp.LabelPerturbation()),
    ).derive()
    same = {n: v for n, v in radii.items() if n != "eps_a"} | {"eps_y": 0.4 * np.sqrt(SIZE2)}
    other = label.solve(**POINT, zeta=0.1, **same)
    assert float(other.standard_risk) == pytest.approx(float(found.standard_risk), rel=1e-10)
    assert theorem.compare(sizes=(40, 80), repeats=6, **POINT, zeta=0.1, **radii).agrees


def test_two_attacks_on_one_layer_are_one():
    with pytest.raises(asymp.InvalidProblem, match="two of one kind"):
        asymp.Problem(
            features=asymp.RandomFeatures("relu"),
            adversary=(asymp.WeightPerturbation(), asymp.WeightPerturbation("a", "b")),
        )


def test_the_radius_is_scaled_by_its_layer():
    scalings = [
        asymp.WeightPerturbation(layer=layer).parameters[0].scaling
        for layer in ("hidden", "output")
    ]
    assert [("sqrt d" in s, "sqrt N" in s) for s in scalings] == [(True, False), (False, True)]
    assert not any("/" in s for s in scalings)  # a slash marks a ratio of sizes
