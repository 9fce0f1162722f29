"""Gaussian equivalence: features become Gaussian ones with the same second moments."""

from __future__ import annotations

from asymp.reductions.gaussian_equivalence import (  # noqa: F401 (they register themselves)
    covariate,
    gaussian,
    isotropic,
    random_features,
)
from asymp.reductions.gaussian_equivalence.rule import equivalent
from asymp.reductions.statements import GaussianModel, RobustProblem
from asymp.reductions.step import Step

__all__ = ["equivalent", "equivalent_model"]


def equivalent_model(robust: RobustProblem) -> tuple[GaussianModel, Step]:
    """Replace the features by their Gaussian equivalent.

    Raises
    ------
    NotDerivable
        If no equivalent is known for the kind of features, or a hypothesis fails.
    """
    return equivalent(robust.problem.features, robust)
