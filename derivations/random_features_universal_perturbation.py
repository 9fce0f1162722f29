"""One perturbation for all inputs against one for each: random features, attacked or not."""

import numpy as np
import sympy as sp

import asymp

title = "Random features under one perturbation for all inputs"


def problem(activation="relu"):
    """Square loss and ridge, trained against l2 perturbations of each input (or none)."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
        observe=asymp.UniversalPerturbation(),
    )


SOURCE = asymp.Work(
    "moosavi2017", "S.-M. Moosavi-Dezfooli, A. Fawzi, O. Fawzi, P. Frossard",
    "Universal adversarial perturbations", "CVPR, arXiv:1610.08401", 2017,
).at(
    "the notion; no proportional theorem is printed",
    "recalled",
)  # fmt: skip
sources = [
    SOURCE,
    asymp.WORKS["hassani2024"].at("Theorem 4.2, one perturbation for each input", "second-hand"),
]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1{2n}\sum_i(|r_i|+\varepsilon\|A^{1/2}\theta\|)^2+\frac\zeta2\|\theta\|^2$",
    "attack": r"one $\delta$, $\|\delta\|_2\le\varepsilon_u$, chosen after training for the mean "
    r"squared error over all inputs; $\|x\|\sim\sqrt d$",
    "gradient": r"$\|\mathbb E\nabla f\|^2=\mu_1^2\|W^\top\hat\theta\|^2$ against "
    r"$\mathbb E\|\nabla f\|^2=P$",
}
translations = [
    {
        "name": "increases", "source": SOURCE,
        "parameters": {
            "gamma": "psi1/psi2", "phi": "1/psi2", "noise": "tau**2", "signal": "rho",
            "ridge": "zeta", "radius": "eps", "each": "eps_test", "one": "eps_u",
        },
        "observables": {
            "increase_one": "universal_risk - standard_risk",
            "increase_each": "robust_risk - standard_risk",
        },
        "meanings": {
            "gamma": "$N/n$", "phi": "$d/n$", "noise": "variance of the label noise",
            "signal": "variance of the teacher", "ridge": "ridge", "radius": "radius in training",
            "each": "radius of one perturbation for each input",
            "one": "radius of one perturbation for all inputs",
            "increase_one": "what one perturbation for all adds to the risk",
            "increase_each": "what one perturbation for each adds to the risk",
        },
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The lemma's equations: Chebyshev nodes in the spectrum, the residual's law by hand."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.mu2_squared, self.kappa2 = (
            found.mu1.value, found.mu2_squared.value, found.kappa2.value
        )  # fmt: skip

    def image(self, x, a):
        """One round: scale V, excess risk, squared gradient."""
        V, S = x[0], x[1] + a["tau"] ** 2
        e = a["eps"] * np.sqrt(x[2])
        q_hat, v_hat, push, _ = asymp.shifted_square(V, S, e)
        psi1 = a["psi1"]
        t, w = asymp.marchenko_pastur_nodes(psi1)
        share = psi1 / a["psi2"]
        sigma, slope = self.mu1**2 * t + self.mu2_squared, self.mu1**2 * t + self.kappa2
        H = a["zeta"] + v_hat * sigma + a["eps"] * push / np.sqrt(x[2]) * slope
        signal = a["rho"] * self.mu1**2 * psi1 * w * t
        theta2 = q_hat * share * w * sigma / H**2 + v_hat**2 * signal / H**2
        a["mean"] = np.sum(theta2 * self.mu1**2 * t)
        excess = a["rho"] - 2 * v_hat * np.sum(signal / H) + np.sum(theta2 * sigma)
        return np.array([share * np.sum(w * sigma / H), excess, np.sum(theta2 * slope)])

    def evaluate(self, letters):
        """Risks at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [1.0, a["rho"], a["rho"]]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        self.image(x, a)
        risk = x[1] + a["tau"] ** 2
        return {
            "standard_risk": risk, "gradient_norm2": x[2], "mean_gradient_norm2": a["mean"],
            "universal_risk": risk + a["eps_u"] ** 2 * a["mean"],
        }  # fmt: skip


def audits(activation="relu"):
    """The lemma's equations by another numerical path."""
    s = {n: sp.Symbol(n, positive=True) for n in
         ("psi1", "psi2", "tau", "rho", "zeta", "eps", "eps_u")}  # fmt: skip
    ranges = {"psi1": (0.2, 5), "psi2": (0.2, 5), "tau": (0.1, 1), "rho": (0.5, 2),
              "zeta": (0.01, 1), "eps": (0.02, 0.4), "eps_u": (0.02, 2)}  # fmt: skip
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("standard_risk", "gradient_norm2", "mean_gradient_norm2", "universal_risk"), ranges,
            condition=sp.And(
                sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap below the bulk
                s["eps"] ** 2 < s["psi1"] * s["rho"] / (s["rho"] + s["tau"] ** 2) / 2,
            ),
            tolerance=1e-8, reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


# fmt: off
SUM = "(1 + psi2 + mu2**2/mu1**2)"
NOISE = f"tau**2/2*({SUM}/sqrt({SUM}**2 - 4*psi2) - 1)"
LINEAR = asymp.Variant(
    ("mean_gradient_norm2", "gradient_norm2"), {"features": asymp.IsotropicGaussian()},
    {"alpha": "psi2", "zeta": "(zeta + mu2**2/psi2)/mu1**2", "eps": "0"},
)
BELOW = {"eps": ("0.05*eps_max", "0.9*eps_max")}
limits = [
    asymp.Limit("no-perturbation", {"eps_u": "h"}, ("universal_risk",), order=2,
                meaning="quadratic in the radius, where one perturbation for each input is linear"),
    asymp.Limit("null-threshold", {"eps": "eps_max*(1 - h)"},
                {"mean_gradient_norm2": 0, "universal_risk": "rho + tau**2"},
                meaning=r"at $\varepsilon_{\max}$ estimator and attack vanish"),
    asymp.Limit("infinite-width", {"psi1": "1/h", "zeta": "zeta/h", "eps": "0"}, LINEAR,
                where="mu1 > 0", ranges={"zeta": (0.01, 1)},
                meaning=r"$\psi_1\to\infty$ with $\zeta=\lambda\psi_1$, plain training: the "
                "gradient is the same for every input, and both are those of linear ridge"),
    asymp.Limit("strong-ridge", {"zeta": "1/h"},
                {"mean_gradient_norm2": 0, "universal_risk": "rho + tau**2"},
                meaning="the estimator vanishes"),
    asymp.Limit("threshold", {"eps": "0", "zeta": "0", "psi1": "psi2*(1 + h)", "eps_u": "0.5"},
                {"mean_gradient_norm2": "oo", "universal_risk": "oo"},
                where="(mu1 > 0) & (mu2 > 0)",
                meaning=r"both diverge at $\psi_1=\psi_2$"),
]
laws = [
    asymp.identity("shift", "universal_risk", "standard_risk + eps_u**2*mean_gradient_norm2",
                   "one perturbation shifts every residual alike"),
    asymp.inequality("weaker-than-each", "universal_risk", "robust_risk",
                     "one perturbation for all inputs is weaker than one for each",
                     ranges={"eps_test": ("eps_u", "eps_u")}),
    asymp.inequality("jensen", "mean_gradient_norm2", "gradient_norm2",
                     r"$\|\mathbb E\nabla f\|^2\le\mathbb E\|\nabla f\|^2$"),
    asymp.power("onset", "universal_risk - standard_risk", {"eps_u": "h"}, 2, small=0.02,
                where="mu1 > 0", ranges=BELOW),
    asymp.power("onset-of-each", "robust_risk - standard_risk", {"eps_test": "h"}, 1,
                ranges=BELOW),
]
# fmt: on
