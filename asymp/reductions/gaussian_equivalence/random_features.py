r"""Gaussian equivalence: nonlinear features become Gaussian ones with the same second moments.

.. math:: \sigma(Wx) \simeq \mu_0\mathbf 1 + \mu_1Wx + \mu_2u,\qquad
          \Sigma = \mu_1^2WW^\top + \mu_2^2I,\quad A = \mu_1^2WW^\top + \kappa_2I,
          \quad c=\mu_1W\beta.
"""

from __future__ import annotations

import sympy as sp

from asymp.calculus.hermite.coefficients import GaussianCoefficients, gaussian_coefficients
from asymp.calculus.spectral_law import (
    EIGENVALUE,
    MarchenkoPastur,
    SpectralLaw,
    coefficients,
)
from asymp.errors import NotDerivable
from asymp.problem.adversary import L2Input
from asymp.problem.features import RandomFeatures
from asymp.problem.penalty import Ridge
from asymp.reductions.checking import all_of
from asymp.reductions.gaussian_equivalence.activation import (
    check_coefficients,
    constants_of,
    letters_of,
    mean_of,
    require_symmetry,
)
from asymp.reductions.gaussian_equivalence.rule import equivalent, ridge_matrix
from asymp.reductions.gaussian_equivalence.structured import structured
from asymp.reductions.literature import HASSANI_JAVANMARD, HU_LU
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step


@equivalent.register
def _random(features: RandomFeatures, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Nonlinear features by the coefficients of their activation."""
    if features.inputs is not None:
        return structured(features, robust)
    activation = features.activation
    found = gaussian_coefficients(activation.expression, activation.variable)
    _require_gradient(robust, found, activation.name)
    require_symmetry(robust, found, activation.name)
    wide, many = (p.symbol for p in features.parameters[:2])
    mu1, mu2, kappa2 = letters_of(found)
    law = MarchenkoPastur(wide)
    covariance = mu1**2 * EIGENVALUE + mu2**2
    gradient = None if kappa2 is None else mu1**2 * EIGENVALUE + kappa2
    model = GaussianModel(
        robust=robust,
        covariance=covariance,
        gradient=gradient,
        penalty=ridge_matrix(robust.problem.penalty, covariance, gradient),
        alignment=mu1**2 * EIGENVALUE,
        law=law,
        teacher_law=law.dual,
        trace_weight=wide / many,
        constants=constants_of(found),
        mean=mean_of(found),
    )
    return model, _step(model, features, found)


def _require_gradient(robust: RobustProblem, found: GaussianCoefficients, name: str) -> None:
    if found.kappa2.exact is not sp.oo:
        return
    consequences = {
        "an input adversary is unbounded against a step": robust.is_adversarial,
        "the gradient metric of the ridge is infinite": getattr(
            robust.problem.penalty, "metric", None
        )
        == "gradient",
    }
    for consequence, happens in consequences.items():
        if happens:
            raise NotDerivable(
                f"activation {name!r} has E sigma'(G)^2 = inf (kappa2 = inf): {consequence}; use "
                "an activation with a square-integrable derivative"
            )


def _step(model: GaussianModel, features: RandomFeatures, found: GaussianCoefficients) -> Step:
    relu = features.activation.name == "relu"
    centred = found.mu0.exact == 0
    hypotheses = (
        *_equivalence_hypotheses(relu and _is_that_of_the_source(model), model),
        Hypothesis(
            r"the activation is centred, $\mu_0=0$, or its mean drops out",
            True,
            r"$\mu_0=0$"
            if centred
            else r"$\mu_0\neq0$ gives the model a free intercept of "
            "vanishing norm; label law and loss are symmetric, so that the intercept is zero",
        ),
        Hypothesis(
            r"rank-one parts of $\Sigma$ and $A$ drop out",
            True,
            "they move finitely many eigenvalues and are orthogonal to the teacher in the limit",
        ),
    )
    displays = [Display(r"\Sigma(t)", model.covariance)]
    if model.gradient is not None:
        displays.append(Display("A(t)", model.gradient))
    displays.append(
        Display(
            r"c^\top f(WW^\top)c",
            rf"\rho\int {sp.latex(model.alignment)}"
            rf"\,f(t)\,d{model.teacher_law.symbol_latex}(t)",
            r"\to",
        )
    )
    displays += [
        Display(symbol, c.exact if c.exact is not None else sp.Float(float(c), 15))
        for symbol, c in model.constants.items()
    ]
    source = HASSANI_JAVANMARD.at("Theorem 6.9", "second-hand") if relu else HU_LU.at()
    return Step(
        name="gaussian-equivalence",
        title="Gaussian equivalence of the features",
        before=(
            Display(r"\varphi(x)", r"\sigma(Wx)"),
            Display(r"\sigma(u)", features.activation.expression),
        ),
        after=(
            Display(
                r"\varphi(x)", r"\mu_0\mathbf 1+\mu_1Wx+\mu_2z,\qquad z\sim N(0,I_N)", r"\simeq"
            ),
            *displays,
        ),
        why=(
            r"With $G\sim N(0,1)$: $\mu_0=\mathbb E\sigma(G)$, $\mu_1=\mathbb E[G\sigma(G)]$, "
            r"$\mu_2^2=\mathbb E\sigma(G)^2-\mu_0^2-\mu_1^2$ and "
            r"$\kappa_2=\mathbb E\sigma'(G)^2-\mu_1^2$. All matrices are functions of $WW^\top$, "
            r"whose eigenvalues $t$ follow the Marchenko--Pastur law $\mu$; "
            r"$\tilde\mu$ is that of $W^\top W$."
        ),
        licence=Licence("Gaussian equivalence", source, hypotheses),
        check=lambda: all_of(check_coefficients(found), _check_moments(model, features, found)),
    )


def _is_that_of_the_source(model: GaussianModel) -> bool:
    """A ridge regression with an adversary of the inputs alone."""
    problem = model.robust.problem
    plain = isinstance(problem.penalty, Ridge) and problem.labels is None
    return plain and isinstance(problem.adversary, L2Input)


def _equivalence_hypotheses(proved: bool, model: GaussianModel) -> tuple[Hypothesis, ...]:
    """What of the equivalence is proved in the source, and what is assumed for this problem."""
    claim = "training and test error are those of the Gaussian equivalent"
    if not proved:
        reason = "the source proves it for the shifted ReLU with an adversary"
        return (Hypothesis(claim, False, reason),)
    eps, zeta = (sp.latex(model.robust.symbol(part)) for part in ("adversary", "penalty"))
    return (
        Hypothesis(rf"{claim}, for ${eps}>0$ and ${zeta}=0$", True, "Theorem 6.9 of the source"),
        Hypothesis(
            rf"the Gaussian equivalent also holds for ${zeta}>0$, and for ${eps}=0$",
            False,
            "by the same route; the source does not state it",
        ),
    )


def _check_moments(
    model: GaussianModel, features: RandomFeatures, found: GaussianCoefficients
) -> CheckResult:
    """Traces of the matrices are moments of the activation that were computed by themselves."""
    wide, many = (p.symbol for p in features.parameters)
    mean2 = found.mu0.value**2
    pairs = [
        (_trace(model.covariance, model.law, model), found.second_moment.value - mean2),
        (_trace(model.alignment, model.teacher_law, model), found.mu1.value**2 * 1.7),
        (model.trace_weight.subs({wide: 1.7, many: 0.6}), 1.7 / 0.6),
    ]
    if model.gradient is not None:
        pairs.append((_trace(model.gradient, model.law, model), found.derivative_moment.value))
    gap = max(abs(float(a) - float(b)) / max(1.0, abs(float(b))) for a, b in pairs)
    how = (
        "traces of the two matrices, norm of the cross-covariance and N/n at N/d = 1.7 against "
        "the raw moments of the activation, "
        f"deviation {gap:.1e}"
    )
    if gap <= 1e-13:  # a few roundings of double precision
        return CheckResult(Outcome.VERIFIED, how)
    return CheckResult(Outcome.FALSE, how, str(pairs))


def _trace(polynomial: sp.Expr, law: SpectralLaw, model: GaussianModel) -> sp.Expr:
    """Average of an affine function of the eigenvalue at N/d = 1.7, with numbers for constants."""
    numbers = {symbol: float(constant) for symbol, constant in model.constants.items()}
    constant, linear = coefficients(polynomial)
    first = law.moment(1).subs(model.law.ratio, 1.7)
    return (constant + linear * first).subs(numbers)
