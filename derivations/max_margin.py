"""The maximum-margin classifier (Montanari, Ruan, Sohn and Yan 2019)."""

import numpy as np
import sympy as sp

import asymp

title = "Maximum-margin classification"


def problem(labels="logit"):
    r"""Least norm with all margins at least one; labels ``"logit"``, ``"sign"``, ``"probit"``."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        labels=asymp.TEACHER_LABELS[labels],
        loss=asymp.HardMarginLoss(),
        penalty=asymp.Ridge(),
    )


MONTANARI = asymp.Work(
    "montanari2019", "A. Montanari, F. Ruan, Y. Sohn, J. Yan", "The generalization error of "
    "max-margin linear classifiers: high-dimensional asymptotics in the overparametrized regime",
    "arXiv:1911.01544", 2019,
)  # fmt: skip
DENG = asymp.Work(
    "deng2022", "Z. Deng, A. Kammoun, C. Thrampoulidis", "A model of double descent for "
    "high-dimensional binary linear classification", "Information and Inference 11(2)", 2022,
)  # fmt: skip
MARGIN = MONTANARI.at("Theorem 1 for isotropic features", "recalled")
sources = [MARGIN, DENG.at("Theorem on hard-margin SVM", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; the sources write $\psi$ or $\kappa$ for $p/n$",
    "scale": r"the estimator has margins at least one, so that the maximum margin of a unit vector "
    r"is $1/\|\hat\theta\|$, the source's $\kappa_\star$",
    "ridge": r"$\zeta$ only scales $V$; $\zeta=0$, the default, is the limit $\zeta\to0$",
}
translations = [
    {
        "name": "montanari",
        "source": MARGIN,
        "parameters": {"psi": "1/alpha"},
        "observables": {"kappa_star": "1/sqrt(parameter_norm2)", "Err": "classification_error"},
        "fixed": {"zeta": 0},
        "meanings": {
            "psi": "$p/n$", "kappa_star": "maximum margin", "Err": "probability of error",
        },
        "latex": {"kappa_star": r"\kappa_\star"},
    }
]  # fmt: skip
GRID = np.linspace(-9, 9, 3601)
CHANCE = {
    "logit": lambda h: 1 / (1 + np.exp(-h)),
    "sign": lambda h: np.where(h == 0, 0.5, h > 0),
}


class Margin(asymp.Printed):
    r"""The printed margin: the largest at which :math:`\min_cF(c)^2/(1-c^2)=\psi`.

    :math:`F(c)^2=\mathbb E(\kappa-cYG-\sqrt{1-c^2}Z)_+^2`, over the teacher's field and the rest.
    """

    def __init__(self, labels):
        self.labels = labels

    def ratio(self, c, kappa, gamma):
        """F(c)^2/(1 - c^2); the integral over Z is closed."""
        from scipy.special import ndtr

        weight = (GRID[1] - GRID[0]) * np.exp(-(GRID**2) / 2) / np.sqrt(2 * np.pi)
        weight = 2 * weight * CHANCE[self.labels](gamma * GRID)
        x = (kappa - c * GRID) / np.sqrt(1 - c * c)
        return weight @ ((1 + x**2) * ndtr(x) + x * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))

    def best(self, kappa, gamma):
        """Minimum over c and where it is."""
        from scipy.optimize import minimize_scalar

        options = {"xatol": 1e-12}
        found = minimize_scalar(
            self.ratio, args=(kappa, gamma), bounds=(0, 1 - 1e-9), method="bounded", options=options
        )
        return found.fun, found.x

    def evaluate(self, letters):
        """Margin by bracketing."""
        from scipy.optimize import brentq

        psi, gamma = float(letters["psi"]), float(letters["gamma"])
        top = 1.0 + 2 * np.sqrt(psi)
        kappa = brentq(lambda k: self.best(k, gamma)[0] - psi, 0, top, xtol=1e-14)
        return {"parameter_norm2": 1 / kappa**2}


alpha, rho = sp.symbols("alpha rho", positive=True)


def audits(labels="logit"):
    """The margin, for labels that the integral over the teacher's field resolves."""
    if labels != "logit":
        return []
    return [
        asymp.Audit(
            "maximum-margin", MARGIN, Margin(labels),
            {"psi": 1 / alpha, "gamma": sp.sqrt(rho)}, ("parameter_norm2",),
            {"rho": (0.2, 6), "alpha": (0.1, 1.9)}, fixed={"zeta": 0}, tolerance=1e-8,
            reason="the smallest margin drawn is known to 1e-10, its inverse square to twice that",
        )
    ]  # fmt: skip


# fmt: off
ranges = {"rho": (0.2, 6), "alpha": ("0.02/Max(separability, 0.02)", "0.6/Max(separability, 0.02)")}
limits = [
    asymp.Limit(
        "few-samples", {"alpha": "h"}, {"classification_error": "1/2", "correlation": 0, "q": 0},
        order=0.5, meaning="the margin grows like $1/\\sqrt\\alpha$ and nothing is learnt",
    ),
]
laws = [
    asymp.monotone("margin-shrinks", "parameter_norm2", "alpha", statement="more samples, less "
                   "margin"),
    asymp.scaling("ridge-only-scales-V", {"zeta": 1}, {"m": 0, "q": 0, "V": -1},
                  ranges={"zeta": (0.1, 5)}),
    asymp.identity("no-loss", "train_loss", "0"),
]
# fmt: on
