r"""The Gaussian covariate model: part of the teacher is noise to the student.

.. math:: \Sigma=\Omega,\qquad c=\Phi^\top\beta,\qquad c^\top\Omega^{-1}c\le\rho .
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from asymp.calculus.discrete_law import DiscreteLaw
from asymp.problem.designs import GaussianCovariate
from asymp.reductions.gaussian_equivalence.gaussian import commuting_model, law_displays
from asymp.reductions.gaussian_equivalence.rule import equivalent
from asymp.reductions.literature import LOUREIRO
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import CheckResult, Display, Hypothesis, Licence, Outcome, Step


@equivalent.register
def _covariate(features: GaussianCovariate, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Everything in the eigenbasis of the student's covariance."""
    values, size = features.values, len(features.values)
    law = DiscreteLaw(values, np.full(size, 1 / size), mass=1)
    explained = features.explained
    mass = sp.Rational(explained)  # a float would leave rounding in exact proofs
    teacher = DiscreteLaw(values, features.shares, letter=r"\nu", mass=mass)
    model = commuting_model(robust, law, teacher, features.parameters[0].symbol)
    return model, _step(model, features)


def _step(model: GaussianModel, features: GaussianCovariate) -> Step:
    return Step(
        name="gaussian-equivalence",
        title="The Gaussian covariate model",
        before=(
            Display(
                r"(u,v)",
                r"N\Big(0,\begin{pmatrix}\Psi&\Phi\\\Phi^\top&\Omega\end{pmatrix}\Big),"
                r"\qquad h=\langle\beta,u\rangle,\qquad f=\langle\theta,v\rangle",
                r"\sim",
            ),
        ),
        after=(
            Display(r"\Sigma", r"\Omega"),
            Display("c", r"\Phi^\top\beta"),
            *law_displays(model),
            Display(r"c^\top\Omega^{-1}c/\rho", f"{features.explained:.6g}"),
        ),
        why=r"Only the student's covariance and its cross-covariance with the teacher's field "
        r"enter. In the eigenbasis of $\Omega$ the teacher's law $\nu$ has the weights "
        r"$\langle v_j,c\rangle^2/(\lambda_j\rho)$; the mass that it lacks is the share of the "
        "teacher that no linear function of $v$ explains, and acts as further noise.",
        licence=Licence(
            "definition",
            LOUREIRO.at("Section 2"),
            (
                Hypothesis(
                    "the limiting laws are the given atoms",
                    False,
                    "eigenvalues and alignments of finite matrices stand for their limits",
                ),
            ),
        ),
        check=lambda: _check(features),
    )


def _check(features: GaussianCovariate) -> CheckResult:
    """The explained share, by a linear solve that uses no eigenvectors."""
    cross = np.asarray(features.cross, float).T @ np.asarray(features.teacher, float)
    student = np.asarray(features.student_covariance, float)
    solved = np.linalg.lstsq(student, cross, rcond=1e-10)[0]
    share = float(cross @ solved) / features.teacher_variance
    gap = abs(share - features.explained)
    how = f"explained share {share:.6g} by least squares, deviation {gap:.1e}"
    good = gap < 1e-8  # conditioning of the student's covariance
    return CheckResult(Outcome.VERIFIED if good else Outcome.FALSE, how)
