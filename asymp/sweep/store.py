"""A Zarr store that is filled block by block, and knows which blocks it holds."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asymp.sweep.blocks import Blocks, Index
from asymp.sweep.layout import DERIVED, DONE, PRIVATE, is_chunked


@dataclass(frozen=True)
class Store:
    """A store that has been laid out.

    A block's mark is a digest of its data and is written after them: whatever was damaged or cut
    short by the end of a process does not fit its mark, and is computed again.

    Parameters
    ----------
    path : Path
    template : Dataset
    blocks : Blocks
    """

    path: Path
    template: xr.Dataset
    blocks: Blocks

    @cached_property
    def _group(self) -> Any:
        import zarr

        return zarr.open_group(self.path, mode="r+", use_consolidated=False)

    @cached_property
    def _arrays(self) -> dict[str, Any]:
        names = [str(n) for n, v in self.template.data_vars.items() if is_chunked(v, self.blocks)]
        return {name: self._group[name] for name in sorted(names)}

    @cached_property
    def _marks(self) -> Any:
        return self._group[f"{PRIVATE}/{DONE}"]

    def holds(self, index: Index) -> bool:
        """Whether the block's data are there and are those that were written."""
        try:
            mark = int(self._marks[index])
            if mark == 0:
                return False
            return mark == _digest({n: self._read(n, index) for n in self._arrays})
        except Exception:  # Whatever a damaged file makes its decoder raise.
            return False

    def write(self, index: Index, data: xr.Dataset) -> None:
        """Write a block, then its mark; each file takes its place in one move."""
        values = {}
        for name, array in self._arrays.items():
            dims = self.template[name].dims
            values[name] = _canonical(data.variables[name].transpose(*dims).values, array.dtype)
            array[self._place(name, index)] = values[name]
        self._marks[index] = _digest(values)

    def require_writable(self) -> None:
        """Raise, before long work, if nothing can be written.

        Raises
        ------
        OSError
        """
        try:
            with tempfile.TemporaryFile(dir=self.path):
                pass
        except OSError as error:
            raise OSError(f"cannot write into {self.path}: {error.strerror}") from None

    def _read(self, name: str, index: Index) -> np.ndarray:
        return np.asarray(self._arrays[name][self._place(name, index)])

    def _place(self, name: str, index: Index) -> tuple[slice, ...]:
        slices = self.blocks.slices(index)
        return tuple(slices.get(str(dim), slice(None)) for dim in self.template[name].dims)

    def write_derived(self, derived: xr.Dataset) -> None:
        """Write what follows from all blocks together, unless it is there already."""
        values = {str(n): _canonical(v.values, v.dtype) for n, v in derived.data_vars.items()}
        mark = self._group[f"{PRIVATE}/{DERIVED}"]
        if int(mark[()]) == _digest(values):
            return
        for name, array in values.items():
            self._group[name][...] = array
        mark[()] = _digest(values)

    def dataset(self) -> xr.Dataset:
        """What the store holds, read when it is used; in the order and words of the template."""
        held = xr.open_zarr(self.path, chunks=None, consolidated=False)
        order = [name for name in self.template.variables if name in held.variables]
        dataset = held[order].assign_attrs(self.template.attrs)
        for name in order:
            dataset[name].attrs = dict(self.template[name].attrs)
        return dataset


def _canonical(values: np.ndarray, dtype: Any) -> np.ndarray:
    """The values with one bit pattern for NaN, since Zarr leaves out what equals its filling."""
    values = np.asarray(values, dtype=dtype)
    if values.dtype.kind == "f" and np.isnan(values).any():
        return np.where(np.isnan(values), np.nan, values)
    return values


def _digest(values: Mapping[str, np.ndarray]) -> int:
    """64 bits of the BLAKE2 hash of the arrays; never 0, which marks a missing block."""
    found = hashlib.blake2b(digest_size=8)
    for name, array in values.items():
        found.update(f"{name} {array.shape}".encode())
        found.update(array.tobytes())
    return int.from_bytes(found.digest(), "little") or 1
