"""Random features attacked on the input, on the hidden weights, or on both (nothing printed)."""

from functools import partial

import numpy as np
import sympy as sp

import asymp

title = "Random features attacked on inputs and weights"


def problem(activation="relu"):
    """Square loss with ridge; each attack has a radius in training and another at test time."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=(asymp.L2Input(), asymp.WeightPerturbation(layer="hidden")),
    )


TSAI = asymp.WORKS["tsai2021"]
SOURCE = TSAI.at(
    "robustness to perturbed weights; no proportional theorem is printed",
    "second-hand",
)
sources = [SOURCE, asymp.WORKS["hassani2024"].at("Theorem 4.2, inputs alone", "second-hand")]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+e)^2+\frac\zeta2\|\theta\|^2$, "
    r"$e=\varepsilon\|A^{1/2}\theta\|+\varepsilon_w(\mathbb E\sigma'(G)^2)^{1/2}\|\theta\|$",
    "attacks": r"$\|\delta\|_2\le\varepsilon$ on the input, $\|\Delta\|_F\le\varepsilon_w/\sqrt d$ "
    "on the hidden weights, for each sample; to first order in the attack on the weights",
    "trade-off": r"a positive test radius with training radius 0 gives the risk of an estimator "
    "under an attack that it was not trained against",
}
translations = [
    {
        "name": "frobenius", "source": SOURCE,
        "parameters": {"gamma": "psi1/psi2", "phi": "1/psi2", "radius": "eps_w", "noise": "tau**2",
                       "shift": "eps"},
        "observables": {"clean": "standard_risk", "perturbed": "robust_risk"},
        "meanings": {"gamma": "$N/n$", "phi": "$d/n$", "radius": r"$\sqrt d\|\Delta\|_F$",
                     "noise": "variance of the label noise",
                     "shift": r"$\|\delta\|_2$ of the input's perturbation"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The lemma's equations: Chebyshev nodes in the spectrum, the residual's law by hand."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared = found.mu1.value, found.mu2_squared.value
        self.slope, self.kappa = found.derivative_moment.value, found.kappa2.value

    def image(self, x, a):
        """One round: scale V, excess risk, norm of the gradient, norm of theta."""
        V, excess, gradient, norm = x
        S, e = excess + a["tau"] ** 2, self.budget(gradient, norm, a["eps"], a["eps_w"])
        q_hat, v_hat, push, a["loss"] = asymp.shifted_square(V, S, e)
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        sigma, A = self.mu1**2 * t + self.mu2_squared, self.mu1**2 * t + self.kappa
        H = (
            a["zeta"] + v_hat * sigma
            + push * (a["eps"] * A / np.sqrt(gradient) + a["eps_w"] * np.sqrt(self.slope / norm))
        )  # fmt: skip
        noise = q_hat * a["psi1"] / a["psi2"] * w * sigma / H**2
        signal = a["rho"] * self.mu1**2 * a["psi1"] * w * t
        size = noise + v_hat**2 * signal / H**2
        scale = a["psi1"] / a["psi2"] * np.sum(w * sigma / H)
        excess = a["rho"] - 2 * v_hat * np.sum(signal / H) + np.sum(size * sigma)
        return np.array([scale, excess, np.sum(size * A), np.sum(size)])

    def budget(self, gradient, norm, eps, eps_w):
        """What both attacks add to the size of a residual."""
        return eps * np.sqrt(gradient) + eps_w * np.sqrt(self.slope * norm)

    def evaluate(self, letters):
        """Risks at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [1.0, a["rho"], a["rho"], a["rho"]]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        self.image(x, a)
        risk, e = x[1] + a["tau"] ** 2, self.budget(x[2], x[3], a["eps_test"], a["eps_w_test"])
        return {
            "standard_risk": risk, "gradient_norm2": x[2], "parameter_norm2": x[3],
            "train_robust_risk": a["loss"],
            "robust_risk": risk + 2 * e * np.sqrt(2 * risk / np.pi) + e**2,
        }  # fmt: skip


def audits(activation="relu"):
    """The lemma's equations by another numerical path."""
    names = ["psi1", "psi2", "tau", "rho", "zeta", "eps", "eps_test", "eps_w", "eps_w_test"]
    s = {n: sp.Symbol(n, positive=True) for n in names}
    ranges = {"psi1": (0.2, 5), "psi2": (0.2, 5), "tau": (0.1, 1), "rho": (0.5, 2),
              "zeta": (0.01, 1), "eps": (0.02, 0.5), "eps_test": (0.02, 1),
              "eps_w": (0.02, 0.5), "eps_w_test": (0.02, 1)}  # fmt: skip
    reach = (s["eps"] + s["eps_w"]) ** 2
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("standard_risk", "robust_risk", "train_robust_risk", "parameter_norm2",
             "gradient_norm2"), ranges,
            condition=sp.And(
                sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap below the bulk
                reach < s["psi1"] * s["rho"] / (s["rho"] + s["tau"] ** 2) / 2,
            ),
            tolerance=1e-8, reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


# Both radii at 0.6 of this unit together make the ReLU's estimator zero at the earliest: alone,
# 1.25 of it are needed, by Cauchy-Schwarz in the spectrum.
UNIT = "sqrt(rho*psi1/((rho + tau**2)*(2 + psi1)))"
RADIUS = (f"0.05*{UNIT}", f"0.5*{UNIT}")
ranges = {"eps": RADIUS, "eps_w": RADIUS, "zeta": (0.01, 2), "tau": (0.1, 1.5)}
limit = partial(asymp.Limit, ranges=ranges)
RISKS = ("standard_risk", "parameter_norm2", "gradient_norm2")
NOTHING = {
    "standard_risk": "rho + tau**2", "robust_risk": "rho + tau**2",
    "train_robust_risk": "rho + tau**2", "parameter_norm2": 0, "gradient_norm2": 0,
}  # fmt: skip
GROWN = {"eps": "eps*s_max", "eps_w": "eps_w*s_max"}
limits = [
    limit(
        "inputs-alone", {"eps_w": "0", "eps_w_test": "0"},
        asymp.Variant((*RISKS, "robust_risk"), {"adversary": asymp.L2Input()}),
        meaning=r"$\varepsilon_w=0$: adversarially trained random features",
    ),
    limit(
        "weights-alone", {"eps": "0", "eps_test": "0"},
        asymp.Variant(
            ("standard_risk", "parameter_norm2", "robust_risk"),
            {"adversary": asymp.WeightPerturbation(layer="hidden")},
        ),
        meaning=r"$\varepsilon=0$: training against perturbed weights",
    ),
    limit(
        "no-attack-on-weights", {"eps_w": "h"}, RISKS, meaning=r"continuous at $\varepsilon_w=0$"
    ),
    limit("no-attack-on-inputs", {"eps": "h"}, RISKS, meaning=r"continuous at $\varepsilon=0$"),
    limit(
        "null-threshold", {n: f"{v}*(1 - h)" for n, v in GROWN.items()}, NOTHING,
        meaning=r"the estimator vanishes continuously where $s_{\max}=1$",
    ),
    limit(
        "null-phase", {n: f"{v}*(1 + h)" for n, v in GROWN.items()}, NOTHING,
        meaning="and it is zero beyond",
    ),
    limit(
        "strong-ridge", {"zeta": "1/h"}, NOTHING,
        meaning=r"$\zeta\to\infty$: the estimator vanishes",
    ),
]  # fmt: skip
BUDGET = "(eps_test*sqrt(P) + eps_w_test*sqrt(P_w))"
ATTACK = f"2*sqrt(2/pi)*{BUDGET}*sqrt(standard_risk) + {BUDGET}**2"
laws = [
    asymp.identity("isotropic-metric", "P_w", "(mu1**2 + kappa2)*parameter_norm2", ranges=ranges),
    asymp.identity("attack", "robust_risk", f"standard_risk + {ATTACK}", ranges=ranges),
    asymp.power(
        "null-onset", "parameter_norm2", {n: f"{v}*(1 - h)" for n, v in GROWN.items()}, 2,
        r"$\|\theta\|^2$ vanishes quadratically at the threshold", ranges=ranges,
    ),
]  # fmt: skip
