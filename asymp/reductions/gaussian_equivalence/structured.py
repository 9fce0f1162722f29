r"""Random features of inputs with a covariance: everything in the eigenbasis of :math:`WCW^\top`.

.. math:: \sigma(Wx) \simeq \mu_0\mathbf 1 + \mu_1Wx + \mu_2z,\qquad
          \Sigma = \mu_1^2T + \mu_2^2I,\quad T = WCW^\top,\quad c = \mu_1WC\beta.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.hermite.coefficients import GaussianCoefficients, gaussian_coefficients
from asymp.calculus.sample_law import AlignedLaw, SampleLaw
from asymp.calculus.spectral_law import EIGENVALUE
from asymp.errors import NotDerivable
from asymp.problem.features import RandomFeatures
from asymp.reductions.checking import all_of
from asymp.reductions.gaussian_equivalence.activation import (
    check_coefficients,
    constants_of,
    letters_of,
    mean_of,
    require_symmetry,
)
from asymp.reductions.gaussian_equivalence.rule import ridge_matrix
from asymp.reductions.literature import HU_LU
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step


def structured(features: RandomFeatures, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Gaussian model of random features with structured inputs.

    Raises
    ------
    NotDerivable
        If the problem needs the gradient's matrix, which does not commute with the covariance.
    """
    activation = features.activation
    found = gaussian_coefficients(activation.expression, activation.variable)
    _require_no_gradient(robust)
    require_symmetry(robust, found, activation.name)
    wide, many = (p.symbol for p in features.parameters[:2])
    mu1, mu2, _ = letters_of(found)
    population, shares = _laws(features)
    covariance = mu1**2 * EIGENVALUE + mu2**2
    model = GaussianModel(
        robust=robust,
        covariance=covariance,
        gradient=None,
        penalty=ridge_matrix(robust.problem.penalty, covariance, None),
        alignment=mu1**2 * EIGENVALUE,
        law=SampleLaw(wide, population),
        teacher_law=AlignedLaw(wide, population, shares),
        trace_weight=wide / many,
        constants={s: c for s, c in constants_of(found).items() if s in (mu1, mu2)},
        mean=mean_of(found),
    )
    return model, _step(model, features, found)


def _laws(features: RandomFeatures) -> tuple[DiscreteLaw, DiscreteLaw]:
    """Spectrum of the inputs in units of its mean, and the teacher's shares in it."""
    spectrum = features.inputs
    mean = sp.Add(*(w * t for t, w in zip(spectrum.values, spectrum.weights, strict=True)))
    values = [sp.cancel(t / mean) for t in spectrum.values]
    return (
        DiscreteLaw(values, spectrum.weights, mass=1),
        DiscreteLaw(values, spectrum.teacher, letter=r"\nu", mass=1),
    )


def _require_no_gradient(robust: RobustProblem) -> None:
    problem = robust.problem
    adversary = type(problem.adversary).__name__
    needs = {
        f"the adversary {adversary} moves x in the Euclidean norm": adversary
        in ("L2Input", "LinfInput"),
        "the ridge has the gradient metric": getattr(problem.penalty, "metric", None) == "gradient",
    }
    for reason, holds in needs.items():
        if holds:
            raise NotDerivable(
                f"{reason}, so that E|grad f|^2 = theta' A theta with A built from W W', which "
                "does not commute with the features' covariance, built from W C W': the lemma "
                "needs commuting matrices; take isotropic inputs (leave out `inputs`)"
            )


def _step(model: GaussianModel, features: RandomFeatures, found: GaussianCoefficients) -> Step:
    spectrum = features.inputs
    constants = tuple(
        Display(symbol, c.exact if c.exact is not None else sp.Float(float(c), 15))
        for symbol, c in model.constants.items()
    )
    hypotheses = (
        Hypothesis(
            "training and test error are those of the Gaussian equivalent",
            False,
            r"proved for isotropic inputs; the preactivations have unit variance up to "
            r"$O(1/\sqrt d)$ as long as no eigenvalue of $C$ dominates its trace",
        ),
        Hypothesis(
            r"rank-one parts of $\Sigma$ drop out", True, "they move finitely many eigenvalues"
        ),
    )
    return Step(
        name="gaussian-equivalence",
        title="Gaussian equivalence of the features",
        before=(
            Display(r"\varphi(x)", r"\sigma(Wx),\qquad x\sim N(0,C)"),
            Display(r"\sigma(u)", features.activation.expression),
        ),
        after=(
            Display(
                r"\varphi(x)", r"\mu_0\mathbf 1+\mu_1Wx+\mu_2z,\qquad z\sim N(0,I_N)", r"\simeq"
            ),
            Display(r"\Sigma(t)", model.covariance),
            Display(
                "C", rf"\text{{spectrum }}{spectrum.latex}\text{{, in units of its mean}}", ":"
            ),
            Display(
                r"c^\top f(T)c",
                rf"\rho\int {sp.latex(model.alignment)}\,f(t)\,d\nu(t)",
                r"\to",
            ),
            *constants,
        ),
        why=(
            r"With $G\sim N(0,1)$: $\mu_0=\mathbb E\sigma(G)$, $\mu_1=\mathbb E[G\sigma(G)]$ and "
            r"$\mu_2^2=\mathbb E\sigma(G)^2-\mu_0^2-\mu_1^2$. All matrices are functions of "
            r"$T=WCW^\top$, a sample-covariance matrix with population $C$, whose eigenvalues "
            r"follow $\mu$; $\nu$ is the spectral measure of $C^{1/2}\beta/\sqrt\rho$ in "
            r"$C^{1/2}W^\top WC^{1/2}$."
        ),
        licence=Licence("Gaussian equivalence", HU_LU.at(), hypotheses),
        check=lambda: all_of(check_coefficients(found), _check_variance(features)),
    )


def _check_variance(features: RandomFeatures) -> CheckResult:
    """Preactivations of a drawn network have unit variance, up to the width of their law."""
    numbers = {p.symbol: 0.3 for p in features.inputs.parameters}
    values, weights = (
        np.array([float(x.subs(numbers)) for x in part])
        for part in (features.inputs.values, features.inputs.weights)
    )
    rng, size = np.random.default_rng(0), 4000
    drawn = rng.choice(values, size=size, p=weights / weights.sum())
    rows = rng.standard_normal((200, size))
    variance = (rows**2 @ drawn) / (rows**2).sum(axis=1) / (values @ weights / weights.sum())
    spread = float(np.sqrt(np.mean(values**2 * weights) * len(values)) / (values @ weights))
    gap = abs(float(variance.mean()) - 1)
    how = f"mean variance of preactivations at d = {size}: off 1 by {gap:.1e}"
    good = gap < 6 * spread / np.sqrt(size)  # six deviations of the drawn trace
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
