r"""How often a test loss exceeds its certificate, and the radius that certifies.

For a **fixed** predictor with losses at most b and mean :math:`\mu` on new points, the mean
exceeds :math:`\mathrm{HR}_{0,r}` of n training losses exactly if some
:math:`w=(b-\mu)/(\eta-\mu)\in[0,1]` has

.. math:: \sum_i\log\Big(1-w+w\,\frac{b-l_i}{b-\mu}\Big)>rn.

Each factor has mean one, and is the wealth of a bet on two assets; mixed over w by the
:math:`\mathrm{Beta}(\frac12,\frac12)` law, the products lose at most the factor :math:`K_n` to the
best w. By Markov's inequality, at every n,

.. math:: \mathbb P\big(\mu>\mathrm{HR}_{0,r}\big)\le K_ne^{-rn},\qquad
          K_n=\frac{\sqrt\pi\,\Gamma(n+1)}{\Gamma(n+1/2)}\le2\sqrt{n+1}.

Status: derived here; :math:`K_n` is the minimax regret bound of Krichevsky and Trofimov (recalled,
and checked for all n up to 300). The paper's certificate, :math:`1-e^{-rn+O(1)}`, is read
second-hand. If at most a share :math:`\alpha` of the training points was replaced by anything, the
same holds for variant HD at that :math:`\alpha`, whose ambiguity set undoes the replacement.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from asymp.errors import InvalidParameter
from asymp.finite.holistic.loss import Array, hr_loss

_HALVINGS = 200
_LARGEST = 10**6


def disappointment_bound(n: int, r: float) -> float:
    r"""Bound :math:`\min(1,K_ne^{-rn})` of the probability that the certificate fails.

    Parameters
    ----------
    n : int
        Number of training points, positive.
    r : float
        Kullback-Leibler radius, nonnegative.

    Raises
    ------
    InvalidParameter
        If a parameter is outside its domain.

    Examples
    --------
    >>> round(disappointment_bound(100, 0.1), 6)
    0.000806
    """
    if not (r >= 0):
        raise InvalidParameter(f"r = {r:g} is outside [0, inf): move it inside")
    return float(min(1.0, np.exp(_log_factor(n) - r * n)))


def certified_radius(n: int, delta: float) -> float:
    r"""Radius at which the certificate of a fixed predictor fails with probability at most delta.

    .. math:: r=\frac{\log K_n+\log(1/\delta)}n.

    Raises
    ------
    InvalidParameter
        If delta is outside (0, 1], or n is no positive integer.

    Examples
    --------
    >>> r = certified_radius(100, 0.05)
    >>> round(r, 5), round(disappointment_bound(100, r), 12)
    (0.05872, 0.05)
    """
    if not 0 < delta <= 1:
        raise InvalidParameter(f"delta = {delta:g} is outside (0, 1]: move it inside")
    return float((_log_factor(n) - np.log(delta)) / n)


def critical_radius(losses: ArrayLike, target: ArrayLike, bound: ArrayLike | None = None) -> Any:
    r"""Least radius at which the holistic loss covers a given loss, over leading axes.

    .. math:: r_c=\min\{r:\mathrm{HR}_{0,r}\ge\mu\}=\max_{0\le w\le1}\ \frac1n\sum_i
              \log\Big(1-w+w\,\frac{b-l_i}{b-\mu}\Big).

    With robust losses of training points and the robust risk on new points it is the price of
    robust overfitting, in nats a sample.

    Parameters
    ----------
    losses : array_like, (..., n)
    target : array_like
        :math:`\mu`, broadcast against the leading axes.
    bound : array_like, optional
        b; the largest loss by default.

    Returns
    -------
    float or ndarray
        Zero if the mean covers the target, infinite if no radius does.

    Raises
    ------
    InvalidParameter
        If a number is not finite.

    Examples
    --------
    >>> losses = [0.2, 0.5, 0.3, 1.0]
    >>> r = critical_radius(losses, 0.7)
    >>> round(r, 6), round(hr_loss(losses, r=r), 12)
    (0.178803, 0.7)
    """
    sample, mu = np.asarray(losses, dtype=float), np.asarray(target, dtype=float)
    top = sample.max(axis=-1) if bound is None else np.asarray(bound, dtype=float)
    if not all(np.isfinite(x).all() for x in (sample, mu, top)):
        raise InvalidParameter("losses, target and bound must be finite: drop or clip the others")
    mu, top = np.broadcast_arrays(mu, top, subok=False)
    lead = np.broadcast_shapes(mu.shape, sample.shape[:-1])
    mu, top = np.broadcast_to(mu, lead)[..., None], np.broadcast_to(top, lead)[..., None]
    inside = mu < top
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(inside, (mu - sample) / np.where(inside, top - mu, 1.0), 0.0)
    found = _best_bet(gains)
    # At the bound itself no finite radius is enough, unless every loss is there.
    beyond = (mu > top) | ((mu == top) & (sample.mean(axis=-1, keepdims=True) < top))
    radius = np.where(beyond[..., 0], np.inf, found)
    return float(radius) if radius.ndim == 0 else radius


def _best_bet(gains: Array) -> Array:
    """Largest mean of log(1 + w gain) over w in [0, 1]."""
    low, high = np.zeros(gains.shape[:-1]), np.ones(gains.shape[:-1])
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore"):
            slope = np.mean(gains / (1 + middle[..., None] * gains), axis=-1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
        if np.all(high - low <= 1e-16 * high):
            break
    return np.maximum(np.mean(np.log1p(low[..., None] * gains), axis=-1), 0.0)


def disappointment_probability(
    atoms: ArrayLike, probabilities: ArrayLike, n: int, r: float, bound: float | None = None
) -> float:
    r"""Exact probability that the mean of a discrete law exceeds its certificate.

    .. math:: \mathbb P\big(\mu>\mathrm{HR}_{0,r}(l_1,\dots,l_n;b)\big),

    the sum of multinomial probabilities over all samples, counted by type.

    Parameters
    ----------
    atoms, probabilities : array_like, (k,)
        The losses and their probabilities.
    n : int
        Sample size; there are :math:`\binom{n+k-1}{k-1}` types, at most a million.
    r : float
        Kullback-Leibler radius.
    bound : float, optional
        The largest atom by default (the bound of the law, not of the sample).

    Raises
    ------
    InvalidParameter
        If the law is none, or there are too many types.

    Examples
    --------
    >>> round(disappointment_probability([0.0, 1.0], [0.9, 0.1], 50, 0.05), 5)
    0.03379
    """
    values, law = np.asarray(atoms, dtype=float), np.asarray(probabilities, dtype=float)
    if values.shape != law.shape or values.ndim != 1 or np.any(law <= 0):
        raise InvalidParameter("atoms and probabilities must be 1-d, of one length, and positive")
    if abs(law.sum() - 1) > 1e-12:
        raise InvalidParameter(f"probabilities sum to {law.sum():g}: divide them by their sum")
    _log_factor(n)  # refuses a bad n
    if math.comb(n + values.size - 1, values.size - 1) > _LARGEST:
        raise InvalidParameter(f"n = {n} with {values.size} atoms has over {_LARGEST} types")
    counts = _types(n, values.size)
    logs = gammaln(n + 1) - gammaln(counts + 1).sum(axis=1) + xlogy(counts, law).sum(axis=1)
    samples = np.repeat(np.tile(values, len(counts)), counts.ravel()).reshape(-1, n)
    top = values.max() if bound is None else bound
    # A certificate within round-off of the mean covers it.
    fails = float(law @ values) > hr_loss(samples, 0.0, r, top) * (1 + 1e-14)
    return float(np.exp(logs[fails]).sum())


def _types(n: int, k: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """All ways to write n as an ordered sum of k nonnegative integers."""
    if k == 1:
        return np.full((1, 1), n)
    blocks = []
    for first in range(n + 1):
        rest = _types(n - first, k - 1)
        blocks.append(np.column_stack([np.full(len(rest), first), rest]))
    return np.concatenate(blocks)


def _log_factor(n: int) -> float:
    if not (isinstance(n, (int, np.integer)) and n > 0):
        raise InvalidParameter(f"n = {n} is no positive integer: give the number of points")
    return float(0.5 * np.log(np.pi) + gammaln(n + 1) - gammaln(n + 0.5))
