"""Opening the store of a computation: laid out if there is none, refused if it is another's."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import xarray as xr

from asymp.errors import InvalidParameter, MissingExtra
from asymp.sweep.blocks import MOST_POINTS, Blocks, blocks_of
from asymp.sweep.layout import PRIVATE, is_sound, is_store, lay_out, repair
from asymp.sweep.record import Record, differences
from asymp.sweep.store import Store

Chunk = int | Mapping[str, int]
"""Number of points, or lengths by dimension."""

DAMAGED = "its record is damaged there"
REMEDY = "Choose another store, or overwrite=True (on the command line: --overwrite)"


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
    _require_same(path, _differences(path, record, wanted))
    store = Store(path, template, Blocks(sizes, _private(path)["chunks"]))
    if not is_sound(path, inputs, template, record, store.blocks):
        repair(path, inputs, template, record, store.blocks)
    return store


def _require_same(path: Path, found: list[str]) -> None:
    if not found:
        return
    what = f"{path} holds another computation: {'; '.join(found[:3])}"
    if found == [DAMAGED]:
        what = f"what {path} holds cannot be told: {DAMAGED}"
    raise InvalidParameter(f"{what}. {REMEDY}")


def _grid(inputs: xr.Dataset, template: xr.Dataset) -> dict[str, int]:
    """Lengths of the inputs' dimensions, in the order in which the results have them."""
    whole = [v.dims for v in template.data_vars.values() if set(inputs.dims) <= set(v.dims)]
    if not whole:
        raise ValueError("no variable of the template has all dimensions of the inputs")
    return {str(dim): inputs.sizes[dim] for dim in whole[0] if dim in inputs.dims}


def _differences(path: Path, record: Record, wanted: Blocks | None) -> list[str]:
    """In what the store's computation is another one."""
    held = _private(path)
    if not held:
        return [DAMAGED]
    chunks = held.pop("chunks", None)
    found = differences(held, record)
    if not found and wanted is not None and wanted.chunks != chunks:
        found = [f"its chunks are {chunks} there, {dict(wanted.chunks)} here"]
    return found


def _private(path: Path) -> dict[str, Any]:
    """Record of a store, and its chunks; nothing if they are damaged."""
    import zarr

    if not is_store(path):
        raise InvalidParameter(f"{path} is not a store of asymp: choose another name")
    try:
        return dict(zarr.open_group(path / PRIVATE, mode="r", use_consolidated=False).attrs)
    except Exception:  # Whatever damaged metadata make Zarr raise.
        return {}


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _move_away(path: Path) -> None:
    old = path.with_name(f".asymp-{secrets.token_hex(4)}.zarr")
    os.rename(path, old)
    shutil.rmtree(old, ignore_errors=True)
