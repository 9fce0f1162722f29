"""The maximum-likelihood estimator of logistic regression (Sur and Candes 2019)."""

import numpy as np
import sympy as sp

import asymp

title = "Logistic regression by maximum likelihood"


def problem():
    """Labels drawn by the logistic law of the teacher's field; the logistic loss, no penalty."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        labels=asymp.LogitLabels(),
        loss=asymp.LogisticLoss(),
        penalty=asymp.NoPenalty(),
    )


SUR = asymp.Work(
    "sur2019", "P. Sur, E. J. Candès", "A modern maximum-likelihood theory for high-dimensional "
    "logistic regression", "Proceedings of the National Academy of Sciences 116(29)", 2019,
)  # fmt: skip
CANDES = asymp.Work(
    "candes2020", "E. J. Candès, P. Sur", "The phase transition for the existence of the maximum "
    "likelihood estimate in high-dimensional logistic regression", "Annals of Statistics 48(1)",
    2020,
)  # fmt: skip
SYSTEM, THRESHOLD = SUR.at("equation (5)", "recalled"), CANDES.at("Theorem 1", "recalled")
sources = [SYSTEM, THRESHOLD]
conventions = {
    "ratio": r"$\alpha=n/p$; the source has $\kappa=p/n$",
    "teacher": r"$\rho$ is the variance of the teacher's field; the source's $\gamma^2$",
    "solution": r"the source's $(\alpha_\star,\lambda_\star)$ are $(m/\rho,V)$ and its "
    r"$\kappa\sigma_\star^2$ is $q_\perp$",
}
translations = [
    {
        "name": "sur-candes",
        "source": SYSTEM,
        "parameters": {"kappa": "1/alpha", "gamma2": "rho"},
        "observables": {
            "alpha_star": "m/rho", "sigma_star": "sqrt(alpha*q_perp)", "lambda_star": "V",
        },
        "meanings": {
            "kappa": "$p/n$", "gamma2": "variance of the teacher's field",
            "alpha_star": "factor by which estimates are inflated",
            "sigma_star": "deviation of an estimate", "lambda_star": "proximal scale",
        },
        "latex": {
            "gamma2": r"\gamma^2", "alpha_star": r"\alpha_\star", "sigma_star": r"\sigma_\star",
            "lambda_star": r"\lambda_\star",
        },
    }
]  # fmt: skip


def rule(f):
    """Averages of f(Z1, Z2) over independent Gaussians: a trapezoid rule in the plane."""
    z = np.arange(-9, 9.01, 0.15)
    weight = 0.15 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    return weight @ f(z[:, None], z[None, :]) @ weight


def prox(x, v):
    """Root of u - x + v/(1 + exp(-u)): Newton's method and bisection by turns."""
    low, high = x - v, x
    u = (low + high) / 2
    for turn in range(81):
        p = 1 / (1 + np.exp(-u))
        gap = u - x + v * p
        low, high = np.where(gap < 0, u, low), np.where(gap < 0, high, u)
        new = u - gap / (1 + v * p * (1 - p))
        newton = (low <= new) & (new <= high) & (turn % 2 == 0)
        u = np.where(newton, new, (low + high) / 2)
    return u


class System(asymp.Printed):
    """Equation (5) as printed, in kappa and gamma^2, by double integrals."""

    def residual(self, logs, kappa, gamma):
        """Right sides minus left sides at (alpha, sigma, lambda)."""
        alpha, sigma, lam = np.exp(logs)

        def terms(z1, z2):
            q1, q2 = gamma * z1, -alpha * gamma * z1 + np.sqrt(kappa) * sigma * z2
            label = 1 / (1 + np.exp(-q1))
            p = 1 / (1 + np.exp(-prox(q2, lam)))
            return label * (lam * p) ** 2, label * q1 * lam * p, label / (1 + lam * p * (1 - p))

        first, second, third = (rule(lambda a, b, i=i: terms(a, b)[i]) for i in range(3))
        return [
            np.log(2 * first / (kappa * sigma) ** 2), second, 2 * third - (1 - kappa)
        ]  # fmt: skip

    def evaluate(self, letters):
        """Order parameters of the theorem from the solution."""
        from scipy.optimize import root

        kappa, gamma2 = float(letters["kappa"]), float(letters["gamma2"])
        start = np.log([1.0 + kappa, 2.0, 5 * kappa])
        for k in np.linspace(min(kappa, 0.03), kappa, 6):
            arguments = (k, np.sqrt(gamma2))
            start = root(self.residual, start, args=arguments, tol=1e-13).x
        alpha, sigma, lam = map(float, np.exp(start))
        return {"m": alpha * gamma2, "q_perp": kappa * sigma**2, "V": lam}


class Threshold(asymp.Printed):
    """The printed minimum of E(Z - tV)_+^2: the least ratio p/n without an estimator."""

    def evaluate(self, letters):
        """By a bounded search over t."""
        from scipy.optimize import minimize_scalar
        from scipy.special import expit, ndtr

        x = np.arange(-9, 9.01, 0.02)
        weight = 0.02 * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
        weight = 2 * weight * expit(float(letters["gamma2"]) ** 0.5 * x)

        def misfit(t):
            a = t * x
            normal = np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)
            return weight @ ((1 + a**2) * ndtr(-a) - a * normal)

        found = minimize_scalar(misfit, bounds=(0, 50), method="bounded", options={"xatol": 1e-9})
        return {"separability": found.fun}


alpha, rho = sp.symbols("alpha rho", positive=True)
COMMON = {"parameters": {"kappa": 1 / alpha, "gamma2": rho}}
NUMBERS = {"m": 1.4994 * 5, "q_perp": 4.7436**2 / 5, "V": 3.0269}
ORDER = ("m", "q_perp", "V")
audits = [
    asymp.Audit(
        "equation-5", SYSTEM, System(), observables=ORDER,
        ranges={"rho": (0.2, 5), "alpha": (4.5, 30)}, tolerance=1e-8,
        reason="double integrals to about 1e-13, times a condition number of 50", **COMMON,
    ),
    asymp.Audit(
        "published-numbers", SUR.at("kappa = 0.2, gamma^2 = 5", "second-hand"),
        asymp.PrintedForm({name: sp.Float(value) for name, value in NUMBERS.items()}),
        observables=ORDER, fixed={"alpha": 5, "rho": 5}, tolerance=4e-5,
        reason="five digits are printed: half a unit of the last, twice where it is squared",
        **COMMON,
    ),
    asymp.Audit(
        "existence", THRESHOLD, Threshold(), observables=("separability",),
        ranges={"rho": (0.05, 50), "alpha": (12, 12)}, tolerance=1e-9,
        reason="a minimum found to 1e-9 has a value to 1e-15", **COMMON,
    ),
]  # fmt: skip

ranges = {"rho": (0.2, 6), "alpha": ("1.15/separability", "20/separability")}
# fmt: off
limits = [
    asymp.Limit(
        "many-samples", {"alpha": "1/h"}, {"m": "rho", "q_perp": 0, "V": 0, "correlation": 1},
        start=0.01, order=0.5, meaning="classical theory: the estimator is consistent",
    ),
    asymp.Limit(
        "weak-teacher-threshold", {"rho": "h"}, {"separability": "1/2"},
        order=0.5, ranges={"alpha": (3, 20)},
        meaning=r"labels that are coin tosses are separable from $p/n=\frac12$ on",
    ),
    asymp.Limit(
        "weak-teacher", {"rho": "h"}, {"m": 0, "classification_error": "1/2"}, order=0.5,
        ranges={"alpha": (3, 20)}, meaning="nothing is learnt from coin tosses",
    ),
    asymp.Limit(
        "existence-threshold", {"alpha": "(1 + h)/separability"}, {"V": "oo", "m": "oo", "q": "oo"},
        ranges={"rho": (0.3, 4)}, start=0.3,
        meaning="the estimator diverges where the data become separable",
    ),
]
laws = [
    asymp.identity("proximal-scale", "alpha*V*V_hat", "1", r"$V\hat V=p/n$"),
    asymp.inequality("inflation", "rho", "m", "estimates are too large on average"),
    asymp.monotone("inflation-falls", "m", "alpha", increasing=False,
                   statement="more samples reduce the inflation"),
    asymp.power("spread", "q_perp", {"alpha": "1/h"}, 1, small=1e-4,
                statement=r"the variance falls like $p/n$"),
]
# fmt: on
