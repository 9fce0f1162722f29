"""Isotropic Gaussian inputs: nothing to replace."""

from __future__ import annotations

import sympy as sp

from asymp.calculus.spectral_law import EIGENVALUE, PointMass
from asymp.problem.features import IsotropicGaussian
from asymp.reductions.gaussian_equivalence.rule import equivalent, ridge_matrix
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import CheckResult, Display, Licence, Outcome, Step

ONE = sp.Integer(1)


@equivalent.register
def _isotropic(features: IsotropicGaussian, robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Every matrix of the model is a multiple of the identity."""
    alpha = features.parameters[0].symbol
    ridge = ridge_matrix(robust.problem.penalty, ONE, ONE).subs(EIGENVALUE, 1)
    law = PointMass()
    model = GaussianModel(robust, ONE, ONE, ridge, ONE, law, law, 1 / alpha, {}, sp.Integer(0))
    step = Step(
        name="gaussian-equivalence",
        title="The features are Gaussian",
        before=(Display(r"\varphi(x)", "x"),),
        after=(Display(r"\Sigma=A", "I"), Display("c", r"\beta")),
        why="The features are the inputs, so that nothing is replaced; the gradient is "
        r"$\theta$ itself.",
        licence=Licence("definition"),
        check=lambda: CheckResult(Outcome.PROVED, "by definition"),
    )
    return model, step
