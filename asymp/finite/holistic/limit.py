r"""The holistic loss of a whole law: what its value of n points tends to, without more training.

For a law of losses clipped at a bound b, of which :math:`w_j` of mass is at :math:`l_j`,

.. math:: \mathrm{HR}_{0,r}=\min_{u\ge0}\ b+u-e^{-r}\exp\mathbb E\log(u+b-\ell),\qquad
          r_c=\max_{0\le w\le1}\mathbb E\log\Big(1-w+w\,\frac{b-\ell}{b-\mu}\Big),

the second being the least radius at which the first covers :math:`\mu`. Both are averages over the
exact law of the losses of a derived theorem (:func:`asymp.analysis.loss_law`): with the training
points of an adversarially trained estimator and its robust risk, the price of robust overfitting.

Status: the losses' law is derived by the engine, the two duals are those of
:func:`asymp.finite.holistic.hr_loss` and :func:`asymp.finite.holistic.critical_radius`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from asymp.analysis import LossLaw, loss_law
from asymp.errors import InvalidParameter
from asymp.finite.holistic.coverage import _best_bet as best_bet
from asymp.finite.holistic.loss import Variant
from asymp.symbols import Domain
from asymp.symbols.arguments import choice, number, numbers, real_array, shown

Array = NDArray[np.float64]

_POISON = Domain(0.0, 1.0, left_open=False, right_open=True)
_BOUNDS = Domain(0.0, 1e100, left_open=True, right_open=False)
_HALVINGS = 100
_SECTIONS = 40
_GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)
_LEAST = 1e-300
_NODE = "node"


def holistic_limit(
    law: LossLaw, at: Any, r: Any, *, bound: Any, alpha: float = 0.0, variant: Variant = "HD"
) -> xr.Dataset:
    r"""Holistic loss of the law of the losses: the limit of :func:`hr_loss` of n points.

    Parameters
    ----------
    law : LossLaw
        Of a derived theorem, from :func:`asymp.analysis.loss_law`.
    at : Dataset or mapping
        What ``theorem.solve`` returned, or parameters.
    r : number or list of numbers
        Kullback-Leibler radius, nonnegative; a list is the dimension ``r``.
    bound : number or DataArray over the grid
        Losses are clipped at it, in (0, 1e100]: the worst law of an unbounded loss is worth
        infinity.
    alpha : float
        Share of poisoned points, in [0, 1).
    variant : {"HD", "HR"}
        As for :func:`hr_loss`; the same at alpha = 0.

    Returns
    -------
    xarray.Dataset
        ``holistic_loss``, ``mean`` (that of the clipped loss) and ``status``; NaN where the theorem
        has no answer. Square losses count twice, as in the theorem's risks.

    Raises
    ------
    InvalidParameter
        If a radius, a share or a bound is outside its domain, or there is no law.

    Notes
    -----
    An exact quadrature: values are good to about 1e-12 of the bound (tested to 1e-10 against
    multi-precision integrals). For variant HR with poison the level below which losses are lifted
    is searched for first; the panels of the final quadrature end there.

    Examples
    --------
    >>> import asymp
    >>> from asymp.analysis import loss_law
    >>> from asymp.finite.holistic import holistic_limit
    >>> thm = asymp.theorem("random-features-robust")
    >>> ds = thm.solve(psi1=1.0, psi2=2.0, eps=0.3, tau=0.5, zeta=0.01)
    >>> found = holistic_limit(loss_law(thm), ds, [0.0, 0.1], bound=11.25)
    >>> found.holistic_loss.values.round(4).tolist(), round(float(ds.robust_risk), 4)
    ([0.766, 1.8057], 1.4047)
    """
    if not isinstance(law, LossLaw):
        raise InvalidParameter(
            f"law = {shown(law)} is no law of losses; give asymp.analysis.loss_law(theorem)"
        )
    radii, alpha = _radii(r), number("alpha", alpha, _POISON, "move it inside")
    choice("variant", variant, ("HD", "HR"), "choose HD (poison first) or HR (divergence first)")
    _require_bound(bound)
    cut = None
    if alpha > 0 and variant == "HD":
        cut = law.quantiles(at, alpha)["loss"].reset_coords(drop=True).fillna(0.0)
    nodes = law.nodes(at, bound, cut=cut)
    clipped = _clipped(nodes, bound)
    columns = [_value(law, at, clipped, float(x), alpha, variant) for x in np.atleast_1d(radii)]
    found = clipped.on_grid(np.stack(columns, axis=-1))
    own = ("r",) if radii.ndim else ()
    dims = nodes["status"].dims
    return (
        nodes.drop_dims(_NODE)
        .assign_coords(r=(own, radii))
        .assign(
            holistic_loss=((*dims, *own), found if own else found[..., 0]),
            mean=(dims, clipped.on_grid(clipped.mean)),
        )
    )


def price_of_overfitting(theorem: Any, at: Any, *, bound: Any) -> xr.Dataset:
    r"""Critical radius at which the holistic loss of training points covers the loss on new ones.

    Parameters
    ----------
    theorem : Theorem
        Derived.
    at : Dataset or mapping
        What ``theorem.solve`` returned, or parameters.
    bound : number or DataArray over the grid
        Both losses are clipped at it; the radius falls as it rises, since mass on a larger loss is
        worth more.

    Returns
    -------
    xarray.Dataset
        ``critical_radius`` in nats a sample (zero where the mean covers, infinite where nothing
        does), ``training_loss`` and ``new_loss``, the two clipped means, and ``status``.

    Raises
    ------
    InvalidParameter
        If the bound is no number of (0, 1e100] over the grid, or there is no theorem.

    Examples
    --------
    >>> import asymp
    >>> from asymp.finite.holistic import price_of_overfitting
    >>> thm = asymp.theorem("random-features-robust")
    >>> ds = thm.solve(psi1=[0.5, 4.0], psi2=2.0, eps=0.3, tau=0.5, zeta=0.01)
    >>> price = price_of_overfitting(thm, ds, bound=9 * (ds.rho + ds.tau**2))
    >>> price.critical_radius.values.round(4).tolist()
    [0.0184, 0.1328]
    """
    if not hasattr(theorem, "problem"):
        raise InvalidParameter(f"theorem = {shown(theorem)} is no theorem; give a derived one")
    _require_bound(bound)
    nodes = loss_law(theorem).nodes(at, bound)
    clipped, dims = _clipped(nodes, bound), nodes["status"].dims
    fresh = loss_law(theorem, "test").mean(at, bound)["loss"].transpose(*dims).values
    mu, b = fresh[clipped.known][:, None], clipped.top[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.where(clipped.weights > 0, (mu - clipped.losses) / (b - mu), 0.0)
    covered = best_bet(np.where(mu < b, gains, 0.0), clipped.weights)
    beyond = (mu >= b)[:, 0] & (clipped.mean < clipped.top)
    radius = np.where(beyond, np.inf, covered)
    return nodes.drop_dims(_NODE).assign(
        critical_radius=(dims, clipped.on_grid(radius)),
        training_loss=(dims, clipped.on_grid(clipped.mean)),
        new_loss=(dims, fresh),
    )


@dataclass(frozen=True)
class _Clipped:
    """Nodes (m, k) of the m points that have an answer, and where these are on the grid."""

    losses: Array
    weights: Array
    top: Array
    known: NDArray[np.bool_]
    bound: xr.DataArray

    @property
    def mean(self) -> Array:
        """Mean of the clipped loss, (m,)."""
        return np.asarray(np.sum(self.weights * self.losses, axis=-1))

    def on_grid(self, values: Array) -> Array:
        """Values (m, ...) on the grid, NaN elsewhere."""
        whole = np.full((*self.known.shape, *values.shape[1:]), np.nan)
        whole[self.known] = values
        return whole


def _clipped(nodes: xr.Dataset, bound: Any) -> _Clipped:
    status = nodes["status"]
    array = bound if isinstance(bound, xr.DataArray) else xr.DataArray(np.asarray(bound))
    whole = array.reset_coords(drop=True).broadcast_like(status).transpose(*status.dims)
    known = np.isfinite(nodes["weight"].values).all(axis=-1)
    losses, weights = nodes["loss"].values[known], nodes["weight"].values[known]
    top = numbers("bound", whole.values[known], _BOUNDS, "give it where there is an answer")
    return _Clipped(losses, weights, top, known, whole.reset_coords(drop=True))


def _require_bound(bound: Any) -> None:
    """Refuse what is no bound; it may be missing at points of a grid that have no answer."""
    values = real_array("bound", bound)
    numbers("bound", values[~np.isnan(values)] if values.ndim else values, _BOUNDS)


def _value(
    law: LossLaw, at: Any, clipped: _Clipped, r: float, alpha: float, variant: Variant
) -> Array:
    """Holistic loss (m,) at one radius."""
    losses, weights, top = clipped.losses, clipped.weights, clipped.top
    if alpha == 0 or variant == "HD":
        return _dual(losses, _poisoned(losses, weights, alpha), top, r)
    level = _lifted_level(losses, weights, top, r, alpha)
    cut = clipped.bound.copy(data=np.where(clipped.known, clipped.on_grid(level), 0.0))
    final = _clipped(law.nodes(at, clipped.bound, cut=cut), clipped.bound)
    return _lifted(final.losses, final.weights, top, r, alpha, level)


def _lifted(
    losses: Array, weights: Array, top: Array, r: float, alpha: float, level: Array
) -> Array:
    """Variant HR's dual at the level to which smaller losses are lifted, at a price."""
    raised = np.maximum(losses, level[:, None])
    return np.asarray(alpha * (top - level) + _dual(raised, weights, top, r))


def _lifted_level(losses: Array, weights: Array, top: Array, r: float, alpha: float) -> Array:
    """Best level: the dual is convex in it; by golden sections."""
    low, high = losses.min(axis=-1), top
    for _ in range(_SECTIONS):
        step = _GOLDEN * (high - low)
        left, right = high - step, low + step
        values = (_lifted(losses, weights, top, r, alpha, x) for x in (left, right))
        better = np.less_equal(*values)
        low, high = np.where(better, low, left), np.where(better, right, high)
    return np.asarray(0.5 * (low + high))


def _radii(r: Any) -> Array:
    radii = np.asarray(r)
    numbers = radii.dtype.kind in "iuf" and radii.ndim <= 1 and radii.size > 0
    if not numbers or not (np.isfinite(radii) & (radii >= 0)).all():
        raise InvalidParameter(
            f"r = {r!r} is no number in [0, inf), or list of such: give a radius, or several"
        )
    return np.asarray(radii, dtype=float)


def _poisoned(losses: Array, weights: Array, alpha: float) -> Array:
    """Weights without a mass alpha of the smallest losses, which goes to the bound, the last."""
    if alpha == 0:
        return weights
    order = np.argsort(losses, axis=-1, kind="stable")
    sorted_weights = np.take_along_axis(weights, order, axis=-1)
    left = np.clip(np.cumsum(sorted_weights, axis=-1) - alpha, 0.0, sorted_weights)
    kept = np.empty_like(weights)
    np.put_along_axis(kept, order, left, axis=-1)
    kept[..., -1] += alpha
    return np.asarray(kept / kept.sum(axis=-1, keepdims=True))


def _dual(losses: Array, weights: Array, top: Array, r: float) -> Array:
    r"""The minimum over u, where nothing cancels for small radii.

    With :math:`c=u+b-\bar l`, :math:`z=(\bar l-\ell)/c` and
    :math:`\Lambda=\mathbb E[z-\log(1+z)]`, stationarity and value are
    :math:`\log(1+\mathbb E\frac{z^2}{1+z})-\Lambda=r` and :math:`\bar l+c(1-e^{-(r+\Lambda)})`.
    """
    mean = np.sum(weights * losses, axis=-1, keepdims=True)
    if r == 0 or losses.shape[0] == 0:
        return np.asarray(mean[:, 0])
    b, fall = top[:, None], mean - losses
    gaps, room = b - losses, b - mean
    variance = np.sum(weights * fall**2, axis=-1, keepdims=True)

    def balance(u: Array) -> tuple[Array, Array, Array]:
        c = u + room
        with np.errstate(divide="ignore", invalid="ignore"):
            z = fall / c
            ratio = (u + gaps) / c
            bent = np.where(weights > 0, weights * z * z / ratio, 0.0)
            # At the bound itself 1 + z has no digit left, the ratio all of them.
            logarithm = np.where(z > -0.5, np.log1p(z), np.log(ratio))
            excess = np.where(weights > 0, weights * (z - logarithm), 0.0)
        lam = np.sum(excess, axis=-1, keepdims=True)
        return np.log1p(np.sum(bent, axis=-1, keepdims=True)) - lam, c, lam

    low = np.full_like(mean, np.log(_LEAST))
    high = np.log(np.maximum(np.sqrt(variance / r), _LEAST))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        beyond = balance(np.exp(middle))[0] > r
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    _, c, lam = balance(np.exp(high))
    return np.asarray(np.minimum(mean - c * np.expm1(-(r + lam)), b)[:, 0])
