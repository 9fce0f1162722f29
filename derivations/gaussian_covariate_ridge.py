"""Ridge regression in the Gaussian covariate model (Loureiro et al. 2021)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

import asymp

title = "Ridge regression in the Gaussian covariate model"
# Default: the student sees three of the teacher's features through a mixing matrix and noise.
MIXING = np.array([[1.0, 0.4, 0.0], [0.0, 1.2, -0.5], [0.3, 0.0, 0.7], [0.2, 0.2, 0.2]])
TEACHER = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, 0.2], [0.0, 0.2, 1.0]])
STUDENT = MIXING @ TEACHER @ MIXING.T + np.diag([0.1, 0.3, 0.5, 1.0])


def features(
    teacher_covariance=TEACHER, student_covariance=STUDENT, cross=TEACHER @ MIXING.T,
    teacher=(1.0, 1.0, -1.0),
):  # fmt: skip
    """The model of the options; each matrix stands for its limiting spectrum."""
    return asymp.GaussianCovariate(teacher_covariance, student_covariance, cross, teacher)


def problem(**matrices):
    """Square loss and ridge; options: the arguments of asymp.GaussianCovariate."""
    return asymp.Problem(
        features=features(**matrices),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


WORK = asymp.WORKS["loureiro2021"]
sources = [WORK.at("Theorem 1 for ridge, as in the authors' code", "second-hand")]
conventions = {
    "ratio": r"$\alpha=n/p$, as in the source; its $\gamma=k/p$ is in the matrices' shapes",
    "ridge": r"$\frac1{2n}\sum_ir_i^2+\frac\zeta2\|\theta\|^2$; the source has "
    r"$\frac12\sum_ir_i^2+\frac\lambda2\|w\|^2$ with $\theta=w/\sqrt p$: $\lambda=\alpha\zeta$",
    "noise": r"variance $\tau^2$ added to labels; the source's $\Delta$",
    "teacher": r"$\rho=\beta^\top\Psi\beta$, the source's $\theta_0^\top\Psi\theta_0/k$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: the interpolator of least norm where there is one",
}
translations = [
    {
        "name": "loureiro",
        "source": sources[0],
        "parameters": {"alpha": "alpha", "lam": "alpha*zeta", "Delta": "tau**2", "rho": "rho"},
        "observables": {"E_gen": "standard_risk"},
        "meanings": {
            "alpha": "$n/p$", "lam": r"ridge under the sum of losses, $\theta=w/\sqrt p$",
            "Delta": "variance of the noise", "rho": "variance of the teacher's field",
            "E_gen": "risk with the label noise",
        },
        "latex": {"lam": r"\lambda", "Delta": r"\Delta", "E_gen": r"\mathcal E_{gen}"},
    }
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class SelfConsistent(asymp.Printed):
    """The printed equations, with traces of the matrices themselves (no eigenvectors)."""

    model: Any

    def evaluate(self, letters):
        """Iterate the equations for V, then the linear ones for q and m."""
        alpha, lam, delta, rho = (float(letters[n]) for n in ("alpha", "lambda", "Delta", "rho"))
        omega, beta = np.asarray(self.model.student_covariance), np.asarray(self.model.teacher)
        p, k = len(omega), len(beta)
        # Scaled so that theta_0^T Psi theta_0 / k is rho.
        theta0 = beta * np.sqrt(rho * k / (beta @ np.asarray(self.model.teacher_covariance) @ beta))
        seen = np.asarray(self.model.cross).T @ theta0
        gamma, V, q, m = k / p, 1.0, 0.0, 0.0
        for _ in range(20_000):
            V_hat, m_hat = alpha / (1 + V), alpha / np.sqrt(gamma) / (1 + V)
            q_hat = alpha * (rho + delta + q - 2 * m) / (1 + V) ** 2
            inverse = np.linalg.inv(lam * np.eye(p) + V_hat * omega)
            both = q_hat * omega + m_hat**2 * np.outer(seen, seen)
            new = (
                np.trace(omega @ inverse) / p,
                np.trace(both @ omega @ inverse @ inverse) / p,
                m_hat / np.sqrt(gamma) * (seen @ inverse @ seen) / p,
            )
            done = np.allclose(new, (V, q, m), rtol=1e-15, atol=0)
            V, q, m = new
            if done:
                break
        risk = rho + delta + q - 2 * m
        return {"standard_risk": risk, "train_risk": risk / (1 + V) ** 2}


def audits(**matrices):
    """The printed equations for the same matrices."""
    alpha, zeta, tau, rho = sp.symbols("alpha zeta tau rho", positive=True)
    return [
        asymp.Audit(
            "theorem-1",
            source=sources[0],
            form=SelfConsistent(features(**matrices)),
            parameters={"alpha": alpha, "lambda": alpha * zeta, "Delta": tau**2, "rho": rho},
            observables=("standard_risk", "train_risk"),
            ranges={"alpha": (0.05, 20), "zeta": (0.01, 10), "tau": (0, 1.5), "rho": (0.3, 3)},
            tolerance=1e-9,
            reason="double precision on both sides; the printed iteration stops at rounding, "
            "which its contraction factor at alpha = 1 and ridge 0.01 enlarges a hundredfold",
        )
    ]


# fmt: off
NOTHING = {"standard_risk": "rho + tau**2", "parameter_norm2": 0}


def limits(**matrices):
    """What no linear function of the student's features explains acts as noise."""
    floor = f"tau**2 + rho*{1 - features(**matrices).explained!r}"
    return [
        asymp.Limit("many-samples", {"zeta": "0", "alpha": "1/h"},
                    {"standard_risk": floor, "train_risk": floor},
                    meaning="the best linear predictor in the student's features"),
        asymp.Limit("few-samples", {"alpha": "h"}, NOTHING, ranges={"zeta": (0.01, 2)},
                    meaning="nothing is learnt"),
        asymp.Limit("strong-ridge", {"zeta": "1/h"}, NOTHING, meaning="the estimator vanishes"),
        asymp.Limit("no-ridge", {"zeta": "h"}, ("standard_risk", "train_risk"), start=1e-4,
                    where="(alpha > 1.3) | (alpha < 0.7)",
                    meaning=r"off $\alpha=1$ the ridge is removed continuously"),
    ]


def laws(**matrices):
    """Least squares sees the explained share alone."""
    floor = f"(tau**2 + rho*{1 - features(**matrices).explained!r})"
    return [
        asymp.inequality("risk-above-floor", floor, "standard_risk"),
        asymp.identity("least-squares", "standard_risk", f"{floor}*alpha/(alpha - 1)",
                       where="alpha > 1", fixed={"zeta": 0}),
    ]
# fmt: on
