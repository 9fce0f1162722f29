"""Random features trained against the worst law in a ball around the sample (no printed theorem).

Holistic robust training without poisoned samples: an adversary moves the inputs, and the worst
law within a Kullback-Leibler ball reweights them.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import sympy as sp
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erf, erfc

import asymp

title = "Holistic robust training of random features"


def problem(activation="relu"):
    """Square loss with ridge, trained against shifted inputs and the worst law in the ball."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
        adversary=asymp.L2Input(),
        ambiguity=asymp.KLBall(),
    )


SOURCE = asymp.WORKS["bennouna2023"].at(
    "the loss, from the authors' code; no proportional theorem is printed", "second-hand"
)
sources = [
    SOURCE,
    asymp.WORKS["hassani2024"].at("Theorem 4.2, the case of radius zero", "second-hand"),
]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$",
    "loss": r"$\max_{D(\hat P_n\|P)\le r}\sum_iP_i\,\frac12(|r_i|+\varepsilon\|A^{1/2}\theta\|)^2"
    r"+\frac\zeta2\|\theta\|^2$, $A=(WW^\top)\circ\mathbb E[\sigma'\sigma'^\top]$",
    "divergence": r"$D(\hat P_n\|P)=-\frac1n\sum_i\log(nP_i)$: of the sample's law from $P$",
}
translations = [
    {
        "name": "holistic", "source": SOURCE,
        "parameters": {"gamma": "psi1/psi2", "phi": "1/psi2", "epsilon": "eps", "r": "r_kl",
                       "noise": "tau**2"},
        "observables": {"clean": "standard_risk", "attacked": "robust_risk",
                        "certificate": "train_holistic_risk"},
        "meanings": {"gamma": "$N/n$", "phi": "$d/n$", "epsilon": "radius of the attack",
                     "r": "Kullback-Leibler radius", "noise": "variance of the label noise"},
    },
]  # fmt: skip


NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


class Quadrature(asymp.Printed):
    """The lemma's equations: Chebyshev nodes in the spectrum, Gauss rules over the residual."""

    def __init__(self, activation):
        found = asymp.Activation.of(activation).coefficients
        self.mu1, self.kappa2 = found.mu1.value, found.kappa2.value
        self.mu2_squared = found.mu2_squared.value

    def modes(self, a, q_hat, v_hat, p_hat):
        """Scale V, excess risk, seminorm P and norm of the ridge problem with three strengths."""
        t, w = asymp.marchenko_pastur_nodes(a["psi1"])
        sigma, gradient = self.mu1**2 * t + self.mu2_squared, self.mu1**2 * t + self.kappa2
        H = a["zeta"] + v_hat * sigma + p_hat * gradient
        noise = q_hat * a["psi1"] / a["psi2"] * w * sigma / H**2
        signal = a["rho"] * self.mu1**2 * a["psi1"] * w * t / H
        size = noise + v_hat**2 * signal / H
        excess = a["rho"] - 2 * v_hat * np.sum(signal) + np.sum(size * sigma)
        scale = a["psi1"] / a["psi2"] * np.sum(w * sigma / H)
        return scale, excess, np.sum(size * gradient), np.sum(size)

    def field(self, V, S, e, wall, scale):
        """Averages over the field: both conjugates, push, means of 1/g, log g and the loss."""
        room = wall * (wall + 2 * e) / 2
        rest, top = V * scale * e / room, wall + 10 * np.sqrt(S)
        near = np.concatenate([-np.geomspace(1e-8, 1, 17) * wall, np.geomspace(1e-8, 1, 17) * S])
        marks = [*(wall + near), wall, *(rest + np.sqrt(S) * np.arange(11)), top, rest]
        ends = np.unique(np.clip(marks, rest, max(top, rest)))
        half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
        omega = (middle[:, None] + half[:, None] * NODES).ravel()
        weight = 2 * (half[:, None] * WEIGHTS).ravel() * np.exp(-(omega**2) / (2 * S))
        weight /= np.sqrt(2 * np.pi * S)
        low, high = (np.full(omega.size, np.log(wall) - k) for k in (60, 0))
        for _ in range(70):  # bisection in the logarithm of the distance from the wall
            distance = np.exp((low + high) / 2)
            u = wall - distance
            beyond = u + 2 * V * scale * (u + e) / (distance * (wall + u + 2 * e)) > omega
            low = np.where(beyond, (low + high) / 2, low)
            high = np.where(beyond, high, (low + high) / 2)
        g = distance * (wall + u + 2 * e) / 2
        slope, p0 = scale * (u + e) / g, erf(rest / np.sqrt(2 * S))
        curved, r = scale / g + slope**2 / scale, rest / np.sqrt(S)
        inner = S * (p0 - 2 * r * np.exp(-(r**2) / 2) / np.sqrt(2 * np.pi))
        return (
            np.sum(weight * slope**2) + inner / V**2,
            np.sum(weight * curved / (1 + V * curved)) + p0 / V,
            np.sum(weight * slope) + p0 * scale * e / room,
            np.sum(weight / g) + p0 / room,
            np.sum(weight * np.log(g)) + p0 * np.log(room),
            np.sum(weight * (u + e) ** 2) + p0 * e**2,
        )

    def image(self, x, a):
        """One round: V, excess risk, P, wall, least weight."""
        V, excess, P, wall, least = x
        e, S = a["eps"] * np.sqrt(P), excess + a["tau"] ** 2
        room = wall * (wall + 2 * e) / 2
        q_hat, v_hat, push, inverse, log, a["loss"] = self.field(V, S, e, wall, least * room)
        V, excess, P, a["norm"] = self.modes(a, q_hat, v_hat, a["eps"] / np.sqrt(P) * push)
        a["holistic"] = (wall + e) ** 2 - 2 * least * room
        gap = (np.log(inverse) + log) / a["r_kl"]
        return np.array([V, excess, P, wall * np.clip(gap, 1e-3, 1e3) ** 0.25, 1 / room / inverse])

    def interpolator(self, a):
        """V, risk, P and norm of the interpolator, and the radius from which it is the fit."""
        p_hat = a["eps"] ** 2

        def scale(log_v):
            return self.modes(a, 0, np.exp(-log_v), p_hat)[0] / np.exp(log_v) - 1

        V = np.exp(brentq(scale, -40, 40, xtol=1e-14))
        bias, forms = (self.modes(a, q, 1 / V, p_hat) for q in (0, 1))
        S = (bias[1] + a["tau"] ** 2) / (1 - (forms[1] - bias[1]) / V**2)
        P, norm = (bias[k] + (forms[k] - bias[k]) * S / V**2 for k in (2, 3))
        k = np.sqrt(S / P) / (V * a["eps"])
        if k * np.sqrt(2 / np.pi) >= 1:
            return V, S, P, norm, np.inf

        def mean(c):
            bell = np.exp(-((c / k) ** 2) / 2) / np.sqrt(2 * np.pi)
            return c * erf(c / k / np.sqrt(2)) + 2 * k * bell - 1

        c = brentq(mean, 1e-300, 1, xtol=1e-15)
        tail = quad(lambda z: np.log(k * z) * np.exp(-(z**2) / 2), c / k, 12, epsabs=1e-14)[0]
        radius = -np.log(c) * erf(c / k / np.sqrt(2)) - 2 * tail / np.sqrt(2 * np.pi)
        return V, S, P, norm, radius

    def evaluate(self, letters):
        """Risks at the fixed point."""
        a = {n: float(v) for n, v in letters.items()}
        if a["psi1"] > a["psi2"]:
            _, risk, P, norm, radius = self.interpolator(a)
            if a["r_kl"] >= radius:
                e2 = a["eps"] ** 2 * P
                return self.answer(a, risk, P, norm, e2, e2)
        wall = np.sqrt(a["rho"]) * (1 + a["r_kl"] ** -0.25)
        start = [1.0, a["rho"], a["rho"] / 2, wall, np.exp(-a["r_kl"])]
        x = asymp.positive_fixed_point(
            lambda x: self.image(x, a), start, rounds=80, tolerance=1e-13
        )
        self.image(x, a)
        risk = x[1] + a["tau"] ** 2
        return self.answer(a, risk, x[2], a["norm"], a["loss"], a["holistic"])

    def worst_case(self, letters):
        """Risks of training against the largest loss: residuals stop at a hard wall."""
        a = {n: float(v) for n, v in letters.items()}

        def image(x):
            V, excess, P, wall = x
            e, S = a["eps"] * np.sqrt(P), excess + a["tau"] ** 2
            z = wall / np.sqrt(S)
            beyond, bell = erfc(z / np.sqrt(2)), 2 * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
            first = np.sqrt(S) * bell - wall * beyond  # mean excess over the wall, then its square
            second = S * ((1 + z**2) * beyond - z * bell)
            push = a["eps"] / np.sqrt(P) * (wall + e)
            V_new, excess, P, a["norm"] = self.modes(a, second / V**2, beyond / V, push)
            a["holistic"] = (wall + e) ** 2
            return np.array([V_new, excess, P, wall * np.sqrt(first / (V * (wall + e)))])

        start = [1.0, a["rho"], a["rho"] / 2, np.sqrt(a["rho"])]
        x = asymp.positive_fixed_point(image, start, rounds=200, tolerance=1e-13)
        image(x)
        return {
            "standard_risk": x[1] + a["tau"] ** 2, "parameter_norm2": a["norm"],
            "train_holistic_risk": a["holistic"],
        }  # fmt: skip

    def answer(self, a, risk, P, norm, train, holistic):
        """The observables by name."""
        e = a["eps_test"] * np.sqrt(P)
        return {
            "standard_risk": risk, "parameter_norm2": norm, "train_robust_risk": train,
            "train_holistic_risk": holistic,
            "robust_risk": risk + 2 * e * np.sqrt(2 * risk / np.pi) + e**2,
        }  # fmt: skip


def audits(activation="relu"):
    """The lemma's equations by another numerical path."""
    s = {n: sp.Symbol(n, positive=True) for n in
         ("psi1", "psi2", "tau", "rho", "zeta", "eps", "eps_test", "r_kl")}  # fmt: skip
    ranges = {"psi1": (0.3, 5), "psi2": (0.3, 5), "tau": (0.1, 1), "rho": (0.5, 2),
              "zeta": (0.02, 1), "eps": (0.02, 0.5), "eps_test": (0.02, 1),
              "r_kl": (0.005, 0.4)}  # fmt: skip
    return [
        asymp.Audit(
            "quadrature", None, Quadrature(activation), s,
            ("standard_risk", "robust_risk", "train_robust_risk", "train_holistic_risk",
             "parameter_norm2"), ranges,
            condition=sp.Abs(s["psi1"] - 1) > 0.15,  # the nodes resolve no narrower gap
            tolerance=1e-7, reason="the audit's finite differences stop at 1e-8",
        )
    ]  # fmt: skip


ranges = {"r_kl": (0.003, 0.4), "eps": (0.02, 0.6), "zeta": (0.01, 2), "tau": (0.1, 1.5)}
limit = partial(asymp.Limit, ranges={"psi1": (0.3, 5), "psi2": (0.3, 5), **ranges})
RISKS = ("standard_risk", "parameter_norm2")


def limits(activation="relu"):
    """Corners: balls of radius zero and infinity, no attack, interpolation."""
    return [
        limit(
            "small-ball",
            {"r_kl": "h**2"},
            asymp.Variant((*RISKS, "train_robust_risk"), {"ambiguity": None}),
            where="eps < 0.4",
            meaning=r"$r\to0$: adversarial training, by closed channels; "
            r"the distance is $O(\sqrt r)$",
        ),
        limit(
            "small-ball-certificate",
            {"r_kl": "h**2"},
            lambda **at: {"train_holistic_risk": plain(activation, at)["train_robust_risk"]},
            where="eps < 0.4",
            meaning=r"$r\to0$: the worst law is the sample's own",
        ),
        limit(
            "large-ball",
            {"r_kl": "log(1/h)"},
            lambda **at: Quadrature(activation).worst_case(at),
            where="(psi1 < 0.9*psi2) & (Abs(psi1 - 1) > 0.2)",
            meaning=r"$r\to\infty$: training against the largest loss, which $\lambda$ approaches "
            r"exponentially",
        ),
        limit(
            "no-adversary",
            {"eps": "h"},
            asymp.Variant((*RISKS, "train_holistic_risk"), {"adversary": None}),
            where="psi1 < psi2",
            meaning=r"$\varepsilon\to0$: the theorem without an adversary",
        ),
        limit(
            "ridgeless-interpolation",
            {"zeta": "h", "eps": "0"},
            ("standard_risk", "parameter_norm2"),
            where="psi1 > 1.3*psi2",
            meaning=r"$\varepsilon=0$, $\zeta\to0$: the interpolator of least norm, for every ball",
        ),
        limit(
            "onset-of-interpolation",
            {"r_kl": "(1 - h)/s_I"},
            (*RISKS, "train_holistic_risk"),
            where="(s_I > 1) & (s_I < 300)",
            meaning=r"the estimator interpolates continuously at $r_{\mathrm{int}}$",
        ),
    ]


def plain(activation, at):
    """Adversarial training at the same numbers."""
    theorem = replace(problem(activation), ambiguity=None).derive()
    return theorem.solve(**{n: at[n] for n in theorem.parameters})


ATTACK = "2*sqrt(2/pi)*eps_test*sqrt(P*standard_risk) + eps_test**2*P"
laws = [
    asymp.identity("attack", "robust_risk", f"standard_risk + {ATTACK}"),
    asymp.inequality("below-the-wall", "train_holistic_risk", "(r_max + eps*sqrt(P))**2"),
    asymp.inequality("least-weight", "w_min", "1"),
]
