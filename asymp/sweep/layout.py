"""Laying out a store: coordinates, attributes and empty arrays, all at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from asymp.sweep.blocks import Blocks
from asymp.sweep.record import Record, summary

PRIVATE = "asymp"
"""Group of the store that holds its record and the marks of its blocks; xarray skips it."""

DONE = "done"
DERIVED = "derived"


def lay_out(
    path: Path, inputs: xr.Dataset, template: xr.Dataset, record: Record, blocks: Blocks
) -> None:
    """Make a store at a path where there is none; another process may do so at the same time.

    Parameters
    ----------
    path : Path
    inputs : Dataset
        Its coordinates become those of the store.
    template : Dataset
        Variables with the right dimensions, types and attributes, of any lengths along the
        dimensions of the inputs. Those that lack one of these are for the end.
    record : Record
    blocks : Blocks

    Raises
    ------
    OSError
        If it cannot be written, or something else is at the path by then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".asymp-{secrets.token_hex(4)}.zarr")
    try:
        _write(temporary, inputs, template, record, blocks)
        os.rename(temporary, path)
    except OSError:
        if not is_store(path):  # If it is one by now, another process was faster.
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def is_store(path: Path) -> bool:
    """Whether there is a store of sweeps at the path, whatever its state."""
    return (path / PRIVATE / "zarr.json").is_file()


def is_sound(
    path: Path, inputs: xr.Dataset, template: xr.Dataset, record: Record, blocks: Blocks
) -> bool:
    """Whether the store's arrays are as laid out, and its coordinates those of the record."""
    import zarr

    try:
        group: Any = zarr.open_group(path, mode="r", use_consolidated=False)
        held = {str(n): group[str(n)].shape for n in template.data_vars}
        marks = group[f"{PRIVATE}/{DONE}"].shape, group[f"{PRIVATE}/{DERIVED}"].shape
        coordinates = xr.open_zarr(path, chunks=None, consolidated=False).coords
        values = {str(n): summary(coordinates[n].variable) for n in inputs.coords}
    except Exception:  # Whatever damaged files make their readers raise.
        return False
    return (
        held == {str(n): shape_of(v, blocks) for n, v in template.data_vars.items()}
        and marks == (blocks.counts, ())
        and all(record["inputs"][name] == value for name, value in values.items())
    )


def shape_of(variable: xr.DataArray, blocks: Blocks) -> tuple[int, ...]:
    """Shape of a variable over the whole grid."""
    lengths: dict[Any, int] = {**variable.sizes, **blocks.sizes}
    return tuple(lengths[dim] for dim in variable.dims)


def repair(
    path: Path, inputs: xr.Dataset, template: xr.Dataset, record: Record, blocks: Blocks
) -> None:
    """Lay the store out anew around the blocks that it holds."""
    with tempfile.TemporaryDirectory(dir=path, prefix=".asymp-") as folder:
        fresh = Path(folder) / "fresh.zarr"
        _write(fresh, inputs, template, record, blocks)
        for file in filter(Path.is_file, fresh.rglob("*")):
            place = path / file.relative_to(fresh)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, place)


def is_chunked(variable: xr.DataArray, blocks: Blocks) -> bool:
    """Whether a variable is filled block by block, and not at the end."""
    return all(dim in variable.dims for dim in blocks.sizes)


def _write(
    path: Path, inputs: xr.Dataset, template: xr.Dataset, record: Record, blocks: Blocks
) -> None:
    import zarr

    write_coordinates(path, inputs, template)
    group = zarr.open_group(path, mode="r+", use_consolidated=False)
    for name, variable in template.data_vars.items():
        _create(group, str(name), variable, blocks)
    private = group.create_group(PRIVATE, attributes={"chunks": dict(blocks.chunks), **record})
    ones = (1,) * len(blocks.counts)
    private.create_array(DONE, shape=blocks.counts, chunks=ones, dtype="u8", fill_value=0)
    private.create_array(DERIVED, shape=(), chunks=(), dtype="u8", fill_value=0)


def write_coordinates(path: Path, inputs: xr.Dataset, template: xr.Dataset) -> None:
    """Write the coordinates of the inputs and of the template's own dimensions."""
    own = {n: c for n, c in template.coords.items() if not set(c.dims) & set(inputs.dims)}
    dataset = xr.Dataset(coords={**own, **inputs.coords}, attrs=template.attrs)
    for name, array in dataset.coords.items():
        array.attrs = dict(template[name].attrs) if name in template.coords else {}
    write_folder(dataset, path)


def write_folder(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as a Zarr folder, in place of what was there."""
    with warnings.catch_warnings():
        # Labels in words: Zarr has a type for them that its standard has not settled yet.
        warnings.filterwarnings("ignore", message="The data type .* does not have a Zarr V3")
        dataset.to_zarr(path, mode="w", zarr_format=3, consolidated=False)


def _create(group: Any, name: str, variable: xr.DataArray, blocks: Blocks) -> None:
    from zarr.codecs import ZstdCodec

    lengths = dict(zip(variable.dims, shape_of(variable, blocks), strict=True))
    chunks = lengths | dict(blocks.chunks if is_chunked(variable, blocks) else {})
    group.create_array(
        name,
        shape=shape_of(variable, blocks),
        chunks=[chunks[dim] for dim in variable.dims],
        dtype=variable.dtype,
        fill_value=np.nan if variable.dtype.kind == "f" else -1,
        compressors=ZstdCodec(checksum=True),  # Damage is found by whoever reads.
        dimension_names=list(map(str, variable.dims)),
        attributes={key: _plain(value) for key, value in variable.attrs.items()},
    )


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
