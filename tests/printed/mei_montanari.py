"""Mei and Montanari, Theorem 2: random-features ridge regression, as printed."""

import sympy as sp

import asymp

nu1, nu2 = sp.symbols("nu1 nu2")
psi1, psi2, lam, tau, F1 = sp.symbols("psi1 psi2 lambda tau F1", positive=True)
mu1, mustar2, zeta, rho = sp.symbols("mu1 mustar2 zeta rho", positive=True)

z = mu1 / sp.sqrt(mustar2)  # printed zeta
xi = sp.I * sp.sqrt(psi1 * psi2 * lam / mustar2)
chi = nu1 * nu2
E0 = (
    -(chi**5) * z**6 + 3 * chi**4 * z**4 + (psi1 * psi2 - psi2 - psi1 + 1) * chi**3 * z**6
    - 2 * chi**3 * z**4 - 3 * chi**3 * z**2 + (psi1 + psi2 - 3 * psi1 * psi2 + 1) * chi**2 * z**4
    + 2 * chi**2 * z**2 + chi**2 + 3 * psi1 * psi2 * chi * z**2 - psi1 * psi2
)  # fmt: skip
E1 = psi2 * chi**3 * z**4 - psi2 * chi**2 * z**2 + psi1 * psi2 * chi * z**2 - psi1 * psi2
E2 = (
    chi**5 * z**6 - 3 * chi**4 * z**4 + (psi1 - 1) * chi**3 * z**6 + 2 * chi**3 * z**4
    + 3 * chi**3 * z**2 + (-psi1 - 1) * chi**2 * z**4 - 2 * chi**2 * z**2 - chi**2
)  # fmt: skip

# Their risk leaves out the label noise; a linear target has F_* = 0 and F_1^2 = rho.
FORM = asymp.PrintedForm(
    outputs={"standard_risk": F1**2 * E1 / E0 + tau**2 * E2 / E0 + tau**2},
    updates={
        nu1: psi1 / (-xi - nu2 - z**2 * nu2 / (1 - z**2 * chi)),
        nu2: psi2 / (-xi - nu1 - z**2 * nu1 / (1 - z**2 * chi)),
    },
    start={nu1: -psi1 / xi, nu2: -psi2 / xi},
    branch=sp.And(sp.im(nu1) > 0, sp.im(nu2) > 0),
)
SOURCE = asymp.WORKS["mei2022"].at("Definition 1 and Theorem 2", "second-hand")


def audit(mu_1, mu_star_squared):
    """Audit for an activation of these constants, mu_*^2 = E s^2 - mu_0^2 - mu_1^2.

    Theirs is (1/n) sum (.)^2 + (N lambda/d) |a|^2, ours half of it with zeta: zeta = psi1 lambda.
    """
    return asymp.Audit(
        "mei-montanari",
        source=SOURCE,
        form=FORM,
        parameters={
            "psi1": psi1, "psi2": psi2, "lambda": zeta / psi1, "tau": tau, "F1": sp.sqrt(rho),
            "mu1": mu_1, "mustar2": mu_star_squared,
        },
        observables=("standard_risk",),
        ranges={
            "psi1": (0.1, 10), "psi2": (0.1, 10), "zeta": (1e-4, 10), "tau": (0, 1.5),
            "rho": (0.3, 3),
        },
        tolerance=1e-9,
        reason="printed side in 30 digits; the theorem's root in double precision loses at most "
        "the condition number near psi1 = psi2 at small zeta",
    )  # fmt: skip


AUDITS = [audit(sp.Rational(1, 2), sp.Rational(1, 4) - 1 / (2 * sp.pi))]  # shifted ReLU
