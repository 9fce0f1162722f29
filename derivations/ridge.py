"""Ridge regression on Gaussian inputs of any spectrum (Dobriban and Wager 2018)."""

import sympy as sp

import asymp

title = "Ridge regression"
LEVEL = asymp.Parameter("level", sp.Interval.open(0, sp.oo), "second eigenvalue, the first is 1")
SHARE = asymp.Parameter("share", sp.Interval.open(0, 1), "weight of the second eigenvalue")


def law(spectrum):
    """The spectrum that an option names; None is the isotropic design."""
    return asymp.Spectrum.two_level(1, LEVEL, SHARE) if spectrum == "two-level" else spectrum


def problem(spectrum=None):
    """Square loss and ridge; ``spectrum``: None, "two-level" or an asymp.Spectrum."""
    eigenvalues = law(spectrum)
    isotropic = eigenvalues is None
    return asymp.Problem(
        features=asymp.IsotropicGaussian() if isotropic else asymp.GaussianDesign(eigenvalues),
        target=asymp.LinearTarget(),
        noise=asymp.GaussianNoise(),
        loss=asymp.SquareLoss(),
        penalty=asymp.Ridge(),
    )


WORK = asymp.Work(
    "dobriban2018", "E. Dobriban, S. Wager", "High-dimensional asymptotics of prediction: ridge "
    "regression and classification", "Annals of Statistics 46(1)", 2018,
)  # fmt: skip
sources = [WORK.at("Theorem 2.1 and its case of identity covariance", "recalled")]
conventions = {
    "ratio": r"$\alpha=n/p$; the source has $\gamma=p/n=1/\alpha$",
    "ridge": r"$\hat\theta=(X^\top X/n+\zeta)^{-1}X^\top y/n$; the source's $\lambda$ is $\zeta$",
    "noise": r"variance $\tau^2$; the source divides labels by $\tau$",
    "teacher": r"$\rho=\beta^\top\Sigma\beta$; the source has $\mathbb E\|\beta\|^2=\alpha^2$",
    "limit": r"$\zeta=0$ means $\zeta\to0$: least squares, or the interpolator of least norm",
}

# As printed: noise of variance 1, signal strength alpha^2 = E|beta|^2, ratio gamma = p/n.
lam, gamma, strength, noise, v = sp.symbols("lambda gamma alpha2 noise v", positive=True)
alpha, zeta, tau, rho = sp.symbols("alpha zeta tau rho", positive=True)
stieltjes = (gamma - 1 - lam + sp.sqrt((1 - gamma + lam) ** 2 + 4 * gamma * lam)) / (
    2 * gamma * lam
)
slope = -sp.diff(stieltjes, lam)
ISOTROPIC = asymp.PrintedForm(
    {"standard_risk": noise * (1 + gamma * stieltjes + lam * (lam * strength - gamma) * slope)}
)


def general(values, weights):
    """Theorem 2.1: v is the companion Stieltjes transform at -lambda, by Silverstein's equation."""
    levels = list(zip(values, weights, strict=True))
    update = 1 / (lam + gamma * sum(w * t / (1 + t * v) for t, w in levels))
    prime = 1 / (1 / v**2 - gamma * sum(w * t**2 / (1 + t * v) ** 2 for t, w in levels))
    factor = 1 + (lam * strength / gamma - 1) * (1 - lam * prime / v)
    return asymp.PrintedForm({"standard_risk": noise * factor / (lam * v)}, updates={v: update})


def mean(spectrum):
    """Mean eigenvalue."""
    found = law(spectrum)
    if found is None:
        return sp.Integer(1)
    return sum(t * w for t, w in zip(found.values, found.weights, strict=True))


def is_random_effect(spectrum):
    """Whether the teacher is isotropic, as the source assumes."""
    pairs = zip(law(spectrum).values, law(spectrum).weights, law(spectrum).teacher, strict=True)
    return all(sp.simplify(t * w - e * mean(spectrum)) == 0 for t, w, e in pairs)


def audits(spectrum=None):
    """The source's formula, if the teacher is isotropic as it assumes."""
    found = law(spectrum)
    if found is not None and not is_random_effect(spectrum):
        return []
    return [
        asymp.Audit(
            "theorem-2.1",
            source=sources[0],
            form=ISOTROPIC if found is None else general(found.values, found.weights),
            parameters={
                "gamma": 1 / alpha, "lambda": zeta, "noise": tau**2,
                "alpha2": rho / (mean(spectrum) * tau**2),
                **({} if found is None else {p.name: p.symbol for p in found.parameters}),
            },
            observables=("standard_risk",),
            ranges={
                "alpha": (0.01, 100), "zeta": (1e-6 if found is None else 1e-2, 100),
                "tau": (0.05, 2), "rho": (0.3, 3),
                **({"level": (0.1, 10), "share": (0.1, 0.9)} if spectrum == "two-level" else {}),
            },
            tolerance=1e-9,
            reason="printed side in 30 digits; the theorem's root in double precision loses at "
            "most the condition number near alpha = 1 at small zeta",
        )
    ]  # fmt: skip


def translations(spectrum=None):
    """The source has noise of variance one."""
    found = law(spectrum)
    own = () if found is None else tuple(p.name for p in found.parameters)
    return [
        {
            "name": "dobriban-wager",
            "source": sources[0],
            "parameters": {
                **{name: name for name in own},
                "gamma": "1/alpha", "lam": "zeta", "alpha2": f"rho/({mean(spectrum)})",
            },
            "observables": {"R": "standard_risk"},
            "fixed": {"tau": 1},
            "meanings": {
                "gamma": "$p/n$", "lam": "ridge", "alpha2": r"$\mathbb E\|\beta\|^2$", "R": "risk",
            },
            "latex": {"lam": r"\lambda", "alpha2": r"\alpha^2"},
        }
    ]  # fmt: skip


def limits(spectrum=None):
    """What remains at the ends of each parameter."""
    nothing = {"standard_risk": "rho + tau**2", "parameter_norm2": 0}
    most = ("standard_risk", "parameter_norm2", "train_risk")
    found = [
        asymp.Limit("strong-ridge", {"zeta": "1/h"}, nothing, meaning="the estimator vanishes"),
        asymp.Limit("few-samples", {"alpha": "h"}, nothing, ranges={"zeta": (0.01, 2)},
                    meaning="nothing is learnt"),
        asymp.Limit("no-ridge", {"zeta": "h"}, most, where="(alpha > 1.3) | (alpha < 0.7)",
                    start=1e-3, meaning=r"$\zeta\to0$ is continuous off $\alpha=1$"),
        asymp.Limit("many-samples", {"alpha": "1/h", "zeta": "0"},
                    {"standard_risk": "tau**2", "train_risk": "tau**2"},
                    meaning="least squares finds the teacher"),
        asymp.Limit("threshold", {"zeta": "h", "alpha": "1"}, {"standard_risk": "oo"}, order=0.5,
                    ranges={"tau": (0.1, 1.5)},
                    meaning=r"at $\alpha=1$ the risk diverges as the ridge vanishes"),
    ]  # fmt: skip
    if law(spectrum) is None:
        found.append(
            asymp.Limit("population", {"alpha": "1/h"},
                        {"standard_risk": "tau**2 + rho*(zeta/(1 + zeta))**2"},
                        meaning="all that remains is the bias of the ridge")
        )  # fmt: skip
    return found


def laws(spectrum=None):
    r"""The best ridge, and what Bayes' rule says there (the teacher is isotropic)."""
    if law(spectrum) is not None and not is_random_effect(spectrum):
        return []
    best = f"tau**2*({mean(spectrum)})/(rho*alpha)"
    there = {"ranges": {"tau": (0.1, 1.5), "zeta": (best, best)}}
    return [
        asymp.slope("optimal-ridge", "standard_risk", "zeta", 0,
                    r"the risk is stationary in the ridge at "
                    r"$\zeta_\star=\tau^2\int t\,d\mu/(\rho\alpha)$", **there),
        asymp.identity("bayes-overlaps", "m", "q", r"at $\zeta_\star$, $m=q$", **there),
        asymp.identity("optimal-risk", "standard_risk", "tau**2*(1 + V)",
                       r"at $\zeta_\star$ the risk is $\tau^2(1+V)$", **there),
    ]  # fmt: skip
