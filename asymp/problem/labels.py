r"""Binary label models: :math:`y=\pm1` given the teacher field, or given the class."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.symbols import NONNEGATIVE, POSITIVE, Parameter

TEACHER_FIELD = sp.Symbol("h", real=True)


@dataclass(frozen=True)
class SignLabels:
    r"""Labels :math:`y = \mathrm{sign}(h)` of the teacher field, without noise."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """There are none."""
        return ()


@dataclass(frozen=True)
class ProbitLabels:
    r"""Labels :math:`y = \mathrm{sign}(h + \tau\xi)`, :math:`\xi\sim N(0,1)`.

    Equivalently :math:`\mathbb P(y=1|h)=\Phi(h/\tau)`; :math:`\tau=0` gives signs.

    Parameters
    ----------
    deviation : str
        Name of :math:`\tau`.
    """

    deviation: str = "tau"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The deviation :math:`\tau` of the latent noise."""
        meaning = "standard deviation of the latent label noise"
        return (Parameter(self.deviation, NONNEGATIVE, meaning, default=0.0),)


@dataclass(frozen=True)
class LogitLabels:
    r"""Labels with :math:`\mathbb P(y=1|h) = 1/(1+e^{-h})`.

    The strength of the signal is the standard deviation of the teacher field,
    :math:`\sqrt\rho` (:math:`\gamma` in the logistic literature).
    """

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """There are none beside the teacher's variance."""
        return ()


@dataclass(frozen=True)
class GaussianMixture:
    r"""Two classes :math:`x = y\mu + z`, :math:`\mathbb P(y=1)=\pi_+`, within-class covariance.

    There is no teacher: the class mean :math:`\mu` takes its place,
    :math:`\|\mu\|^2=\rho` the squared distance of a class centre from the origin.

    Parameters
    ----------
    separation : str
        Name of :math:`\rho=\|\mu\|^2`.
    balance : str
        Name of :math:`\pi_+`, default value 1/2.
    """

    separation: str = "rho"
    balance: str = "balance"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Squared norm of the class centre and share of the positive class."""
        return (
            Parameter(
                self.separation,
                POSITIVE,
                "squared norm of the class centre",
                scaling=r"\|\mu\|^2=O(1)",
                default=1.0,
            ),
            Parameter(
                self.balance, sp.Interval.open(0, 1), "share of the positive class", default=0.5
            ),
        )


BINARY = (SignLabels, ProbitLabels, LogitLabels, GaussianMixture)
