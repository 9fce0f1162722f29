r"""Additive label noise :math:`y = h + \xi`, independent of the input.

Every law here is a scale mixture of Gaussians, :math:`\xi = \tau\sqrt S\,Z` with
:math:`S\ge0` independent of :math:`Z\sim N(0,1)`: the engine averages over S last.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.symbols import NONNEGATIVE, POSITIVE, Parameter

MIXING = sp.Symbol("S", positive=True)


@dataclass(frozen=True)
class GaussianNoise:
    r"""Additive label noise :math:`\xi \sim N(0, \tau^2)`, independent of the input.

    Parameters
    ----------
    deviation : str
        Name of the standard deviation :math:`\tau`; its default value is 0.
    may_vanish : bool
        Whether :math:`\tau=0` is admissible. If not there is no default; a target that may vanish
        needs such a noise, since without labels nothing is trained.

    Examples
    --------
    >>> GaussianNoise(may_vanish=False).parameters[0].domain.left_open
    True
    """

    deviation: str = "tau"
    may_vanish: bool = True

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The standard deviation :math:`\tau`."""
        meaning = "standard deviation of the label noise"
        if self.may_vanish:
            return (Parameter(self.deviation, NONNEGATIVE, meaning, default=0.0),)
        return (Parameter(self.deviation, POSITIVE, meaning),)


@dataclass(frozen=True)
class LaplaceNoise:
    r"""Laplace noise of density :math:`e^{-|\xi|/b}/(2b)` with variance :math:`\tau^2 = 2b^2`.

    The scale mixture has :math:`S` exponential of mean 1.

    Parameters
    ----------
    deviation : str
        Name of the standard deviation :math:`\tau`.
    """

    deviation: str = "tau"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The standard deviation :math:`\tau`."""
        meaning = "standard deviation of the Laplace label noise"
        return (Parameter(self.deviation, POSITIVE, meaning),)

    @property
    def mixing_density(self) -> sp.Expr:
        """Density of S in :data:`MIXING`."""
        return sp.exp(-MIXING)


@dataclass(frozen=True)
class StudentNoise:
    r"""Student-t noise :math:`\tau t_\nu`; its variance is infinite for :math:`\nu\le2`.

    The scale mixture has :math:`\nu/S` chi-squared with :math:`\nu` degrees of freedom.

    Parameters
    ----------
    scale, freedom : str
        Names of the scale :math:`\tau` and of the degrees of freedom :math:`\nu`.
    """

    scale: str = "tau"
    freedom: str = "nu"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""Scale and degrees of freedom."""
        return (
            Parameter(self.scale, POSITIVE, "scale of the Student label noise"),
            Parameter(self.freedom, POSITIVE, "degrees of freedom of the label noise"),
        )

    @property
    def mixing_density(self) -> sp.Expr:
        """Density of S in :data:`MIXING`: inverse gamma."""
        half = self.parameters[1].symbol / 2
        return sp.exp(
            half * sp.log(half) - sp.loggamma(half) - (half + 1) * sp.log(MIXING) - half / MIXING
        )


@dataclass(frozen=True)
class ContaminatedNoise:
    r"""Gaussian noise of which a share :math:`\epsilon_c` has another variance.

    :math:`\xi\sim(1-\epsilon_c)N(0,\tau^2)+\epsilon_c N(0,\tau_c^2)`.

    Parameters
    ----------
    deviation, outlier_deviation, share : str
        Names of :math:`\tau`, :math:`\tau_c` and :math:`\epsilon_c`.
    """

    deviation: str = "tau"
    outlier_deviation: str = "tau_out"
    share: str = "share"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Deviation of the bulk, of the outliers, and their share."""
        bulk, outlier = "standard deviation of the label noise", "deviation of the outliers"
        return (
            Parameter(self.deviation, NONNEGATIVE, bulk, default=0.0),
            Parameter(self.outlier_deviation, POSITIVE, outlier),
            Parameter(self.share, sp.Interval(0, 1), "share of outliers among the labels"),
        )


ADDITIVE = (GaussianNoise, LaplaceNoise, StudentNoise, ContaminatedNoise)
