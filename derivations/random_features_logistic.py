"""Logistic regression on random features (Gerace et al. 2020)."""

import numpy as np
import sympy as sp

import asymp

title = "Random-features logistic regression"


def problem(activation="erf", labels="sign"):
    """Logistic loss and ridge on the second layer; labels of a linear teacher."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        labels=asymp.TEACHER_LABELS[labels],
        loss=asymp.LogisticLoss(),
        penalty=asymp.Ridge(),
    )


GERACE = asymp.Work(
    "gerace2020", "F. Gerace, B. Loureiro, F. Krzakala, M. Mézard, L. Zdeborová", "Generalisation "
    "error in learning with random features and the hidden manifold model",
    "International Conference on Machine Learning", 2020,
)  # fmt: skip
SYSTEM = GERACE.at("saddle-point equations of Section 3, logistic loss", "recalled")
sources = [SYSTEM]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$; the source has $\alpha=n/p=\psi_2/\psi_1$ and "
    r"$\gamma=d/p=1/\psi_1$, its $p$ being our $N$",
    "ridge": r"$\frac\zeta2\|\theta\|^2$ under $\frac1n\sum_i\ell_i$; the source's $\lambda$, "
    r"under the sum, is $\zeta\psi_2/\psi_1$",
    "activation": r"the source's $(\kappa_0,\kappa_1,\kappa_\star)$ are $(\mu_0,\mu_1,\mu_2)$",
}
translations = [
    {
        "name": "gerace",
        "source": SYSTEM,
        "parameters": {
            "alpha": "psi2/psi1", "gamma": "1/psi1", "lam": "zeta*psi2/psi1", "rho": "rho",
        },
        "observables": {"M": "m", "Q": "q", "e_g": "classification_error"},
        "meanings": {
            "alpha": "$n/p$", "gamma": "$d/p$", "lam": "ridge under the sum of losses",
            "rho": "variance of the teacher's field", "M": "overlap", "Q": "self-overlap",
            "e_g": "generalisation error",
        },
        "latex": {"lam": r"\lambda"},
    }
]  # fmt: skip


def prox(x, v):
    """Root of u - x + v/(1 + exp(-u)): Newton's method and bisection by turns."""
    low, high = x - v, x
    u = (low + high) / 2
    for turn in range(81):
        p = 1 / (1 + np.exp(-u))
        gap = u - x + v * p
        low, high = np.where(gap < 0, u, low), np.where(gap < 0, high, u)
        new = u - gap / (1 + v * p * (1 - p))
        newton = (low <= new) & (new <= high) & (turn % 2 == 0)
        u = np.where(newton, new, (low + high) / 2)
    return u


class System(asymp.Printed):
    """The printed equations for labels that are signs, with the Stieltjes transform g_mu."""

    def channel(self, m, q, v, rho):
        """Averages over (xi, y): -Z0 df, Z0 f^2 and dZ0 f; both labels contribute alike."""
        from scipy.special import ndtr

        xi = np.linspace(-9.5, 9.5, 3801)
        weight = 2 * (xi[1] - xi[0]) * np.exp(-(xi**2) / 2) / np.sqrt(2 * np.pi)
        omega, spread = np.sqrt(q) * xi, np.sqrt(rho - m**2 / q)
        u = -prox(-omega, v)
        p = 1 / (1 + np.exp(u))
        f, bent = (u - omega) / v, p * (1 - p)
        x = m / np.sqrt(q) * xi / spread
        z0, dz0 = ndtr(x), np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) / spread
        return weight @ (z0 * bent / (1 + v * bent)), weight @ (z0 * f**2), weight @ (dz0 * f)

    def update(self, state, letters):
        """One turn through the hatted parameters; returns (M, Q, V) and q_w."""
        alpha, gamma, lam, rho, k1, ks = letters
        bend, square, pull = self.channel(*state, rho)
        vs, vw = alpha / gamma * k1**2 * bend, alpha * ks**2 * bend
        qs, qw = alpha / gamma * k1**2 * square, alpha * ks**2 * square
        ms = alpha / gamma * k1 * pull
        z = (lam + vw) / vs
        # Stieltjes transform of F F^T / p (d x d): gamma z g^2 + (1 - gamma + z) g - 1 = 0.
        b = 1 - gamma + z
        g = 2 / (b + np.sqrt(b * b + 4 * gamma * z))
        dg = (gamma * g**2 + g) / (2 * gamma * z * g + b)  # g'(-z)
        zg, zzdg = z * g, z * z * dg
        v_s, v_w = (1 - zg) / vs, gamma / (lam + vw) * (1 / gamma - 1 + zg)
        signal = rho * ms**2 + qs
        cross = (-zg + zzdg) / ((lam + vw) * vs)
        q_s = signal / vs**2 * (1 - 2 * zg + zzdg) - qw * cross
        q_w = gamma * qw / (lam + vw) ** 2 * (1 / gamma - 1 + zzdg) - signal * gamma * cross
        m_s = rho * ms / vs * (1 - zg)
        return np.array([k1 * m_s, k1**2 * q_s + ks**2 * q_w, k1**2 * v_s + ks**2 * v_w]), q_w

    def evaluate(self, letters):
        """Iterate with damping, then polish; the error is an angle."""
        from scipy.optimize import root

        names = ("alpha", "gamma", "lam", "rho", "kappa1", "kappa_star")
        given = [float(letters[name]) for name in names]
        state = np.array([0.1 * given[3], 1.0, 1.0])
        for _ in range(100):
            state = (state + self.update(state, given)[0]) / 2
        found = root(lambda x: self.update(x, given)[0] / x - 1, state, tol=1e-13)
        m, q, v = map(float, found.x)
        angle = np.arccos(m / np.sqrt(given[3] * q)) / np.pi
        norm = float(self.update(found.x, given)[1])
        return {"m": m, "q": q, "V": v, "classification_error": angle, "parameter_norm2": norm}


psi1, psi2, zeta, rho = sp.symbols("psi1 psi2 zeta rho", positive=True)


def audits(activation="erf", labels="sign"):
    """The equations are evaluated for labels that are signs."""
    found = asymp.Activation.of(activation).coefficients
    mu1, mu2_squared = (
        x.value if x.exact is None else x.exact for x in (found.mu1, found.mu2_squared)
    )
    if labels != "sign" or not mu1:
        return []
    return [
        asymp.Audit(
            "saddle-point-equations", SYSTEM, System(),
            {
                "alpha": psi2 / psi1, "gamma": 1 / psi1, "lam": zeta * psi2 / psi1, "rho": rho,
                "kappa1": mu1, "kappa_star": sp.sqrt(mu2_squared),
            },
            ("m", "q", "V", "classification_error", "parameter_norm2"),
            {"psi1": (0.3, 4), "psi2": (0.3, 4), "rho": (0.3, 3), "zeta": (0.02, 2)},
            tolerance=1e-8, reason="integrals to about 1e-12, times a condition number of 100",
        )
    ]  # fmt: skip


# fmt: off
RIDGE = {"ranges": {"zeta": (0.02, 2)}}
limits = [
    asymp.Limit(
        "strong-ridge", {"zeta": "1/h"}, {"m": 0, "q": 0, "train_loss": "log(2)", "V_hat": "1/4"},
        start=0.01, meaning="the estimator vanishes; the loss is that of a coin",
    ),
    asymp.Limit(
        "few-samples", {"psi2": "h"}, {"classification_error": "1/2", "correlation": 0},
        order=0.5, start=1e-3, meaning="nothing is learnt", **RIDGE,
    ),
    asymp.Limit(
        "few-features", {"psi1": "h"}, {"correlation": 0, "classification_error": "1/2"},
        order=0.5, start=1e-3, meaning="no features, no predictor", **RIDGE,
    ),
]
laws = [
    asymp.monotone("norm-falls", "parameter_norm2", "zeta", increasing=False, **RIDGE),
    asymp.power("strong-ridge-rate", "parameter_norm2", {"zeta": "1/h"}, 2),
]
# fmt: on
