"""The support vector machine with soft margin: hinge loss and ridge."""

import numpy as np
import sympy as sp

import asymp

title = "Support vector machine (hinge loss)"
LABELS = asymp.Choices("labels", {**asymp.TEACHER_LABELS, "mixture": asymp.GaussianMixture()})


def problem(labels="sign"):
    """Hinge loss and ridge; labels ``"sign"``, ``"logit"``, ``"probit"`` or ``"mixture"``."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=None if labels == "mixture" else asymp.LinearTarget(),
        labels=LABELS[labels],
        loss=asymp.HingeLoss(),
        penalty=asymp.Ridge(),
    )


AUBIN = asymp.WORKS["aubin2020"]
MIGNACCO = asymp.Work(
    "mignacco2020", "F. Mignacco, F. Krzakala, Y. M. Lu, L. Zdeborová", "The role of "
    "regularization in classification of high-dimensional noisy Gaussian mixture",
    "International Conference on Machine Learning", 2020,
)  # fmt: skip
SYSTEM = AUBIN.at("Theorem 1 with the hinge loss", "recalled")
sources = [SYSTEM, MIGNACCO.at("Theorem 1", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$",
    "ridge": r"$\frac\zeta2\|\theta\|^2$ under $\frac1n\sum_i\ell_i$; the sources' $\lambda$ under "
    r"the sum is $\alpha\zeta$",
    "teacher": r"$\rho$ is the variance of the teacher's field",
}
translations = [
    {
        "name": "aubin",
        "source": SYSTEM,
        "parameters": {"alpha": "alpha", "lam": "alpha*zeta"},
        "observables": {"e_g": "classification_error"},
        "meanings": {
            "alpha": "$n/d$", "lam": "ridge under the sum of losses", "e_g": "generalisation error",
        },
        "latex": {"lam": r"\lambda"},
    }
]  # fmt: skip
NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def panels(ends):
    """Gauss-Legendre nodes and weights on consecutive panels; ends along the last axis."""
    half = np.diff(ends)[..., None] / 2
    x = (ends[..., 1:] + ends[..., :-1])[..., None] / 2 + half * NODES
    shape = (*ends.shape[:-1], -1)
    return x.reshape(shape), (half * WEIGHTS).reshape(shape)


def density(x):
    """Standard normal density."""
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


class System(asymp.Printed):
    """The six equations of the sources for labels that are signs of the teacher's field."""

    def update(self, state, alpha, lam, rho):
        """One turn: averages of f = (prox - omega)/V over (teacher, student), then the overlaps."""
        m, q, v = state
        spread = np.sqrt(q - m**2 / rho)
        s, ws = panels(np.linspace(0, 10, 9))
        mean = m / np.sqrt(rho) * s[:, None]
        cuts = np.clip((np.array([1 - v, 1.0]) - mean) / spread, -10, 10)
        ends = np.concatenate([np.full_like(mean, -10), cuts, np.full_like(mean, 10)], axis=1)
        middle = (ends[:, 1:] + ends[:, :-1]) / 2
        z, wz = panels(np.sort(np.concatenate([ends, middle], axis=1), axis=1))
        omega = mean + spread * z
        f = np.where(omega < 1 - v, 1.0, np.where(omega < 1, (1 - omega) / v, 0.0))
        bend = ((omega > 1 - v) & (omega < 1)) / v
        weight = 2 * (ws * density(s))[:, None] * wz * density(z)
        v_hat, q_hat = alpha * np.sum(weight * bend), alpha * np.sum(weight * f**2)
        pull = np.sum(weight * f * s[:, None])  # Stein in the teacher: E s f, student's part off
        m_hat = alpha * (pull + m / np.sqrt(rho) * np.sum(weight * bend)) / np.sqrt(rho)
        h = lam + v_hat
        return np.array([rho * m_hat / h, (rho * m_hat**2 + q_hat) / h**2, 1 / h])

    def evaluate(self, letters):
        """Order parameters at the fixed point."""
        given = [float(letters[name]) for name in ("alpha", "lam", "rho")]
        start = [0.3 * given[2] ** 0.5, 1.0, 0.5]
        found = asymp.positive_fixed_point(lambda x: self.update(x, *given), start)
        return dict(zip(("m", "q", "V"), map(float, found), strict=True))


alpha, rho, zeta = sp.symbols("alpha rho zeta", positive=True)
PRINTED = [
    asymp.Audit(
        "saddle-point-equations", SYSTEM, System(),
        {"alpha": alpha, "lam": alpha * zeta, "rho": rho}, ("m", "q", "V"),
        {"alpha": (0.3, 5), "rho": (0.3, 4), "zeta": (0.05, 2)}, tolerance=1e-8,
        reason="double integrals to about 1e-12, times a condition number of 100",
    ),
]  # fmt: skip


def audits(labels="sign"):
    """The equations are evaluated for labels that are signs."""
    return PRINTED if labels == "sign" else []


# fmt: off
limits = [
    asymp.Limit(
        "strong-ridge", {"zeta": "1/h"}, {"m": 0, "q": 0, "train_loss": 1, "V_hat": 0, "q_hat": 1},
        start=0.01, meaning="every sample is within the margin: the estimator is their mean",
    ),
    asymp.Limit(
        "few-samples", {"alpha": "h"}, {"correlation": 0, "train_loss": 0},
        ranges={"zeta": (0.05, 1)}, start=1e-3, order=0.5, meaning="nothing is learnt",
    ),
    asymp.Limit(
        "many-samples", {"alpha": "1/h"}, {"correlation": 1},
        ranges={"zeta": (0.05, 1)}, start=0.3,
        meaning="the direction of the teacher is found",
    ),
    asymp.Limit(
        "hard-margin", {"zeta": "h"}, ("m", "q_perp", "classification_error"),
        where="1/alpha > 1.2*separability", ranges={"alpha": (0.2, 1.5)}, start=1e-3,
        meaning=r"on separable data $\zeta\to0$ gives the maximum-margin classifier",
    )
]
laws = [
    asymp.identity("proximal-scale", "alpha*V*(zeta + V_hat)", "1", ranges={"zeta": (0.02, 2)}),
    asymp.inequality("slopes-are-bounded", "q_hat", "1", r"$|\ell'|\le1$"),
    asymp.monotone("norm-falls", "parameter_norm2", "zeta", increasing=False,
                   ranges={"zeta": (0.02, 2)}),
    asymp.power("strong-ridge-rate", "parameter_norm2", {"zeta": "1/h"}, 2),
]
# fmt: on
