"""Ridge-regularised logistic regression (Salehi et al. 2019; Aubin et al. 2020)."""

import numpy as np
import sympy as sp

import asymp

title = "Ridge-regularised logistic regression"


def problem(labels="logit"):
    """Logistic loss and ridge; labels of a teacher: ``"logit"``, ``"sign"`` or ``"probit"``."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        labels=asymp.TEACHER_LABELS[labels],
        loss=asymp.LogisticLoss(),
        penalty=asymp.Ridge(),
    )


SALEHI = asymp.Work(
    "salehi2019", "F. Salehi, E. Abbasi, B. Hassibi", "The impact of regularization on "
    "high-dimensional logistic regression", "Advances in Neural Information Processing Systems 32",
    2019,
)  # fmt: skip
AUBIN = asymp.WORKS["aubin2020"]
SYSTEM = SALEHI.at("Theorem 2 (ridge)", "recalled")
sources = [SYSTEM, AUBIN.at("Theorem 1", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; Salehi et al. write $\delta$",
    "teacher": r"$\rho$ is the variance of the teacher's field; Salehi et al. write $\kappa^2$",
    "ridge": r"$\frac\zeta2\|\theta\|^2$ under $\frac1n\sum_i\ell_i$; $\lambda=\zeta$ of Salehi et "
    r"al., $\lambda=\alpha\zeta$ of Aubin et al., whose loss is a sum",
    "solution": r"$(\alpha,\sigma^2,\gamma)$ of Salehi et al. are $(m/\rho,q_\perp,V)$",
}
translations = [
    {
        "name": "salehi",
        "source": SYSTEM,
        "parameters": {"delta": "alpha", "kappa": "sqrt(rho)", "lam": "zeta"},
        "observables": {"bias": "m/rho", "sigma2": "q_perp", "gamma": "V"},
        "meanings": {
            "delta": "$n/p$", "kappa": "deviation of the teacher's field", "lam": "ridge",
            "bias": r"their $\alpha$", "sigma2": r"their $\sigma^2$", "gamma": "proximal scale",
        },
        "latex": {"lam": r"\lambda", "sigma2": r"\sigma^2"},
    },
    {
        "name": "aubin",
        "source": sources[1],
        "parameters": {"alpha": "alpha", "lam": "alpha*zeta", "rho": "rho"},
        "observables": {"e_g": "classification_error"},
        "meanings": {
            "alpha": "$n/d$", "lam": "ridge under the sum of losses",
            "rho": "variance of the teacher's field", "e_g": "generalisation error",
        },
        "latex": {"lam": r"\lambda"},
    },
]  # fmt: skip


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
    """The three equations printed for the ridge, by double integrals."""

    def residual(self, unknowns, kappa, delta, lam):
        """Left sides minus right sides at (alpha, log sigma, log gamma)."""
        alpha, sigma, gamma = unknowns[0], *np.exp(unknowns[1:])
        z = np.arange(-9, 9.01, 0.15)
        weight = 0.15 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        z1, z2 = z[:, None], z[None, :]
        x = kappa * alpha * z1 + sigma * z2
        u = prox(x, gamma)
        p = 1 / (1 + np.exp(-u))
        label = 1 / (1 + np.exp(kappa * z1))

        def mean(f):
            return weight @ f @ weight

        first = mean(label * (x - u) ** 2) * 2 * delta / sigma**2
        second = mean(label * (1 - label) * u) + alpha / (2 * delta)
        third = mean(2 * label / (1 + gamma * p * (1 - p))) - (1 - 1 / delta + lam * gamma)
        return [np.log(first), second, third]

    def evaluate(self, letters):
        """Order parameters from the solution, followed from a strong ridge."""
        from scipy.optimize import root

        kappa, delta, lam = (float(letters[name]) for name in ("kappa", "delta", "lam"))
        top = max(lam, 10.0)
        start = [0.5 / top, np.log(0.5 / top / np.sqrt(delta)), np.log(1 / (delta * top))]
        for strength in np.geomspace(top, lam, 12):
            start = root(self.residual, start, args=(kappa, delta, strength), tol=1e-13).x
        alpha, (sigma, gamma) = start[0], np.exp(start[1:])
        return {"m": alpha * kappa**2, "q_perp": sigma**2, "V": gamma}


alpha, rho, zeta = sp.symbols("alpha rho zeta", positive=True)
PRINTED = [
    asymp.Audit(
        "theorem-2", SYSTEM, System(),
        {"delta": alpha, "kappa": sp.sqrt(rho), "lam": zeta}, ("m", "q_perp", "V"),
        {"alpha": (0.3, 10), "rho": (0.3, 4), "zeta": (0.02, 2)}, tolerance=1e-8,
        reason="double integrals to about 1e-13, times a condition number of 100",
    ),
]  # fmt: skip


def audits(labels="logit"):
    """The equations are printed for logit labels."""
    return PRINTED if labels == "logit" else []


# fmt: off
limits = [
    asymp.Limit(
        "strong-ridge", {"zeta": "1/h"}, {"m": 0, "q": 0, "train_loss": "log(2)", "V_hat": "1/4"},
        start=0.01, meaning=r"the estimator vanishes; the loss is that of a coin",
    ),
    asymp.Limit(
        "few-samples", {"alpha": "h"}, {"classification_error": "1/2", "correlation": 0},
        ranges={"zeta": (0.05, 2)}, order=0.5, meaning="nothing is learnt",
    ),
    asymp.Limit(
        "many-samples", {"alpha": "1/h"}, {"q_perp": 0, "correlation": 1},
        ranges={"zeta": (0.05, 2)}, start=0.01, meaning="the direction of the teacher is found",
    ),
    asymp.Limit(
        "no-ridge", {"zeta": "h"},
        asymp.Variant(("m", "q_perp", "V"), {"penalty": asymp.NoPenalty()}),
        where="1/alpha < 0.8*separability", ranges={"alpha": (5, 50), "rho": (0.3, 4)},
        start=1e-3,
        meaning="where the data are not separable: the maximum-likelihood estimator",
    ),
]
laws = [
    asymp.identity("proximal-scale", "alpha*V*(zeta + V_hat)", "1"),
    asymp.identity("overlap", "m*(zeta + V_hat)", "rho*m_hat"),
    asymp.monotone("norm-falls", "parameter_norm2", "zeta", increasing=False,
                   statement="a stronger ridge gives a smaller estimator",
                   ranges={"zeta": (0.01, 2)}),
    asymp.power("strong-ridge-rate", "parameter_norm2", {"zeta": "1/h"}, 2),
]
# fmt: on
