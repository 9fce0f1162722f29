"""Random features trained against perturbations of their hidden weights (no printed theorem)."""

from functools import partial

import numpy as np
import sympy as sp

import asymp

title = "Random features under weight perturbation"


def problem(activation="relu"):
    """Square loss with ridge, trained against the worst W + Delta within a Frobenius ball."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.WeightPerturbation(layer="hidden"),
    )


TSAI = asymp.WORKS["tsai2021"]
SOURCE = TSAI.at(
    "the notion of robustness; no proportional theorem is printed",
    "second-hand",
)
sources = [SOURCE, asymp.WORKS["mei2022"].at("Theorem 2, the case without attack", "second-hand")]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+\varepsilon\|A^{1/2}\theta\|)^2+\frac\zeta2\|\theta\|^2$, "
    r"$A=\mathbb E\sigma'(G)^2I$",
    "attack": r"for each sample $\|\Delta\|_F\le\varepsilon/\sqrt d$, where $\|x\|\sim\sqrt d$ and "
    "each row of $W$ has norm 1; to first order in the attack",
}
translations = [
    {
        "name": "frobenius", "source": SOURCE,
        "parameters": {"gamma": "psi1/psi2", "phi": "1/psi2", "radius": "eps_w", "noise": "tau**2"},
        "observables": {"clean": "standard_risk", "perturbed": "robust_risk"},
        "meanings": {"gamma": "$N/n$", "phi": "$d/n$", "radius": r"$\sqrt d\|\Delta\|_F$",
                     "noise": "variance of the label noise"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The lemma's equations: Chebyshev nodes in the spectrum, the residual's law by hand."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared = found.mu1.value, found.mu2_squared.value
        self.A = found.derivative_moment.value

    def image(self, x, a):
        """One round: scale V, excess risk, norm of theta."""
        V, excess, norm = x
        S, e = excess + a["tau"] ** 2, a["eps_w"] * np.sqrt(self.A * norm)
        q_hat, v_hat, push, a["loss"] = asymp.shifted_square(V, S, e)
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        sigma = self.mu1**2 * t + self.mu2_squared
        H = a["zeta"] + v_hat * sigma + a["eps_w"] * np.sqrt(self.A / norm) * push
        noise = q_hat * a["psi1"] / a["psi2"] * w / H**2
        signal = a["rho"] * self.mu1**2 * a["psi1"] * w * t
        m = v_hat * np.sum(signal / H)
        q = np.sum(noise * sigma**2 + v_hat**2 * signal * sigma / H**2)
        size = np.sum(noise * sigma + v_hat**2 * signal / H**2)
        scale = a["psi1"] / a["psi2"] * np.sum(w * sigma / H)
        return np.array([scale, a["rho"] - 2 * m + q, size])

    def evaluate(self, letters):
        """Risks at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [1.0, a["rho"], a["rho"]]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        self.image(x, a)
        risk, e = x[1] + a["tau"] ** 2, a["eps_w_test"] * np.sqrt(self.A * x[2])
        return {
            "standard_risk": risk, "parameter_norm2": x[2], "train_robust_risk": a["loss"],
            "robust_risk": risk + 2 * e * np.sqrt(2 * risk / np.pi) + e**2,
        }  # fmt: skip


def audits(activation="relu"):
    """The lemma's equations by another numerical path."""
    s = {n: sp.Symbol(n, positive=True) for n in
         ("psi1", "psi2", "tau", "rho", "zeta", "eps_w", "eps_w_test")}  # fmt: skip
    ranges = {"psi1": (0.2, 5), "psi2": (0.2, 5), "tau": (0.1, 1), "rho": (0.5, 2),
              "zeta": (0.01, 1), "eps_w": (0.02, 0.5), "eps_w_test": (0.02, 1)}  # fmt: skip
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("standard_risk", "robust_risk", "train_robust_risk", "parameter_norm2"), ranges,
            condition=sp.And(
                sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap below the bulk
                s["eps_w"] ** 2 < s["psi1"] * s["rho"] / (s["rho"] + s["tau"] ** 2) / 2,
            ),
            tolerance=1e-8, reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


ranges = {"eps_w": ("0.02*eps_max", "0.9*eps_max"), "zeta": (0.01, 2), "tau": (0.1, 1.5)}
limit = partial(asymp.Limit, ranges=ranges)
RISKS = ("standard_risk", "parameter_norm2")
NOTHING = {
    "standard_risk": "rho + tau**2", "train_robust_risk": "rho + tau**2", "parameter_norm2": 0,
}  # fmt: skip
limits = [
    limit(
        "standard-training", {"eps_w": "0"}, asymp.Variant(RISKS, {"adversary": None}),
        meaning=r"$\varepsilon=0$: random-features ridge, derived by closed channels",
    ),
    limit("no-adversary", {"eps_w": "h"}, RISKS, meaning="continuous at zero radius"),
    limit(
        "null-threshold", {"eps_w": "eps_max*(1 - h)"}, NOTHING,
        meaning=r"the estimator vanishes continuously at $\varepsilon_{\max}$",
    ),
    limit(
        "null-phase", {"eps_w": "eps_max*(1 + h)"}, {**NOTHING, "robust_risk": "rho + tau**2"},
        meaning="and it is zero beyond",
    ),
    limit(
        "strong-ridge", {"zeta": "1/h"}, NOTHING,
        meaning=r"$\zeta\to\infty$: the estimator vanishes",
    ),
]  # fmt: skip
ATTACK = "2*sqrt(2/pi)*eps_w_test*sqrt(P_w*standard_risk) + eps_w_test**2*P_w"
laws = [
    asymp.identity("isotropic-metric", "P_w", "(mu1**2 + kappa2)*parameter_norm2", ranges=ranges),
    asymp.identity("attack", "robust_risk", f"standard_risk + {ATTACK}", ranges=ranges),
    asymp.power("null-onset", "parameter_norm2", {"eps_w": "eps_max*(1 - h)"}, 2, ranges=ranges),
]
