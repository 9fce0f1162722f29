"""The finite problem: exact training, real attacks, verdicts, and their agreement with theory."""

import cvxpy as cp
import numpy as np
import pytest
import sympy as sp
import xarray as xr
from scipy import integrate

from asymp.errors import InvalidParameter, NotDerivable
from asymp.problem.activation import Activation
from asymp.problem.adversary import L2Input
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.losses import RESIDUAL, AbsoluteLoss, HuberLoss, ResidualLoss, SquareLoss
from asymp.problem.penalty import Ridge
from asymp.problem.statement import ProblemStatement
from asymp.simulate import compare, simulate
from asymp.simulate.attack import attacked_residuals
from asymp.simulate.certificate import Convex, dual_bound
from asymp.simulate.curve import loss_curve
from asymp.simulate.draw import Sizes, draw_random_features
from asymp.simulate.kernel import correlation_kernel
from asymp.simulate.network import nonlinearity
from asymp.simulate.pgd_training import train_against_attack
from asymp.simulate.population import population
from asymp.simulate.training import Training, train

LOSSES = {
    "square": loss_curve(SquareLoss(), {}),
    "Huber": loss_curve(HuberLoss(), {"knee": 0.7}),
    "absolute": loss_curve(AbsoluteLoss(), {}),
}


def robust(activation="relu", **parts):
    return ProblemStatement(RandomFeatures(activation), adversary=L2Input(), **parts)


def a_draw(d=20, wide=1.5, many=2.0, activation="relu", seed=0, model="real"):
    sigma = nonlinearity(Activation.of(activation))
    sizes = Sizes(d, round(wide * d), round(many * d))
    return draw_random_features(sizes, sigma, np.random.default_rng(seed), model)


def labels_of_regression(draw, tau):
    return draw.signal + tau * draw.noise


def objective(draw, labels, how, theta):
    metric = np.eye(theta.size) if how.ridge == "identity" else draw.metric
    size = np.abs(labels - draw.features @ theta)
    size = size + how.eps * np.sqrt(theta @ draw.metric @ theta)
    return how.loss.value(size).mean() + 0.5 * how.zeta * theta @ metric @ theta


def by_clarabel(draw, labels, how, loss):
    """The stated problem, handed to an independent conic solver."""
    samples, wide = draw.features.shape
    theta, size = cp.Variable(wide), cp.Variable(samples, nonneg=True)
    height = cp.Variable(nonneg=True)
    root = np.linalg.cholesky(draw.metric).T
    reached = [
        size >= cp.abs(labels - draw.features @ theta) + how.eps * height,
        height >= cp.norm(root @ theta, 2),
    ]
    # cvxpy's Huber function is twice ours.
    mean = {
        "square": lambda: cp.sum_squares(size) / 2,
        "Huber": lambda: cp.sum(cp.huber(size, 0.7)) / 2,
        "absolute": lambda: cp.sum(size),
    }[loss]() / samples
    penalty = how.zeta / 2 * cp.sum_squares(theta if how.ridge == "identity" else root @ theta)
    problem = cp.Problem(cp.Minimize(mean + penalty), reached)
    problem.solve(solver=cp.CLARABEL)
    return problem.value, theta.value


@pytest.mark.parametrize(
    ("loss", "eps", "zeta", "ridge", "wide"),
    [
        ("square", 0.3, 0.0, "identity", 1.5),
        ("square", 0.3, 0.0, "identity", 3.0),
        ("square", 0.1, 0.05, "identity", 3.0),
        ("square", 0.3, 0.2, "gradient", 1.5),
        ("square", 0.9, 0.01, "identity", 0.5),
        ("Huber", 0.2, 0.0, "identity", 1.5),
        ("Huber", 0.2, 0.1, "identity", 3.0),
        ("absolute", 0.2, 0.02, "identity", 1.5),
        ("absolute", 0.0, 0.02, "identity", 1.5),
    ],
)
def test_training_agrees_with_clarabel(loss, eps, zeta, ridge, wide):
    draw = a_draw(wide=wide)
    labels = labels_of_regression(draw, 0.5)
    how = Training(LOSSES[loss], eps, zeta, ridge)
    trained = train(draw, labels, how)
    value, theta = by_clarabel(draw, labels, how, loss)
    ours = objective(draw, labels, how, trained.theta)
    # Both stop at a relative gap of 1e-8; Clarabel's is also measured in its own variables.
    assert ours == pytest.approx(value, rel=1e-6)
    assert trained.gap <= 1e-8
    # A gap of g leaves the minimiser uncertain by about sqrt(g); Clarabel nears 0 to 1e-8.
    assert np.allclose(trained.theta, theta, atol=2e-3 * np.abs(theta).max() + 1e-8)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("penalty", [0.0, 0.3])
def test_dual_bound_holds_for_any_trial_vector(loss, penalty):
    rng = np.random.default_rng(1)
    features, labels = rng.standard_normal((12, 8)), rng.standard_normal(12)
    problem = Convex(features, labels, LOSSES[loss], 0.2, penalty)
    theta, size = cp.Variable(8), cp.Variable(12, nonneg=True)
    cost = {
        "square": cp.sum_squares(size) / 2,
        "Huber": cp.sum(cp.huber(size, 0.7)) / 2,
        "absolute": cp.sum(size),
    }[loss]
    reach = [size >= cp.abs(labels - features @ theta) + 0.2 * cp.norm(theta, 2)]
    least = cp.Problem(cp.Minimize(cost + penalty / 2 * cp.sum_squares(theta)), reach)
    least.solve(solver=cp.CLARABEL)
    for _ in range(200):
        scale = 10 ** rng.uniform(-2, 1)
        u, w = scale * rng.standard_normal(12), scale * rng.standard_normal(8)
        bound = dual_bound(problem, u, w, rng.exponential(size=12))
        assert bound <= least.value + 1e-6  # Clarabel's own tolerance.


def test_null_phase_begins_at_the_finite_threshold():
    draw = a_draw()
    labels = labels_of_regression(draw, 0.5)
    pull = draw.features.T @ labels
    force = np.sqrt(pull @ np.linalg.solve(draw.metric, pull))
    threshold = force / np.abs(labels).sum()
    for factor, null in ((1.001, True), (0.999, False)):
        trained = train(draw, labels, Training(LOSSES["square"], factor * threshold, 0.0))
        assert (not trained.theta.any()) == null
        assert trained.gap <= 2e-8  # Near the cone's tip the last digits are hard to get.


def test_vanishing_radius_without_ridge_is_the_least_gradient_interpolator():
    draw = a_draw(wide=4.0, many=1.5)
    labels = labels_of_regression(draw, 0.3)
    limit = train(draw, labels, Training(LOSSES["square"], 0.0, 0.0, "gradient")).theta
    small = train(draw, labels, Training(LOSSES["square"], 1e-4, 0.0)).theta
    # The correction is O(eps); the two routes share no solver.
    assert np.allclose(small, limit, atol=1e-3 * np.abs(limit).max())
    root = np.linalg.cholesky(draw.metric).T
    whitened = np.linalg.solve(root.T, draw.features.T).T
    least = np.linalg.solve(root, np.linalg.pinv(whitened) @ labels)
    assert np.allclose(limit, least, atol=1e-9 * np.abs(least).max())


@pytest.mark.parametrize("wide", [0.7, 3.0])
@pytest.mark.parametrize("loss", ["square", "Huber"])
def test_no_ridge_is_the_limit_of_small_ridge(wide, loss):
    draw = a_draw(wide=wide, many=1.5)
    labels = labels_of_regression(draw, 0.5)
    limit, near = (
        train(draw, labels, Training(LOSSES[loss], 0.0, zeta)).theta for zeta in (0.0, 1e-7)
    )
    # The correction is O(zeta) over the least squared singular value, which is about 1e-2 here.
    assert np.allclose(limit, near, atol=1e-3 * np.abs(limit).max())


def test_relu_kernels_match_the_arc_cosine_forms():
    sigma = nonlinearity(Activation.of("plain-relu"))
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((60, 40))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    c = np.clip(rows @ rows.T, -1, 1)
    slopes, error = sigma.derivative_kernel.matrix(rows @ rows.T)
    values, error_values = sigma.value_kernel.matrix(rows @ rows.T)
    np.fill_diagonal(c, 1.0)
    # Twenty ulp of round-off on top of the stated truncation bound.
    assert np.abs(slopes - (np.pi - np.arccos(c)) / (2 * np.pi)).max() <= error + 5e-15
    arc = (np.sqrt(1 - c**2) + c * (np.pi - np.arccos(c))) / (2 * np.pi)
    assert np.abs(values - arc).max() <= error_values + 5e-15
    assert error < 1e-12


def test_truncation_bound_is_honest_at_strong_correlation():
    kernel = correlation_kernel(lambda u: (u > 0).astype(float), [0.0])
    c = 0.999
    values, error = kernel.matrix(np.array([[1.0, c], [c, 1.0]]))
    exact = (np.pi - np.arccos(c)) / (2 * np.pi)
    assert 1e-6 < abs(values[0, 1] - exact) <= error


def test_tanh_kernel_matches_a_double_integral():
    kernel = nonlinearity(Activation.of("tanh")).value_kernel
    c = 0.4

    def integrand(v, u):
        density = np.exp(-(u**2 - 2 * c * u * v + v**2) / (2 * (1 - c**2)))
        return np.tanh(u) * np.tanh(v) * density / (2 * np.pi * np.sqrt(1 - c**2))

    exact, _ = integrate.dblquad(integrand, -9, 9, -9, 9, epsabs=1e-10)
    value = kernel.matrix(np.array([[1.0, c], [c, 1.0]]))[0][0, 1]
    assert value == pytest.approx(exact, abs=1e-8)  # The double integral's own accuracy.


@pytest.mark.parametrize("activation", ["plain-relu", "tanh", lambda u: sp.Max(u, 0) ** 2 + u / 3])
def test_population_moments_match_monte_carlo(activation):
    draw = a_draw(activation=activation)
    rng = np.random.default_rng(5)
    theta = rng.standard_normal(draw.cross.size) / 3
    exact = population(draw, theta, rho=2.0)
    x = rng.standard_normal((40_000, 20))
    values, gradients = draw.network.values_and_gradients(x, theta)
    residual = np.sqrt(2.0) * x @ draw.teacher + 0.5 * rng.standard_normal(40_000) - values
    for sample, value in (
        (residual**2, exact.excess + 0.25),
        (residual, -exact.mean),
        ((gradients**2).sum(axis=1), exact.gradient2),
    ):
        # Five standard errors: a false alarm in 2e6 at a fixed seed.
        assert abs(sample.mean() - value) < 5 * sample.std() / 200


def test_attack_on_a_linear_network_reaches_the_exact_maximum():
    draw = a_draw(activation="linear")
    rng = np.random.default_rng(2)
    theta, x, y = rng.standard_normal(30), rng.standard_normal((50, 20)), rng.standard_normal(50)
    slope = draw.network.weights.T @ theta
    exact = np.abs(y - x @ slope) + 0.7 * np.linalg.norm(slope)
    assert np.allclose(attacked_residuals(draw.network, theta, x, y, 0.7), exact, rtol=1e-12)


def test_attack_beats_random_search_and_gains_little_from_more_steps():
    draw = a_draw(d=5)
    rng = np.random.default_rng(3)
    theta, x, y = rng.standard_normal(8), rng.standard_normal((40, 5)), rng.standard_normal(40)
    found = attacked_residuals(draw.network, theta, x, y, 0.3)
    longer = attacked_residuals(draw.network, theta, x, y, 0.3, steps=100)
    shift = rng.standard_normal((4000, 1, 5))
    shift *= 0.3 / np.linalg.norm(shift, axis=2, keepdims=True)
    every = draw.network.features((x + shift).reshape(-1, 5)) @ theta
    best = np.abs(y - every.reshape(4000, 40)).max(axis=0)
    # Ascent from one start may meet a local maximum on a few points in five dimensions.
    assert np.mean(found**2) >= 0.999 * np.mean(best**2)
    assert np.mean(longer**2) <= 1.01 * np.mean(found**2)


def test_training_against_the_real_attack_is_certified_and_lowers_the_attacked_risk():
    draw = a_draw(d=40, wide=2.0, many=2.0)
    labels = labels_of_regression(draw, 0.5)
    how = Training(LOSSES["square"], 0.3, 0.01)
    trained, sizes = train_against_attack(draw, labels, how)
    start = train(draw, labels, how).theta
    before = attacked_residuals(draw.network, start, draw.inputs, labels, 0.3)

    def cost(size, theta):
        return np.mean(size**2) + 0.01 * theta @ theta

    assert cost(sizes, trained.theta) < cost(before, start)
    # Smoothing alone may leave 2 * 7e-4 of the squared label over a risk of about a third of it.
    assert 0 <= trained.gap < 0.01


def test_isotropic_least_squares_has_its_exact_finite_risk():
    runs = simulate(
        ProblemStatement(IsotropicGaussian()), {"alpha": 3.0, "tau": 0.5}, d=30, repeats=400, rng=0
    )
    exact = 0.25 * (1 + 30 / (90 - 30 - 1))  # Inverse Wishart mean, any teacher.
    assert abs(runs.standard_risk_mean - exact) < 4 * runs.standard_risk_sem
    assert float(runs.interpolated_fraction.max()) == 0


# Fixed point of theory.md section 2 at psi1=2, psi2=3, eps=.3, tau=.5, zeta=0, evaluated by a
# separate script with numerical quadrature of the Marchenko-Pastur law.
THEORY = {
    "standard_risk": 0.77050281957,
    "robust_risk": 1.30339160804,
    "train_robust_risk": 0.54546582521,
    "robust_gap": 0.75792578283,
    "parameter_norm2": 2.37548753953,
    "gradient_norm2": 1.07651653547,
    "interpolated_fraction": 0.15534179906,
}
POINT = {"psi1": 2.0, "psi2": 3.0, "eps": 0.3, "tau": 0.5}


@pytest.mark.parametrize("model", ["real", "equivalent"])
def test_simulation_agrees_with_the_fixed_point_and_would_notice_otherwise(model):
    runs = [
        simulate(robust(), POINT, d=d, repeats=30, rng=7, test_points=100, model=model)
        for d in (30, 60)
    ]
    verdict = compare(THEORY, runs)
    assert verdict.agrees, str(verdict)
    wrong = compare({**THEORY, "train_robust_risk": 0.8}, runs)
    assert [c.observable for c in wrong.disagreements] == ["train_robust_risk"]
    assert "DISAGREES" in str(wrong)


def test_the_two_interpolators_have_their_known_risks():
    # theory.md section 3.3: min-l2-norm at eps=0, min-gradient-norm as eps -> 0.
    point = {"psi1": 3.0, "psi2": 1.0, "eps": [0.0, 1e-3], "tau": 0.3, "eps_test": 0.0}
    runs = simulate(robust(), point, d=100, repeats=30, rng=3)
    assert float(runs.interpolated_fraction.min()) == 1
    # Four standard errors, and 2 % for the bias at this size.
    for value, mean, sem in zip(
        (0.687, 0.758), runs.standard_risk_mean.values, runs.standard_risk_sem.values, strict=True
    ):
        assert abs(mean - value) < 4 * sem + 0.02 * value


@pytest.mark.slow
def test_error_falls_with_size():
    errors = []
    for d, repeats in ((25, 800), (100, 200), (400, 20)):
        runs = simulate(robust(), POINT, d=d, repeats=repeats, rng=0, test_points=100)
        spread = runs.train_robust_risk.std() / THEORY["train_robust_risk"]
        bias = abs(runs.train_robust_risk_mean / THEORY["train_robust_risk"] - 1)
        errors.append((float(bias), float(runs.train_robust_risk_sem), float(spread)))
    # Fluctuations fall like 1/sqrt(d): by 2 from one size to the next, up to sampling noise.
    assert errors[0][2] > 1.5 * errors[1][2] > 2.25 * errors[2][2]
    # The bias falls like 1/d and is lost in the noise at the largest size.
    assert errors[0][0] > 2 * errors[2][0]


def test_repeats_do_not_depend_on_their_number_or_on_the_other_points():
    few = simulate(robust(), POINT, d=20, repeats=2, rng=11, test_points=20)
    many = simulate(robust(), {**POINT, "eps": [0.1, 0.3]}, d=20, repeats=4, rng=11, test_points=20)
    assert many.standard_risk.dims == ("eps", "repeat")
    for name in ("standard_risk", "robust_risk", "train_robust_risk"):
        assert np.array_equal(few[name], many[name].sel(eps=0.3)[:2])


def test_worker_processes_change_nothing():
    alone, shared = (
        simulate(robust(), POINT, d=20, repeats=2, rng=11, test_points=20, workers=w)
        for w in (1, 2)
    )
    # Linear algebra on another number of threads rounds differently; the optimiser stops at 1e-8.
    xr.testing.assert_allclose(
        alone.drop_vars(["optimality_gap", "optimality_gap_mean", "optimality_gap_sem"]),
        shared.drop_vars(["optimality_gap", "optimality_gap_mean", "optimality_gap_sem"]),
        rtol=1e-4,
    )


def test_linear_activation_with_more_features_than_inputs():
    wide = {"psi1": 3.0, "psi2": 2.0, "tau": 0.5, "eps": [0.0, 0.2]}
    tall = {"alpha": 2.0, "tau": 0.5, "eps": [0.0, 0.2]}
    random = simulate(robust("linear"), wide, d=40, repeats=60, rng=0, test_points=50)
    plain = simulate(
        ProblemStatement(IsotropicGaussian(), adversary=L2Input()), tall, d=40, repeats=60, rng=0
    )
    # W has full column rank, so both are the same regression in x; five joint standard errors.
    for name in ("standard_risk", "robust_risk", "train_robust_risk", "gradient_norm2"):
        joint = np.hypot(random[f"{name}_sem"], plain[f"{name}_sem"])
        assert bool((abs(random[f"{name}_mean"] - plain[f"{name}_mean"]) < 5 * joint).all()), name


def test_steps_are_simulated_without_adversary_only():
    point = {"psi1": 1.0, "psi2": 2.0, "zeta": 0.1}
    runs = simulate(ProblemStatement(RandomFeatures("sign")), point, d=20, repeats=2, rng=0)
    assert np.isinf(runs.gradient_norm2).all()
    assert np.isfinite(runs.robust_risk).all()
    with pytest.raises(NotDerivable, match="kappa2"):
        simulate(robust("sign"), point | {"eps": 0.1}, d=20, repeats=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"psi1": -1.0}, "psi1 = -1 is not in"),
        ({"psi3": 1.0}, "unknown parameter 'psi3'"),
        ({"eps": []}, "eps is an empty sequence"),
        ({"eps": "much"}, "not a number"),
        ({"eps": float("nan")}, "eps = nan"),
    ],
)
def test_bad_parameters_are_named(change, message):
    with pytest.raises(InvalidParameter, match=message):
        simulate(robust(), {**POINT, **change}, d=20, repeats=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"d": 0}, "d = 0"), ({"repeats": 1}, "repeats = 1"), ({"attack": "fgsm"}, "'seminorm'")],
)
def test_bad_settings_are_named(change, message):
    with pytest.raises(InvalidParameter, match=message):
        simulate(robust(), POINT, **({"d": 20, "repeats": 2} | change))


def test_missing_parameter_and_unsuitable_problems():
    with pytest.raises(InvalidParameter, match="psi2 is missing"):
        simulate(robust(), {"psi1": 1.0, "eps": 0.1}, d=20, repeats=2)
    hollow = ResidualLoss(sp.log(1 + RESIDUAL**2))
    with pytest.raises(NotDerivable, match="not convex"):
        simulate(robust(loss=hollow), POINT, d=20, repeats=2)
    with pytest.raises(NotDerivable, match="pgd"):
        simulate(
            ProblemStatement(IsotropicGaussian()), {"alpha": 2.0}, d=20, repeats=2, attack="pgd"
        )
    with pytest.raises(NotDerivable, match="pgd"):
        simulate(robust(penalty=Ridge(metric="gradient")), POINT, d=20, repeats=2, attack="pgd")


def fake_runs(rng, bias=1.0, sizes=(100, 200), points=10):
    def one(d):
        noise = rng.standard_normal((points, 12)) / np.sqrt(d)
        values = 1 + bias / d + noise
        return xr.Dataset(
            {"standard_risk": (("eps", "repeat"), values)}, {"eps": range(points)}, {"d": d}
        )

    return [one(d) for d in sizes]


def test_verdict_rejects_a_true_theory_no_more_often_than_its_level():
    rng = np.random.default_rng(0)
    rejected = sum(
        not compare({"standard_risk": 1.0}, fake_runs(rng), level=0.1).agrees for _ in range(300)
    )
    # Binomial(300, 0.1): mean 30, standard deviation 5.2; four of them.
    assert rejected <= 30 + 21


def test_verdict_removes_the_bias_that_a_single_size_would_blame_on_the_theory():
    rng = np.random.default_rng(1)
    runs = fake_runs(rng, bias=100.0, points=1)
    verdict = compare({"standard_risk": 1.0}, runs)
    (row,) = verdict.comparisons
    assert verdict.agrees
    assert min(abs(np.array(row.means) - 1) / row.sems) > 5
    # Two sizes d and 2d: Richardson's 2 m(2d) - m(d).
    assert row.limit == pytest.approx(2 * row.means[1] - row.means[0], rel=1e-12)


def test_verdict_finds_the_points_of_the_runs_on_a_finer_theory_grid():
    runs = fake_runs(np.random.default_rng(3), points=3)
    values = np.where(np.arange(7) % 2 == 0, 1.0, 50.0)
    theory = xr.Dataset({"standard_risk": ("eps", values)}, {"eps": np.arange(7) / 2 + 1e-12})
    verdict = compare(theory, runs)
    assert verdict.agrees
    assert [c.point for c in verdict.comparisons] == ["eps=0", "eps=1", "eps=2"]
    with pytest.raises(InvalidParameter, match="theory varies along 'psi1'"):
        compare(theory.rename(eps="psi1"), runs)


def test_verdict_wants_two_sizes_and_something_to_compare():
    runs = fake_runs(np.random.default_rng(2))
    with pytest.raises(InvalidParameter, match="two different sizes"):
        compare({"standard_risk": 1.0}, runs[:1] * 2)
    with pytest.raises(InvalidParameter, match="share no observable"):
        compare({"standard_risk": np.inf, "other": 1.0}, runs)
