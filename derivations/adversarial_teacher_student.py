"""Adversarial training of a linear classifier with a teacher (Tanner et al. 2025)."""

from functools import partial

import numpy as np
import sympy as sp
from scipy.special import erf, erfc, expit, owens_t

import asymp

title = "Adversarial training of a linear classifier, teacher-student"
ROBUST = asymp.Parameter("t2", sp.Interval.open(0, sp.oo), "upper eigenvalue", default=4.0)
SHARE = asymp.Parameter(
    "s2", sp.Interval.open(0, 1), "teacher's energy in the upper level", default=0.5
)


def problem(spectrum="isotropic"):
    """Logistic loss under an l2 attack; inputs isotropic, or two levels of features.

    With ``spectrum="two-level"`` half of the directions have variance 1 and half ``t2``, and
    hold the share ``s2`` of the teacher's energy: strong features are hard to attack.
    """
    two_level = asymp.Spectrum.two_level(1, ROBUST, sp.Rational(1, 2), SHARE)
    designs = asymp.Choices(
        "spectrum",
        {"isotropic": asymp.IsotropicGaussian(), "two-level": asymp.GaussianDesign(two_level)},
    )
    return asymp.Problem(
        features=designs[spectrum],
        labels=asymp.ProbitLabels(),
        loss=asymp.LogisticLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
    )


SOURCE = asymp.Work(
    "tanner2025",
    "K. Tanner, M. Vilucchio, B. Loureiro, F. Krzakala",
    "A high dimensional statistical model for adversarial training: geometry and trade-offs",
    "International Conference on Artificial Intelligence and Statistics",
    2025,
).at("Theorems on order parameters and errors, as in the authors' code", "second-hand")
sources = [SOURCE]
conventions = {
    "ratios": r"$\alpha=n/p$ (the source's letter)",
    "loss": r"$\frac1n\sum_i\log(1+e^{-y_i\theta^\top x_i+\varepsilon\|\theta\|})"
    r"+\frac\zeta2\|\theta\|^2$; the source sums over i and has $\frac\lambda2\|w\|^2$",
    "parameter": r"$\theta=w/\sqrt d$; the attack of the source is $\|\delta\|\le\varepsilon$ too",
    "labels": r"$y=\mathrm{sign}(h+\tau\xi)$, $\rho=\mathrm{Var}\,h$; $\tau=0$ gives signs",
}
translations = [
    {
        "name": "tanner", "source": SOURCE,
        "parameters": {"alpha": "alpha", "lam": "alpha*zeta", "epsilon": "eps",
                       "epsilon_g": "eps_test", "tau": "tau", "rho": "rho"},
        "observables": {"E_gen": "classification_error", "E_adv": "robust_error"},
        "meanings": {"lam": r"$\frac\lambda2\|w\|^2$ under a sum", "alpha": "$n/d$",
                     "epsilon": "radius in training", "epsilon_g": "radius at test time"},
        "latex": {"epsilon": r"\varepsilon_t", "epsilon_g": r"\varepsilon_g"},
    },
]  # fmt: skip


class Overlaps(asymp.Printed):
    """The source's equations for m, q, V, P and their hats, by quadrature and root finding."""

    z = np.linspace(-11, 11, 6001)
    weight = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])

    def proximal(self, centre, width, e):
        """Root k of k - centre = width/(1 + exp(k - e)), bracketed, then Newton."""
        low, high = centre, centre + width
        for _ in range(50):
            k = (low + high) / 2
            above = k - centre > width * expit(e - k)
            low, high = np.where(above, low, k), np.where(above, k, high)
        for _ in range(3):
            s = expit(e - k)
            k = k - (k - centre - width * s) / (1 + width * s * (1 - s))
        return k

    def image(self, x, a):
        """One round of the equations."""
        m, q, width, P = x
        left = a["tau"] ** 2 + a["rho"] - m**2 / q
        slant = m / np.sqrt(q) * self.z
        e = a["epsilon"] * np.sqrt(P)
        k = self.proximal(np.sqrt(q) * self.z, width, e)
        shift, bend = (k - np.sqrt(q) * self.z) / width, expit(k - e) * expit(e - k)
        tilt = self.weight * erfc(-slant / np.sqrt(2 * left))
        bell = self.weight * np.exp(-(slant**2) / (2 * left)) / np.sqrt(2 * np.pi * left)
        m_hat = 2 * a["alpha"] * np.sum(bell * shift)
        q_hat, v_hat = (
            a["alpha"] * np.sum(tilt * f) for f in (shift**2, bend / (1 + width * bend))
        )
        p_hat = a["alpha"] * a["epsilon"] / np.sqrt(P) * np.sum(tilt * shift)
        t, w, s = (np.array(a[n]) for n in ("levels", "weights", "shares"))
        H = a["lam"] + v_hat * t + p_hat
        signal = m_hat**2 * a["rho"] * s * t + w * q_hat * t
        return np.array([
            m_hat * a["rho"] * np.sum(s * t / H), np.sum(signal * t / H**2),
            np.sum(w * t / H), np.sum(signal / H**2),
        ])  # fmt: skip

    def evaluate(self, letters):
        """Overlaps, then the errors: an angle, and Owen's T function under attack."""
        a = {n: float(v) for n, v in letters.items()}
        second = "t2" in a
        a["levels"] = [1.0, a["t2"]] if second else [1.0]
        a["weights"] = [0.5, 0.5] if second else [1.0]
        a["shares"] = [1 - a["s2"], a["s2"]] if second else [1.0]
        start = [a["rho"] / 2, a["rho"], 1.0, a["rho"]]
        m, q, _, P = asymp.positive_fixed_point(lambda x: self.image(x, a), start)
        total = a["rho"] + a["tau"] ** 2
        slope, b = m / np.sqrt(q * total - m**2), a["epsilon_g"] * np.sqrt(P / q)
        attacked = 2 * owens_t(slope * b, 1 / slope)
        attacked += erf(b / np.sqrt(2)) * erfc(-slope * b / np.sqrt(2)) / 2
        return {
            "classification_error": float(np.arccos(m / np.sqrt(total * q)) / np.pi),
            "robust_error": float(attacked), "gradient_norm2": float(P),
        }  # fmt: skip


def audits(spectrum="isotropic"):
    """The source's equations."""
    given = {"alpha": (0.3, 5), "rho": (0.3, 3), "tau": (0.05, 1), "zeta": (0.01, 1),
             "eps": (0.02, 0.6), "eps_test": (0.02, 1)}  # fmt: skip
    if spectrum == "two-level":
        given |= {"t2": (0.3, 5), "s2": (0.1, 0.9)}
    s = {n: sp.Symbol(n, positive=True) for n in given}
    letters = {"alpha": s["alpha"], "rho": s["rho"], "tau": s["tau"], "epsilon": s["eps"],
               "epsilon_g": s["eps_test"], "lam": s["alpha"] * s["zeta"]}  # fmt: skip
    letters |= {n: s[n] for n in ("t2", "s2") if n in given}
    return [
        asymp.Audit(
            "overlaps", SOURCE, Overlaps(), letters,
            ("classification_error", "robust_error", "gradient_norm2"), given, tolerance=1e-8,
            reason="double precision on both sides, condition numbers up to 1e3",
        )
    ]  # fmt: skip


ranges = {"eps": ("0.02*eps_max", "0.9*eps_max"), "zeta": (0.01, 2), "tau": (0.05, 1)}
limit = partial(asymp.Limit, ranges=ranges)
MAIN = ("classification_error", "robust_error", "parameter_norm2")
SIGNAL = "(2/pi*rho/(rho + tau**2))"  # squared norm of E[yx], isotropic inputs


def limits(spectrum="isotropic"):
    """Corners; the direction of the mean of all y x is explicit for isotropic inputs."""
    found = [
        limit(
            "null-threshold", {"eps": "eps_max*(1 - h)"},
            {"parameter_norm2": 0, "train_robust_loss": "log(2)"},
            meaning=r"at $\varepsilon_{\max}^2=\|\mathbb E[yx]\|^2+\frac1n\mathrm{tr}\Sigma$ the "
            "estimator vanishes continuously",
        ),
        limit(
            "null-phase", {"eps": "eps_max*(1 + h)"},
            {"parameter_norm2": 0, "train_robust_loss": "log(2)"}, meaning="and is zero beyond",
        ),
        limit(
            "no-adversary", {"eps": "h"}, ("classification_error", "parameter_norm2"),
            meaning="continuous at zero radius",
        ),
        limit(
            "standard-training", {"eps": "0"},
            asymp.Variant(("classification_error", "parameter_norm2"), {"adversary": None}),
            meaning=r"$\varepsilon=0$ is the theorem without adversary",
        ),
        limit("noiseless", {"tau": "h"}, MAIN, meaning=r"$\tau\to0$: sign labels"),
    ]  # fmt: skip
    if spectrum != "isotropic":
        return found
    return [
        *found,
        limit(
            "strong-ridge", {"zeta": "1/h"},
            {"correlation": f"sqrt({SIGNAL}/({SIGNAL} + 1/alpha))", "parameter_norm2": 0},
            meaning=r"$\zeta\to\infty$: the direction is that of $\sum_iy_ix_i$",
        ),
        limit(
            "many-samples", {"alpha": "1/h"}, {"correlation": 1},
            ranges={**ranges, "eps": (0.02, f"0.8*sqrt({SIGNAL})")},
            meaning=r"$\alpha\to\infty$: the teacher is found",
        ),
    ]  # fmt: skip


laws = [
    asymp.inequality("attack-costs", "classification_error", "robust_error", ranges=ranges),
    asymp.power("null-onset", "parameter_norm2", {"eps": "eps_max*(1 - h)"}, 2, ranges=ranges),
]
