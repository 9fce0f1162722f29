r"""Gaussian inputs of any covariance: :math:`\Sigma(t)=t`, :math:`A=I`, teacher by its shares."""

from __future__ import annotations

import mpmath
import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.calculus.spectral_law import EIGENVALUE
from asymp.problem.designs import GaussianDesign, Spectrum
from asymp.reductions.gaussian_equivalence.rule import equivalent, ridge_matrix
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step

ONE = sp.Integer(1)


@equivalent.register
def _gaussian(features: GaussianDesign, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """The inputs themselves."""
    spectrum = features.spectrum
    law = DiscreteLaw(spectrum.values, spectrum.weights, mass=1)
    teacher = DiscreteLaw(spectrum.values, spectrum.teacher, letter=r"\nu", mass=1)
    model = commuting_model(robust, law, teacher, features.parameters[0].symbol)
    return model, _step(model, spectrum)


def commuting_model(
    robust: RobustProblem, law: DiscreteLaw, teacher: DiscreteLaw, ratio: sp.Symbol
) -> GaussianModel:
    r"""Model in the eigenbasis of :math:`\Sigma`, with a Euclidean input gradient."""
    return GaussianModel(
        robust=robust,
        covariance=EIGENVALUE,
        gradient=ONE,
        penalty=ridge_matrix(robust.problem.penalty, EIGENVALUE, ONE),
        alignment=EIGENVALUE,
        law=law,
        teacher_law=teacher,
        trace_weight=1 / ratio,
        constants={},
        mean=sp.Integer(0),
    )


def law_displays(model: GaussianModel) -> tuple[Display, ...]:
    """The matrices, the two laws, and what the teacher's law means."""
    laws = (model.law, model.teacher_law)
    return (
        Display(r"\Sigma(t)", EIGENVALUE),
        Display("A(t)", ONE),
        *(Display(law.symbol_latex, law.atoms_latex) for law in laws),
        Display(
            r"c^\top f(\Sigma)c",
            rf"\rho\int t\,f(t)\,d{model.teacher_law.symbol_latex}(t)",
            r"\to",
        ),
    )


def _step(model: GaussianModel, spectrum: Spectrum) -> Step:
    measured = spectrum.teacher_variance is not None or spectrum.error > 0
    approximated = (
        Hypothesis(
            "the limiting laws are the given atoms",
            False,
            f"quadrature nodes of a density: resolvent averages differ by {spectrum.error:.0e}"
            if spectrum.error
            else "eigenvalues and alignments measured on a finite matrix stand for their limits",
        ),
    )
    return Step(
        name="gaussian-equivalence",
        title="The features are Gaussian",
        before=(Display(r"\varphi(x)", r"x,\qquad x\sim N(0,\Sigma)"),),
        after=law_displays(model),
        why=r"The features are the inputs, so that nothing is replaced. In the eigenbasis of "
        r"$\Sigma$, with eigenvalues $t$ of law $\mu$, the gradient is $\theta$ itself and "
        r"$c=\Sigma\beta$; the teacher's law $\nu$ has as weights the shares "
        r"$\lambda_j\langle v_j,\beta\rangle^2/\rho$ of its variance.",
        licence=Licence("definition", hypotheses=approximated if measured else ()),
        check=lambda: _check(model, spectrum),
    )


def _check(model: GaussianModel, spectrum: Spectrum) -> CheckResult:
    r"""A diagonal covariance built from the atoms gives back :math:`c^\top\Sigma^{-1}c=\rho`."""
    numbers = {p.symbol: 0.3 for p in spectrum.parameters}
    t, w, s = (
        [mpmath.mpf(float(x.subs(numbers))) for x in part]
        for part in (spectrum.values, spectrum.weights, spectrum.teacher)
    )
    mass, energy = abs(mpmath.fsum(w) - 1), abs(mpmath.fsum(s) - 1)
    hidden = max((share for x, share in zip(t, s, strict=True) if x == 0), default=mpmath.mpf(0))
    gap = float(max(mass, energy, hidden))
    how = f"masses of the two laws, and no teacher where there is no variance: off by {gap:.1e}"
    good = gap < 1e-9  # sums of user-given floats
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
