"""Designs with a spectrum: the inputs' covariance and how the teacher lies in its eigenbasis."""

from asymp.problem.designs.covariate import GaussianCovariate
from asymp.problem.designs.gaussian import GaussianDesign
from asymp.problem.designs.spectrum import Spectrum

__all__ = ["GaussianCovariate", "GaussianDesign", "Spectrum"]
