"""Writing results by the ending of the file's name."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from asymp.atomic import replacing
from asymp.errors import InvalidParameter, MissingExtra

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


def write_dataset(dataset: xr.Dataset, path: Path) -> None:
    """Write results as netCDF (``.nc``), Zarr, CSV or Parquet.

    A netCDF file and a Zarr folder keep everything; the tables have a row for each point and the
    status in words.

    Raises
    ------
    InvalidParameter
        For another ending.
    MissingExtra
        If the format needs a library that is not installed.
    OSError
        If it cannot be written; a file that was there stays, and so does a folder.

    Examples
    --------
    >>> import tempfile, xarray as xr
    >>> path = Path(tempfile.mkdtemp()) / "grid.csv"
    >>> write_dataset(xr.Dataset({"risk": ("psi1", [0.5])}, {"psi1": [2.0]}), path)
    >>> path.read_text().split()
    ['psi1,risk', '2.0,0.5']
    """
    require_format(path)
    require_no_folder(path)
    with replacing(path) as temporary:
        try:
            WRITERS[path.suffix](dataset, temporary)
        except RuntimeError as error:  # what the HDF library makes of a failed write
            raise OSError(f"{path} cannot be written: {error} (is the disk full?)") from error


def require_format(path: Path) -> None:
    """Raise unless results can be written under that name, before any long work."""
    if path.suffix not in WRITERS:
        raise InvalidParameter(
            f"{path}: the ending {path.suffix!r} is none of {', '.join(WRITERS)}"
        )
    if path.suffix == ".parquet" and find_spec("pyarrow") is None:
        raise MissingExtra(f"{path}: Parquet needs pyarrow: pip install 'asymp[grid]'")
    if path.suffix == ".zarr" and find_spec("zarr") is None:
        raise MissingExtra(f"{path}: Zarr is not installed: pip install 'asymp[cluster]'")


def require_no_folder(path: Path) -> None:
    """Raise if there is a folder of that name: its contents are not thrown away.

    Raises
    ------
    OSError
    """
    if path.is_dir():
        raise OSError(f"cannot write {path}: there is a folder of that name")


def table(dataset: xr.Dataset) -> pd.DataFrame:
    """A row for each point, in the grid's order: coordinates first, flags in words."""
    flat = dataset.map(_in_words, keep_attrs=True)
    # A column for every scalar coordinate too: a table has no place for attributes.
    frame = flat.expand_dims("point").to_dataframe() if not flat.dims else flat.to_dataframe()
    frame = frame.reset_index().drop(columns="point", errors="ignore")
    first = [str(name) for name in dataset.coords if name in frame]
    return frame[first + [column for column in frame if column not in first]]


def _in_words(array: xr.DataArray) -> xr.DataArray:
    meanings = array.attrs.get("flag_meanings")
    if meanings is None:
        return array
    words = np.array(meanings.split(), dtype=object)
    lowest = int(np.min(array.attrs["flag_values"]))
    return array.copy(data=words[array.values - lowest])


def _write_netcdf(dataset: xr.Dataset, path: Path) -> None:
    # Without netCDF4 SciPy writes the older, uncompressed netCDF 3, which every reader takes.
    dataset.to_netcdf(path, engine="netcdf4" if find_spec("netCDF4") else "scipy")


def _write_zarr(dataset: xr.Dataset, path: Path) -> None:
    from asymp.sweep.layout import write_folder

    write_folder(dataset.drop_encoding(), path)


WRITERS: dict[str, Callable[[xr.Dataset, Path], None]] = {
    ".nc": _write_netcdf,
    ".csv": lambda dataset, path: table(dataset).to_csv(path, index=False, lineterminator="\n"),
    ".parquet": lambda dataset, path: table(dataset).to_parquet(path, index=False),
    ".zarr": _write_zarr,
}
