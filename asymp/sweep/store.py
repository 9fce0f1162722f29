"""A Zarr store that is filled block by block, and knows which blocks it holds."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asymp.errors import InvalidParameter, MissingExtra
from asymp.sweep.blocks import MOST_POINTS, Blocks, Index, blocks_of
from asymp.sweep.layout import (
    DERIVED,
    DONE,
    PRIVATE,
    is_chunked,
    is_sound,
    is_store,
    lay_out,
    repair,
)
from asymp.sweep.record import Record, differences

Chunk = int | Mapping[str, int]
"""Number of points, or lengths by dimension."""


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


def open_store(
    path: Path,
    inputs: xr.Dataset,
    template: xr.Dataset,
    record: Record,
    *,
    chunk: Chunk | None = None,
    usual: Callable[[], Chunk] | None = None,
    overwrite: bool = False,
) -> Store:
    """Open the store of a computation, laid out if there is none.

    Parameters
    ----------
    path : Path
    inputs, template, record
        As for :func:`asymp.sweep.layout.lay_out`.
    chunk : int or mapping, optional
        As for :func:`asymp.sweep.blocks.blocks_of`; by default what the store has.
    usual : callable
        Gives the chunk of a new store when none is asked for.
    overwrite : bool
        Whether a store of another computation makes way.

    Raises
    ------
    InvalidParameter
        If the path is something else, or holds another computation.
    MissingExtra
        Without Zarr.
    """
    if find_spec("zarr") is None:
        raise MissingExtra("store= needs Zarr: pip install 'asymp[cluster]'")
    sizes = _grid(inputs, template)
    wanted = None if chunk is None else blocks_of(sizes, chunk)
    if overwrite and is_store(path) and _differences(path, record, wanted):
        _move_away(path)
    if not path.exists() or _is_empty(path):
        new = wanted or blocks_of(sizes, usual() if usual else MOST_POINTS)
        lay_out(path, inputs, template, record, new)
    found = _differences(path, record, wanted)
    if found:
        raise InvalidParameter(
            f"{path} holds another computation: {'; '.join(found[:3])}. Choose another store, or "
            "overwrite=True"
        )
    store = Store(path, template, Blocks(sizes, _private(path)["chunks"]))
    if not is_sound(path, inputs, template, record, store.blocks):
        repair(path, inputs, template, record, store.blocks)
    return store


def _grid(inputs: xr.Dataset, template: xr.Dataset) -> dict[str, int]:
    """Lengths of the inputs' dimensions, in the order in which the results have them."""
    whole = [v.dims for v in template.data_vars.values() if set(inputs.dims) <= set(v.dims)]
    if not whole:
        raise ValueError("no variable of the template has all dimensions of the inputs")
    return {str(dim): inputs.sizes[dim] for dim in whole[0] if dim in inputs.dims}


def _differences(path: Path, record: Record, wanted: Blocks | None) -> list[str]:
    """In what the store's computation is another one."""
    held = dict(_private(path))
    chunks = held.pop("chunks", None)
    found = differences(held, record)
    if not found and wanted is not None and wanted.chunks != chunks:
        found = [f"its chunks are {chunks} there, {dict(wanted.chunks)} here"]
    return found


def _private(path: Path) -> dict[str, Any]:
    """Record of a store, and its chunks."""
    import zarr

    if not is_store(path):
        raise InvalidParameter(f"{path} is not a store of asymp: choose another name")
    try:
        return dict(zarr.open_group(path / PRIVATE, mode="r", use_consolidated=False).attrs)
    except Exception:  # Whatever damaged metadata make Zarr raise.
        return {"record": "damaged"}


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _move_away(path: Path) -> None:
    old = path.with_name(f".asymp-{secrets.token_hex(4)}.zarr")
    os.rename(path, old)
    shutil.rmtree(old, ignore_errors=True)


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
