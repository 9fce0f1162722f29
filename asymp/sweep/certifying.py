"""Certifying a large grid into a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from asymp.certify.grid import certify_grid, result_of
from asymp.certify.system import Certifiable, certifiable
from asymp.errors import InvalidParameter
from asymp.solver.grid import solve_grid
from asymp.sweep.run import sweep

POINTS = 2000  # of a chunk: about a second where every value has a closed form


@dataclass(frozen=True)
class CertifyChunk:
    """Certifies a chunk of a solved grid; pickles as the text of the programs."""

    theorem: Certifiable
    reading: str

    def __call__(self, chunk: xr.Dataset) -> xr.Dataset:
        """Enclosures and outcomes over the chunk."""
        proof = certify_grid(self.theorem, chunk, reading=self.reading, progress=False)
        return proof.drop_vars(list(proof.coords))


def certify_into(
    theorem: Any,
    dataset: xr.Dataset | None,
    arguments: Mapping[str, Any],
    path: str | Path,
    *,
    reading: str = "float",
    **options: Any,
) -> xr.Dataset:
    """Certify a grid into a store; killed at any moment, the same call goes on.

    Parameters
    ----------
    theorem, dataset, arguments, reading
        As for :func:`asymp.certify.certify_grid`. A dataset may be one that is read from a store.
    path : path
    **options
        ``chunk, overwrite, workers, progress`` of :func:`asymp.sweep.sweep`.

    Raises
    ------
    InvalidParameter
        For a dataset of another theorem or without points, or a store of something else.
    """
    if dataset is None:
        dataset = solve_grid(theorem, arguments, throw=False, progress=False)
    ready = certifiable(theorem)
    dataset = result_of(ready, dataset)
    if 0 in dataset.sizes.values():
        raise InvalidParameter("the dataset has no points: there is nothing to certify")
    function = CertifyChunk(ready, reading)
    first = dataset.isel(dict.fromkeys(dataset.dims, slice(1))).load()
    template = certify_grid(ready, first, reading=reading, progress=False)
    what = {
        "computation": "certify",
        "theorem": theorem.id,
        "equations": dataset.attrs["equations"],
        "constants": template.attrs["constants"],
        "reading": reading,
        "versions": template.attrs["versions"],
    }
    return sweep(
        function,
        dataset,
        template,
        what,
        path,
        usual=lambda: POINTS,
        **options,
    )
