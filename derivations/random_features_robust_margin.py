"""Largest radius at which random features classify a sample robustly (no printed theorem)."""

import numpy as np
import sympy as sp
from scipy.special import erfc

import asymp

title = "Robust separability of random features"


def problem(activation="erf", labels="sign"):
    r"""Least input gradient with all margins at least one.

    A parameter classifies every sample robustly at radius :math:`\varepsilon` if and only if all
    its margins are at least :math:`\varepsilon\|A^{1/2}\theta\|`. Both sides are homogeneous: the
    largest such radius is one over the least :math:`\|A^{1/2}\theta\|` with margins one.
    """
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        labels=asymp.TEACHER_LABELS[labels],
        loss=asymp.HardMarginLoss(),
        penalty=asymp.Ridge(metric="gradient"),
    )


LI = asymp.WORKS["li2025"]
SOURCE = LI.at(
    "robust memorisation as a notion; no proportional theorem is printed",
    "second-hand",
)
sources = [
    SOURCE,
    asymp.WORKS["javanmard2022"].at(
        "the separability threshold under attack, on linear features", "recalled"
    ),
]  # fmt: skip
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "radius": r"$\varepsilon_{\mathrm{sep}}=1/\sqrt{\theta^\top A\theta}$, "
    r"$\theta^\top A\theta=\mathbb E\|\nabla_xf\|^2$ (`gradient_norm2`), to first order in the "
    "attack",
    "ridge": r"$\zeta$ only scales $V$; $\zeta=0$, the default, is the limit $\zeta\to0$",
}
translations = [
    {
        "name": "radius", "source": SOURCE,
        "parameters": {"N": "psi2", "p": "psi1"},
        "observables": {"eps_sep": "1/sqrt(gradient_norm2)", "L_D": "classification_error"},
        "fixed": {"zeta": 0},
        "meanings": {
            "N": "samples per dimension", "p": "parameters per dimension",
            "eps_sep": "largest radius of robust memorisation", "L_D": "clean test error",
        },
        "latex": {"eps_sep": r"\varepsilon_{\mathrm{sep}}", "L_D": r"\mathcal{L}_{\mathcal{D}}"},
    },
]  # fmt: skip
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


class Quadrature(asymp.Printed):
    """The lemma's equations for the error function: panels split at the margin."""

    mu1 = 2 / np.sqrt(3 * np.pi)
    mu2_squared = 2 / np.pi * np.arcsin(2 / 3) - mu1**2
    kappa2 = 4 / np.pi / np.sqrt(5) - mu1**2

    def image(self, x, a):
        """One round, with a ridge of one: V, m, q."""
        m, q, V = x
        left, high = a["rho"] - m**2 / q, min(1 / np.sqrt(q), 11.0)
        z = (high - 11) / 2 + (high + 11) / 2 * NODES  # the field below margin one
        weight = (high + 11) / 2 * WEIGHTS * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        slant, pull = m / np.sqrt(q) * z, (1 - np.sqrt(q) * z) / V
        tilt = weight * erfc(-slant / np.sqrt(2 * left))
        edge = 2 * weight * np.exp(-(slant**2) / (2 * left)) / np.sqrt(2 * np.pi * left)
        m_hat, q_hat, v_hat = np.sum(edge * pull), np.sum(tilt * pull**2), np.sum(tilt) / V
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        S, A = (self.mu1**2 * t + f for f in (self.mu2_squared, self.kappa2))
        H = A + v_hat * S
        noise = a["psi1"] / a["psi2"] * w * S / H
        signal = m_hat * a["rho"] * self.mu1**2 * a["psi1"] * w * t / H
        both = q_hat * noise / H + m_hat * signal / H
        a["gradient"], a["norm"] = np.sum(both * A), np.sum(both)
        return np.array([np.sum(signal), np.sum(both * S), np.sum(noise)])

    def evaluate(self, letters):
        """Iterate with damping, then polish."""
        a = {n: float(v) for n, v in letters.items()}
        start = [np.sqrt(a["rho"]) / 2, 1.0, 1.0]
        x = asymp.positive_fixed_point(lambda x: self.image(x, a), start, rounds=200)
        self.image(x, a)
        return {
            "gradient_norm2": a["gradient"], "parameter_norm2": a["norm"],
            "classification_error": np.arccos(x[0] / np.sqrt(a["rho"] * x[1])) / np.pi,
        }  # fmt: skip


def audits(activation="erf", labels="sign"):
    """The lemma's equations by another numerical path."""
    if (activation, labels) != ("erf", "sign"):
        return []
    s = {n: sp.Symbol(n, positive=True) for n in ("psi1", "psi2", "rho")}
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(), s,
            ("gradient_norm2", "parameter_norm2", "classification_error"),
            # Where the data are separable, and away from the edge of the spectrum at psi1 = 1.
            {"psi1": (1.2, 8), "psi2": (0.2, 1.2), "rho": (0.3, 3)}, fixed={"zeta": 0},
            tolerance=1e-8, reason="integrals to about 1e-12, times a condition number of 100",
        )
    ]  # fmt: skip


# fmt: off
ranges = {"psi2": (0.2, 1.2), "psi1": (1.2, 8)}
limits = [
    asymp.Limit(
        "few-samples", {"psi2": "h"}, {"classification_error": "1/2", "gradient_norm2": 0},
        order=0.5, start=1e-3, ranges=ranges,
        meaning=r"the radius grows like $1/\sqrt{\psi_2}$ and nothing is learnt",
    ),
    asymp.Limit(
        "many-features", {"psi1": "1/h"}, {"gradient_norm2": 0}, start=1e-4,
        ranges=ranges, meaning=r"the radius grows like $\sqrt{\psi_1}$",
    ),
]
laws = [
    asymp.monotone("radius-shrinks", "gradient_norm2", "psi2", ranges=ranges,
                   statement="more samples, smaller radius"),
    asymp.monotone("radius-grows", "gradient_norm2", "psi1", increasing=False, ranges=ranges,
                   statement="more features, larger radius"),
    asymp.power("memorisation-rate", "gradient_norm2", {"psi1": "1/h"}, 1, ranges=ranges,
                small=1e-7),
    asymp.scaling("ridge-only-scales-V", {"zeta": 1}, {"gradient_norm2": 0, "m": 0, "V": -1},
                  ranges={**ranges, "zeta": (0.1, 5)}),
]
# fmt: on
