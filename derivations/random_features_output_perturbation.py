"""Random features trained against perturbations of their trained weights (no printed theorem)."""

from functools import partial

import numpy as np
import sympy as sp

import asymp

title = "Random features under perturbation of the trained weights"


def problem(activation="relu"):
    """Square loss with ridge, trained against the worst theta + delta within a Euclidean ball."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.WeightPerturbation(layer="output"),
    )


TSAI = asymp.WORKS["tsai2021"]
SOURCE = TSAI.at(
    "the notion of robustness; no proportional theorem is printed",
    "second-hand",
)
sources = [SOURCE, asymp.WORKS["mei2022"].at("Theorem 2, the case without attack", "second-hand")]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+c)^2+\frac\zeta2\|\theta\|^2$, "
    r"$c=\varepsilon(\mathbb E\sigma(G)^2)^{1/2}$: the attack shifts the loss by a constant",
    "attack": r"for each sample $\|\delta\|_2\le\varepsilon/\sqrt N$; the output moves by "
    r"$\varepsilon\|\varphi(x)\|/\sqrt N$, exactly",
}
translations = [
    {
        "name": "euclidean", "source": SOURCE,
        "parameters": {"gamma": "psi1/psi2", "phi": "1/psi2", "radius": "eps_w", "noise": "tau**2"},
        "observables": {"clean": "standard_risk", "perturbed": "robust_risk"},
        "meanings": {"gamma": "$N/n$", "phi": "$d/n$", "radius": r"$\sqrt N\|\delta\|_2$",
                     "noise": "variance of the label noise"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The lemma's equations: Chebyshev nodes in the spectrum, the residual's law by hand."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu0, self.mu1 = found.mu0.value, found.mu1.value
        self.mu2_squared = found.mu2_squared.value
        self.size = np.sqrt(self.mu0**2 + self.mu1**2 + self.mu2_squared)

    def image(self, x, a):
        """One round: scale V, excess risk."""
        V, S = x[0], x[1] + a["tau"] ** 2
        c = a["eps_w"] * self.size
        q_hat, v_hat, _, a["loss"] = asymp.shifted_square(V, S, c)
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        sigma, share = self.mu1**2 * t + self.mu2_squared, a["psi1"] / a["psi2"]
        H = a["zeta"] + v_hat * sigma
        signal = a["rho"] * self.mu1**2 * a["psi1"] * w * t
        m = v_hat * np.sum(signal / H)
        q = np.sum(q_hat * share * w * (sigma / H) ** 2 + v_hat**2 * signal * sigma / H**2)
        a["norm"] = np.sum(q_hat * share * w * sigma / H**2 + v_hat**2 * signal / H**2)
        return np.array([share * np.sum(w * sigma / H), a["rho"] - 2 * m + q])

    def evaluate(self, letters):
        """Risks at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [1.0, a["rho"]]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        self.image(x, a)
        risk, c = x[1] + a["tau"] ** 2, a["eps_w_test"] * self.size
        return {
            "standard_risk": risk, "parameter_norm2": a["norm"], "train_robust_risk": a["loss"],
            "robust_risk": risk + 2 * c * np.sqrt(2 * risk / np.pi) + c**2,
        }  # fmt: skip


def audits(activation="relu"):
    """The lemma's equations by another numerical path."""
    s = {n: sp.Symbol(n, positive=True) for n in
         ("psi1", "psi2", "tau", "rho", "zeta", "eps_w", "eps_w_test")}  # fmt: skip
    ranges = {"psi1": (0.2, 5), "psi2": (0.2, 5), "tau": (0.1, 1), "rho": (0.5, 2),
              "zeta": (0.01, 1), "eps_w": (0.02, 2), "eps_w_test": (0.02, 2)}  # fmt: skip
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("standard_risk", "robust_risk", "train_robust_risk", "parameter_norm2"), ranges,
            condition=sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap
            tolerance=1e-8, reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


ranges = {"zeta": (0.01, 2), "tau": (0.1, 1.5), "eps_w": (0.05, 2)}
limit = partial(asymp.Limit, ranges=ranges)
RISKS = ("standard_risk", "parameter_norm2")
LABEL = "(rho + tau**2)"


def size(activation):
    """Root mean square of a feature, in names: the length that the attack acts through."""
    mu0 = asymp.Activation.of(activation).coefficients.mu0
    mean = mu0.value if mu0.exact is None else mu0.exact
    return f"sqrt(({mean})**2 + mu1**2 + mu2**2)"


def limits(activation="relu"):
    """Corners: no attack, an overwhelming one, strong and vanishing ridge."""
    c = size(activation)
    return [
        limit(
            "standard-training", {"eps_w": "0"}, asymp.Variant(RISKS, {"adversary": None}),
            meaning=r"$\varepsilon=0$: random-features ridge, derived by closed channels",
        ),
        limit("no-adversary", {"eps_w": "h"}, RISKS, meaning="continuous at zero radius"),
        limit(
            "strong-ridge", {"zeta": "1/h"},
            {"standard_risk": LABEL, "parameter_norm2": 0,
             "train_robust_risk": f"{LABEL} + 2*eps_w*{c}*sqrt(2*{LABEL}/pi) + (eps_w*{c})**2"},
            meaning=r"$\zeta\to\infty$: the estimator vanishes",
        ),
        limit(
            "absolute-loss", {"eps_w": "1/h", "zeta": f"{c}*zeta/h"},
            asymp.Variant(RISKS, {"adversary": None, "loss": asymp.AbsoluteLoss()}),
            meaning=r"$\varepsilon\to\infty$ with $\zeta=c\zeta'$: least absolute deviations, "
            r"since $\frac12(|r|+c)^2=c|r|+\frac12r^2+\frac12c^2$",
        ),
        asymp.Limit(
            "interpolator", {"zeta": "h"},
            asymp.Variant(RISKS, {"adversary": None}, {"zeta": 0}),
            where="psi1 > psi2", ranges={**ranges, "psi1": ("1.3*psi2", "8*psi2")}, start=1e-3,
            meaning=r"$\psi_1>\psi_2$, $\zeta\to0$: the interpolator of least norm at every "
            "radius, because a constant shift of the loss does not choose among interpolators",
        ),
    ]  # fmt: skip


def laws(activation="relu"):
    """The attack at test time shifts the size of every residual by the same amount."""
    c = size(activation)
    attack = f"2*sqrt(2/pi)*eps_w_test*{c}*sqrt(standard_risk) + (eps_w_test*{c})**2"
    return [asymp.identity("shift", "robust_risk", f"standard_risk + {attack}", ranges=ranges)]
