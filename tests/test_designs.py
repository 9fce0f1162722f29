"""Designs with a spectrum: against deterministic equivalents solved independently, and against
finite problems drawn and solved here."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq

import asymp
from asymp.problem.designs import GaussianCovariate, GaussianDesign, Spectrum
from asymp.reductions.step import Outcome

T = asymp.EIGENVALUE
LEVEL = asymp.Parameter("r", sp.Interval.open(0, sp.oo), "ratio of the two levels")
SHARE = asymp.Parameter("share", sp.Interval.open(0, 1), "weight of the higher level")
SHAPE = asymp.Parameter("high_share", sp.Interval.open(0, 1), "the teacher's share in it")


def theorem(features, **parts):
    return asymp.Problem(features=features, **parts).derive()


def risk(thm, **point):
    return float(thm.solve(**point).standard_risk)


def equivalent_risk(average, teacher_average, alpha, zeta, tau, rho=1.0):
    r"""Ridge by its deterministic equivalent, in mpmath: no order parameter of the engine.

    :math:`\kappa=\zeta+\frac\kappa\alpha\int\frac{t}{t+\kappa}d\mu` (Dobriban and Wager; Hastie et
    al. for zeta = 0), risk :math:`(\tau^2+\rho\int\frac{\kappa^2}{(t+\kappa)^2}d\nu)/
    (1-\frac1\alpha\int\frac{t^2}{(t+\kappa)^2}d\mu)`.
    """

    def gap(log_kappa):
        kappa = mpmath.exp(log_kappa)
        return float(zeta / kappa + average(lambda t: t / (t + kappa)) / alpha - 1)

    over = zeta == 0 and alpha > 1  # least squares: no effective ridge
    kappa = mpmath.mpf(0) if over else mpmath.exp(brentq(gap, -20, 10, xtol=1e-15))
    bias = rho * teacher_average(lambda t: (kappa / (t + kappa)) ** 2)
    spread = average(lambda t: (t / (t + kappa)) ** 2) / alpha
    return (tau**2 + bias) / (1 - spread)


def over_atoms(values, weights):
    pairs = [
        (mpmath.mpf(float(t)), mpmath.mpf(float(w))) for t, w in zip(values, weights, strict=True)
    ]
    return lambda f: mpmath.fsum(w * f(t) for t, w in pairs)


def random_covariance(p, rng, decay=1.0):
    """Random eigenvectors, eigenvalues spread over a decade, and a teacher that favours some."""
    basis, _ = np.linalg.qr(rng.standard_normal((p, p)))
    values = np.linspace(0.3, 3.0, p) ** decay
    beta = basis @ (rng.standard_normal(p) * np.linspace(0.2, 1.0, p))
    return (basis * values) @ basis.T, beta


def ridge_draws(second, cross, variance, draw, zeta, tau, repeats):
    """Excess-plus-noise risk of ridge on drawn samples, exact in the population matrices."""
    risks = []
    for _ in range(repeats):
        x, h, xi = draw()
        n, p = x.shape
        y = h + tau * xi
        if zeta:
            theta = np.linalg.solve(x.T @ x / n + zeta * np.eye(p), x.T @ y / n)
        else:
            theta = np.linalg.lstsq(x, y, rcond=None)[0]
        risks.append(tau**2 + variance - 2 * theta @ cross + theta @ second @ theta)
    return np.mean(risks), np.std(risks, ddof=1) / np.sqrt(repeats)


def gaussian_draw(covariance, beta, n, rng):
    root = np.linalg.cholesky(covariance)

    def draw():
        x = rng.standard_normal((n, len(beta))) @ root.T
        return x, x @ beta, rng.standard_normal(n)

    return draw


def test_one_atom_is_the_isotropic_design():
    here = theorem(GaussianDesign(Spectrum.atoms([1], [1])), adversary=asymp.L2Input())
    there = theorem(asymp.IsotropicGaussian(), adversary=asymp.L2Input())
    grid = {"alpha": [0.5, 1.0, 3.0], "eps": [0.0, 0.3, 4.0], "zeta": [0.0, 0.4], "tau": [0.0, 0.5]}
    one, other = (thm.solve(throw=False, **grid) for thm in (here, there))
    assert (one.status == other.status).all()
    for name in ("standard_risk", "robust_risk", "parameter_norm2", "train_robust_risk"):
        # two kernels of one map: they differ by rounding times the condition number
        np.testing.assert_allclose(one[name], other[name], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize(("alpha", "zeta"), [(0.4, 0.3), (2.5, 0.3), (0.4, 0.0), (2.5, 0.0)])
def test_two_levels_with_parameters_are_the_deterministic_equivalent(alpha, zeta):
    thm = theorem(GaussianDesign(Spectrum.two_level(1, LEVEL, SHARE, SHAPE)))
    atoms = [1.0, 6.0]
    wanted = equivalent_risk(
        over_atoms(atoms, [0.7, 0.3]), over_atoms(atoms, [0.2, 0.8]), alpha, zeta, 0.5
    )
    found = risk(thm, alpha=alpha, zeta=zeta, tau=0.5, r=6.0, share=0.3, high_share=0.8)
    assert found == pytest.approx(float(wanted), rel=1e-10)  # both are solved to rounding


def test_a_tabulated_law_is_the_deterministic_equivalent():
    rng = np.random.default_rng(0)
    spectrum = Spectrum.from_covariance(*random_covariance(40, rng))
    thm = theorem(GaussianDesign(spectrum))
    averages = (over_atoms(spectrum.values, w) for w in (spectrum.weights, spectrum.teacher))
    wanted = equivalent_risk(*averages, 1.5, 0.2, 0.4, rho=spectrum.teacher_variance)
    found = risk(thm, alpha=1.5, zeta=0.2, tau=0.4, rho=spectrum.teacher_variance)
    assert found == pytest.approx(float(wanted), rel=1e-10)


def test_power_law_against_its_integral():
    thm = theorem(GaussianDesign(Spectrum.power_law(1.5, 1e-2)))

    def average(f):
        with mpmath.workdps(20):
            ends = [0.01, 0.03, 0.1, 0.3, 1]
            return mpmath.quad(lambda u: f(mpmath.power(u, -1.5)), ends) / 0.99

    mean = average(lambda t: t)
    wanted = equivalent_risk(average, lambda f: average(lambda t: t * f(t)) / mean, 0.7, 0.5, 0.3)
    found = risk(thm, alpha=0.7, zeta=0.5, tau=0.3)
    assert found == pytest.approx(float(wanted), rel=1e-10)  # quadrature settled at 1e-13


def test_a_density_with_root_edges_is_the_law_of_linear_features():
    r"""Marchenko-Pastur as a user's density, against the closed form of the random features."""
    ratio = 0.5
    low, high = (1 - ratio**0.5) ** 2, (1 + ratio**0.5) ** 2
    density = sp.sqrt((high - T) * (T - low)) / (2 * sp.pi * T * ratio)
    spectrum = Spectrum.density(density, low, high, teacher=1)
    assert spectrum.error < 1e-12
    thm = theorem(GaussianDesign(spectrum))
    linear = theorem(asymp.RandomFeatures("linear"))
    # features see half of the teacher's variance, evenly over the directions: c = W beta
    found = thm.solve(alpha=3.0, zeta=0.2, tau=np.sqrt(0.25 + 0.5), rho=0.5)
    there = linear.solve(psi1=ratio, psi2=3.0 * ratio, zeta=0.2, tau=0.5)
    assert float(found.standard_risk) == pytest.approx(float(there.standard_risk), rel=1e-10)


def test_simulated_ridge_on_a_given_covariance():
    rng = np.random.default_rng(1)
    p, n = 300, 450
    covariance, beta = random_covariance(p, rng)
    spectrum = Spectrum.from_covariance(covariance, beta)
    rho = spectrum.teacher_variance
    assert rho == pytest.approx(beta @ covariance @ beta)
    thm = theorem(GaussianDesign(spectrum))
    draw = gaussian_draw(covariance, beta, n, rng)
    for zeta in (0.3, 0.0):
        theory = risk(thm, alpha=n / p, zeta=zeta, tau=0.7, rho=rho)
        mean, sem = ridge_draws(covariance, covariance @ beta, rho, draw, zeta, 0.7, 12)
        # sampling error, and a bias of order 1/p
        assert abs(mean - theory) < 4 * sem + 2 / p * theory


def test_simulated_interpolation_on_a_given_covariance():
    rng = np.random.default_rng(2)
    p, n = 400, 200
    covariance, beta = random_covariance(p, rng)
    spectrum = Spectrum.from_covariance(covariance, beta)
    rho = spectrum.teacher_variance
    found = theorem(GaussianDesign(spectrum)).solve(alpha=n / p, zeta=0.0, tau=0.7, rho=rho)
    draw = gaussian_draw(covariance, beta, n, rng)
    mean, sem = ridge_draws(covariance, covariance @ beta, rho, draw, 0.0, 0.7, 12)
    theory = float(found.standard_risk)
    assert abs(mean - theory) < 4 * sem + 2 / p * theory  # as above
    assert float(found.interpolated_fraction) == 1.0


@pytest.fixture(scope="module")
def covariate():
    """Teacher on 250 features, student on 200 noisy mixtures of them."""
    rng = np.random.default_rng(3)
    k, p = 250, 200
    psi, _ = random_covariance(k, rng)
    mixing = rng.standard_normal((p, k)) / np.sqrt(k)
    omega, cross = mixing @ psi @ mixing.T + 0.2 * np.eye(p), psi @ mixing.T
    beta = rng.standard_normal(k) / np.sqrt(k)
    model = GaussianCovariate(psi, omega, cross, beta)
    return model, theorem(model), mixing, rng


@pytest.mark.parametrize(("n", "zeta"), [(400, 0.1), (120, 0.1), (400, 0.0), (120, 0.0)])
def test_simulated_gaussian_covariate_model(covariate, n, zeta):
    model, thm, mixing, rng = covariate
    psi, omega, cross, beta = (
        np.asarray(a)
        for a in (model.teacher_covariance, model.student_covariance, model.cross, model.teacher)
    )
    p, rho = len(omega), model.teacher_variance
    root = np.linalg.cholesky(psi)

    def draw():
        u = rng.standard_normal((n, len(psi))) @ root.T
        v = u @ mixing.T + np.sqrt(0.2) * rng.standard_normal((n, p))
        return v, u @ beta, rng.standard_normal(n)

    theory = risk(thm, alpha=n / p, zeta=zeta, tau=0.3, rho=rho)
    mean, sem = ridge_draws(omega, cross.T @ beta, rho, draw, zeta, 0.3, 16)
    assert 0.2 < model.explained < 0.9
    assert abs(mean - theory) < 4 * sem + 3 / p * theory  # sampling, and a bias of order 1/p


def test_covariate_model_that_sees_its_teacher_is_the_plain_design():
    rng = np.random.default_rng(4)
    covariance, beta = random_covariance(30, rng)
    same = GaussianCovariate(covariance, covariance, covariance, beta)
    plain = GaussianDesign(Spectrum.from_covariance(covariance, beta))
    assert same.explained == 1.0
    point = {"alpha": 0.8, "zeta": 0.3, "tau": 0.2}
    assert risk(theorem(same), **point) == pytest.approx(risk(theorem(plain), **point), rel=1e-11)


def attacked(x, y, eps):
    """Robust training error and its minimiser by a conic solver."""
    cvxpy = pytest.importorskip("cvxpy")
    theta = cvxpy.Variable(x.shape[1])
    residual = cvxpy.abs(y - x @ theta) + eps * cvxpy.norm(theta)
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(residual) / len(y)))
    return problem.solve(solver="CLARABEL"), np.asarray(theta.value)


def test_simulated_adversarial_training_on_two_levels():
    rng = np.random.default_rng(5)
    p, n, eps = 120, 180, 0.6
    values = np.repeat([0.5, 4.0], p // 2)
    beta = rng.standard_normal(p)
    beta /= np.sqrt(beta @ (values * beta))
    spectrum = Spectrum.from_covariance(np.diag(values), beta)
    thm = theorem(GaussianDesign(spectrum), adversary=asymp.L2Input())
    theory = thm.solve(alpha=n / p, eps=eps, tau=0.5)
    losses, risks, norms = [], [], []
    for _ in range(10):
        x = rng.standard_normal((n, p)) * np.sqrt(values)
        loss, theta = attacked(x, x @ beta + 0.5 * rng.standard_normal(n), eps)
        losses.append(loss)
        risks.append(0.25 + (theta - beta) ** 2 @ values)
        norms.append(theta @ theta)
    for draws, name in (
        (losses, "train_robust_risk"), (risks, "standard_risk"), (norms, "gradient_norm2"),
    ):  # fmt: skip
        wanted = float(theory[name])
        sem = np.std(draws, ddof=1) / np.sqrt(len(draws))
        # sampling, and a bias of order 1/p
        assert abs(np.mean(draws) - wanted) < 4 * sem + 3 / p * wanted, name


def test_null_threshold_of_a_spectrum_is_that_of_finite_problems():
    r"""Zero is optimal iff eps >= |X'y/n| / mean|y|: the slope of the robust loss at zero."""
    rng = np.random.default_rng(6)
    p, n = 400, 800
    covariance, beta = random_covariance(p, rng, decay=2.0)
    spectrum = Spectrum.from_covariance(covariance, beta)
    thm = theorem(GaussianDesign(spectrum), adversary=asymp.L2Input(), penalty=asymp.Ridge())
    rho, thresholds = spectrum.teacher_variance, []
    draw = gaussian_draw(covariance, beta, n, rng)
    for _ in range(20):
        x, h, xi = draw()
        y = h + 0.5 * xi
        thresholds.append(np.linalg.norm(x.T @ y / n) / np.mean(np.abs(y)))
    limit, sem = np.mean(thresholds), np.std(thresholds, ddof=1) / np.sqrt(20)
    width = 4 * sem + 2 / p * limit  # sampling, and a bias of order 1/p
    near = thm.solve(alpha=n / p, eps=[limit - width, limit + width], tau=0.5, rho=rho, zeta=0.1)
    assert near.status.values.tolist() == [0, 1]  # converged, null


def test_ridge_in_the_metric_of_the_covariance_forgets_the_covariance():
    """A change of variables makes it the isotropic ridge, whatever spectrum and teacher."""
    spectrum = Spectrum.two_level(1, 9, 0.25, 0.9)
    plain = theorem(asymp.IsotropicGaussian())
    point = {"alpha": 1.3, "zeta": 0.4, "tau": 0.6}
    for metric in ("covariance", T):
        thm = theorem(GaussianDesign(spectrum), penalty=asymp.Ridge(metric=metric))
        assert risk(thm, **point) == pytest.approx(risk(plain, **point), rel=1e-11)  # rounding


def test_ridge_with_an_affine_metric_is_a_change_of_spectrum():
    r"""With R = 1 + 2t, w = R^{1/2} theta sees the spectrum t/(1+2t) under the plain ridge."""
    atoms, shares = [1.0, 9.0], [0.3, 0.7]
    here = theorem(
        GaussianDesign(Spectrum.atoms(atoms, [0.5, 0.5], shares)),
        penalty=asymp.Ridge(metric=1 + 2 * T),
    )
    moved = [t / (1 + 2 * t) for t in atoms]
    there = theorem(GaussianDesign(Spectrum.atoms(moved, [0.5, 0.5], shares)))
    point = {"alpha": 1.3, "zeta": 0.4, "tau": 0.6}
    assert risk(here, **point) == pytest.approx(risk(there, **point), rel=1e-11)  # rounding


def test_directions_without_variance_do_not_count():
    """Half the eigenvalues zero: twice the samples a direction that matters."""
    here = theorem(GaussianDesign(Spectrum.atoms([0, 2], [0.5, 0.5])))
    there = theorem(GaussianDesign(Spectrum.atoms([2], [1])))
    for alpha in (0.3, 0.5, 0.9):  # interpolation, its threshold, least squares
        one, other = (
            thm.solve(throw=False, alpha=a, zeta=0.0, tau=0.5)
            for thm, a in ((here, alpha), (there, 2 * alpha))
        )
        assert int(one.status) == int(other.status)
        np.testing.assert_allclose(one.standard_risk, other.standard_risk, rtol=1e-10)  # rounding


def test_measured_samples_give_back_what_they_were_drawn_from():
    rng = np.random.default_rng(7)
    n, values = 40000, np.array([0.5, 1.0, 4.0])
    x = rng.standard_normal((n, 3)) * np.sqrt(values) + 5.0
    beta = np.array([1.0, 0.0, 0.5])
    y = 2.0 + x @ beta + 0.3 * rng.standard_normal(n)
    found = Spectrum.from_samples(x, y)
    # four standard errors of a variance measured on n samples
    assert np.allclose(np.array(found.values, float), values, rtol=4 * np.sqrt(2 / n))
    energy = values * beta**2
    assert np.allclose(np.array(found.teacher, float), energy / energy.sum(), atol=0.01)
    assert found.noise == pytest.approx(0.3, rel=4 / np.sqrt(2 * n))
    assert found.teacher_variance == pytest.approx(energy.sum(), rel=4 * np.sqrt(2 / n))


def test_measured_noise_does_not_count_as_teacher():
    """Pure noise in most directions: least squares alone would claim p/n of it as signal."""
    rng = np.random.default_rng(8)
    n, p = 600, 300
    x, beta = rng.standard_normal((n, p)), np.zeros(p)
    beta[:3] = 1.0
    found = Spectrum.from_samples(x, x @ beta + 3.0 * rng.standard_normal(n), centre=False)
    # 12 of variance, 9 of it noise of which n - p degrees of freedom are seen
    assert found.noise == pytest.approx(3.0, rel=4 / np.sqrt(2 * (n - p)))
    # the estimate clips at zero what it subtracts, which leaves a bias: within a factor of two
    assert found.teacher_variance < 2 * (3.0 + 9.0 * p / n) / 2


@pytest.mark.parametrize(
    "features",
    [
        GaussianDesign(Spectrum.two_level(1, LEVEL, SHARE)),
        GaussianDesign(Spectrum.power_law(2.0)),
        GaussianCovariate(np.diag([1.0, 2.0]), np.eye(7), np.eye(2, 7), [1.0, 1.0]),
    ],
    ids=["symbols", "table", "covariate"],
)
def test_every_step_checks_and_the_document_is_written(features):
    thm = theorem(features, adversary=asymp.L2Input())
    outcomes = {step.name: step.check().outcome for step in thm.derivation}
    assert set(outcomes.values()) <= {Outcome.PROVED, Outcome.VERIFIED}, outcomes
    assert r"\nu" in thm.latex()


WRONG = {
    "weights sum to 0.9": lambda: Spectrum.atoms([1, 2], [0.5, 0.4]),
    "weights has 1 entries": lambda: Spectrum.atoms([1, 2], [1]),
    "values has a negative entry -1": lambda: Spectrum.atoms([-1, 2], [0.5, 0.5]),
    "teacher shares sum to 2": lambda: Spectrum.atoms([1, 2], [0.5, 0.5], [1, 1]),
    "teacher has the share 1/2 where the eigenvalue is 0": lambda: Spectrum.atoms(
        [0, 2], [0.5, 0.5], [0.5, 0.5]
    ),
    "weights=1: expected a list": lambda: Spectrum.atoms([1], 1),
    "every eigenvalue is zero": lambda: Spectrum.atoms([0], [1]),
    r"undeclared symbols \['q'\]": lambda: Spectrum.atoms([1, sp.Symbol("q")], [0.5, 0.5]),
    "is not a finite real number": lambda: Spectrum.atoms([1, float("nan")], [0.5, 0.5]),
    "mass 2 on": lambda: Spectrum.density(sp.Integer(1), 1, 3),
    "support": lambda: Spectrum.density(sp.Integer(1), 3, 1),
    "cutoff = 0": lambda: Spectrum.power_law(1.0, 0.0),
    "exponent = -1": lambda: Spectrum.power_law(-1.0),
    "is not symmetric": lambda: Spectrum.from_covariance([[1, 0.5], [0, 1]]),
    "not positive semidefinite": lambda: Spectrum.from_covariance([[1, 2], [2, 1]]),
    "covariance is square": lambda: Spectrum.from_covariance(np.ones((2, 3))),
    r"teacher has shape \(3,\): expected \(2,\)": lambda: Spectrum.from_covariance(
        np.eye(2), np.ones(3)
    ),
    "teacher explains nothing": lambda: Spectrum.from_covariance(np.eye(2), np.zeros(2)),
    "more rows than columns": lambda: Spectrum.from_samples(np.eye(3), np.ones(3)),
    r"y has shape \(2,\)": lambda: Spectrum.from_samples(np.eye(3), np.ones(2)),
    r"cross has shape \(3, 2\)": lambda: GaussianCovariate(
        np.eye(2), np.eye(3), np.ones((3, 2)), [1.0, 0.0]
    ),
    "do not form a covariance": lambda: GaussianCovariate(
        np.eye(2), np.eye(2), 2 * np.eye(2), [1.0, 0.0]
    ),
    "expected an asymp.Spectrum": lambda: GaussianDesign([1, 2]),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_wrong_is_named(message):
    with pytest.raises(asymp.InvalidProblem, match=message):
        WRONG[message]()


@pytest.mark.parametrize("metric", [T**2, 1 - T, sp.Symbol("a") * T])
def test_ridge_metrics_that_the_lemma_does_not_cover_are_refused(metric):
    with pytest.raises(asymp.NotDerivable, match="ridge metric"):
        theorem(GaussianDesign(Spectrum.two_level(1, 2)), penalty=asymp.Ridge(metric=metric))
