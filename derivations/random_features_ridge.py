"""Ridge regression on random features (Mei and Montanari 2022): double descent."""

import sympy as sp

import asymp

title = "Random-features ridge regression"


def problem(activation="relu"):
    """Square loss and ridge; only the second layer is trained."""
    return asymp.Problem(
        features=asymp.RandomFeatures(activation),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


SOURCE = asymp.WORKS["mei2022"].at("Definition 1 and Theorem 2", "second-hand")
sources = [SOURCE]
conventions = {
    "ratios": r"$\psi_1=N/d$, $\psi_2=n/d$ (the source's letters)",
    "loss": r"$\frac1{2n}\sum_ir_i^2+\frac\zeta2\|\theta\|^2$; the source has "
    r"$\frac1n\sum_ir_i^2+\frac{N\lambda}d\|a\|^2$, so that $\zeta=\psi_1\lambda$",
    "risk": r"includes the noise $\tau^2$ of a new label; the source's does not",
    "teacher": r"linear, $\rho=F_1^2$; the source also has a nonlinear part $F_\star$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: the interpolator of least norm where there is one",
}
translations = [
    {
        "name": "mei-montanari",
        "source": SOURCE,
        "parameters": {
            "psi1": "psi1", "psi2": "psi2", "lam": "zeta/psi1", "tau2": "tau**2",
            "F1": "sqrt(rho)",
        },
        "observables": {"R": "standard_risk - tau**2"},
        "meanings": {
            "psi1": "$N/d$", "psi2": "$n/d$", "lam": r"$N\lambda/d$ multiplies $\|a\|^2$",
            "tau2": "variance of the noise", "F1": "norm of the linear target",
            "R": "risk without the label noise",
        },
        "latex": {"lam": r"\lambda", "tau2": r"\tau^2", "F1": "F_1"},
    }
]  # fmt: skip

# Definition 1 and Theorem 2 as printed; z is the printed zeta, chi the product nu1 nu2.
nu1, nu2 = sp.symbols("nu1 nu2")
psi1, psi2, lam, tau, F1 = sp.symbols("psi1 psi2 lambda tau F1", positive=True)
mu1, mustar2, zeta, rho = sp.symbols("mu1 mustar2 zeta rho", positive=True)
z = mu1 / sp.sqrt(mustar2)
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
FORM = asymp.PrintedForm(
    outputs={"standard_risk": F1**2 * E1 / E0 + tau**2 * E2 / E0 + tau**2},
    updates={
        nu1: psi1 / (-xi - nu2 - z**2 * nu2 / (1 - z**2 * chi)),
        nu2: psi2 / (-xi - nu1 - z**2 * nu1 / (1 - z**2 * chi)),
    },
    start={nu1: -psi1 / xi, nu2: -psi2 / xi},
    branch=sp.And(sp.im(nu1) > 0, sp.im(nu2) > 0),
)


def audits(activation="relu"):
    r"""The printed form divides by :math:`\mu_\star`: it leaves out the linear activation."""
    found = asymp.Activation.of(activation).coefficients
    mu_1, mu_star2 = (
        x.value if x.exact is None else x.exact for x in (found.mu1, found.mu2_squared)
    )
    if mu_star2 == 0:
        return []
    return [
        asymp.Audit(
            "theorem-2",
            source=SOURCE,
            form=FORM,
            parameters={
                "psi1": psi1, "psi2": psi2, "lambda": zeta / psi1, "tau": tau,
                "F1": sp.sqrt(rho), "mu1": mu_1, "mustar2": mu_star2,
            },
            observables=("standard_risk",),
            ranges={
                "psi1": (0.1, 10), "psi2": (0.1, 10), "zeta": (1e-4, 10), "tau": (0, 1.5),
                "rho": (0.3, 3),
            },
            tolerance=1e-9,
            reason="printed side in 30 digits; the theorem's root in double precision loses at "
            "most the condition number near psi1 = psi2 at small zeta",
        )
    ]  # fmt: skip


# fmt: off
SPREAD = "(mu2**2 + mu1**2*(1 + psi1))"  # the floor is the risk of the best linear predictor
FLOOR = f"(tau**2 + rho*(1 - 2*psi1*mu1**2/({SPREAD} + sqrt({SPREAD}**2 - 4*psi1*mu1**4))))"
NULL, FULL = "rho + tau**2", "mu2 > 0"
PEAK = {"standard_risk": "oo", "parameter_norm2": "oo", "train_risk": 0}
RISKS = ("standard_risk", "train_risk", "parameter_norm2")
LINEAR = asymp.Variant(
    ("standard_risk",), {"features": asymp.IsotropicGaussian()},
    {"alpha": "psi2", "zeta": "(zeta + mu2**2/psi2)/mu1**2"},
)
limits = [
    asymp.Limit("threshold-from-below", {"zeta": "0", "psi1": "psi2*(1 - h)"}, PEAK, where=FULL,
                meaning=r"the risk diverges at $\psi_1=\psi_2$"),
    asymp.Limit("threshold-from-above", {"zeta": "0", "psi1": "psi2*(1 + h)"}, PEAK, where=FULL,
                meaning=r"the risk diverges at $\psi_1=\psi_2$"),
    asymp.Limit("no-peak-with-ridge", {"psi1": "psi2*(1 + h)"}, RISKS, ranges={"zeta": (0.01, 2)},
                meaning="a ridge removes the singularity"),
    asymp.Limit("least-squares", {"zeta": "h"},
                {"standard_risk": f"{FLOOR}*psi2/(psi2 - psi1)",
                 "train_risk": f"{FLOOR}*(1 - psi1/psi2)"},
                where="(psi1 < psi2) & (mu2 > 0)", ranges={"psi2": ("1.25*psi1", "10*psi1")},
                start=1e-3, meaning=r"$\psi_1<\psi_2$: least squares"),
    asymp.Limit("least-norm", {"zeta": "h"}, RISKS, where="(psi1 > psi2) & (mu2 > 0)",
                ranges={"psi1": ("1.25*psi2", "10*psi2")}, start=1e-3,
                meaning=r"$\psi_1>\psi_2$: the interpolator of least norm"),
    asymp.Limit("many-samples", {"psi2": "1/h", "zeta": "0"},
                {"standard_risk": FLOOR, "train_risk": FLOOR},
                meaning=r"$\psi_2\to\infty$: the best linear predictor in the features"),
    asymp.Limit("kernel-ridge", {"psi1": "1/h", "zeta": "zeta/h"}, LINEAR, where="mu1 > 0",
                ranges={"zeta": (0.01, 1)},
                meaning=r"$\psi_1\to\infty$ with $\zeta=\lambda\psi_1$: kernel ridge, which acts "
                r"as linear ridge with strength $(\lambda+\mu_2^2/\psi_2)/\mu_1^2$"),
    asymp.Limit("few-features", {"psi1": "h"}, {"standard_risk": NULL}, order=0.5,
                ranges={"zeta": (0.01, 2)}, meaning="nothing can be represented"),
    asymp.Limit("strong-ridge", {"zeta": "1/h"},
                {"standard_risk": NULL, "train_risk": NULL, "parameter_norm2": 0},
                meaning="the estimator vanishes"),
]
laws = [
    asymp.power("threshold-pole", "standard_risk", {"zeta": "0", "psi1": "psi2*(1 - h)"}, -1,
                where=FULL, ranges={"tau": (0.1, 1.5)}),
    asymp.inequality("risk-above-floor", FLOOR, "standard_risk",
                     r"the risk is at least that of the best linear predictor", tolerance=1e-8,
                     why_tolerance="the floor is a difference when it is small"),
]
# fmt: on
