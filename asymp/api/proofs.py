"""What a theorem proves of its numbers: certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asymp.api.storing import require_store
from asymp.errors import MissingExtra
from asymp.theorem_data import TheoremData

if TYPE_CHECKING:
    import xarray as xr

    from asymp.certify import Exhaustive


@dataclass(frozen=True)
class Proofs(TheoremData):
    """Certifying points, curves and boxes."""

    def certify(
        self,
        dataset: xr.Dataset | None = None,
        *,
        reading: str = "float",
        progress: bool | None = None,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        workers: int = 1,
        **parameters: Any,
    ) -> xr.Dataset:
        """Prove root and values at every point, in ball arithmetic.

        For each point: the branch that holds is decided, its fixed point is proved to exist and to
        be the only one in a stated box, every value is enclosed, and the numbers given are
        compared with the enclosures.

        Parameters
        ----------
        dataset : xarray.Dataset, optional
            What :meth:`solve` returned; or give parameters as to :meth:`solve`.
        reading : {"float", "decimal"}
            Which number a parameter stands for: the float's exact binary value, or the shortest
            decimal that prints as it.
        progress : bool, optional
            Show a bar; default: on a terminal, for long grids.
        store, chunk, overwrite
            A Zarr store that is filled chunk by chunk and resumed, as for :meth:`solve`.
        workers : int
            Processes that fill a store, where there is no Dask client.

        Returns
        -------
        xarray.Dataset
            ``X_lower <= X <= X_upper`` for each value ``X``, ``certificate`` (see
            :class:`asymp.Certificate`), ``error``, ``radius``, ``bits``, ``branch``.

        Raises
        ------
        InvalidParameter
            For bad names or values, or a dataset of another theorem.
        MissingExtra
            Without python-flint.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("random-features-robust")
        >>> proof = thm.certify(thm.solve(psi1=[0.5, 2.0], psi2=3.0, eps=0.3, tau=0.5))
        >>> proof.certificate.values.tolist()  # 0: certified
        [0, 0]
        >>> bool((proof.robust_risk_upper - proof.robust_risk_lower < 1e-14).all())
        True
        """
        require_certify()
        require_store(store, chunk, overwrite)
        if store is not None:
            from asymp.sweep.certifying import certify_into

            return certify_into(
                self, dataset, parameters, store, reading=reading, progress=progress,
                chunk=chunk, overwrite=overwrite, workers=workers,
            )  # fmt: skip
        from asymp.certify import certify_grid

        return certify_grid(self, dataset, parameters, reading=reading, progress=progress)

    def certify_curve(
        self,
        over: Mapping[str, tuple[float, float]],
        *,
        tolerance: float = 0.02,
        pieces: int = 2000,
        reading: str = "float",
        progress: bool | None = None,
        **parameters: Any,
    ) -> xr.Dataset:
        """Prove a curve: enclosures for all values of one parameter in an interval.

        See :func:`asymp.certify.certify_curve`.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("ridge")
        >>> curve = thm.certify_curve({"alpha": (1.5, 2.0)}, zeta=0.5, tau=0.5)
        >>> bool((curve.certificate == 0).all()), bool(curve.joined.all())
        (True, True)
        """
        require_certify()
        from asymp.certify import certify_curve

        return certify_curve(
            self, over, parameters, tolerance=tolerance, pieces=pieces, reading=reading,
            progress=progress,
        )  # fmt: skip

    def certify_everywhere(
        self,
        within: tuple[float, float] = (1e-2, 1e2),
        *,
        reading: str = "float",
        most: int = 200_000,
        progress: bool | None = None,
        **parameters: Any,
    ) -> Exhaustive:
        """Prove how many fixed points a point has, over a whole box of the unknowns.

        See :func:`asymp.certify.certify_everywhere`.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("ridge")
        >>> thm.certify_everywhere((1e-3, 1e3), alpha=2.0, zeta=0.5, tau=0.5).unique
        True
        """
        require_certify()
        from asymp.certify import certify_everywhere

        return certify_everywhere(
            self, within, parameters, reading=reading, most=most, progress=progress
        )


def require_certify() -> None:
    """Refuse to certify without python-flint."""
    from importlib.util import find_spec

    if find_spec("flint") is None:
        raise MissingExtra("certificates need python-flint: pip install 'asymp[certify]'")
