r"""Judge a theory by simulations at two sizes.

Finite problems are biased by :math:`O(1/d)`: the bias is removed by fitting, for every
observable, :math:`m(d)=m_\infty+b/d` to the means at the sizes given, weighted by their
standard errors (with two sizes: Richardson extrapolation). The deviation of :math:`m_\infty`
from the theory, in its own standard errors, is judged by Student's law at a level that is
shared between all comparisons (Sidak), so that a true theory is rejected with probability
``level`` at most, whatever the number of observables and points. Bias of higher order than 1/d
is taken to be small against the standard errors: choose sizes for which it is.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy import stats

from asymp.errors import InvalidParameter
from asymp.simulate.curve import Array

_EXACT = 1e-9
"""Relative deviation allowed where every repeat gives one value and the error estimate is 0."""
_ZERO = 1e-14
"""Absolute deviation allowed where the true value is 0, as of an interpolator's residuals."""
_SHARES = ("train_error", "train_robust_error", "interpolated_fraction")
"""Counted on the training points: a mean of repeats is not known better than to one of them."""


@dataclass(frozen=True)
class Comparison:
    """One observable at one parameter point.

    Parameters
    ----------
    observable, point : str
        What and where.
    theory : float
    means, sems : tuple of float
        Simulated means and standard errors, in the order of the sizes.
    limit, limit_sem : float
        Extrapolated value and its standard error.
    deviation : float
        (limit - theory) in standard errors.
    p_value : float
        Two-sided probability of a larger deviation under the theory.
    """

    observable: str
    point: str
    theory: float
    means: tuple[float, ...]
    sems: tuple[float, ...]
    limit: float
    limit_sem: float
    deviation: float
    p_value: float


@dataclass(frozen=True)
class Verdict:
    """Outcome of all comparisons; printing it gives a table.

    Parameters
    ----------
    comparisons : tuple of Comparison
    sizes : tuple of int
        Input dimensions of the runs.
    level : float
        Probability of rejecting a true theory, all comparisons together.
    left_out : tuple of str
        What could not be compared, theory or a draw having no finite value there.
    """

    comparisons: tuple[Comparison, ...]
    sizes: tuple[int, ...]
    level: float
    left_out: tuple[str, ...] = ()

    @property
    def threshold(self) -> float:
        """Sidak's bound: a smaller p-value is a disagreement."""
        return float(-np.expm1(np.log1p(-self.level) / max(len(self.comparisons), 1)))

    @property
    def disagreements(self) -> tuple[Comparison, ...]:
        """The comparisons that the theory fails."""
        return tuple(c for c in self.comparisons if c.p_value < self.threshold)

    @property
    def agrees(self) -> bool:
        """Whether no comparison fails."""
        return not self.disagreements

    def __str__(self) -> str:
        """Table with a line per comparison and a closing sentence."""
        heads = [
            "observable",
            "point",
            "theory",
            *(f"d={d}" for d in self.sizes),
            "d=inf",
            "deviation",
            "",
        ]
        rows = [heads, *(self._row(c) for c in self.comparisons)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        return "\n".join([*lines, self._sentence()])

    def _row(self, c: Comparison) -> list[str]:
        simulated = [f"{m:.4f}({s:.4f})" for m, s in zip(c.means, c.sems, strict=True)]
        return [
            c.observable,
            c.point,
            f"{c.theory:.4f}",
            *simulated,
            f"{c.limit:.4f}({c.limit_sem:.4f})",
            f"{c.deviation:+.2f}",
            "DISAGREES" if c.p_value < self.threshold else "",
        ]

    def _sentence(self) -> str:
        count, failed = len(self.comparisons), len(self.disagreements)
        verdict = "agree" if self.agrees else f"disagree in {failed}"
        worst = max((abs(c.deviation) for c in self.comparisons), default=0.0)
        return (
            f"theory and simulation {verdict}: {count} comparisons, largest deviation "
            f"{worst:.2f} standard errors after removal of a 1/d bias, "
            f"joint level {self.level:g}"
            + (f"; without a finite value: {', '.join(self.left_out)}" if self.left_out else "")
        )


def compare(
    theory: Mapping[str, Any] | xr.Dataset, runs: Sequence[xr.Dataset], level: float = 0.01
) -> Verdict:
    r"""Compare a theory with simulations of the same points at two or more sizes.

    Parameters
    ----------
    theory : mapping or Dataset
        Value of each observable to compare; numbers, or arrays over the dimensions of the
        runs. Names that the runs do not have are ignored, and so are NaN and infinite values.
    runs : sequence of Dataset
        Results of :func:`asymp.simulate.simulate` at different ``d``, independent of each other.
    level : float
        Probability of rejecting a true theory.

    Raises
    ------
    InvalidParameter
        If fewer than two sizes are given, or nothing can be compared.

    Examples
    --------
    >>> def run(d):
    ...     values = 1 + 3 / d + 0.01 * np.sin(np.arange(10.0))
    ...     return xr.Dataset({"standard_risk": ("repeat", values)}, attrs={"d": d})
    >>> compare({"standard_risk": 1.0}, [run(100), run(200)]).agrees
    True
    >>> compare({"standard_risk": 1.1}, [run(100), run(200)]).agrees
    False
    """
    runs = sorted(runs, key=lambda run: run.attrs["d"])
    sizes = tuple(int(run.attrs["d"]) for run in runs)
    if len(set(sizes)) < 2:
        raise InvalidParameter(
            f"runs are at d = {sorted(set(sizes))}: two different sizes are needed to tell "
            "finite-size bias from disagreement"
        )
    if not 0 < level < 1:
        raise InvalidParameter(f"level = {level:g} is not in (0, 1)")
    found = list(_comparisons(theory, runs, np.array(sizes, dtype=float)))
    comparisons = tuple(item for item in found if isinstance(item, Comparison))
    if not comparisons:
        raise InvalidParameter("theory and runs share no observable with a finite value")
    return Verdict(comparisons, sizes, level, tuple(i for i in found if isinstance(i, str)))


def _comparisons(
    theory: Mapping[str, Any] | xr.Dataset, runs: Sequence[xr.Dataset], sizes: Array
) -> Iterator[Comparison | str]:
    """Comparisons, and labels of what has no finite value."""
    for name in theory:
        if any(str(name) not in run or "repeat" not in run[name].dims for run in runs):
            continue
        wanted = theory[str(name)]
        wanted = wanted if isinstance(wanted, xr.DataArray) else xr.DataArray(wanted)
        samples = [run[name] for run in runs]
        over = samples[0].isel(repeat=0, drop=True)
        wanted = _at_points(wanted, over)
        for index in np.ndindex(over.shape):
            where = dict(zip(map(str, over.dims), index, strict=True))
            value = float(wanted.isel(where))
            columns = [np.asarray(s.isel(where).values, dtype=float) for s in samples]
            label = _label(over, where)
            if np.isfinite(value) and all(np.isfinite(column).all() for column in columns):
                yield _comparison(str(name), label, value, columns, sizes, _one(name, runs))
            else:
                yield f"{name} {label}".strip()


def _one(name: Hashable, runs: Sequence[xr.Dataset]) -> Array:
    """Share of one training point in all repeats of each size, for what is counted on them."""
    counted = [run.attrs.get("n") if name in _SHARES else None for run in runs]
    return np.array(
        [
            0.0 if n is None else 1 / (np.min(n) * r.repeat.size)
            for n, r in zip(counted, runs, strict=True)
        ]
    )


def _at_points(wanted: xr.DataArray, over: xr.DataArray) -> xr.DataArray:
    """Theory at the points of the runs; NaN where its grid does not have them."""
    strange = set(wanted.dims) - set(over.dims)
    if strange:
        raise InvalidParameter(
            f"theory varies along {min(map(str, strange))!r}, which the runs do not; "
            "select one value"
        )
    indexes = {k: over[k] for k in wanted.dims if k in over.coords and k in wanted.coords}
    # Grids are written by different routes: allow round-off between equal points.
    found = wanted.reindex(indexes, method="nearest", tolerance=1e-9) if indexes else wanted
    return found.broadcast_like(over).transpose(*over.dims)


def _label(over: xr.DataArray, where: Mapping[str, int]) -> str:
    named = over.isel(where)
    return " ".join(f"{k}={float(named[k]):g}" for k in where if k in named.coords)


def _comparison(
    name: str, point: str, theory: float, columns: list[Array], sizes: Array, one: Array
) -> Comparison:
    means = np.array([column.mean() for column in columns])
    sems = np.array([column.std(ddof=1) / np.sqrt(column.size) for column in columns])
    freedom = np.array([column.size - 1 for column in columns])
    # Where every draw gives one value, rounding of the observable's own scale stands for chance.
    scale = np.maximum(np.abs(means), abs(theory))
    sems = np.maximum(np.maximum(sems, one), np.maximum(_EXACT * scale, _ZERO))
    share = _intercept_weights(sizes, sems)
    parts = (share * sems) ** 2
    limit, sem = float(share @ means), float(np.sqrt(parts.sum()))
    # Welch and Satterthwaite's degrees of freedom of a sum of estimated variances.
    degrees = float(parts.sum() ** 2 / np.sum(parts**2 / freedom))
    deviation = (limit - theory) / sem
    return Comparison(
        name,
        point,
        theory,
        tuple(map(float, means)),
        tuple(map(float, sems)),
        limit,
        sem,
        deviation,
        float(2 * stats.t.sf(abs(deviation), degrees)),
    )


def _intercept_weights(sizes: Array, sems: Array) -> Array:
    """Weights of the means in the intercept of a weighted fit of 1 and 1/d."""
    design = np.column_stack([np.ones_like(sizes), 1 / sizes]) / sems[:, None]
    return np.asarray(np.linalg.pinv(design)[0] / sems)
