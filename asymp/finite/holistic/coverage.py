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

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlogy

from asymp.errors import InvalidParameter
from asymp.finite.holistic.arguments import leading_axes
from asymp.finite.holistic.loss import bounds_of, sample_of
from asymp.symbols import Domain
from asymp.symbols.arguments import NONNEGATIVE, REAL, Array, finite_array, number, whole

_CHANCE = Domain(0.0, 1.0, left_open=True, right_open=False)
_HALVINGS = 200
_LARGEST = 4 * 10**6
_ROUND_OFF = 1e-13


def disappointment_bound(n: int, r: float) -> float:
    r"""Bound :math:`\min(1,K_ne^{-rn})` of the probability that the certificate fails.

    Parameters
    ----------
    n : int
        Number of training points, positive.
    r : float
        Kullback-Leibler radius, nonnegative.

    Returns
    -------
    float

    Raises
    ------
    InvalidParameter
        If a parameter is outside its domain.

    Examples
    --------
    >>> round(disappointment_bound(100, 0.1), 6)
    0.000806
    """
    return float(min(1.0, np.exp(_log_factor(n) - number("r", r, NONNEGATIVE) * n)))


def certified_radius(n: int, delta: float) -> float:
    r"""Radius at which the certificate of a fixed predictor fails with probability at most delta.

    .. math:: r=\frac{\log K_n+\log(1/\delta)}n.

    Parameters
    ----------
    n : int
        Number of training points, positive.
    delta : float
        Probability of failure, in (0, 1].

    Returns
    -------
    float
        In nats a sample.

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
    return float((_log_factor(n) - np.log(number("delta", delta, _CHANCE))) / n)


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
        If a number is not finite, a bound below a loss, or shapes do not belong together.

    Examples
    --------
    >>> from asymp.finite.holistic import hr_loss
    >>> losses = [0.2, 0.5, 0.3, 1.0]
    >>> r = critical_radius(losses, 0.7)
    >>> round(r, 6), round(hr_loss(losses, r=r), 12)
    (0.178803, 0.7)
    """
    sample, mu = sample_of(losses), finite_array("target", target)
    largest = sample.max(axis=-1)
    top = largest if bound is None else bounds_of(bound, largest)
    lead = leading_axes("target and bound", sample.shape[:-1], mu.shape, top.shape)
    mu, top = np.broadcast_to(mu, lead)[..., None], np.broadcast_to(top, lead)[..., None]
    inside = mu < top
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(inside, (mu - sample) / np.where(inside, top - mu, 1.0), 0.0)
    found = _best_bet(gains)
    # At the bound itself no finite radius is enough, unless every loss is there.
    beyond = (mu > top) | ((mu == top) & (sample.mean(axis=-1, keepdims=True) < top))
    radius = np.where(beyond[..., 0], np.inf, found)
    return float(radius) if radius.ndim == 0 else radius


def _best_bet(gains: Array, counts: Array | None = None) -> Array:
    """Largest mean of log(1 + w gain) over w in [0, 1], each gain counted so often."""
    low, high = np.zeros(gains.shape[:-1]), np.ones(gains.shape[:-1])
    if gains.size == 0:
        return low
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        with np.errstate(divide="ignore"):
            slope = np.average(gains / (1 + middle[..., None] * gains), axis=-1, weights=counts)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
        if np.all(high - low <= 1e-16 * high):
            break
    growth = np.average(np.log1p(low[..., None] * gains), axis=-1, weights=counts)
    return np.maximum(growth, 0.0)


def disappointment_probability(
    atoms: ArrayLike, probabilities: ArrayLike, n: int, r: float, bound: float | None = None
) -> float:
    r"""Exact probability that the mean of a discrete law exceeds its certificate.

    .. math:: \mathbb P\big(\mu>\mathrm{HR}_{0,r}(l_1,\dots,l_n;b)\big),

    the sum of multinomial probabilities over all samples, counted by type. Which types fail is
    read from their critical radius.

    Parameters
    ----------
    atoms, probabilities : array_like, (k,)
        The losses and their probabilities.
    n : int
        Sample size; there are :math:`\binom{n+k-1}{k-1}` types of k counts, in all at most four
        million numbers (a million and more points for two atoms).
    r : float
        Kullback-Leibler radius.
    bound : float, optional
        The largest atom by default (the bound of the law, not of the sample).

    Returns
    -------
    float

    Raises
    ------
    InvalidParameter
        If the law is none, a bound is below an atom, or there are too many types.

    Examples
    --------
    >>> round(disappointment_probability([0.0, 1.0], [0.9, 0.1], 50, 0.05), 5)
    0.03379
    """
    values, law = _law(atoms, probabilities)
    size, radius = whole("n", n, advice="give the number of points"), number("r", r, NONNEGATIVE)
    top = float(values.max())
    if bound is not None:
        top = float(bounds_of(number("bound", bound, REAL), values.max()))
    # Distances from the bound, so that a shift of the losses does not matter.
    # A power of two, so that no digit is lost and no distance overflows.
    exponent = 1 + int(np.frexp(max(abs(top), float(np.abs(values).max())))[1])
    gaps = np.ldexp(top, -exponent) - np.ldexp(values, -exponent)
    span = float(gaps.max())
    if span == 0:
        return 0.0
    # A certificate within round-off of the mean covers it.
    gap = float(law @ gaps) + _ROUND_OFF * span + np.finfo(float).eps
    counts = _types(size, values.size)
    logs = gammaln(size + 1) - gammaln(counts + 1).sum(axis=1) + xlogy(counts, law).sum(axis=1)
    possible = np.exp(logs) > 0
    counts, logs = counts[possible], logs[possible]
    # An atom that a sample lacks must not bet: its logarithm may be infinite.
    gains = np.where(counts > 0, gaps / gap - 1, 0.0)
    fails = _best_bet(gains, counts.astype(float)) > radius
    return float(min(1.0, np.exp(logs[fails]).sum()))


def _law(atoms: ArrayLike, probabilities: ArrayLike) -> tuple[Array, Array]:
    """Atoms and positive probabilities of sum one."""
    values, law = finite_array("atoms", atoms), finite_array("probabilities", probabilities)
    if values.shape != law.shape or values.ndim != 1 or values.size == 0:
        raise InvalidParameter(
            f"atoms of shape {values.shape} and probabilities of shape {law.shape}: they must be "
            "1-d, of one length, at least 1"
        )
    if not (law > 0).all():
        raise InvalidParameter(
            f"probabilities hold {law.min():g}, outside (0, 1]: drop atoms without mass"
        )
    if abs(law.sum() - 1) > 1e-12:
        raise InvalidParameter(f"probabilities sum to {law.sum():g}: divide them by their sum")
    return values, law / law.sum()


def _types(n: int, k: int) -> NDArray[np.int64]:
    """All ways to write n as an ordered sum of k nonnegative integers, by k - 1 bars among them."""
    # At least n + 1 types, and at least k, of which to know before counting them takes long.
    least = max(n + 1, k) if k > 1 else 1
    count = math.comb(n + k - 1, k - 1) if least * k <= _LARGEST else least
    if count * k > _LARGEST:
        raise InvalidParameter(
            f"n = {n} with {k} atoms has too many types, a table of more than {_LARGEST} numbers: "
            "take fewer points or atoms, or draw samples and compare with hr_loss"
        )
    bars = np.empty((count, k + 1), dtype=np.int64)
    bars[:, 0], bars[:, k] = -1, n + k - 1
    places = itertools.chain.from_iterable(itertools.combinations(range(n + k - 1), k - 1))
    bars[:, 1:k] = np.fromiter(places, dtype=np.int64, count=count * (k - 1)).reshape(count, k - 1)
    return np.asarray(np.diff(bars, axis=1) - 1)


def _log_factor(n: int) -> float:
    size = whole("n", n, advice="give the number of points")
    return float(0.5 * np.log(np.pi) + gammaln(size + 1) - gammaln(size + 0.5))
