"""Training in general form against an independent conic solver, and where no minimiser exists."""

from dataclasses import dataclass, field

import cvxpy as cp
import numpy as np
import pytest
import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE
from asymp.problem import adversary as adversaries
from asymp.problem import labels as label_laws
from asymp.problem import losses, noise, penalty
from asymp.problem.features import IsotropicGaussian, RandomFeatures
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget
from asymp.simulate.budget import budget_of
from asymp.simulate.draw import Sizes, draw_features
from asymp.simulate.fitting import Task, fit_task
from asymp.simulate.labels import draw_at, labels_of
from asymp.simulate.lowered_loss import lower
from asymp.simulate.points import points_of

ISO, RF = IsotropicGaussian(), RandomFeatures("tanh")
R, K, W = losses.RESIDUAL, losses.MARGIN, penalty.WEIGHT
L2, LINF, LABEL = adversaries.L2Input(), adversaries.LinfInput(), adversaries.LabelPerturbation()
HIDDEN = adversaries.WeightPerturbation()
OUTPUT = adversaries.WeightPerturbation(layer="output")
LOGIT, SIGN = label_laws.LogitLabels(), label_laws.SignLabels()
MIXTURE = label_laws.GaussianMixture()

# The losses again, as cvxpy has them: of the residual, or of minus the margin.
ATOMS = {
    "square": lambda r: cp.square(r) / 2,
    "absolute": cp.abs,
    "huber": lambda r: cp.huber(r, 1) / 2,
    "quantile": lambda r: cp.maximum(0.3 * r, -0.7 * r),
    "insensitive": lambda r: cp.pos(cp.abs(r) - 0.2),
    "linex": lambda r: cp.exp(r) - r - 1,
    "logistic": cp.logistic,
    "hinge": lambda x: cp.pos(1 + x),
    "squared hinge": lambda x: cp.square(cp.pos(1 + x)) / 2,
    "exponential": cp.exp,
}
LOSSES = {
    "square": losses.SquareLoss(),
    "absolute": losses.AbsoluteLoss(),
    "huber": losses.HuberLoss(),
    "quantile": losses.QuantileLoss(),
    "insensitive": losses.ResidualLoss(sp.Max(sp.Abs(R) - sp.Rational(1, 5), 0)),
    "linex": losses.ResidualLoss(sp.exp(R) - R - 1),
    "logistic": losses.LogisticLoss(),
    "hinge": losses.HingeLoss(),
    "squared hinge": losses.SquaredHingeLoss(),
    "exponential": losses.ExponentialLoss(),
}
MARGINS = ("logistic", "hinge", "squared hinge", "exponential")


@dataclass
class Given:
    """A problem at a point, drawn."""

    loss: str
    at: dict
    parts: dict = field(default_factory=dict)
    features: object = ISO
    samples: int = 60
    wide: int = 30
    seed: int = 0

    def task(self):
        parts = dict(self.parts)
        if self.loss in MARGINS:
            parts.setdefault("labels", LOGIT)
        problem = ProblemStatement(self.features, loss=LOSSES[self.loss], **parts)
        ratios = {p.name: 1.0 for p in self.features.parameters}
        (at,) = points_of(problem, {**ratios, **self.at})
        inputs = self.wide if self.features is ISO else 20
        sizes = Sizes(inputs, self.wide, self.samples)
        draw = draw_features(self.features, sizes, np.random.default_rng(self.seed), "real", at)
        draw = draw_at(problem, draw, at)
        budget = budget_of(problem, draw, at)
        return Task(problem, lower(problem, at), draw, labels_of(problem, draw, at), budget, at)


def budget_expression(task, theta):
    """Budgets of the samples as the documentation states them, convex in the parameter."""
    draw, at, p = task.draw, task.at, task.draw.features.shape[1]
    total = np.zeros(len(task.labels))
    for a in task.problem.adversaries:
        eps = at[a.radius]
        if a == L2:
            root = np.linalg.cholesky(draw.metric).T
            total = total + eps * cp.norm(root @ theta, 2)
        elif a == LINF:
            total = total + eps / np.sqrt(p) * cp.norm(theta, 1)
        elif a == LABEL:
            total = total + eps
        elif a == HIDDEN:
            nodes, weights = np.polynomial.hermite_e.hermegauss(200)
            slope2 = weights @ (1 - np.tanh(nodes) ** 2) ** 2 / np.sqrt(2 * np.pi)
            total = total + eps * np.sqrt(slope2) * cp.norm(theta, 2)
        else:
            total = total + eps * np.linalg.norm(draw.features, axis=1) / np.sqrt(p)
    return total


def penalty_expression(task, theta):
    rule, at, p = task.problem.penalty, task.at, task.draw.features.shape[1]
    if isinstance(rule, penalty.SeparablePenalty):
        w = np.sqrt(p) * theta
        ridge = at.get("zeta", 0.0)
        return (at["lam"] * cp.norm(w, 1) + ridge / 2 * cp.sum_squares(w)) / p
    if isinstance(rule, penalty.NoPenalty):
        return 0.0
    gram = task.draw.family
    matrix = {
        "identity": np.eye(p),
        "gradient": task.draw.metric,
        "covariance": task.draw.second_moment - task.draw.mean**2,
        1 + 2 * EIGENVALUE: np.eye(p) + 2 * gram,
    }[rule.metric]
    return at["zeta"] / 2 * cp.quad_form(theta, cp.psd_wrap(matrix))


def convex_problem(given, task):
    """The training problem as the documentation states it, and its variables."""
    theta = cp.Variable(task.draw.features.shape[1])
    b = cp.Variable() if task.problem.intercept else cp.Constant(0.0)
    values = task.draw.features @ theta + b
    # The loss is nondecreasing in the budget, which may therefore be relaxed to a bound.
    e = cp.Variable(len(task.labels), nonneg=True)
    atom = ATOMS[given.loss]
    if given.loss in MARGINS:
        loss = atom(-cp.multiply(task.labels, values) + e)
    else:
        residual = task.labels - values
        loss = cp.maximum(atom(residual + e), atom(residual - e))
    objective = cp.sum(loss) / len(task.labels) + penalty_expression(task, theta)
    problem = cp.Problem(cp.Minimize(objective), [e >= budget_expression(task, theta)])
    return problem, theta, b, e


NONE, LASSO = penalty.NoPenalty(), penalty.Lasso()
STUDENT = noise.StudentNoise()
CASES = {
    "lasso": Given("square", {"lam": 0.3, "tau": 0.5}, {"penalty": LASSO}, samples=25),
    "lasso sparse": Given(
        "square", {"lam": 0.3, "s": 0.2}, {"penalty": LASSO, "target": SparseTarget()}
    ),
    "elastic net": Given("huber", {"lam": 0.2, "zeta": 0.1}, {"penalty": penalty.ElasticNet()}),
    "l1 of absolute": Given("absolute", {"lam": 0.1, "tau": 1.0}, {"penalty": LASSO}),
    "l1 logistic": Given("logistic", {"lam": 0.05}, {"penalty": LASSO, "intercept": True}),
    "absolute": Given(
        "absolute", {"tau": 1.0, "nu": 1.5}, {"penalty": NONE, "noise": STUDENT, "intercept": True}
    ),
    "quantile": Given("quantile", {"level": 0.3, "tau": 1.0}, {"penalty": NONE, "intercept": True}),
    "insensitive": Given("insensitive", {"zeta": 0.1, "tau": 1.0}),
    "linex": Given("linex", {"zeta": 0.1, "tau": 1.0}, {"intercept": True}),
    "linex attacked": Given(
        "linex", {"zeta": 0.1, "eps": 0.2, "tau": 0.5}, {"adversary": L2, "intercept": True}
    ),
    "quantile attacked": Given(
        "quantile", {"zeta": 0.1, "eps_y": 0.2, "level": 0.3, "tau": 1.0}, {"adversary": LABEL}
    ),
    "several adversaries": Given(
        "square",
        {"zeta": 0.05, "eps": 0.1, "eps_y": 0.1, "eps_w": 0.1, "tau": 0.5},
        {"adversary": (LINF, LABEL, OUTPUT)},
    ),
    "l-infinity, interpolating": Given("square", {"eps": 0.2}, {"adversary": LINF}, samples=20),
    "hidden weights": Given(
        "square", {"zeta": 0.05, "eps": 0.1, "eps_w": 0.2}, {"adversary": (L2, HIDDEN)}, features=RF
    ),
    "covariance ridge": Given(
        "square", {"zeta": 0.2, "tau": 0.5}, {"penalty": penalty.Ridge(metric="covariance")}, RF
    ),
    "affine ridge": Given(
        "huber", {"zeta": 0.2}, {"penalty": penalty.Ridge(metric=1 + 2 * EIGENVALUE)}, RF
    ),
    "square of signs": Given(
        "square", {"zeta": 0.1, "eps": 0.2}, {"labels": SIGN, "adversary": L2, "intercept": True}
    ),
    "logistic": Given("logistic", {"zeta": 0.01}, {"intercept": True}),
    "logistic unpenalised": Given("logistic", {}, {"penalty": NONE}, samples=200, wide=20),
    "logistic attacked": Given("logistic", {"zeta": 0.01, "eps": 0.3}, {"adversary": L2}),
    "logistic l-infinity": Given("logistic", {"eps": 1.0}, {"adversary": LINF}, samples=90),
    "logistic features": Given(
        "logistic", {"zeta": 0.01, "eps": 0.3}, {"adversary": L2, "intercept": True}, RF
    ),
    "hinge": Given("hinge", {"zeta": 0.1}, {"labels": SIGN}),
    "hinge attacked mixture": Given(
        "hinge",
        {"zeta": 0.02, "eps": 0.3, "rho": 2.0, "balance": 0.3},
        {"labels": MIXTURE, "adversary": L2, "intercept": True},
    ),
    "hinge unpenalised": Given("hinge", {}, {"penalty": NONE}, samples=120, wide=20),
    "squared hinge": Given("squared hinge", {"zeta": 0.1, "eps": 0.2}, {"adversary": LINF}),
    "exponential": Given("exponential", {"zeta": 0.1}, {"labels": MIXTURE, "intercept": True}),
}


@pytest.mark.parametrize("name", CASES)
def test_training_agrees_with_clarabel(name):
    given = CASES[name]
    task = given.task()
    trained = fit_task(task)
    problem, theta, b, e = convex_problem(given, task)
    problem.solve(solver=cp.CLARABEL)
    best, theirs = problem.value, theta.value
    theta.value, e.value = trained.theta, np.zeros(len(task.labels))
    if task.problem.intercept:
        b.value = trained.intercept
    reached = budget_expression(task, theta)
    e.value = np.asarray(getattr(reached, "value", reached)) * np.ones(len(task.labels))
    # Both stop at a relative gap of 1e-8; Clarabel's is also measured in its own variables.
    assert problem.objective.value == pytest.approx(best, rel=1e-6)
    assert trained.gap <= 1e-8
    # A gap of g leaves the minimiser uncertain by about sqrt(g), or more without strong convexity.
    assert np.allclose(trained.theta, theirs, atol=1e-2 * np.abs(theirs).max())


def test_lasso_coordinates_are_exactly_zero_and_satisfy_the_subgradient_conditions():
    task = CASES["lasso"].task()
    theta = fit_task(task).theta
    samples, p = task.draw.features.shape
    pull = task.draw.features.T @ (task.labels - task.draw.features @ theta) / samples
    bound = 0.3 / np.sqrt(p)
    assert 0 < np.mean(theta == 0) < 1
    # Both follow from a duality gap of 1e-8 up to ten times its square root.
    assert np.abs(pull).max() <= bound * (1 + 1e-3)
    assert np.allclose(pull[theta != 0], bound * np.sign(theta[theta != 0]), atol=1e-3 * bound)


@pytest.mark.parametrize("loss", ["logistic", "exponential"])
@pytest.mark.parametrize("intercept", [False, True])
def test_separable_data_have_no_minimiser(loss, intercept):
    parts = {"penalty": NONE, "intercept": intercept, "labels": SIGN}
    wide = Given(loss, {}, parts, samples=30, wide=30)
    trained = fit_task(wide.task())
    assert trained.separable
    assert not trained.exists
    limit = Given(loss, {"zeta": 0.0}, {**parts, "penalty": penalty.Ridge()}, samples=30, wide=30)
    assert not fit_task(limit.task()).exists


def separable_by_linear_programme(task):
    theta = cp.Variable(task.draw.features.shape[1])
    margins = cp.multiply(task.labels, task.draw.features @ theta)
    problem = cp.Problem(cp.Maximize(cp.min(margins)), [cp.norm(theta, "inf") <= 1])
    problem.solve(solver=cp.CLARABEL)
    return problem.value > 1e-7  # Clarabel's own accuracy.


def test_separability_agrees_with_a_linear_programme():
    found = set()
    for seed in range(20):
        task = Given("logistic", {"rho": 4.0}, {"penalty": NONE}, samples=80, seed=seed).task()
        trained = fit_task(task)
        assert trained.separable == separable_by_linear_programme(task)
        assert trained.exists == (not trained.separable)
        found.add(trained.separable)
    assert found == {False, True}  # The size is near the threshold.


@pytest.mark.parametrize("loss", ["hinge", "squared hinge"])
@pytest.mark.parametrize("intercept", [False, True])
def test_vanishing_ridge_on_separable_data_gives_the_widest_margin(loss, intercept):
    task = Given(loss, {"zeta": 0.0}, {"labels": SIGN, "intercept": intercept}, samples=35).task()
    trained = fit_task(task)
    theta, b = cp.Variable(30), cp.Variable() if intercept else 0.0
    margins = cp.multiply(task.labels, task.draw.features @ theta + b)
    problem = cp.Problem(cp.Minimize(cp.sum_squares(theta)), [margins >= 1])
    problem.solve(solver=cp.CLARABEL)
    assert trained.separable
    assert trained.theta @ trained.theta == pytest.approx(problem.value, rel=1e-6)
    assert np.allclose(trained.theta, theta.value, atol=1e-3 * np.abs(theta.value).max())


@pytest.mark.parametrize("metric", ["identity", "covariance", 1 + 2 * EIGENVALUE])
@pytest.mark.parametrize("loss", ["square", "quantile"])
def test_vanishing_ridge_interpolates_with_least_norm(metric, loss):
    rule = penalty.Ridge(metric=metric)
    task = Given(loss, {"tau": 0.5}, {"penalty": rule}, RF, samples=20).task()
    theta = fit_task(task).theta
    p = theta.size
    matrix = {
        "identity": np.eye(p),
        "covariance": task.draw.second_moment - task.draw.mean**2,
        1 + 2 * EIGENVALUE: np.eye(p) + 2 * task.draw.family,
    }[metric]
    inverse = np.linalg.solve(matrix, task.draw.features.T)
    exact = inverse @ np.linalg.solve(task.draw.features @ inverse, task.labels)
    # The gap of 1e-8 leaves the parameter uncertain by its square root.
    assert np.allclose(theta, exact, atol=1e-3 * np.abs(exact).max())


def test_without_any_penalty_interpolation_has_no_unique_minimiser():
    task = Given("square", {}, {"penalty": NONE}, samples=20).task()
    assert not fit_task(task).exists
