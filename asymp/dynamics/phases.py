r"""The three phases of a run, by criteria that are stated with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from asymp.dynamics.kinds import of_kind
from asymp.symbols.arguments import REAL, number

NAMES = ("I", "II", "III")


@dataclass(frozen=True)
class Thresholds:
    r"""Where phases begin and end.

    Parameters
    ----------
    signal : float
        Phase I, the signal is learned, ends when the signal's output
        :math:`\sum_ra_r\sigma(\alpha u_r)` reaches this: :math:`u` is then of order
        :math:`\alpha^{-1}`.
    rising : float
        Phase II, the signal stalls, ends and phase III, the noise is memorised, begins when the
        mean over samples of :math:`\mathcal V_i` reaches this.
    memorised : float
        Phase III ends when every :math:`\mathcal V_i` reaches this.

    Raises
    ------
    InvalidParameter
        If one of them is not a finite number.

    Examples
    --------
    >>> Thresholds(signal=2.0).criterion
    'I until signal >= 2; II until mean memorised >= 0.1; III until min memorised >= 1'
    """

    signal: float = 1.0
    rising: float = 0.1
    memorised: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no number: no phase would ever end there."""
        for name in ("signal", "rising", "memorised"):
            number(f"threshold {name}", getattr(self, name), REAL)

    @classmethod
    def given(cls, thresholds: Any) -> Thresholds:
        """Those of an argument, or the usual ones for ``None``."""
        if thresholds is None:
            return cls()
        return of_kind("thresholds", thresholds, cls, "give asymp.dynamics.Thresholds(...)")

    @property
    def criterion(self) -> str:
        """The criteria in a sentence."""
        return (
            f"I until signal >= {self.signal:g}; II until mean memorised >= {self.rising:g}; "
            f"III until min memorised >= {self.memorised:g}"
        )


def add_phases(data: Any, thresholds: Thresholds) -> Any:
    """Add ``phase_start`` and ``phase_end`` (in steps) and ``phase`` of each step kept.

    A phase that is not reached has NaN for its start; one that is not over NaN for its end.
    ``phase`` is 0 after phase III.
    """
    times = data.step.to_numpy()
    reached = [
        _first(times, data.signal.to_numpy() >= thresholds.signal),
        _first(times, data.memorised.mean("sample").to_numpy() >= thresholds.rising),
        _first(times, data.memorised.min("sample").to_numpy() >= thresholds.memorised),
    ]
    # A phase cannot end before the one before it.
    ends = np.maximum.accumulate(reached)
    starts = np.array([0.0, ends[0], ends[1]])
    phase = np.zeros(len(times), dtype=int)
    for k in (3, 2, 1):
        phase[~(times >= ends[k - 1])] = k
    out = data.assign_coords(phase=("step", phase), phase_name=list(NAMES))
    out["phase_start"], out["phase_end"] = ("phase_name", starts), ("phase_name", ends)
    out.attrs["phase_criterion"] = thresholds.criterion
    return out


def _first(times: Any, holds: Any) -> float:
    return float(times[np.argmax(holds)]) if holds.any() else np.nan
