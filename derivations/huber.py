"""Huber's M-estimator with as many parameters as samples (El Karoui; Donoho and Montanari)."""

import sympy as sp

import asymp

title = "Huber's M-estimator"


def problem(noise="gaussian"):
    """Huber loss, no penalty; ``noise``: "gaussian", "contaminated", "laplace" or "student"."""
    return asymp.Problem(
        features=asymp.IsotropicGaussian(),
        target=asymp.LinearTarget(),
        noise=asymp.NOISES[noise],
        loss=asymp.HuberLoss(),
        penalty=asymp.NoPenalty(),
    )


VARIANCE = asymp.Work(
    "donoho2016", "D. Donoho, A. Montanari", "High dimensional robust M-estimation: asymptotic "
    "variance via approximate message passing", "Probability Theory and Related Fields 166", 2016,
).at("state evolution at its fixed point and Theorem 4.1", "recalled")  # fmt: skip
ROBUST = asymp.WORKS["elkaroui2013"].at("Result 1", "recalled")
sources = [VARIANCE, ROBUST]
conventions = {
    "ratio": r"$\alpha=n/p$: $\delta$ of Donoho and Montanari, $1/\kappa$ of El Karoui et al.",
    "loss": r"$\frac1n\sum_i\ell(y_i-\theta^\top x_i)$; without penalty the factor is immaterial",
    "design": r"entries $N(0,1)$; Donoho and Montanari have $N(0,1/n)$: their error is $n/p$ ours",
    "noise": r"$\tau$ is a deviation (Student: a scale); outliers: $\tau_{out}$ and their share",
}


def own(noise):
    """Parameters of a noise beside its first."""
    return tuple(p.name for p in asymp.NOISES[noise].parameters[1:])


def translations(noise="gaussian"):
    """Both sources' letters; those of the noise are kept."""
    kept = {n: n for n in ("knee", "tau", *own(noise))}
    return [
        {
            "name": "donoho-montanari", "source": VARIANCE,
            "parameters": {"delta": "alpha", **kept},
            "observables": {"tau2": "excess_risk", "b": "V", "amse": "alpha*excess_risk"},
            "meanings": {"delta": "$n/p$", "tau2": r"$\tau_\star^2$ of state evolution",
                         "b": "scale of the effective score", "amse": "error per coordinate"},
        },
        {
            "name": "el-karoui", "source": ROBUST,
            "parameters": {"kappa": "1/alpha", **kept},
            "observables": {"r": "sqrt(excess_risk)", "c": "V"},
            "meanings": {"kappa": "$p/n$", "r": r"$\|\hat\beta-\beta\|$", "c": "proximal scale"},
        },
    ]  # fmt: skip


# As printed: effective score Psi(z; b) = clip(b z/(1 + b), -b k, b k) of W + tau_star Z.
delta, k, sd, outlier, share = sp.symbols("delta knee tau tau_out share", positive=True)
T, b = sp.symbols("T b", positive=True)


def score(variance):
    """Means of Psi' and of Psi^2 for one Gaussian component."""
    u = k * (1 + b) / sp.sqrt(variance)
    inside, density = sp.erf(u / sp.sqrt(2)), sp.sqrt(2 / sp.pi) * sp.exp(-(u**2) / 2)
    middle = (b / (1 + b)) ** 2 * variance * (inside - u * density)
    return b / (1 + b) * inside, middle + (b * k) ** 2 * (1 - inside)


def state_evolution(contaminated):
    """tau_star^2 = delta E Psi^2, 1/delta = E Psi'."""
    laws = [(1 - share, sd), (share, outlier)] if contaminated else [(1, sd)]
    slope, square = (
        sum(w * score(s**2 + T)[i] for w, s in laws) for i in (0, 1)
    )  # the order of the means
    unit = sp.Interval.open(0, sp.oo)
    letters = (delta, k, sd, outlier, share) if contaminated else (delta, k, sd)
    return asymp.Theorem.from_equations(
        id="huber-state-evolution", title="State evolution of Huber's estimator",
        parameters={s.name: unit for s in letters}, state={"b": 1, "T": 1},
        equations=[sp.Eq(b, b / (delta * slope)), sp.Eq(T, delta * square)],
        observables={"excess_risk": T, "V": b},
    )  # fmt: skip


def audits(noise="gaussian"):
    """Closed forms for Gaussian components."""
    if noise not in ("gaussian", "contaminated"):
        return []
    mixed = noise == "contaminated"
    ranges = {"alpha": (1.1, 50), "knee": (0.05, 5), "tau": (0.1, 2), "rho": (0.3, 3)}
    return [
        asymp.Audit(
            "state-evolution", VARIANCE, state_evolution(mixed),
            {"delta": "alpha", **{n: n for n in ("knee", "tau", *own(noise))}},
            ("excess_risk", "V"),
            {**ranges, **({"tau_out": (0.5, 20), "share": (0.01, 0.5)} if mixed else {})},
            tolerance=1e-8, reason="two fixed points of 1e-13, condition numbers below 1e3",
        )
    ]  # fmt: skip


SPREAD = {"gaussian": "tau**2", "laplace": "tau**2",
          "contaminated": "((1 - share)*tau**2 + share*tau_out**2)"}  # fmt: skip
ENOUGH = {"alpha": (1.2, 10), "tau": (0.1, 1.5), "nu": (2.5, 8)}


def ranges_of(noise, **more):
    """Enough samples, and noise that has a variance."""
    names = ("alpha", "knee", "tau", "rho", *own(noise))
    return {"ranges": {n: e for n, e in {**ENOUGH, **more}.items() if n in names}}


def limits(noise="gaussian"):
    """Least squares, least absolute deviations, and the ends of the sample ratio."""
    found = [
        asymp.Limit("least-absolute-deviations", {"knee": "h"},
                    asymp.Variant(("excess_risk",), {"loss": asymp.AbsoluteLoss()}),
                    **ranges_of(noise), meaning="a small knee: the absolute loss"),
        asymp.Limit("threshold", {"alpha": "1 + h"}, {"excess_risk": "oo"}, **ranges_of(noise),
                    meaning=r"the error diverges as $\alpha\to1$"),
        asymp.Limit("many-samples", {"alpha": "1/h"}, {"excess_risk": 0}, **ranges_of(noise),
                    meaning="the teacher is found"),
    ]  # fmt: skip
    if noise in SPREAD:
        found.append(
            asymp.Limit("least-squares", {"knee": "1/h"},
                        {"excess_risk": f"{SPREAD[noise]}/(alpha - 1)", "V": "1/(alpha - 1)"},
                        **ranges_of(noise), meaning="a large knee: least squares")
        )  # fmt: skip
    return found


def laws(noise="gaussian"):
    """Counting, invariance, and Huber's asymptotic variance at many samples."""
    found = [
        asymp.identity("degrees-of-freedom", "alpha*V*V_hat", "1",
                       "the mean curvature of the envelope counts parameters per sample",
                       **ranges_of(noise)),
        asymp.scaling("any-teacher", {"rho": 1}, {"excess_risk": 0, "V": 0},
                      "without penalty the error does not depend on the teacher",
                      **ranges_of(noise)),
    ]  # fmt: skip
    if noise == "gaussian":
        inside = "erf(knee/(tau*sqrt(2)))"
        middle = f"tau**2*{inside} - knee*tau*sqrt(2/pi)*exp(-knee**2/(2*tau**2))"
        found += [
            asymp.inequality("least-squares-is-best", "tau**2/(alpha - 1)", "excess_risk",
                             "under Gaussian noise no convex loss beats least squares",
                             **ranges_of(noise)),
            asymp.identity("classical-variance", "alpha*excess_risk",
                           f"({middle} + knee**2*(1 - {inside}))/{inside}**2",
                           "with many samples Huber's asymptotic variance",
                           ranges={"alpha": (1e7, 1e7), "tau": (0.1, 1.5), "knee": (0.3, 3)},
                           tolerance=1e-5, why_tolerance="corrections of the order 1/alpha"),
        ]  # fmt: skip
    return found
