"""What a theorem says in numbers: solved, simulated, compared."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asymp.api.storing import require_store
from asymp.errors import InvalidParameter
from asymp.theorem_data import TheoremData

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from asymp.simulate import Verdict
    from asymp.testing.audit import AuditReport


@dataclass(frozen=True)
class Numbers(TheoremData):
    """Solving and simulating."""

    def solve(
        self,
        *,
        throw: bool = True,
        progress: bool | None = None,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        **arguments: Any,
    ) -> xr.Dataset:
        """Solve the fixed point wherever the arguments say.

        Parameters
        ----------
        throw : bool
            Whether a scalar call without a finite outcome raises.
        progress : bool, optional
            Show a bar; default: on a terminal, for long grids.
        store : path, optional
            Folder of a Zarr store (``*.zarr``) that is filled chunk by chunk, and resumed by the
            same call after a kill: see :func:`asymp.sweep.sweep`.
        chunk : int or mapping, optional
            Points of a chunk of the store, or lengths by dimension; default: about a second's.
        overwrite : bool
            Whether a store of another computation makes way for this one.
        **arguments
            Parameters by name. Scalars give 0-d variables, each plain array its own dimension in
            the order given, DataArrays that share a dimension are paired, Dask-backed ones are
            solved lazily.

        Returns
        -------
        xarray.Dataset
            Observables and order parameters with ``status``, ``residual`` and ``condition``.

        Raises
        ------
        InvalidParameter
            For unknown or missing names, bad scalars, or no admissible point.
        NotConverged
            If ``throw`` and a scalar call has no finite outcome.

        Examples
        --------
        >>> import asymp
        >>> thm = asymp.theorem("random-features-robust")
        >>> ds = thm.solve(psi1=[0.5, 2.0], psi2=3.0, eps=0.3, tau=0.5)
        >>> ds.robust_risk.dims
        ('psi1',)
        """
        require_store(store, chunk, overwrite)
        if store is not None:
            from asymp.sweep.solving import solve_into

            return solve_into(
                self, arguments, store, throw=throw, progress=progress, chunk=chunk,
                overwrite=overwrite,
            )  # fmt: skip
        from asymp.solver import solve_grid

        return solve_grid(self, arguments, throw=throw, progress=progress)

    def simulate(
        self,
        *,
        d: int = 400,
        repeats: int = 20,
        rng: int | np.random.Generator = 0,
        store: str | Path | None = None,
        chunk: int | Mapping[str, int] | None = None,
        overwrite: bool = False,
        **options: Any,
    ) -> xr.Dataset:
        """Draw the finite problem, train it to optimality, attack it, and measure.

        Parameters
        ----------
        d : int
            Input dimension; the other sizes follow from the ratios.
        repeats : int
            Independent draws.
        rng : int or numpy Generator
        store, chunk, overwrite
            As for :meth:`solve`; by default a chunk is one repeat of the points of equal ratios.
        **options
            Parameters by name, and options of :func:`asymp.simulate.simulate`.

        Returns
        -------
        xarray.Dataset
            For every observable the draws, ``_mean``, ``_sem`` and ``_theory`` beside them.
        """
        from asymp.simulate.repeats import with_theory
        from asymp.simulate.run import simulate
        from asymp.simulate.stated import simulate_theorem

        require_store(store, chunk, overwrite)
        point = {name: options.pop(name) for name in list(options) if name in self.parameters}
        theory = self.solve(throw=False, progress=False, **point)
        _require_options(options, simulate, self.parameters)
        how: dict[str, Any] = {"d": d, "repeats": repeats, "rng": rng, **options}
        if store is None:
            return with_theory(simulate_theorem(self, point, **how), theory, self)
        from asymp.sweep.simulating import simulate_into

        return simulate_into(
            self, point, store, theory=theory, chunk=chunk, overwrite=overwrite, **how
        )

    def compare(
        self,
        *,
        sizes: Sequence[int] = (200, 400),
        repeats: int = 20,
        rng: int = 0,
        level: float = 0.01,
        **options: Any,
    ) -> Verdict:
        """Simulate at two sizes and judge the theory, allowing for finite-size bias.

        Parameters
        ----------
        sizes : sequence of int
            Input dimensions; two at least, so that a bias of order 1/d is told from disagreement.
        repeats : int
            Independent draws at each size.
        rng : int
        level : float
            Probability of rejecting a true theory, all comparisons together.
        **options
            As for :meth:`simulate`.

        Returns
        -------
        Verdict
            ``agrees``, and a table when printed.
        """
        from asymp.simulate import compare

        runs = [self.simulate(d=d, repeats=repeats, rng=rng, **options) for d in sizes]
        point = {name: value for name, value in options.items() if name in self.parameters}
        theory = self.solve(throw=False, progress=False, **point)
        return compare(theory[list(self.observables)], runs, level=level)

    def compare_with(
        self, other: TheoremData, *, parameters: Mapping[str, Any] | None = None, **options: Any
    ) -> AuditReport:
        """Compare with another theorem at random points: a stated one with a derived one, say.

        Parameters
        ----------
        other : Theorem
        parameters : mapping of str to expression
            Its parameters in those of this theorem; equal names stand for themselves.
        **options
            ``observables, points, rng, ranges, tolerance`` of
            :func:`asymp.testing.agreement.agreement`.

        Returns
        -------
        AuditReport
            ``outcome``, and ``worst``: the point of the largest deviation.
        """
        from asymp.testing.agreement import agreement

        return agreement(self, other, parameters=parameters, **options)


def _require_options(
    options: Mapping[str, Any], function: Callable[..., Any], parameters: Mapping[str, Any]
) -> None:
    """Refuse names that are neither parameters of the theorem nor options of the function."""
    known = set(inspect.signature(function).parameters) - {"problem", "parameters"}
    for name in options:
        if name not in known:
            raise InvalidParameter(
                f"unknown name {name!r}: the parameters are {', '.join(parameters)}, the options "
                f"{', '.join(sorted(known))}"
            )
