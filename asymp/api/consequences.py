"""What follows from a fixed point: derivatives, optima, expansions, exports, translations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asymp.theorem_data import TheoremData

if TYPE_CHECKING:
    import xarray as xr

    from asymp.analysis import Gradient, LossLaw, Series
    from asymp.conventions.translation import Translation


@dataclass(frozen=True)
class Consequences(TheoremData):
    """Analysing and exporting."""

    def translate(self, to: str) -> Translation:
        """The theorem in the letters of another paper.

        Parameters
        ----------
        to : str
            Name of one of ``translations``, e.g. ``"mei-montanari"``.

        Returns
        -------
        Translation
            With ``parameters(**ours)``, ``back(**theirs)``, ``solve(**theirs)`` and ``latex()``.
        """
        from asymp.conventions.translation import translate

        return translate(self, to)

    def gradient(self, observable: str, parameter: str) -> Gradient:
        """Derivative of an observable by implicit differentiation of the fixed point.

        A partial derivative: every other parameter is held. See
        :func:`asymp.analysis.gradient`.
        """
        from asymp.analysis import gradient

        return gradient(self, observable, parameter)

    def loss_law(self, sample: str = "train") -> LossLaw:
        """Exact law of the losses, and of the residuals or margins, of one point.

        ``sample`` is ``"train"`` or ``"test"``. See :func:`asymp.analysis.loss_law`.
        """
        from asymp.analysis import loss_law

        return loss_law(self, sample)

    def optimise(
        self,
        observable: str,
        over: str | Sequence[str],
        *,
        maximise: bool = False,
        bounds: Any = None,
        **parameters: Any,
    ) -> xr.Dataset:
        """Best value of one or two parameters, e.g. the optimal ridge.

        See :func:`asymp.analysis.optimise`.
        """
        from asymp.analysis import optimise

        return optimise(self, observable, over, maximise=maximise, bounds=bounds, **parameters)

    def series(
        self,
        observable: str,
        parameter: str,
        at: Any,
        order: int = 2,
        *,
        side: str | None = None,
        **parameters: Any,
    ) -> Series:
        """Expansion of an observable in one parameter, exponents detected.

        ``at`` is a number, ``"oo"`` or the name of a boundary such as ``"eps_max"``. See
        :func:`asymp.analysis.series`.
        """
        from asymp.analysis import series

        return series(self, observable, parameter, at, order, side=side, **parameters)

    def export(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the solver as one dependency-free Python file.

        See :func:`asymp.analysis.export`.
        """
        from asymp.analysis import export

        return export(self, path, overwrite=overwrite)
