"""Gaussian inputs of any covariance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asymp.errors import InvalidProblem
from asymp.problem.designs.spectrum import Spectrum
from asymp.problem.features import FeatureMap
from asymp.symbols import POSITIVE, Parameter


@dataclass(frozen=True)
class GaussianDesign(FeatureMap):
    r"""The inputs themselves: :math:`\varphi(x)=x\sim N(0,\Sigma)`, :math:`n/p\to\alpha`.

    The teacher is linear, :math:`h=\langle\beta,x\rangle`, with variance
    :math:`\rho=\beta^\top\Sigma\beta`; only the law of the eigenvalues of :math:`\Sigma` and the
    teacher's shares in its eigenbasis matter. An input adversary moves x in the Euclidean norm,
    so that :math:`\|\nabla_xf\|^2=\|\theta\|^2`, which is no multiple of the variance.

    Parameters
    ----------
    spectrum : Spectrum
        Eigenvalues and the teacher's shares.
    ratio : str
        Name of the sample ratio :math:`n/p`; default ``"alpha"``.

    Raises
    ------
    InvalidProblem
        If ``spectrum`` is no :class:`Spectrum`.

    Examples
    --------
    >>> design = GaussianDesign(Spectrum.atoms([1, 4], [0.5, 0.5]))
    >>> [p.name for p in design.parameters]
    ['alpha']
    """

    spectrum: Any
    ratio: str = "alpha"

    def __post_init__(self) -> None:
        if not isinstance(self.spectrum, Spectrum):
            shape = getattr(self.spectrum, "shape", None)
            shown = repr(self.spectrum) if shape is None else f"an array of shape {shape}"
            raise InvalidProblem(
                f"spectrum={shown}: expected an asymp.Spectrum, e.g. "
                "asymp.Spectrum.from_covariance(matrix) or asymp.Spectrum.atoms([1, 4], [0.5, 0.5])"
            )

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ratio of samples to dimension, then those of the spectrum."""
        ratio = Parameter(self.ratio, POSITIVE, "samples per dimension", scaling=r"n/p")
        return (ratio, *self.spectrum.parameters)

    @property
    def latex(self) -> str:
        """The feature map, in LaTeX."""
        return (
            r"\varphi(x)=x,\qquad x\sim N(0,\Sigma),\qquad"
            rf"\text{{ eigenvalues of }}\Sigma:\ {self.spectrum.latex}"
        )
