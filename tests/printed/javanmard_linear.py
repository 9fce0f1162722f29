"""Javanmard, Soltanolkotabi and Hassani, Theorem 5 and Proposition 13, as printed."""

import sympy as sp

import asymp

alpha, tau_g, beta, gamma, tau_h, root = sp.symbols(
    "alpha tau_g beta gamma tau_h tau_star", positive=True
)
delta, sigma, V, eps, eps_test = sp.symbols("delta sigma V eps eps_test", positive=True)
psi1, psi2, tau, ratio = sp.symbols("psi1 psi2 tau alpha", positive=True)
VALUE = asymp.PrintedSaddle.VALUE
c = sp.sqrt(2 / sp.pi)

risk = alpha**2 + sigma**2
kappa = gamma * (tau_g + beta) / (delta * eps * beta * sp.sqrt(risk))
kink = sp.Piecewise((beta**2 * risk / (2 * tau_g * (tau_g + beta)), c < kappa), (0, True))
value = (
    delta * beta / (2 * (tau_g + beta)) * risk
    + delta * kink * (sp.erf(root / sp.sqrt(2)) - kappa * root)
    - alpha / (2 * tau_h) * (gamma**2 + beta**2)
    + gamma * sp.sqrt(alpha**2 * beta**2 / tau_h**2 + V**2)
    - alpha * tau_h / 2 + beta * tau_g / 2
)  # fmt: skip
norm = beta * root * sp.sqrt(risk) / (eps * tau_g)
eps_null = sp.sqrt(sp.pi / 2 * (1 / delta + V**2 / (V**2 + sigma**2)))

THEOREM_5 = asymp.PrintedSaddle(
    value=value,
    maximise=(beta, gamma, tau_h),
    minimise=(alpha, tau_g),
    inner_root=asymp.InnerRoot(
        root,
        kappa - beta / tau_g * root - root * sp.erf(root / sp.sqrt(2)) - c * sp.exp(-(root**2) / 2),
    ),
    outputs={
        "standard_risk": risk,
        "robust_risk": risk + eps_test**2 * norm**2 + 2 * c * eps_test * norm * sp.sqrt(risk),
        "gradient_norm2": norm**2,
        "train_robust_risk": 2 * VALUE / delta,
    },
    easier={"eps": eps_null / 2},
)
WORK = asymp.WORKS["javanmard2020"]
PROPOSITION_13 = asymp.PrintedSeries(
    "eps",
    {
        "standard_risk": (
            delta * sigma**2 / (delta - 1),
            -2 * c * sigma**3 * delta ** sp.Rational(3, 2) / (delta - 1) ** 2
            / sp.sqrt(sigma**2 + V**2 * (delta - 1)),
        )
    },
)  # fmt: skip


def theorem_5(samples, **ranges):
    """Audit for designs whose sample ratio delta is the parameter ``samples``."""
    here = eps_null.subs({delta: samples, V: 1, sigma: tau})
    return asymp.Audit(
        "theorem-5",
        source=WORK.at("Theorem 5 and Corollary 6", "read"),
        form=THEOREM_5,
        parameters={
            "delta": samples, "sigma": tau, "V": 1, "eps": eps, "eps_test": eps_test,
        },
        observables=("standard_risk", "robust_risk", "gradient_norm2", "train_robust_risk"),
        ranges={
            **ranges,
            samples.name: (0.2, 5),
            "tau": (0.2, 1.5),
            "eps": (0.05 * here, 0.9 * here),
            "eps_test": (0.05 * here, 2 * here),
        },
        fixed={"zeta": 0, "rho": 1},
        condition=eps < here,
        tolerance=1e-8,
        reason="the saddle is solved to 20 digits; the theorem's own root loses the condition "
        "number 2/(1-eps/eps_max) <= 20 times its 1e-13",
    )  # fmt: skip


def proposition_13(samples, **ranges):
    """Audit of the series; it needs more samples than dimensions."""
    return asymp.Audit(
        "proposition-13",
        source=WORK.at("Proposition 13", "read"),
        form=PROPOSITION_13,
        parameters={"delta": samples, "sigma": tau, "V": 1},
        observables=("standard_risk[0]", "standard_risk[1]"),
        ranges={**ranges, samples.name: (1.5, 8), "tau": (0.2, 1.5)},
        fixed={"zeta": 0, "rho": 1},
        tolerance=1e-7,
        reason="differentiating an interpolant at its end loses about five of thirteen digits",
    )


# Random features of a linear activation are this problem when there are at least as many as inputs.
AUDITS = [theorem_5(psi2, psi1=(1, 5)), proposition_13(psi2, psi1=(1, 5))]
ISOTROPIC = [theorem_5(ratio), proposition_13(ratio)]
