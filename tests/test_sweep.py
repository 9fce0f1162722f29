"""Stores of large grids: laid out, filled, resumed, refused, healed."""

import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given
from hypothesis import strategies as st

from asymp.errors import InvalidParameter, MissingExtra
from asymp.sweep import opening, sweep
from asymp.sweep.blocks import blocks_of

INPUTS = xr.Dataset(coords={"x": np.arange(7.0), "y": [0.5, 2.0, 4.0], "z": 3.0})
WHAT = {"function": "power"}
NOBODY = 65534


def power(part):
    """The work: floats with NaN, and integers."""
    values = (part.x**part.y + part.z).where(part.x != 3.0)
    return xr.Dataset({"power": values, "whole": values.fillna(0).astype(np.int64)})


class Counted:
    """Counts the points that it computes, and stops at some."""

    def __init__(self, most=10**9, error=RuntimeError):
        self.points, self.most, self.error = 0, most, error

    def __call__(self, part):
        if self.points >= self.most:
            raise self.error("stopped")
        self.points += part.x.size * part.y.size
        return power(part)


def fill(path, function=power, inputs=INPUTS, what=WHAT, **options):
    return sweep(function, inputs, power(INPUTS), what, path, **{"chunk": 4, **options})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grid.zarr"


@given(st.lists(st.integers(1, 9), max_size=3), st.integers(1, 50), st.lists(st.integers(1, 9)))
def test_blocks_cover_every_point_once(lengths, points, chosen):
    sizes = {f"d{i}": n for i, n in enumerate(lengths)}
    mapping = dict(zip(sizes, chosen, strict=False))
    for blocks in (blocks_of(sizes, points), blocks_of(sizes, mapping)):
        hits = np.zeros(tuple(lengths), dtype=int)
        for index in blocks:
            hits[tuple(blocks.slices(index).values())] += 1
            assert blocks.size(index) <= points or blocks.chunks != blocks_of(sizes, points).chunks
        assert (hits == 1).all()
        assert len(blocks) == len(list(blocks))


def test_a_store_holds_what_the_function_gives(path):
    filled = fill(path)
    xr.testing.assert_identical(filled.load(), power(INPUTS))
    assert filled.power.dims == ("x", "y")


def test_other_programs_read_the_store(path):
    fill(path)
    with xr.open_dataset(path, engine="zarr", consolidated=False) as plain:
        xr.testing.assert_equal(plain.load(), power(INPUTS))
    assert zarr.open_group(path)["power"].chunks == (1, 3)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_stopped_sweep_goes_on_where_it_was(path, error):
    first, second, third = Counted(9, error), Counted(), Counted()
    with pytest.raises(error):
        fill(path, first)
    filled = fill(path, second)
    assert (first.points, second.points) == (9, 12)
    xr.testing.assert_identical(filled.load(), power(INPUTS))
    fill(path, third)
    assert third.points == 0


def test_what_is_not_yet_computed_shows(path):
    with pytest.raises(RuntimeError):
        fill(path, Counted(9))
    partial = xr.open_zarr(path, consolidated=False)
    assert int((partial.whole == -1).sum()) == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"what": {"function": "root"}}, "function is power there, root here"),
        ({"what": {}}, "function is power there, absent here"),
        ({"inputs": INPUTS.assign_coords(z=2.0)}, "z is 3.0 there, 2.0 here"),
        (
            {"inputs": INPUTS.assign_coords(y=[0.5, 2, 5])},
            "y is y: 3 from 0.5 to 4.0 there, y: 3 from 0.5 to 5.0 here",
        ),
        ({"inputs": INPUTS.isel(x=slice(5))}, "x is x: 7 from 0.0 to 6.0"),
        ({"chunk": 3, "what": WHAT}, None),
        ({"chunk": 6}, "its chunks are {'x': 1, 'y': 3} there, {'x': 2, 'y': 3} here"),
    ],
)
def test_another_computation_is_refused(path, changes, message):
    fill(path)
    if message is None:  # The same blocks under another number.
        fill(path, **changes)
        return
    with pytest.raises(InvalidParameter, match=message):
        fill(path, **changes)
    counted = Counted()
    found = fill(path, counted, overwrite=True, **changes)
    assert counted.points == found.power.size
    assert not list(path.parent.glob(".*"))


def test_overwrite_resumes_the_same_computation(path):
    with pytest.raises(RuntimeError):
        fill(path, Counted(9), overwrite=True)
    rest = Counted()
    fill(path, rest, overwrite=True)
    assert rest.points == 12


def test_without_a_chunk_the_store_decides(path):
    first, rest = Counted(9), Counted()
    with pytest.raises(RuntimeError):
        fill(path, first, chunk={"x": 3})
    fill(path, rest, chunk=None, usual=lambda: 1)
    assert first.points + rest.points == 21


@pytest.mark.parametrize(
    "chunk", [0, -1, 1.5, "many", True, {"x": 0}, {"w": 2}], ids=lambda c: str(c)
)
def test_bad_chunks_are_refused(path, chunk):
    with pytest.raises(InvalidParameter, match="chunk"):
        fill(path, chunk=chunk)
    assert not path.exists()


def test_only_stores_are_opened(path):
    path.mkdir()
    fill(path)  # An empty folder is no obstacle.
    other = path.with_name("other.zarr")
    other.mkdir()
    (other / "precious.txt").write_text("data")
    with pytest.raises(InvalidParameter, match="is not a store of asymp"):
        fill(other, overwrite=True)
    with pytest.raises(InvalidParameter, match="is not a store of asymp"):
        fill(other / "precious.txt", overwrite=True)
    assert (other / "precious.txt").read_text() == "data"
    with pytest.raises(InvalidParameter, match="give a folder"):
        fill("s3://bucket/grid.zarr")


def test_without_zarr_the_extra_is_named(path, monkeypatch):
    monkeypatch.setattr(opening, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"asymp\[cluster\]"):
        fill(path)


def truncate(file):
    file.write_bytes(file.read_bytes()[:-3])


def garble(file):
    file.write_bytes(bytes(reversed(file.read_bytes())))


def flip(file):
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, garble, flip, Path.unlink])
@pytest.mark.parametrize("name", ["power/c/2/0", "whole/c/2/0", "asymp/done/c/2/0"])
def test_damaged_chunks_and_marks_are_computed_again(path, name, damage):
    fill(path)
    damage(path / name)
    again = Counted()
    xr.testing.assert_identical(fill(path, again).load(), power(INPUTS))
    assert again.points == 3


def test_exchanged_chunks_are_found(path):
    fill(path)
    shutil.copy(path / "power/c/1/0", path / "power/c/2/0")
    xr.testing.assert_identical(fill(path).load(), power(INPUTS))


@pytest.mark.parametrize("damage", [truncate, Path.unlink])
@pytest.mark.parametrize(
    "name", ["zarr.json", "power/zarr.json", "x/zarr.json", "x/c/0", "asymp/done/zarr.json"]
)
def test_damaged_layout_is_laid_out_again(path, name, damage):
    fill(path)
    damage(path / name)
    again = Counted()
    xr.testing.assert_identical(fill(path, again).load(), power(INPUTS))
    assert again.points == 0


def test_a_damaged_record_is_refused_unless_overwritten(path):
    fill(path)
    truncate(path / "asymp" / "zarr.json")
    with pytest.raises(
        InvalidParameter, match=r"record is damaged there.*overwrite=True"
    ) as refused:
        fill(path)
    assert "absent" not in str(refused.value)
    xr.testing.assert_identical(fill(path, overwrite=True).load(), power(INPUTS))


@contextmanager
def unprivileged():
    """Give up the rights of root, whom no mode of a folder stops."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def open_folder():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def freeze(folder):
    for entry in [folder, *folder.rglob("*")]:
        entry.chmod(0o555 if entry.is_dir() else 0o444)


def test_a_complete_store_may_be_read_only(open_folder):
    fill(open_folder / "grid.zarr")
    freeze(open_folder)
    with unprivileged():
        xr.testing.assert_identical(fill(open_folder / "grid.zarr").load(), power(INPUTS))


def test_an_unfinished_store_that_is_read_only_is_refused_before_work(open_folder):
    with pytest.raises(RuntimeError):
        fill(open_folder / "grid.zarr", Counted(9))
    freeze(open_folder)
    counted = Counted()
    with unprivileged(), pytest.raises(OSError, match=r"cannot write into .*grid\.zarr"):
        fill(open_folder / "grid.zarr", counted)
    assert counted.points == 0


def test_a_read_only_folder_gets_no_store(open_folder):
    open_folder.chmod(0o555)
    with unprivileged(), pytest.raises(OSError, match="Permission denied"):
        fill(open_folder / "grid.zarr")


def test_a_full_disk_leaves_what_was_done(path):
    inputs = xr.Dataset(coords={"x": np.random.default_rng(0).random(4000), "y": [1.0], "z": 0.0})
    with pytest.raises(RuntimeError):
        fill(path, Counted(1000), inputs, chunk=500)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            fill(path, power, inputs, chunk=500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    rest = Counted()
    xr.testing.assert_identical(fill(path, rest, inputs, chunk=500).load(), power(inputs))
    assert rest.points == 3000


def test_bits_of_nan_do_not_matter(path):
    inputs = xr.Dataset(coords={"x": [1.0, 2.0]})
    strange = np.array([0xFFF8000000000001], dtype=np.uint64).view(float)[0]  # a negative NaN

    def odd(part):
        return xr.Dataset({"odd": part.x * 0 + strange})

    for _ in range(2):
        filled = sweep(odd, inputs, odd(inputs), WHAT, path, chunk=1)
    assert np.isnan(filled.odd).all()
    again = Counted(0)  # Nothing is left that it could be asked for.
    sweep(again, inputs, odd(inputs), WHAT, path)


def test_further_dimensions_stay_whole(path):
    inputs = xr.Dataset(coords={"x": np.arange(5.0)})

    def ends(part):
        return xr.Dataset(
            {"ends": (("end", "x"), np.stack([part.x - 1, part.x + 1]))}, {"end": ["low", "high"]}
        )

    filled = sweep(ends, inputs, ends(inputs.isel(x=slice(1))), WHAT, path, chunk=2).load()
    assert filled.ends.sel(end="high").values.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert zarr.open_group(path)["ends"].chunks == (2, 2)


def test_what_follows_from_all_chunks_is_written_at_the_end(path):
    inputs = xr.Dataset(coords={"x": np.arange(5.0)})

    def square(part):
        return xr.Dataset({"square": part.x**2})

    def total(dataset):
        return xr.Dataset({"total": dataset.square.sum()})

    template = xr.merge([square(inputs.isel(x=slice(1))), total(square(inputs))])
    for _ in range(2):
        filled = sweep(square, inputs, template, WHAT, path, chunk=2, derive=total)
        assert float(filled.total) == 30
    assert float(xr.open_zarr(path, consolidated=False).total) == 30


def test_lazy_inputs_are_computed_part_by_part(path):
    parts = []

    def look(part):
        parts.append(part.x.size)
        assert part.chunks == {}
        return power(part)

    lazy = INPUTS.assign(seed=("x", np.arange(7))).assign_coords(w=("x", np.arange(7))).chunk(x=2)
    fill(path, look, lazy, chunk={"x": 3})
    assert sorted(parts) == [1, 3, 3]
