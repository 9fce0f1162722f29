r"""The holistic robust loss of a finite sample: worst mean under poisoning and resampling.

For losses :math:`l_1,\dots,l_n` (already the worst within the input ball of each point), a share
:math:`\alpha` of poisoned points and a Kullback-Leibler radius :math:`r`, over laws p and q of
the sample and of one further point whose loss is the bound :math:`\ell_\infty`,

.. math:: \mathrm{HR}_{\alpha,r}=\max\Big\{\sum_ip_il_i+p_0\ell_\infty:\
          \mathrm{KL}(q\|p)\le r,\ q_i\le\tfrac1n,\ q_0\le\alpha\Big\}\qquad\text{(HD)},

the poison first, then the divergence. The other order, HR, is the maximum over
:math:`\mathrm{KL}(\tfrac1n\mathbf 1\|q)\le r,\ p_i\le q_i,\ p_0=1-\sum_ip_i\le\alpha+q_0`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from asymp.errors import InvalidParameter
from asymp.finite.holistic import kernel
from asymp.finite.holistic.arguments import leading_axes
from asymp.symbols.arguments import NONNEGATIVE, REAL, SHARE, Array, choice, finite_array, numbers

Variant = Literal["HD", "HR"]


@dataclass(frozen=True)
class WorstCase:
    r"""Holistic robust loss with its worst distribution and dual variables.

    Every field has the leading shape of the losses; fields per point have n entries behind it.

    Parameters
    ----------
    value : ndarray
        :math:`\mathrm{HR}_{\alpha,r}`.
    weights : ndarray, (..., n)
        Worst distribution :math:`p_i`; the derivative of the value in :math:`l_i` at a fixed bound.
    bound_weight : ndarray
        :math:`p_0`, the mass at :math:`\ell_\infty`; the derivative in the bound.
    middle, middle_bound : ndarray
        The law between the two steps, :math:`q_i` and :math:`q_0`.
    eta, lam : ndarray
        Dual variables: :math:`\eta\ge\ell_\infty` of total mass, and :math:`\lambda`, the
        derivative of the value in r. Infinite at r = 0 unless all losses that count agree.
    level : ndarray
        Variant HR: losses below this level count as this level, at a price of alpha per unit
        below the bound. Variant HD: the smallest loss that keeps mass.
    losses, bound : ndarray
        What it was computed from.
    bound_given : bool
        Whether the bound is a constant; otherwise it is the largest loss.

    Examples
    --------
    >>> worst = worst_case([1.0, 2.0, 3.0], r=0.1)
    >>> round(float(worst.value), 4), worst.weights.round(4).tolist()
    (2.3557, [0.1846, 0.2751, 0.5403])
    >>> bool(np.isclose(worst.weights @ worst.losses, worst.value))
    True
    """

    value: Array
    weights: Array
    bound_weight: Array
    middle: Array
    middle_bound: Array
    eta: Array
    lam: Array
    level: Array
    losses: Array
    bound: Array
    bound_given: bool

    @property
    def gradient(self) -> Array:
        r"""Gradient of the value in the losses (an element of the subdifferential at ties).

        By the envelope theorem it is p; where the bound is the largest loss, that loss carries
        :math:`p_0` too.

        Examples
        --------
        >>> worst_case([1.0, 2.0, 3.0], alpha=0.5, r=0.0).gradient.round(3).tolist()
        [0.0, 0.167, 0.833]
        """
        if self.bound_given:
            return self.weights
        top = self.losses == self.losses.max(axis=-1, keepdims=True)
        share = self.bound_weight[..., None] / top.sum(axis=-1, keepdims=True)
        return np.asarray(self.weights + share * top)

    @property
    def support(self) -> Array:
        """Losses of the atoms of the worst distribution: the bound, then the sample."""
        return np.concatenate([self.bound[..., None], self.losses], axis=-1)

    @property
    def probabilities(self) -> Array:
        """Their probabilities.

        Examples
        --------
        >>> worst = worst_case([1.0, 2.0, 3.0], alpha=0.1, r=0.2, bound=4.0)
        >>> bool(np.isclose(worst.support @ worst.probabilities, worst.value))
        True
        """
        return np.concatenate([self.bound_weight[..., None], self.weights], axis=-1)


def hr_loss(
    losses: ArrayLike,
    alpha: ArrayLike = 0.0,
    r: ArrayLike = 0.0,
    bound: ArrayLike | None = None,
    variant: Variant = "HD",
) -> Any:
    r"""Holistic robust loss of finite samples, over leading axes at once.

    Parameters
    ----------
    losses : array_like, (..., n)
        Losses of the training points, each already the worst within its input ball: the input
        radius of the method enters here.
    alpha : array_like
        Share of poisoned points, in [0, 1]; broadcast against the leading axes.
    r : array_like
        Kullback-Leibler radius, nonnegative.
    bound : array_like, optional
        :math:`\ell_\infty`, an upper bound of the loss; the largest loss of the sample by default.
    variant : {"HD", "HR"}
        Poison first and then divergence, or the reverse.

    Returns
    -------
    float or ndarray
        The loss; :func:`worst_case` gives the worst distribution and the dual variables too.

    Raises
    ------
    InvalidParameter
        If a parameter is outside its domain, or a bound below a loss.

    Notes
    -----
    Ambiguity set and certificate: Bennouna, Lucas and Van Parys, arXiv 2303.02251 (read
    second-hand: their README; the two finite programmes are those of their code). The
    one-dimensional dual of HD,

    .. math:: \min_{\eta\ge\ell_\infty}\ \eta-e^{-r}\exp\Big(\sum_iw_i\log(\eta-l_i)
              +\alpha\log(\eta-\ell_\infty)\Big)

    with :math:`w_i=1/n` less a total mass :math:`\alpha` at the smallest losses, and that of HR,

    .. math:: \min_{\eta\ge\ell_\infty,\ \theta\ge0}\ \eta+\alpha\theta-e^{-r}\exp\Big(\frac1n
              \sum_i\log\big(\eta-\max(l_i,\ell_\infty-\theta)\big)\Big),

    are derived here, and tested against a conic solver. Values are accurate to a few units of
    round-off of the range of the losses, for r from 0 to overflow.

    Examples
    --------
    >>> losses = [0.2, 0.5, 0.3, 1.0]
    >>> hr_loss(losses), hr_loss(losses, alpha=1.0)
    (0.5, 1.0)
    >>> round(hr_loss(losses, r=0.1), 6), round(hr_loss(losses, alpha=0.1, r=0.1), 6)
    (0.648696, 0.726654)
    >>> hr_loss([losses, losses], r=[0.0, 0.1]).round(3).tolist()
    [0.5, 0.649]
    """
    value = worst_case(losses, alpha, r, bound, variant).value
    return float(value) if value.ndim == 0 else value


def worst_case(
    losses: ArrayLike,
    alpha: ArrayLike = 0.0,
    r: ArrayLike = 0.0,
    bound: ArrayLike | None = None,
    variant: Variant = "HD",
) -> WorstCase:
    """Holistic robust loss with its worst distribution.

    Parameters
    ----------
    losses, alpha, r, bound, variant
        As for :func:`hr_loss`.

    Returns
    -------
    WorstCase

    Raises
    ------
    InvalidParameter
        If a parameter is outside its domain, or a bound below a loss.

    Examples
    --------
    >>> worst = worst_case([1.0, 2.0, 3.0], r=0.1, variant="HR")
    >>> worst.weights.round(4).tolist(), float(worst.bound_weight)
    ([0.1846, 0.2751, 0.5403], 0.0)
    """
    sample = sample_of(losses)
    top = sample.max(axis=-1)
    alphas = numbers("alpha", alpha, SHARE)
    radii = numbers("r", r, NONNEGATIVE)
    bounds = top if bound is None else bounds_of(bound, top)
    choice("variant", variant, ("HD", "HR"), "choose HD (poison first) or HR (divergence first)")
    lead = leading_axes(
        "alpha, r and bound", sample.shape[:-1], alphas.shape, radii.shape, bounds.shape
    )
    sample = np.broadcast_to(sample, (*lead, sample.shape[-1]))
    flat = [np.broadcast_to(x, lead).ravel() for x in (bounds, alphas, radii)]
    scalars, laws, middles = _solve(
        sample.reshape(flat[0].size, sample.shape[-1]), flat, variant == "HR"
    )
    value, eta, lam, level = (x.reshape(lead) for x in scalars.T)
    law, middle = (x.reshape(*lead, x.shape[-1]) for x in (laws, middles))
    return WorstCase(
        value=value,
        weights=law[..., 1:],
        bound_weight=law[..., 0],
        middle=middle[..., 1:],
        middle_bound=middle[..., 0],
        eta=eta,
        lam=lam,
        level=level,
        losses=sample,
        bound=np.broadcast_to(bounds, lead),
        bound_given=bound is not None,
    )


def _solve(sample: Array, flat: list[Array], squeeze_first: bool) -> tuple[Array, Array, Array]:
    """Scalars and laws of every row, the laws in the order of the sample."""
    count, n = sample.shape
    bounds, alphas, radii = flat
    # A power of two, so that no digit is lost, and no square of a loss overflows.
    exponent = np.frexp(np.maximum(np.abs(sample).max(axis=1), np.abs(bounds)))[1]
    scaled = np.ldexp(sample, -exponent[:, None])
    order = np.argsort(-scaled, axis=1) if alphas.any() else np.empty((count, 0), dtype=np.intp)
    scalars, laws, middles = (np.empty((count, k)) for k in (4, n + 1, n + 1))
    kernel.rows(
        scaled, order, np.ldexp(bounds, -exponent), np.ascontiguousarray(alphas),
        np.ascontiguousarray(radii), squeeze_first, scalars, laws, middles,
    )  # fmt: skip
    with np.errstate(over="ignore"):  # eta may lie beyond the largest number
        return np.ldexp(scalars, exponent[:, None]), laws, middles


def sample_of(losses: ArrayLike) -> Array:
    """Losses (..., n), finite, of at least one point."""
    sample = finite_array("losses", losses, "(..., n)")
    if sample.ndim == 0 or sample.shape[-1] == 0:
        raise InvalidParameter(
            f"losses of shape {sample.shape} hold no sample: give them the shape (..., n), n >= 1"
        )
    return sample


def bounds_of(bound: ArrayLike, top: Array) -> Array:
    """Bounds, finite, none below the largest loss ``top`` of its row."""
    bounds = numbers("bound", bound, REAL, "give an upper bound of the loss, or None")
    leading_axes("bound", top.shape, bounds.shape)
    with_rows = np.broadcast_arrays(bounds, top)
    if np.any(with_rows[0] < with_rows[1]):
        short = np.argmax(with_rows[1] - with_rows[0])
        raise InvalidParameter(
            f"bound = {with_rows[0].flat[short]:g} is below a loss of "
            f"{with_rows[1].flat[short]:g}: give an upper bound of every loss, or clip the losses"
        )
    return bounds
