"""Targets: the noiseless label as a function of the input."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.symbols import NONNEGATIVE, POSITIVE, Parameter


@dataclass(frozen=True)
class GaussianComponent:
    r"""One component of the law of :math:`\sqrt p\,\beta_j`: weight, mean and variance."""

    weight: sp.Expr
    mean: sp.Expr
    variance: sp.Expr


def _variance(name: str, may_vanish: bool = False) -> Parameter:
    return Parameter(
        name,
        NONNEGATIVE if may_vanish else POSITIVE,
        "variance of the teacher field",
        scaling=r"\|\beta\|^2=O(1)",
        default=1.0,
    )


@dataclass(frozen=True)
class LinearTarget:
    r"""Linear teacher :math:`h = \langle\beta, x\rangle` of variance :math:`\rho = \|\beta\|^2`.

    Where coordinates matter (separable penalties) they are Gaussian,
    :math:`\sqrt p\,\beta_j\sim N(0,\rho)`.

    Parameters
    ----------
    variance : str
        Name of :math:`\rho`; its default value is 1.
    may_vanish : bool
        Whether :math:`\rho=0` is admissible, where the labels are noise alone.

    Examples
    --------
    >>> LinearTarget().parameters[0].default
    1.0
    """

    variance: str = "rho"
    may_vanish: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The variance :math:`\rho` of the teacher field."""
        return (_variance(self.variance, self.may_vanish),)

    @property
    def coordinates(self) -> tuple[GaussianComponent, ...]:
        r"""Law of :math:`\sqrt p\,\beta_j`."""
        rho = self.parameters[0].symbol
        return (GaussianComponent(sp.Integer(1), sp.Integer(0), rho),)


@dataclass(frozen=True)
class SparseTarget:
    r"""Linear teacher of which a share s of the coordinates is not zero.

    :math:`\sqrt p\,\beta_j\sim(1-s)\delta_0+s\,N(0,\rho/s)`.

    Parameters
    ----------
    variance, sparsity : str
        Names of :math:`\rho=\|\beta\|^2` and of the share :math:`s` of non-zero coordinates.
    """

    variance: str = "rho"
    sparsity: str = "s"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""Variance of the teacher field and share of non-zero coordinates."""
        share = "share of non-zero coordinates of the teacher"
        return (
            _variance(self.variance),
            Parameter(self.sparsity, sp.Interval.Lopen(0, 1), share),
        )

    @property
    def coordinates(self) -> tuple[GaussianComponent, ...]:
        r"""Law of :math:`\sqrt p\,\beta_j`."""
        rho, s = (p.symbol for p in self.parameters)
        zero = sp.Integer(0)
        return (GaussianComponent(1 - s, zero, zero), GaussianComponent(s, zero, rho / s))


TARGETS = (LinearTarget, SparseTarget)
