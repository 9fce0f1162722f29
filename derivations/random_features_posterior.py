"""Bayes' posterior over the trained layer: gradient of its mean against that of single draws."""

import numpy as np
import sympy as sp
from scipy.optimize import brentq

import asymp

title = "Posterior of random features"


def problem(activation="relu"):
    """Square loss and ridge: the estimator is the mean of a Gaussian posterior."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(may_vanish=True),
        noise=asymp.GaussianNoise(may_vanish=False),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        observe=asymp.Posterior(),
    )


SOURCE = asymp.Work(
    "carbone2020", "G. Carbone, M. Wicker, L. Laurenti, A. Patane, L. Bortolussi, G. Sanguinetti",
    "Robustness of Bayesian neural networks to gradient-based attacks",
    "NeurIPS, arXiv:2002.04359", 2020,
).at(
    "the claim that the posterior mean of the gradient vanishes where a draw's does not; no "
    "proportional theorem is printed",
    "recalled",
)  # fmt: skip
sources = [SOURCE, asymp.WORKS["mei2022"].at("Theorem 2, the posterior mean", "second-hand")]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "model": r"likelihood $y\sim N(\theta^\top\varphi(x),s^2)$, $s=\mathrm{likelihood}$, prior "
    r"$\theta\sim N(0,\frac{s^2}{n\zeta}I)$; the labels' own deviation is $\tau$",
    "prior": r"a prior of variance $v/N$ for each entry is $\zeta=s^2\psi_1/(v\psi_2)$",
    "limit": r"$\zeta=0$ is a flat prior: for $\psi_1>\psi_2$ the posterior is infinitely wide",
}
translations = [
    {
        "name": "prior-variance", "source": SOURCE,
        "parameters": {
            "gamma": "psi1/psi2", "phi": "1/psi2", "noise": "tau**2", "signal": "rho",
            "s2": "likelihood**2", "v": "likelihood**2*psi1/(zeta*psi2)",
        },
        "observables": {
            "mean_gradient2": "gradient_norm2",
            "draw_gradient2": "gradient_norm2 + posterior_gradient_variance",
        },
        "meanings": {
            "gamma": "$N/n$", "phi": "$d/n$", "noise": "variance of the label noise",
            "signal": "variance of the teacher", "s2": "variance of the likelihood",
            "v": "prior variance of $N$ entries",
            "mean_gradient2": "squared gradient of the posterior mean",
            "draw_gradient2": "mean squared gradient of one draw",
        },
        "latex": {"s2": "s^2"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The posterior's traces and the gradient of its mean, by Chebyshev nodes."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared, self.kappa2 = (
            found.mu1.value, found.mu2_squared.value, found.kappa2.value
        )  # fmt: skip

    def evaluate(self, letters):
        """One root V, then traces."""
        n = {name: float(value) for name, value in letters.items()}
        psi1, zeta, share = n["psi1"], n["zeta"], n["psi1"] / n["psi2"]
        t, w = asymp.marchenko_pastur_nodes(psi1)
        a, j = self.mu1**2 * t + self.mu2_squared, self.mu1**2 * t + self.kappa2
        c = n["rho"] * self.mu1**2 * psi1 * w * t

        def excess(log_v):
            v_hat = 1 / (1 + np.exp(log_v))
            return share * np.sum(w * a / (zeta + v_hat * a)) / np.exp(log_v) - 1

        scale = np.exp(brentq(excess, -60, 60, xtol=1e-14))
        v_hat, s2 = 1 / (1 + scale), n["likelihood"] ** 2
        H = zeta + v_hat * a
        fixed, spread = v_hat**2 * c / H**2, v_hat**2 * share * w * a / H**2
        bias = n["rho"] + n["tau"] ** 2 - 2 * v_hat * np.sum(c / H) + np.sum(fixed * a)
        risk = bias / (1 - np.sum(spread * a))
        return {
            "posterior_variance": s2 * scale,
            "posterior_gradient_variance": s2 * share * np.sum(w * j / H),
            "gradient_norm2": np.sum((fixed + risk * spread) * j),
        }


def audits(activation="relu"):
    """Traces of the resolvent by another numerical path."""
    names = ("psi1", "psi2", "tau", "rho", "zeta", "likelihood")
    s = {n: sp.Symbol(n, positive=True) for n in names}
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("posterior_variance", "posterior_gradient_variance", "gradient_norm2"),
            {"psi1": (0.2, 8), "psi2": (0.2, 4), "tau": (0.1, 1.5), "rho": (0.3, 3),
             "zeta": (0.01, 2), "likelihood": (0.1, 2)},
            condition=sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap
            tolerance=1e-9, reason="double precision on both sides, condition numbers up to 1e2",
        )
    ]  # fmt: skip


def wide(*, psi2, zeta, likelihood, mu1, mu2, kappa2, **_):
    """Infinite width: a linear Gaussian process and white parts, in the law of X^T X / n."""
    z, ratio = (zeta + mu2**2 / psi2) / mu1**2, 1 / psi2
    root = np.sqrt((1 - ratio + z) ** 2 + 4 * ratio * z)
    trace = (root - (1 - ratio + z)) / (2 * z)  # tr (X^T X / n + z)^{-1} / n
    white = 1 / (psi2 * zeta)
    s2 = likelihood**2
    return {
        "posterior_gradient_variance": s2 * ((1 + mu2**2 * white) * trace + kappa2 * white),
    }


# fmt: off
NOTHING = {"gradient_norm2": 0}
VARIANCE = "posterior_gradient_variance"
limits = [
    asymp.Limit("prior", {"psi2": "h", "zeta": "zeta/h"},
                {**NOTHING, VARIANCE: "likelihood**2*psi1*(mu1**2 + kappa2)/zeta",
                 "posterior_variance": "likelihood**2*psi1*(mu1**2 + mu2**2)/zeta"},
                ranges={"zeta": (0.1, 2)}, order=0.9,
                meaning=r"no samples under a fixed prior ($\zeta=\zeta'/\psi_2$): the draws have "
                "the prior's gradient, and their mean has none"),
    asymp.Limit("infinite-width", {"psi1": "1/h", "zeta": "zeta/h"}, wide, where="mu1 > 0",
                ranges={"zeta": (0.05, 1), "psi2": (0.2, 5)},
                meaning=r"$\psi_1\to\infty$ under a fixed prior ($\zeta=\lambda\psi_1$): a "
                "Gaussian process; what the data do not reach, $\\kappa_2$, stays in the draws"),
    asymp.Limit("many-samples", {"psi2": "1/h"}, {VARIANCE: 0, "posterior_variance": 0},
                ranges={"zeta": (0.05, 2)}, meaning="the posterior is a point"),
    asymp.Limit("certain-likelihood", {"likelihood": "h"},
                {VARIANCE: 0, "posterior_variance": 0}, ranges={"zeta": (0.05, 2)}, order=2,
                meaning=r"$s\to0$ at fixed $\zeta$: prior and likelihood shrink together"),
    asymp.Limit("flat-prior", {"zeta": "0", "psi1": "psi2*(1 + h)"},
                {VARIANCE: "oo", "posterior_variance": "oo"}, where="mu2 > 0",
                meaning="more features than samples and a flat prior: some directions of the "
                "parameter are seen by no sample"),
]
BEYOND = {
    "psi2": (0.3, 3), "psi1": ("1.3*psi2", "8*psi2"), "likelihood": (0.1, 2), "tau": (0.1, 2),
}
laws = [
    asymp.identity("proximal-scale", "posterior_variance", "likelihood**2*V",
                   "the posterior variance of a prediction is the proximal scale",
                   where="zeta > 0"),
    asymp.inequality("draws-poincare", "posterior_variance", VARIANCE,
                     r"draws about the mean obey Poincare's inequality", where="zeta > 0"),
    asymp.inequality("below-the-prior", VARIANCE,
                     "likelihood**2*psi1/(psi2*zeta)*(mu1**2 + kappa2)",
                     "data never widen the posterior beyond the prior", where="zeta > 0"),
    asymp.monotone("narrows-with-samples", f"psi2*{VARIANCE}", "psi2", increasing=False,
                   statement="more samples under the same ridge narrow the posterior: "
                   r"$\mathrm{tr}\,A(\frac1n\Phi^\top\Phi+\zeta)^{-1}$ falls", where="zeta > 0"),
    asymp.power("flat-prior-rate", VARIANCE, {"zeta": "h"}, -1, where="mu2 > 0", ranges=BEYOND,
                small=1e-5),
    asymp.power("mean-among-draws", f"gradient_norm2/{VARIANCE}", {"zeta": "h"}, 1,
                r"for $\psi_1>\psi_2$ and a flattening prior the mean's squared gradient vanishes "
                r"relative to a draw's, like $\zeta$", where="mu2 > 0", ranges=BEYOND, small=1e-5),
]
# fmt: on
