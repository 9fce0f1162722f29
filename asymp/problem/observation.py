r"""Observations: what is asked of the trained estimator beyond its risks.

They take no part in training. Each adds observables to the theorem, and the parameters that these
depend on.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from asymp.symbols import NONNEGATIVE, Parameter


@dataclass(frozen=True)
class Pruning:
    r"""Magnitude pruning: of :math:`\hat\theta` the largest entries are kept, the rest set to zero.

    Parameters
    ----------
    kept : str
        Name of the share of entries that are kept; its default value is 1.
    """

    kept: str = "kept"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The share that is kept."""
        share = sp.Interval.Lopen(0, 1)
        return (Parameter(self.kept, share, "share of the entries kept by pruning", default=1.0),)


@dataclass(frozen=True)
class UniversalPerturbation:
    r"""One perturbation :math:`\delta`, :math:`\|\delta\|_2\le\varepsilon_u`, for all inputs.

    .. math:: \max_{\|\delta\|\le\varepsilon_u}\mathbb E(y-f(x+\delta))^2 .

    Parameters
    ----------
    radius : str
        Name of :math:`\varepsilon_u`; its default value is 0.
    """

    radius: str = "eps_u"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        r"""The radius :math:`\varepsilon_u`."""
        meaning = "radius of one perturbation for all inputs"
        scaling = r"\|\delta\|_2=O(1),\ \|x\|_2\sim\sqrt d"
        return (Parameter(self.radius, NONNEGATIVE, meaning, scaling, default=0.0),)


@dataclass(frozen=True)
class Posterior:
    r"""Bayes' posterior of which the ridge estimator is the mean.

    Likelihood :math:`y\sim N(\theta^\top\varphi(x),s^2)` and prior
    :math:`\theta\sim N(0,\tfrac{s^2}{n\zeta}I)`: the posterior is Gaussian about
    :math:`\hat\theta` with the covariance
    :math:`\tfrac{s^2}n(\tfrac1n\sum_i\varphi_i\varphi_i^\top+\zeta I)^{-1}`.

    Parameters
    ----------
    deviation : str
        Name of the standard deviation s that the likelihood assumes; its default value is 1.
    """

    deviation: str = "likelihood"

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The deviation s."""
        meaning = "standard deviation of the labels that the likelihood assumes"
        return (Parameter(self.deviation, NONNEGATIVE, meaning, default=1.0),)


OBSERVATIONS = (Pruning, UniversalPerturbation, Posterior)
