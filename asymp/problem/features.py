r"""Feature maps: what the linear parameter multiplies.

A feature map knows its own ratio parameters; how its proportional limit is found is the
business of :mod:`asymp.reductions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from asymp.errors import InvalidProblem
from asymp.problem.activation import Activation
from asymp.symbols import POSITIVE, Parameter


class FeatureMap:
    """Base class of feature maps; :mod:`asymp.reductions` has a rule for each."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ratios."""
        raise NotImplementedError

    @property
    def latex(self) -> str:
        """The feature map, in LaTeX."""
        raise NotImplementedError


@dataclass(frozen=True)
class IsotropicGaussian(FeatureMap):
    r"""The inputs themselves: :math:`\varphi(x) = x \sim N(0, I_p)`, :math:`n/p \to \alpha`.

    Parameters
    ----------
    ratio : str
        Name of the sample ratio :math:`n/p`; default ``"alpha"``.

    Examples
    --------
    >>> [p.name for p in IsotropicGaussian().parameters]
    ['alpha']
    """

    ratio: str = "alpha"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ratio of samples to dimension."""
        return (Parameter(self.ratio, POSITIVE, "samples per dimension", scaling=r"n/p"),)

    @property
    def latex(self) -> str:
        """The feature map, in LaTeX."""
        return r"\varphi(x)=x,\qquad x\sim N(0,I_p)"


@dataclass(frozen=True)
class RandomFeatures(FeatureMap):
    r"""Random features :math:`\varphi(x) = \sigma(Wx)`, rows of :math:`W` uniform on a sphere.

    Only the second layer :math:`\theta \in \mathbb R^N` is trained;
    :math:`x \sim N(0, I_d)`, :math:`N/d \to \psi_1`, :math:`n/d \to \psi_2`. With ``inputs``,
    :math:`x\sim N(0,C)`, and the sphere's radius is :math:`(\mathrm{tr}\,C/d)^{-1/2}`, so that
    every preactivation has unit variance.

    Parameters
    ----------
    activation : str, sympy expression, callable or Activation
        :math:`\sigma`; ``"relu"`` names the shifted ReLU :math:`\max(u,0)-1/\sqrt{2\pi}`.
    ratios : (str, str)
        Names of :math:`N/d` and :math:`n/d`.
    inputs : Spectrum, optional
        Spectrum of :math:`C` with the teacher's shares; default isotropic.

    Raises
    ------
    InvalidProblem
        If the activation is not a real function of one symbol, is constant, or is not
        square-integrable under the standard Gaussian; if ``inputs`` is no spectrum.

    Examples
    --------
    >>> [p.name for p in RandomFeatures("relu").parameters]
    ['psi1', 'psi2']
    """

    activation: Any = "relu"  # an Activation once constructed
    ratios: tuple[str, str] = field(default=("psi1", "psi2"))
    inputs: Any = None  # a Spectrum, which is defined in terms of feature maps

    def __post_init__(self) -> None:
        object.__setattr__(self, "activation", Activation.of(self.activation))
        if self.inputs is not None and not hasattr(self.inputs, "teacher"):
            raise InvalidProblem(f"inputs={self.inputs!r}: expected an asymp.Spectrum")

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ratios :math:`N/d` and :math:`n/d`."""
        wide, many = self.ratios
        return (
            Parameter(wide, POSITIVE, "features per input dimension", scaling=r"N/d"),
            Parameter(many, POSITIVE, "samples per input dimension", scaling=r"n/d"),
            *(self.inputs.parameters if self.inputs is not None else ()),
        )

    @property
    def latex(self) -> str:
        """The feature map, in LaTeX."""
        if self.inputs is not None:
            return (
                r"\varphi(x)=\sigma(Wx),\qquad W\in\mathbb R^{N\times d}\text{ with rows i.i.d. "
                r"uniform on the sphere of radius }(\mathrm{tr}\,C/d)^{-1/2},\qquad x\sim N(0,C)"
            )
        return (
            r"\varphi(x)=\sigma(Wx),\qquad W\in\mathbb R^{N\times d}\text{ with rows i.i.d. "
            r"uniform on the unit sphere},\qquad x\sim N(0,I_d)"
        )
