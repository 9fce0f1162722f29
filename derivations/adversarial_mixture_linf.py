"""Classifiers of two Gaussian classes trained against an l-infinity attack."""

from functools import partial

import numpy as np
import sympy as sp

import asymp

title = "Adversarial training on a Gaussian mixture, l-infinity attack"
LOSSES = asymp.Choices("loss", {"hinge": asymp.HingeLoss, "squared hinge": asymp.SquaredHingeLoss})


def problem(loss="squared hinge"):
    """Two classes of unit covariance whose mean has Gaussian coordinates; ridge."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        labels=asymp.GaussianMixture(),
        loss=LOSSES[loss](),
        penalty=asymp.Ridge(),
        adversary=asymp.LinfInput(),
    )


JS = asymp.WORKS["javanmard2022"]
TAHERI = asymp.WORKS["taheri2023"]
SOURCE = JS.at("isotropic covariance, p = infinity: the dual l1 norm decouples", "recalled")
sources = [SOURCE, TAHERI.at("Gaussian-mixture model, l-infinity attack", "recalled")]
conventions = {
    "ratios": r"$\alpha=n/p$; the sources write $\delta=n/d$",
    "loss": r"$\frac1n\sum_i\ell(y_ix_i^\top\theta-\frac\varepsilon{\sqrt p}\|\theta\|_1)"
    r"+\frac\zeta2\|\theta\|^2$; the sources have $\zeta=0$",
    "attack": r"$\|\delta\|_\infty\le\varepsilon/\sqrt p$, so that $\|\delta\|_2\le\varepsilon$",
    "classes": r"$x=y\mu+z$, $\mu_j\sim N(0,\rho/p)$",
}
translations = [
    {
        "name": "javanmard-soltanolkotabi", "source": SOURCE,
        "parameters": {"delta": "alpha", "V": "sqrt(rho)", "e0": "eps", "e": "eps_test"},
        "observables": {"SR": "1 - classification_error", "AR": "1 - robust_error"},
        "fixed": {"zeta": 0}, "latex": {"e0": r"\varepsilon_0", "e": r"\varepsilon"},
        "meanings": {"delta": "$n/d$", "V": r"$\|\mu\|$", "SR": "standard accuracy",
                     "AR": "robust accuracy"},
    },
]  # fmt: skip


class SoftThreshold(asymp.Printed):
    """The scalar equations by Gauss-Legendre panels: margins outside, coordinates inside."""

    def __init__(self, loss):
        self.loss = loss
        self.nodes, self.weights = np.polynomial.legendre.leggauss(30)

    def gaussian(self, deviation, *kinks):
        """Nodes and weights of a centred Gaussian, with panels that end at the kinks."""
        inside = [k / deviation for k in kinks]
        edges = np.unique(np.clip([*np.linspace(-10, 10, 21), *inside], -10, 10))
        half = np.diff(edges)[:, None] / 2
        z = (edges[:-1, None] + half * (1 + self.nodes)).ravel()
        weight = (half * self.weights).ravel() * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        return deviation * z, weight

    def image(self, x, a):
        """One round for m, q, V and the mean absolute coordinate."""
        m, q, V, size = x
        reach = 1 + a["eps"] * size - m  # margins below are penalised
        g, w = self.gaussian(np.sqrt(q), reach - V, reach)
        if self.loss == "hinge":
            pull, bend = np.clip((reach - g) / V, 0, 1), (g < reach) & (g > reach - V)
            v_hat = w @ bend / V
        else:
            pull = np.maximum(reach - g, 0) / (1 + V)
            v_hat = w @ (g < reach) / (1 + V)
        m_hat, q_hat, threshold = w @ pull, w @ pull**2, a["eps"] * (w @ pull)
        variance = m_hat**2 * a["rho"] + q_hat / a["alpha"]
        f, w = self.gaussian(np.sqrt(variance), -threshold, threshold)
        c = np.sign(f) * np.maximum(np.abs(f) - threshold, 0) / (a["zeta"] + v_hat)
        slope = w @ (c * f) / variance
        return np.array([m_hat * a["rho"] * slope, w @ c**2, slope / a["alpha"], w @ np.abs(c)])

    def evaluate(self, letters):
        """Errors and norms at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [a["rho"] / (2 + 2 * a["rho"]), a["rho"], 1.0, np.sqrt(a["rho"]) / 2]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        m, q, _, size = x
        below = [float(sp.erfc((m - e * size) / np.sqrt(2 * q)) / 2) for e in (0.0, a["eps_test"])]
        return {"classification_error": below[0], "robust_error": below[1],
                "parameter_norm2": q, "l1_norm": size}  # fmt: skip


def audits(loss="squared hinge"):
    """The scalar equations by another numerical path."""
    ranges = {"alpha": (0.3, 6), "rho": (0.3, 4), "zeta": (0.02, 2), "eps": (0.05, 1.5),
              "eps_test": (0.1, 2)}  # fmt: skip
    names = ("classification_error", "robust_error", "parameter_norm2", "l1_norm")
    return [
        asymp.Audit(
            "scalar-equations", SOURCE, SoftThreshold(loss), {n: sp.Symbol(n) for n in ranges},
            names, ranges, tolerance=1e-8,
            reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


ranges = {"eps": (0.02, 1.5), "zeta": (0.02, 2)}
limit = partial(asymp.Limit, ranges=ranges)
MAIN = ("classification_error", "parameter_norm2")
BEST = "(1 - erf(rho/sqrt(2*(rho + 1/alpha))))/2"  # error of the mean of all y x
# With zeta to infinity w is the soft threshold at eps of a field N(0, rho + 1/alpha).
FIELD = "(rho + 1/alpha)"
TAIL = f"(1 - erf(eps/sqrt(2*{FIELD})))"
SQUARE = f"(({FIELD} + eps**2)*{TAIL} - eps*sqrt(2*{FIELD}/pi)*exp(-eps**2/(2*{FIELD})))"
limits = [
    limit(
        "strong-ridge", {"zeta": "1/h"},
        {
            "classification_error": f"(1 - erf(rho*{TAIL}/sqrt(2*{SQUARE})))/2",
            "selected_fraction": TAIL, "parameter_norm2": 0,
        },
        meaning=r"$\zeta\to\infty$: $\sum_iy_ix_i$, soft-thresholded at $\varepsilon$",
    ),
    limit("no-adversary", {"eps": "h"}, MAIN, meaning="continuous at zero radius"),
    limit(
        "standard-training", {"eps": "0"}, asymp.Variant(MAIN, {"adversary": None}),
        meaning=r"$\varepsilon=0$ is the theorem without adversary",
    ),
    limit(
        "few-samples", {"alpha": "h"}, {"classification_error": 0.5, "correlation": 0}, order=0.5,
        meaning=r"$\alpha\to0$: nothing is learned",
    ),
]  # fmt: skip
laws = [
    asymp.identity(
        "attack", "robust_error", "(1 - erf((m - eps_test*l1_norm)/sqrt(2*q)))/2", ranges=ranges
    ),
    asymp.inequality(
        "bayes", BEST, "classification_error",
        "no estimator errs less than the mean of all $y_ix_i$", ranges=ranges,
    ),
    asymp.monotone(
        "sparser", "selected_fraction", "eps", increasing=False, fixed={"zeta": 1.0},
        ranges={"eps": (0.02, 1)},
    ),
]  # fmt: skip
