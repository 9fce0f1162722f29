"""Adversarially trained logistic regression on random features (no printed theorem)."""

from functools import partial
from itertools import pairwise

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erfc, expit

import asymp

title = "Adversarially trained random-features classification"


def problem(activation="erf", labels="sign"):
    """Logistic loss under an l2 attack on the input, ridge; only the second layer is trained."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        labels=asymp.TEACHER_LABELS[labels],
        loss=asymp.LogisticLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )


LI = asymp.WORKS["li2025"]
SOURCE = LI.at(
    "the triple of clean, robust training and robust test error; no proportional theorem is "
    "printed",
    "second-hand",
)
sources = [
    SOURCE,
    asymp.Work(
        "tanner2025", "K. Tanner, M. Vilucchio, B. Loureiro, F. Krzakala", "A high dimensional "
        "statistical model for adversarial training: geometry and trade-offs",
        "International Conference on Artificial Intelligence and Statistics", 2025,
    ).at("the same problem on linear features", "second-hand"),
    asymp.WORKS["javanmard2022"].at(
        "the separability threshold under attack, on linear features", "recalled"
    ),
]  # fmt: skip
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\frac1n\sum_i\log(1+e^{-y_i\theta^\top\varphi_i+\varepsilon\|A^{1/2}\theta\|})"
    r"+\frac\zeta2\|\theta\|^2$, $\theta^\top A\theta=\mathbb E\|\nabla_xf\|^2$",
    "attack": r"$\|\delta\|\le\varepsilon$ against $\|x\|\sim\sqrt d$, to first order: the network "
    "is linear within such a ball as the dimension grows",
}
translations = [
    {
        "name": "clean-and-robust", "source": SOURCE,
        "parameters": {"delta": "eps", "N": "psi2", "p": "psi1", "lam": "zeta"},
        "observables": {"L_D": "classification_error", "L_S_robust": "train_robust_error",
                        "L_D_robust": "robust_error"},
        "meanings": {
            "delta": "radius of the attack", "N": "samples per dimension",
            "p": "parameters per dimension", "lam": "ridge",
            "L_D": "clean test error",
            "L_S_robust": "robust training error", "L_D_robust": "robust test error",
        },
        "latex": {"delta": r"\delta", "L_D": r"\mathcal{L}_{\mathcal{D}}",
                  "L_S_robust": r"\mathcal{L}_{\mathcal{S}}^{p,\delta}",
                  "L_D_robust": r"\mathcal{L}_{\mathcal{D}}^{p,\delta}"},
    },
]  # fmt: skip


class Quadrature(asymp.Printed):
    """The lemma's equations: nodes in spectrum and field, proximal points by bisection."""

    z = np.linspace(-11, 11, 8001)
    bell = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.kappa2 = found.mu1.value, found.kappa2.value
        self.mu2_squared = found.mu2_squared.value

    def proximal(self, field, V, e):
        """Root k of k - field = V/(1 + exp(k - e)): bisection, then Newton."""
        low, high = field + 0.0, field + V
        for _ in range(50):
            k = (low + high) / 2
            above = k - field > V * expit(e - k)
            low, high = np.where(above, low, k), np.where(above, k, high)
        for _ in range(3):
            s = expit(e - k)
            k = k - (k - field - V * s) / (1 + V * s * (1 - s))
        return k

    def image(self, x, a):
        """One round of the equations; the label is the sign of the teacher's field."""
        m, q, V, P = x
        left, slant = a["rho"] - m**2 / q, m / np.sqrt(q) * self.z
        e = a["eps"] * np.sqrt(P)
        k = self.proximal(np.sqrt(q) * self.z, V, e)
        pull = expit(e - k)
        bend = pull * (1 - pull)
        tilt = self.bell * erfc(-slant / np.sqrt(2 * left))
        edge = 2 * self.bell * np.exp(-(slant**2) / (2 * left)) / np.sqrt(2 * np.pi * left)
        m_hat, q_hat = np.sum(edge * pull), np.sum(tilt * pull**2)
        v_hat = np.sum(tilt * bend / (1 + V * bend))
        p_hat = a["eps"] / np.sqrt(P) * np.sum(tilt * pull)
        a["loss"] = np.sum(tilt * np.logaddexp(0, e - k))
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        S, A = (self.mu1**2 * t + f for f in (self.mu2_squared, self.kappa2))
        H = a["zeta"] + v_hat * S + p_hat * A
        noise = a["psi1"] / a["psi2"] * w * S / H
        signal = m_hat * a["rho"] * self.mu1**2 * a["psi1"] * w * t / H
        both = q_hat * noise / H + m_hat * signal / H
        return np.array([np.sum(signal), np.sum(both * S), np.sum(noise), np.sum(both * A)])

    def below(self, field, slope):
        """Share of the tilted field below a multiple of its deviation."""

        def inside(z):
            return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * erfc(-slope * z / np.sqrt(2))

        ends = (min(field, -1) - 12, min(field, 0), field)
        return sum(quad(inside, *e, epsabs=0, epsrel=1e-13)[0] for e in pairwise(ends))

    def evaluate(self, letters):
        """Errors at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        start = [a["rho"] / 2, a["rho"], 1.0, a["rho"]]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        self.image(x, a)
        m, q, V, P = x
        slope, e = m / np.sqrt(a["rho"] * q - m**2), a["eps"] * np.sqrt(P)

        def trained(margin):  # the field whose proximal point is the margin
            ends = margin - V - 1, margin
            return brentq(lambda c: self.proximal(np.array(c), V, e) - margin, *ends, xtol=1e-14)

        fields = {
            "classification_error": 0, "robust_error": a["eps_test"] * np.sqrt(P),
            "train_error": trained(0.0), "train_robust_error": trained(e),
        }  # fmt: skip
        shares = {n: self.below(c / np.sqrt(q), slope) for n, c in fields.items()}
        return {**shares, "train_robust_loss": float(a["loss"]), "gradient_norm2": float(P)}


def audits(activation="erf", labels="sign"):
    """The lemma's equations by another numerical path, for labels that are signs."""
    if labels != "sign":
        return []
    names = ("psi1", "psi2", "rho", "zeta", "eps", "eps_test")
    s = {n: sp.Symbol(n, positive=True) for n in names}
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("classification_error", "robust_error", "train_error", "train_robust_error",
             "train_robust_loss", "gradient_norm2"),
            {"psi1": (0.3, 4), "psi2": (0.3, 4), "rho": (0.3, 3), "zeta": (0.02, 2),
             "eps": (0.02, 0.3), "eps_test": (0.02, 1)},
            # The nodes resolve no narrower gap below the bulk.
            condition=sp.Abs(s["psi1"] - 1) > 0.15,
            tolerance=1e-8, reason="integrals to about 1e-12, times a condition number of 100",
        )
    ]  # fmt: skip


ranges = {"eps": ("0.05*eps_max", "0.9*eps_max"), "zeta": (0.01, 2)}
limit = partial(asymp.Limit, ranges=ranges)
ERRORS = ("classification_error", "robust_error", "train_error", "train_robust_error")
NOTHING = {"parameter_norm2": 0, "gradient_norm2": 0, "train_robust_loss": "log(2)"}

# Cosine with the teacher of the mean of all y_i phi_i, from the moments 1 and 1 + psi1 of the law.
LINEAR = "mu1**2*(1 + psi1) + mu2**2"
SQUARE = "mu1**4*(1 + psi1) + 2*mu1**2*mu2**2 + mu2**4"
AVERAGE = f"mu1*sqrt(psi1*2/pi/(2/pi*({LINEAR}) + ({SQUARE})/(mu1**2*psi2)))"


def limits(activation="erf", labels="sign"):
    """Corners."""
    clean = ("classification_error", "train_error", "parameter_norm2", "correlation")
    return [
        limit(
            "standard-training", {"eps": "0"}, asymp.Variant(clean, {"adversary": None}),
            meaning=r"$\varepsilon=0$: random-features logistic regression",
        ),
        limit("no-adversary", {"eps": "h"}, clean, meaning="continuous at zero radius"),
        limit(
            "null-threshold", {"eps": "eps_max*(1 - h)"}, NOTHING,
            meaning=r"at $\varepsilon_{\max}=\|A^{-1/2}\frac1n\sum_iy_i\varphi_i\|$ the "
            "estimator vanishes continuously",
        ),
        limit(
            "null-phase", {"eps": "eps_max*(1 + h)"},
            {**NOTHING, **dict.fromkeys(ERRORS, "1/2")}, meaning="and is zero beyond",
        ),
        limit(
            "strong-ridge", {"zeta": "1/h"}, NOTHING,
            meaning=r"$\zeta\to\infty$: the estimator vanishes",
        ),
        limit(
            # Under attack it is not: the seminorm's pull grows with the ridge.
            "strong-ridge-direction", {"zeta": "1/h", "eps": "0"},
            {"correlation": AVERAGE} if labels == "sign" else {"gradient_norm2": 0},
            meaning=r"$\zeta\to\infty$ without attack: the direction is $\sum_iy_i\varphi_i$",
        ),
        limit(
            "many-samples", {"psi2": "1/h", "eps_test": "eps"},
            {"robust_gap": 0}, ranges={"eps": (0.02, 0.3), "zeta": (0.01, 1)}, start=0.3,
            meaning=r"$\psi_2\to\infty$: robust training and test error agree",
        ),
        limit(
            "memorisation", {"psi1": "1/h"},
            {"train_error": 0, "train_robust_error": 0, "train_robust_loss": 0},
            ranges={"eps": (0.05, 1), "zeta": (0.01, 1)}, order=0.5, start=1e-4,
            meaning=r"$\psi_1\to\infty$: every sample is fitted robustly, at any radius",
        ),
    ]  # fmt: skip


at_eps = {**ranges, "eps_test": ("eps", "eps")}
laws = [
    asymp.inequality("attack-costs-in-training", "train_error", "train_robust_error",
                     ranges=ranges),
    asymp.inequality("training-flatters", "train_error", "classification_error",
                     "a proximal point is never below its field", ranges=ranges),
    asymp.inequality("robust-training-flatters", "0", "robust_gap",
                     "the same at the radius of training", ranges=at_eps),
    asymp.power("null-onset", "parameter_norm2", {"eps": "eps_max*(1 - h)"}, 2, ranges=ranges),
    asymp.power("strong-ridge-rate", "parameter_norm2", {"zeta": "1/h"}, 2, ranges=ranges),
]  # fmt: skip
