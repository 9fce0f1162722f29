"""Simulation of every part of the problem language: it runs, and exact observables are exact."""

import numpy as np
import pytest
import sympy as sp
from scipy import integrate, optimize, special, stats

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.problem import adversary as adversaries
from asymp.problem import labels as label_laws
from asymp.problem import losses, noise, penalty
from asymp.problem.designs import GaussianCovariate, GaussianDesign, Spectrum
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget
from asymp.simulate import compare, simulate
from asymp.simulate.budget import budget_of
from asymp.simulate.case import Case
from asymp.simulate.draw import Sizes, draw_features
from asymp.simulate.evaluation import evaluate, observables_of
from asymp.simulate.fitting import Task
from asymp.simulate.held_out import hold_out
from asymp.simulate.labels import draw_at, labels_of
from asymp.simulate.lowered_loss import lower
from asymp.simulate.points import points_of
from asymp.simulate.training import Trained

ISO = IsotropicGaussian()
L2, LINF, LABEL = adversaries.L2Input(), adversaries.LinfInput(), adversaries.LabelPerturbation()
OUTPUT = adversaries.WeightPerturbation(layer="output")
NONE, LASSO = penalty.NoPenalty(), penalty.Lasso()
TWO = GaussianDesign(Spectrum.atoms([1, 4], [0.5, 0.5]))


def case(values, features=ISO, **parts):
    return ProblemStatement(features, **parts), values


CASES = {
    "lasso": case({"lam": 0.3, "s": 0.2, "tau": 0.3}, penalty=LASSO, target=SparseTarget()),
    "elastic net": case({"lam": 0.3, "zeta": 0.1, "tau": 0.3}, penalty=penalty.ElasticNet()),
    "Student noise": case(
        {"alpha": 2.0, "tau": 1.0, "nu": 1.5},
        loss=losses.AbsoluteLoss(),
        penalty=NONE,
        noise=noise.StudentNoise(),
    ),
    "outliers": case(
        {"tau": 0.5, "tau_out": 3.0, "share": 0.1, "eps": 0.1},
        loss=losses.HuberLoss(),
        noise=noise.ContaminatedNoise(),
        adversary=L2,
    ),
    "quantile": case(
        {"tau": 1.0, "level": 0.3, "alpha": 3.0},
        loss=losses.QuantileLoss(),
        noise=noise.LaplaceNoise(),
        intercept=True,
    ),
    "several adversaries": case(
        {"zeta": 0.1, "eps": 0.3, "eps_y": 0.1, "eps_w": 0.1}, adversary=(L2, LABEL, OUTPUT)
    ),
    "l-infinity": case({"zeta": 0.1, "eps": 0.3, "tau": 0.3}, adversary=LINF),
    "logistic": case(
        {"alpha": [2.0, 9.0], "rho": 4.0},
        loss=losses.LogisticLoss(),
        labels=label_laws.LogitLabels(),
        penalty=NONE,
    ),
    "hinge": case({"zeta": [0.0, 0.1]}, loss=losses.HingeLoss(), labels=label_laws.SignLabels()),
    "mixture": case(
        {"zeta": 0.1, "rho": 2.0, "balance": 0.3, "eps": 0.3},
        loss=losses.LogisticLoss(),
        labels=label_laws.GaussianMixture(),
        intercept=True,
        adversary=L2,
    ),
    "design": case(
        {"zeta": [0.0, 0.1], "tau": 0.3}, TWO, penalty=penalty.Ridge(metric="covariance")
    ),
    "covariate": case(
        {"zeta": 0.1},
        GaussianCovariate(np.eye(2), np.eye(2), np.diag([1.0, 0.5]), [1.0, 1.0]),
        loss=losses.LogisticLoss(),
        labels=label_laws.SignLabels(),
    ),
    "random features, hidden weights": case(
        {"psi1": 2.0, "psi2": 2.0, "zeta": 0.1, "eps_w": 0.3},
        RandomFeatures(),
        adversary=adversaries.WeightPerturbation(),
    ),
    "random features, logistic": case(
        {"psi1": 2.0, "psi2": 2.0, "zeta": 0.1, "eps": 0.3, "tau": 0.3},
        RandomFeatures("tanh"),
        loss=losses.LogisticLoss(),
        labels=label_laws.ProbitLabels(),
        adversary=L2,
    ),
    "random features, mixture": case(
        {"psi1": 2.0, "psi2": 2.0, "zeta": 0.1},
        RandomFeatures(),
        loss=losses.ExponentialLoss(),
        labels=label_laws.GaussianMixture(),
    ),
    "random features, metric": case(
        {"psi1": [0.5, 3.0], "psi2": 2.0},
        RandomFeatures(),
        penalty=penalty.Ridge(metric=1 + EIGENVALUE),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_part_of_the_language_is_simulated(name):
    problem, values = CASES[name]
    ratio = {p.name: 1.5 for p in problem.features.parameters}
    runs = simulate(problem, {**ratio, **values}, d=30, repeats=2, rng=0, test_points=50)
    assert set(observables_of(problem)) <= set(runs)
    trained = np.isfinite(runs.parameter_norm2)
    # The solver's own aim, with room for round-off.
    assert float(runs.optimality_gap.where(trained).max()) <= 2e-8
    if "separable_fraction" in runs and problem.penalty == NONE:
        assert np.array_equal(runs.separable_fraction == 1, ~trained)
    else:
        assert bool(trained.all())


def test_a_failed_training_is_reported(monkeypatch):
    monkeypatch.setattr("asymp.simulate.augmented.ROUNDS", 1)
    problem, values = CASES["elastic net"]
    with pytest.warns(RuntimeWarning, match="training missed its optimum in 2 of 2 draws"):
        simulate(problem, {"alpha": 1.5, **values}, d=30, repeats=2, rng=0)


def test_points_share_their_draws_whatever_the_label_model():
    problem, values = CASES["mixture"]
    one = simulate(problem, {"alpha": 1.5, **values}, d=20, repeats=2, rng=3)
    two = simulate(problem, {"alpha": 1.5, **values, "rho": [1.0, 2.0]}, d=20, repeats=2, rng=3)
    assert np.array_equal(one.overlap, two.overlap.sel(rho=2.0))


# --- exact observables against a large test sample ---------------------------------------------

SAMPLE = 200_000
P = 12
NOISES = {
    "Gaussian": (noise.GaussianNoise(), {"tau": 0.7}),
    "Laplace": (noise.LaplaceNoise(), {"tau": 0.7}),
    "Student": (noise.StudentNoise(), {"tau": 0.7, "nu": 9.0}),
    "contaminated": (noise.ContaminatedNoise(), {"tau": 0.3, "tau_out": 2.0, "share": 0.2}),
}


def sample_noise(kind, rng):
    if kind == "Gaussian":
        return 0.7 * rng.standard_normal(SAMPLE)
    if kind == "Laplace":
        return rng.laplace(scale=0.7 / np.sqrt(2), size=SAMPLE)
    if kind == "Student":
        return 0.7 * rng.standard_t(9.0, size=SAMPLE)
    return np.where(rng.random(SAMPLE) < 0.2, 2.0, 0.3) * rng.standard_normal(SAMPLE)


def judged(problem, values, theta_scale=0.8, intercept=0.3, features=ISO):
    """Observables of a random parameter, and the draw that they belong to."""
    (at,) = points_of(problem, {p.name: 1.0 for p in problem.features.parameters} | values)
    rng = np.random.default_rng(1)
    draw = draw_features(problem.features, Sizes(P, P, 40), rng, "real", at)
    held = hold_out(draw, 10, rng)
    base = draw_at(problem, draw, at)
    direction = rng.standard_normal(P)
    theta = theta_scale * (base.cross + direction / np.linalg.norm(direction))
    trained = Trained(theta, 0.0, intercept)
    task = Task(
        problem, lower(problem, at), base, labels_of(problem, base, at),
        budget_of(problem, base, at), at,
    )  # fmt: skip
    rho = at.get("rho", 1.0)
    test = budget_of(problem, base, at, test=True)
    return evaluate(Case(task, held, trained, task.sizes(trained), test, rho)), task, trained


def assert_means(found, samples):
    """Agreement within five standard errors: a false alarm in 2e6 at a fixed seed."""
    for name, sample in samples.items():
        error = sample.std() / np.sqrt(SAMPLE)
        assert abs(sample.mean() - found[name]) < 5 * error, name


@pytest.mark.parametrize("kind", NOISES)
def test_risks_are_exact_for_every_noise_and_several_adversaries(kind):
    law, values = NOISES[kind]
    problem = ProblemStatement(ISO, noise=law, intercept=True, adversary=(L2, LABEL))
    at = {"rho": 2.0, "eps": 0.4, "eps_y": 0.2, "eps_y_test": 0.1, **values}
    found, task, trained = judged(problem, at)
    rng = np.random.default_rng(2)
    x = rng.standard_normal((SAMPLE, P))
    h = np.sqrt(2.0) * x @ task.draw.teacher
    y, f = h + sample_noise(kind, rng), x @ trained.theta + 0.3
    reach = 0.4 * np.linalg.norm(trained.theta) + 0.1
    assert_means(
        found,
        {
            "standard_risk": (y - f) ** 2,
            "excess_risk": (h - f) ** 2,
            "robust_risk": (np.abs(y - f) + reach) ** 2,
        },
    )


def test_student_noise_draws_its_law():
    law = noise.StudentNoise()
    rng = np.random.default_rng(0)
    from asymp.simulate.noise import noise_of

    drawn = noise_of(law, rng.standard_normal(4000), rng.random(4000), {"tau": 2.0, "nu": 1.5})
    # A fixed seed; the level is that of one false alarm in 1e4.
    assert stats.kstest(drawn / 2.0, stats.t(1.5).cdf).pvalue > 1e-4
    laplace = noise.LaplaceNoise()
    drawn = noise_of(laplace, rng.standard_normal(4000), rng.random(4000), {"tau": 2.0})
    assert stats.kstest(drawn, stats.laplace(scale=np.sqrt(2)).cdf).pvalue > 1e-4


BINARY = {
    "sign": (label_laws.SignLabels(), {}),
    "probit": (label_laws.ProbitLabels(), {"tau": 0.6}),
    "logit": (label_laws.LogitLabels(), {}),
    "mixture": (label_laws.GaussianMixture(), {"balance": 0.3}),
}


@pytest.mark.parametrize("adversary", [L2, LINF])
@pytest.mark.parametrize("kind", BINARY)
def test_classification_errors_are_exact(kind, adversary):
    law, values = BINARY[kind]
    problem = ProblemStatement(
        ISO, labels=law, loss=losses.LogisticLoss(), intercept=True, adversary=adversary
    )
    found, task, trained = judged(problem, {"rho": 2.0, "eps": 0.1, "eps_test": 0.4, **values})
    rng, teacher = np.random.default_rng(2), task.draw.teacher
    x = rng.standard_normal((SAMPLE, P))
    h = np.sqrt(2.0) * x @ teacher
    if kind == "mixture":
        y = np.where(rng.random(SAMPLE) < 0.3, 1, -1)
        x = x + np.sqrt(2.0) * y[:, None] * teacher
    elif kind == "logit":
        y = np.where(h + rng.logistic(size=SAMPLE) > 0, 1, -1)
    else:
        y = np.where(
            h + (0.6 if kind == "probit" else 0.0) * rng.standard_normal(SAMPLE) > 0, 1, -1
        )
    margins = y * (x @ trained.theta + 0.3)
    order = 2 if adversary is L2 else 1
    reach = 0.4 * np.linalg.norm(trained.theta, order) * (1 if order == 2 else P**-0.5)
    assert_means(
        found,
        {
            "classification_error": (margins < 0).astype(float),
            "robust_error": (margins < reach).astype(float),
        },
    )
    assert found["overlap"] == pytest.approx(np.sqrt(2.0) * trained.theta @ teacher, rel=1e-12)
    assert found["field_variance"] == pytest.approx(trained.theta @ trained.theta, rel=1e-12)


def test_errors_on_a_spectrum_are_exact():
    problem = ProblemStatement(
        TWO, labels=label_laws.SignLabels(), loss=losses.LogisticLoss(), adversary=L2
    )
    found, task, trained = judged(problem, {"eps": 0.2}, intercept=0.0)
    rng = np.random.default_rng(2)
    values = np.repeat([1.0, 4.0], P // 2)
    x = rng.standard_normal((SAMPLE, P)) * np.sqrt(values)
    beta = task.draw.cross / values  # The cross-covariance is Sigma beta.
    assert beta @ (values * beta) == pytest.approx(1.0, rel=1e-12)
    margins = np.sign(x @ beta) * (x @ trained.theta)
    reach = 0.2 * np.linalg.norm(trained.theta)
    wrong = {"classification_error": margins < 0, "robust_error": margins < reach}
    assert_means(found, {name: each.astype(float) for name, each in wrong.items()})


@pytest.mark.parametrize("kind", ["probit", "mixture"])
def test_a_network_errs_as_its_gaussian_equivalent(kind):
    law, values = BINARY[kind]
    problem = ProblemStatement(
        RandomFeatures("tanh"), labels=law, loss=losses.LogisticLoss(), adversary=L2
    )
    point = {"psi1": 1.5, "psi2": 3.0, "zeta": 0.1, "eps": 0.2, **values}
    real, equivalent = (
        simulate(problem, point, d=60, repeats=8, rng=0, test_points=400, model=model)
        for model in ("real", "equivalent")
    )
    for name in ("classification_error", "robust_error", "train_error", "train_robust_loss"):
        joint = np.hypot(real[f"{name}_sem"], equivalent[f"{name}_sem"])
        difference = abs(float(real[f"{name}_mean"] - equivalent[f"{name}_mean"]))
        assert difference < 5 * float(joint) + 0.01, name  # 0.01: bias of order 1/d.


# --- against theories solved here, independently of the engine ---------------------------------


def soft(x, t):
    return np.sign(x) * np.maximum(np.abs(x) - t, 0)


GRID = np.linspace(-9, 9, 6001)
DENSITY = np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi) * (GRID[1] - GRID[0])


def lasso_state_evolution(alpha, lam, s, tau):
    r"""Bayati-Montanari (2012), equations 1.5 to 1.8, for inputs of variance 1 and their w.

    The effective field is w0 + level z with level^2 = (tau^2 + E(soft - w0)^2) / alpha, the
    threshold ratio * level, and lam = ratio * level * (1 - P(selected) / alpha).
    """
    laws = [(1 - s, 0.0), (s, 1 / s)]  # Share and variance of the coordinates w0.

    def mean(function, level):
        return sum(
            share * np.sum(DENSITY * function(np.sqrt(v + level**2) * GRID, v)) for share, v in laws
        )

    def error(level, cut):
        # Given the field y, w0 is Gaussian of mean v y / (v + level^2).
        def part(y, v):
            given = v + level**2
            return (soft(y, cut) - v * y / given) ** 2 + v * level**2 / given

        return mean(part, level)

    def fixed(ratio):
        level = 1.0
        for _ in range(300):
            level = np.sqrt((tau**2 + error(level, ratio * level)) / alpha)
        share = mean(lambda y, v: (np.abs(y) > ratio * level).astype(float), level)
        return level, share, ratio * level * (1 - share / alpha)

    ratio = optimize.brentq(lambda r: fixed(r)[2] - lam, 0.8, 5.0, xtol=1e-6)
    level, share, _ = fixed(ratio)
    l1 = mean(lambda y, v: np.abs(soft(y, ratio * level)), level)
    return {"excess_risk": alpha * level**2 - tau**2, "selected_fraction": share, "l1_norm": l1}


def test_lasso_agrees_with_its_state_evolution():
    alpha, lam, s, tau = 0.8, 0.5, 0.2, 0.4
    theory = lasso_state_evolution(alpha, lam, s, tau)
    problem = ProblemStatement(ISO, penalty=LASSO, target=SparseTarget())
    point = {"alpha": alpha, "lam": lam, "s": s, "tau": tau}
    runs = [simulate(problem, point, d=d, repeats=40, rng=5) for d in (60, 120)]
    verdict = compare(theory, runs)
    assert verdict.agrees, str(verdict)
    assert {c.observable for c in verdict.comparisons} == set(theory)


def test_least_absolute_deviations_agrees_with_its_known_limit():
    # El Karoui et al. (2013): residuals before shrinkage are s G with s^2 = tau^2 + excess; the
    # interpolated share P(|s G| < V) is 1 / alpha, and excess = alpha E[min(|s G|, V)^2].
    alpha, tau = 2.5, 0.7
    cut = special.ndtri(0.5 + 0.5 / alpha)

    def clipped(g):
        return min(abs(g), cut) ** 2 * np.exp(-(g**2) / 2) / np.sqrt(2 * np.pi)

    share = alpha * 2 * integrate.quad(clipped, 0, 12, points=[cut])[0]
    excess = optimize.brentq(lambda e: e - share * (tau**2 + e), 0, 100)
    problem = ProblemStatement(ISO, loss=losses.AbsoluteLoss(), penalty=NONE)
    runs = [
        simulate(problem, {"alpha": alpha, "tau": tau}, d=d, repeats=30, rng=2) for d in (40, 80)
    ]
    verdict = compare({"excess_risk": excess, "interpolated_fraction": 1 / alpha}, runs)
    assert verdict.agrees, str(verdict)


@pytest.mark.parametrize(
    ("problem", "values", "message"),
    [
        (lambda: ProblemStatement(RandomFeatures(), adversary=LINF), {}, "isotropic"),
        (
            lambda: ProblemStatement(ISO, adversary=adversaries.WeightPerturbation()),
            {"eps_w": 0.1},
            "random features",
        ),
        (
            lambda: ProblemStatement(ISO, labels=label_laws.SignLabels(), adversary=LABEL),
            {"eps_y": 0.1},
            "real labels",
        ),
        (
            lambda: ProblemStatement(ISO, loss=losses.ResidualLoss(sp.log(1 + losses.RESIDUAL**2))),
            {},
            "not convex",
        ),
        (
            lambda: ProblemStatement(
                ISO, labels=label_laws.SignLabels(), loss=losses.MarginLoss(losses.MARGIN**2)
            ),
            {},
            "increases",
        ),
    ],
)
def test_what_cannot_be_simulated_says_why(problem, values, message):
    stated = problem()
    ratios = {p.name: 1.0 for p in stated.features.parameters}
    needed = {a.radius: 0.1 for a in stated.adversaries}
    with pytest.raises(NotDerivable, match=message):
        simulate(stated, {**ratios, **needed, **values}, d=20, repeats=2)
