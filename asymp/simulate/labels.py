r"""Labels of a draw at a point: regression with noise, signs of the teacher field, two classes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special

from asymp.problem.labels import LogitLabels, ProbitLabels
from asymp.problem.statement import ProblemStatement
from asymp.problem.target import SparseTarget
from asymp.simulate.curve import Array
from asymp.simulate.draw import Draw
from asymp.simulate.noise import noise_of


def strength(problem: ProblemStatement, at: Mapping[str, float]) -> float:
    r"""Variance :math:`\rho` of the teacher field, or squared norm of the class centre."""
    return at[problem.labels.separation if problem.is_mixture else problem.target.variance]


def draw_at(problem: ProblemStatement, draw: Draw, at: Mapping[str, float]) -> Draw:
    """The draw with the teacher or the classes that a point asks for.

    A sparse teacher keeps the coordinates whose uniform number is below the sparsity, scaled to
    a unit vector; a mixture moves every input to its class centre.
    """
    if isinstance(problem.target, SparseTarget):
        return draw.with_teacher(sparse_teacher(draw, at[problem.target.sparsity]))
    if problem.is_mixture:
        return draw.moved(np.sqrt(strength(problem, at)) * classes(problem, draw.uniform, at))
    return draw


def sparse_teacher(draw: Draw, sparsity: float) -> Array:
    """Unit vector with Gaussian coordinates where the uniform numbers are below the sparsity."""
    kept = draw.lots < max(sparsity, float(draw.lots.min()) * (1 + 1e-12))
    values = np.where(kept, draw.teacher, 0.0)
    return np.asarray(values / np.linalg.norm(values))


def classes(problem: ProblemStatement, uniform: Array, at: Mapping[str, float]) -> Array:
    """Classes +1 and -1 of a mixture."""
    return np.where(uniform < at[problem.labels.balance], 1.0, -1.0)


def labels_of(problem: ProblemStatement, draw: Draw, at: Mapping[str, float]) -> Array:
    """Training labels of a draw that is already at the point."""
    field = np.sqrt(strength(problem, at)) * draw.signal
    if problem.labels is None:
        return np.asarray(field + noise_of(problem.noise, draw.noise, draw.uniform, at))
    if problem.is_mixture:
        return classes(problem, draw.uniform, at)
    if isinstance(problem.labels, LogitLabels):
        return np.where(draw.uniform < special.expit(field), 1.0, -1.0)
    return np.where(field + latent_deviation(problem, at) * draw.noise >= 0, 1.0, -1.0)


def latent_deviation(problem: ProblemStatement, at: Mapping[str, float]) -> float:
    """Deviation of the Gaussian latent noise of sign and probit labels."""
    return at[problem.labels.deviation] if isinstance(problem.labels, ProbitLabels) else 0.0


def positive_probability(problem: ProblemStatement, field: Array, at: Mapping[str, float]) -> Array:
    """Probability of the label +1 given the teacher field."""
    if isinstance(problem.labels, LogitLabels):
        return np.asarray(special.expit(field))
    tau = latent_deviation(problem, at)
    return np.asarray(special.ndtr(field / tau) if tau > 0 else (field >= 0).astype(float))
