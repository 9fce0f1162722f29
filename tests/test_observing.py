"""Pruning, one perturbation for all inputs, the posterior; the gradient beside the laws."""

import numpy as np
import pytest
from scipy.stats import norm

import asymp
from asymp.pencil.route import second_route
from asymp.reductions.observing.pruning import retained
from asymp.reductions.step import Outcome
from asymp.solver import Status

EVERYTHING = (asymp.Pruning(), asymp.UniversalPerturbation(), asymp.Posterior())
POINT = {"psi1": 2.0, "psi2": 1.0, "tau": 0.5, "zeta": 0.1}


def problem(observe=EVERYTHING, features=None, **parts):
    features = features or asymp.RandomFeatures("relu")
    return asymp.Problem(features=features, observe=observe, **parts)


@pytest.fixture(scope="module")
def theorem():
    return problem(
        target=asymp.LinearTarget(may_vanish=True), noise=asymp.GaussianNoise(may_vanish=False)
    ).derive()


class Trained:
    """One trained network in plain NumPy."""

    def __init__(self, d, rng, psi1=2.0, psi2=1.0, tau=0.5, zeta=0.1):
        self.zeta, self.samples = zeta, int(psi2 * d)
        weights = rng.standard_normal((int(psi1 * d), d))
        self.weights = weights / np.linalg.norm(weights, axis=1, keepdims=True)
        self.beta = rng.standard_normal(d) / np.sqrt(d)
        inputs = rng.standard_normal((self.samples, d))
        features = self.features(inputs)
        labels = inputs @ self.beta + tau * rng.standard_normal(self.samples)
        self.precision = features.T @ features / self.samples + zeta * np.eye(len(weights))
        self.theta = np.linalg.solve(self.precision, features.T @ labels / self.samples)

    def features(self, inputs):
        return np.maximum(inputs @ self.weights.T, 0) - 1 / np.sqrt(2 * np.pi)

    def gradients(self, inputs, theta):
        return ((inputs @ self.weights.T > 0) * theta) @ self.weights


def test_the_gain_of_pruning_is_the_share_of_the_square_that_is_kept():
    z = np.sort(np.abs(norm.ppf((np.arange(200_000) + 0.5) / 200_000)))[::-1]
    for kept in (0.01, 0.3, 0.9):
        share = np.sum(z[: round(kept * z.size)] ** 2) / np.sum(z**2)
        # The quantile grid misses some 1e-5 of the second moment in its tails.
        assert float(retained(kept).evalf()) == pytest.approx(share, abs=5e-5)


def test_the_posterior_by_drawing_from_it(theorem):
    """Gradients of drawn networks on fresh inputs, with no formula of the covariance's trace."""
    rng, deviation = np.random.default_rng(0), 0.5
    spread, mean = [], []
    for _ in range(8):
        net = Trained(100, rng)
        factor = np.linalg.cholesky(np.linalg.inv(net.precision) / net.samples)
        inputs = rng.standard_normal((400, 100))
        drawn = deviation * factor @ rng.standard_normal((net.theta.size, 20))
        sizes = [np.mean(np.sum(net.gradients(inputs, x) ** 2, axis=1)) for x in drawn.T]
        spread.append(np.mean(sizes))
        mean.append(np.mean(np.sum(net.gradients(inputs, net.theta) ** 2, axis=1)))
    found = theorem.solve(**POINT, likelihood=deviation)
    # Standard errors are 0.5 % and 4 %, the bias at d = 100 about 1 %: five of them together.
    assert np.mean(spread) == pytest.approx(float(found.posterior_gradient_variance), rel=0.04)
    assert np.mean(mean) == pytest.approx(float(found.gradient_norm2), rel=0.25)


def test_no_other_direction_is_worse_than_the_mean_gradient():
    """The direction that does most to one set does no more to another than the mean gradient."""
    rng, radius = np.random.default_rng(1), 0.5
    net = Trained(60, rng)
    chosen, fresh = rng.standard_normal((2, 12_000, 60))
    noise = 0.5 * rng.standard_normal((2, 12_000))

    def residual(inputs, delta, part):
        return inputs @ net.beta + noise[part] - net.features(inputs + delta) @ net.theta

    along = net.weights.T @ net.theta
    along *= radius / np.linalg.norm(along)
    risks = {s: np.mean(residual(fresh, s * along, 1) ** 2) for s in (-1, 1)}
    delta = max(risks, key=risks.get) * along
    for _ in range(25):
        slope = -residual(chosen, delta, 0) @ net.gradients(chosen + delta, net.theta)
        delta = delta + 0.3 * radius * slope / np.linalg.norm(slope)
        delta *= radius / np.linalg.norm(delta)
    clean = np.mean(residual(fresh, 0 * along, 1) ** 2)
    gain = (np.mean(residual(fresh, delta, 1) ** 2) - clean) / (max(risks.values()) - clean)
    # The second-order term is of order 1/sqrt(d), at d = 60 some ten per cent of the increase.
    assert 0.9 < gain < 1.15


@pytest.mark.parametrize("sizes", [(50, 100), pytest.param((200, 400), marks=pytest.mark.slow)])
def test_simulations_agree(theorem, sizes):
    at = {**POINT, "kept": [0.1, 0.5], "eps_u": 0.5, "likelihood": 0.5}
    repeats = 20 if sizes[0] > 100 else 8
    verdict = theorem.compare(sizes=sizes, repeats=repeats, rng=2, level=1e-3, **at)
    assert verdict.agrees, str(verdict)


def test_corners_have_answers(theorem):
    at = {"tau": 0.5, "rho": 0.0, "psi2": 1.0, "eps_u": 0.5}
    found = theorem.solve(kept=[1e-300, 1e-20, 1e-3, 1.0], psi1=3.0, zeta=0.1, **at)
    assert (found.status == Status.converged).all()
    assert np.allclose(found.pruned_risk[:2], 0.25, atol=1e-14)  # the zero function remains
    assert float(found.pruned_risk[-1]) == float(found.standard_risk[-1])
    flat = theorem.solve(psi1=[0.5, 3.0], zeta=0.0, **at)
    assert flat.status.values.tolist() == [Status.converged, Status.infinite]
    assert np.isinf(flat.posterior_variance.values).tolist() == [False, True]
    assert np.isfinite(flat.gradient_norm2).all()
    threshold = theorem.solve(psi1=1.0, zeta=0.0, throw=False, **at)
    assert int(threshold.status) == Status.infinite
    assert np.isinf(threshold.gradient_norm2)


def test_what_is_inadmissible_is_refused(theorem):
    for given in ({"kept": 0.0}, {"kept": 1.5}, {"eps_u": -1.0}, {"likelihood": -1.0}, {"tau": 0}):
        with pytest.raises(asymp.InvalidParameter, match=next(iter(given))):
            theorem.solve(**{**POINT, **given})


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"observe": asymp.Pruning(), "features": asymp.RandomFeatures("plain-relu")}, "mean"),
        ({"observe": asymp.Pruning(), "features": asymp.IsotropicGaussian()}, "RandomFeatures"),
        ({"observe": asymp.Posterior(), "adversary": asymp.L2Input()}, "adversarial"),
        ({"observe": asymp.Posterior(), "loss": asymp.HuberLoss()}, "square"),
        (
            {"observe": asymp.UniversalPerturbation(), "features": asymp.RandomFeatures("sign")},
            "gradient",
        ),
    ],
)
def test_hypotheses_that_fail_are_named(given, word):
    with pytest.raises(asymp.NotDerivable, match=word):
        problem(**given).derive()


def test_two_observations_of_one_kind_are_refused_at_construction():
    with pytest.raises(asymp.InvalidProblem, match="two of one kind"):
        problem(observe=(asymp.Pruning(), asymp.Pruning("b")))


def test_where_nothing_is_pruned_the_residuals_stay_what_they_are():
    """Also at the threshold, where the norm is infinite and pruning any share breaks the fit."""
    theorem = asymp.theorem("random-features-pruning")
    ds = theorem.solve(psi1=[2.0, 3.0, 4.0], psi2=3.0, tau=0.5, zeta=0.0, kept=[0.999, 1.0])
    whole = ds.sel(kept=1.0)
    assert np.array_equal(whole.pruned_train_risk, whole.train_risk)
    assert np.array_equal(whole.pruned_risk, whole.standard_risk)
    assert np.isinf(ds.sel(psi1=3.0).pruned_train_risk.values).tolist() == [True, False]
    near = theorem.solve(psi1=3.0, psi2=3.0, tau=0.5, zeta=[1e-6, 1e-10], kept=1.0)
    # Towards the threshold the training residual falls like sqrt(zeta), to what stands at it.
    assert near.pruned_train_risk[1] < 0.02 * near.pruned_train_risk[0]


def test_pruning_an_uncentred_activation_leaves_a_random_intercept():
    """Why it is refused: without a mean of the activation the mean of the output would be small."""
    rng, shifts = np.random.default_rng(3), []
    for _ in range(20):
        net = Trained(80, rng)
        kept = np.abs(net.theta) >= np.quantile(np.abs(net.theta), 0.9)
        shifts.append((net.theta.sum(), (net.theta * kept).sum()))
    # Both sums are of order one, so that a mean mu0 of the activation moves the output by O(1).
    assert np.std(shifts, axis=0).min() > 0.3


def test_a_second_derivation_proves_the_law_of_the_gradient():
    """Linear pencil and Schwinger-Dyson equations, by elimination, in symbolic coefficients."""
    thm = asymp.theorem("random-features-gradient")
    found = second_route(thm.problem).prove(thm)
    assert found.outcome is Outcome.PROVED
    assert "gradient_norm2" in found.how


def test_random_features_miss_the_law_of_two_layer_networks():
    r"""At every width the gradient is at least sqrt(d) sqrt(n/N); ReLU keeps it from vanishing."""
    thm = asymp.theorem("random-features-gradient")
    theirs = thm.translate(to="bubeck-li-nagaraj")
    found = theirs.solve(k_over_d=[2.1, 4.0, 40.0, 4e4, 4e8], n_over_d=2.0)
    ratio = (found.gradient_over_sqrt_d / found.law).values
    assert (ratio > 1).all()
    assert ratio[-1] > 1e3  # the law tends to zero like 1/sqrt(N), the gradient does not
    b = 3 + (1 / 4 - 1 / (2 * np.pi)) / (1 / 4)
    limit = np.sqrt((b / np.sqrt(b**2 - 8) - 1) / 2)
    # The distance from the limit is of order n/N = 1e-8.
    assert float(found.gradient_over_sqrt_d[-1]) == pytest.approx(limit, rel=1e-6)


def test_without_linear_part_the_universal_law_is_met():
    thm = asymp.theorem("random-features-gradient", activation="quadratic")
    found = thm.solve(psi1=[2.0, 200.0], psi2=1.0, tau=1.0, rho=0.0)
    # He_2 has E sigma'^2 / E sigma^2 = 2, hence 2 psi2/(psi1 - psi2).
    assert found.gradient_norm2.values == pytest.approx([2.0, 2 / 199], rel=1e-10)


def test_sensitivity_by_the_formula_of_its_authors():
    r"""S = sqrt(d) |grad phi(z) Phi^+ Y|, evaluated as the code of Bombari et al. defines it."""
    rng, d = np.random.default_rng(4), 120
    thm = asymp.theorem("random-features-gradient")
    theory = thm.translate(to="bombari-kiyani-mondelli").solve(
        k_over_d=4.0, N_over_d=1.0, noise=1.0
    )
    found = []
    for _ in range(12):
        weights = rng.standard_normal((4 * d, d)) / np.sqrt(d)  # rows not normalised there
        inputs, z = rng.standard_normal((d, d)), rng.standard_normal(d)
        features = np.maximum(inputs @ weights.T, 0) - 1 / np.sqrt(2 * np.pi)
        theta = np.linalg.pinv(features) @ rng.standard_normal(d)
        found.append(np.sum((((z @ weights.T > 0) * theta) @ weights) ** 2))
    # One standard error of twelve draws is 5 %; rows of norm 1 + O(1/sqrt(d)) are within it.
    assert np.mean(found) == pytest.approx(float(theory.S_over_sqrt_d) ** 2, rel=0.2)
