"""Stored theorems: the same answers as derived ones, without SymPy, and never out of date."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

import asymp
from asymp.cli.outcomes import point_table
from asymp.manifest import fingerprint, recalled
from asymp.manifest.content import packed, unpacked
from asymp.manifest.reach import stands_alone
from asymp.solver import solve_grid
from asymp.solver.kernels import kernel_of

# The root of a from x = a/x, and a phase of its own beyond a = 4.
ROOT = """
import asymp
import sympy as sp
title = "Square root"
def theorem(scale=1):
    x, a = sp.symbols("x a", positive=True)
    return asymp.Theorem.from_equations(
        id="root", title="Square root",
        parameters={
            "a": {"domain": sp.Interval.open(0, sp.Rational(9, 2)), "meaning": "what it is of"},
            "b": {"domain": sp.Interval(0, 1), "meaning": "added", "default": 0},
            "c": {"domain": sp.Interval(0, 1), "meaning": "added too", "default": "b"},
        },
        state={"x": 1}, equations=[sp.Eq(x, a / x)],
        observables={"root": scale * x + sp.Symbol("b") + sp.Symbol("c"), "far": 1 / x},
        phases=[{
            "name": "far", "condition": sp.Symbol("a") > 4, "status": "infinite",
            "values": {"x": 2, "root": 0, "far": sp.oo},
        }],
    )
"""
POINTS = {
    "converged": ["a=2"],
    "with defaults": ["a=2", "b=0.5"],
    "infinite": ["a=4.25"],
    "out of domain": ["a=5"],
    "missing": ["b=0"],
    "unknown": ["a=1", "bb=0"],
    "grid": ["a=1:4:4", "b=0,1"],
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Cache folder of this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "root.py"
    path.write_text(ROOT, encoding="utf-8")
    return path


@pytest.fixture
def forbid(monkeypatch):
    """Make deriving an error: what succeeds then came from a manifest."""

    def call():
        def fail(*_, **__):
            raise AssertionError("derived")

        monkeypatch.setattr("asymp.lookup.theorem", fail)

    return call


def manifest(cache):
    (found,) = cache.glob("asymp_theorem_*.json")
    return found


@pytest.mark.parametrize("arguments", POINTS.values(), ids=POINTS)
def test_a_stored_theorem_prints_what_the_derived_one_prints(run, file, forbid, arguments):
    derived = run("solve", file, *arguments)
    forbid()
    assert run("solve", file, *arguments) == derived


def test_a_point_prints_the_numbers_of_the_grid(run):
    theorem = asymp.theorem("ridge")
    _, out, _ = run("solve", "ridge", "alpha=1", "zeta=0.1", "tau=0.5")
    dataset = theorem.solve(alpha=1, zeta=0.1, tau=0.5)
    point = {str(n): float(a) for n, a in dataset.variables.items()}
    assert out == point_table(theorem, point) + "\n"


def test_a_stored_theorem_gives_the_same_dataset(headline):
    stored = unpacked(json.loads(json.dumps(packed(headline, kernel_of(headline)))))
    given = {"psi1": [0.5, 2.0, 3.0], "psi2": 3.0, "eps": xr.DataArray([0.0, 0.3], dims="k")}
    xr.testing.assert_identical(solve_grid(stored, given), headline.solve(**given))


def test_domains_ends_and_openness_survive(headline):
    stored = unpacked(packed(headline, kernel_of(headline)))
    for name, parameter in headline.parameters.items():
        values = [-1.0, -0.0, 0.0, 1e-300, 1.0, 1e300, float("inf"), float("nan")]
        assert (stored.parameters[name].admits(values) == parameter.admits(values)).all()
        assert stored.parameters[name].default == parameter.default


# The package's own files are taken as unchanged, whoever edits them while the test runs.
MODULES = """
import json, pathlib, sys
import asymp.manifest.fingerprint
from asymp.cli import main
asymp.manifest.fingerprint.PACKAGE = pathlib.Path(sys.argv[1])
try:
    main(sys.argv[2:])
except SystemExit as ended:
    assert ended.code == 0, ended
names = {name.partition(".")[0] for name in sys.modules}
print(json.dumps(sorted(names & {"sympy", "mpmath", "xarray", "pandas", "dask", "rich"})))
"""


@pytest.fixture
def command(tmp_path):
    """Command line that solves in a new process and prints which heavy libraries it loaded."""
    (tmp_path / "package").mkdir()
    return [sys.executable, "-c", MODULES, str(tmp_path / "package"), "solve"]


def test_a_warm_point_loads_neither_sympy_nor_xarray(command, file):
    command += [str(file), "a=2"]
    cold, warm = (
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        for _ in range(2)
    )
    assert "sympy" in json.loads(cold[-1])
    assert json.loads(warm[-1]) == []
    assert warm[:-1] == cold[:-1]


def test_a_warm_grid_loads_no_sympy(command, file, tmp_path):
    command += [str(file), "a=1,2", "-o"]
    for name in ("cold.nc", "warm.nc"):
        found = subprocess.run(
            [*command, str(tmp_path / name)], capture_output=True, text=True, check=True
        )
    assert "sympy" not in json.loads(found.stdout.splitlines()[-1])
    with xr.open_dataset(tmp_path / "cold.nc") as cold, xr.open_dataset(tmp_path / "warm.nc") as w:
        xr.testing.assert_identical(cold, w)


def half(text):
    return text[: len(text) // 2]


def other_number(text):
    """Another default value: sound JSON, and a wrong answer if it were believed."""
    assert '"default": 0.0' in text
    return text.replace('"default": 0.0', '"default": 1.0')


def other_code(text):
    """Another kernel, which would write elsewhere."""
    assert "out[0] =" in text
    return text.replace("out[0] =", "out[1] =")


DAMAGE = {
    "empty": lambda text: "",
    "truncated": half,
    "binary": lambda text: "\0\0" + text,
    "not a mapping": lambda text: "[]",
    "null": lambda text: "null",
    "deep": lambda text: "[" * 100_000,
    "foreign": lambda text: json.dumps({"fingerprint": "f", "sum": "s", "content": {}}),
    "of another package": lambda text: text.replace('"fingerprint": "', '"fingerprint": "0', 1),
    "changed number": other_number,
    "changed code": other_code,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_manifest_is_ignored_and_written_anew(run, file, cache, damage, forbid):
    right = run("solve", file, "a=2")
    path = manifest(cache)
    sound = path.read_text(encoding="utf-8")
    path.write_text(damage(sound), encoding="utf-8")
    assert run("solve", file, "a=2") == right
    assert path.read_text(encoding="utf-8") == sound
    forbid()
    assert run("solve", file, "a=2") == right


def test_bytes_that_are_no_text_are_ignored(run, file, cache):
    right = run("solve", file, "a=2")
    manifest(cache).write_bytes(b"\xff\xfe\x00{")
    assert run("solve", file, "a=2") == right


def root(out):
    return float(dict(line.split()[:2] for line in out.splitlines())["root"])


def test_an_edited_theorem_is_derived_anew(run, file):
    assert root(run("solve", file, "a=4")[1]) == 2
    before = file.stat()
    file.write_text(ROOT.replace("scale * x", "scale * 3"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert root(run("solve", file, "a=4")[1]) == 3


def test_options_have_manifests_of_their_own(run, file, cache, forbid):
    assert root(run("solve", file, "a=4")[1]) == 2
    assert root(run("solve", file, "a=4", "--option", "scale=2")[1]) == 4
    forbid()
    assert root(run("solve", file, "a=4")[1]) == 2
    assert root(run("solve", file, "a=4", "--option", "scale=2")[1]) == 4
    assert len(list(cache.glob("asymp_theorem_*.json"))) == 2


def test_an_edit_of_the_package_and_a_new_library_change_the_fingerprint(tmp_path, monkeypatch):
    def mark():
        return fingerprint.fingerprint(b"text", {"a": 1})

    (tmp_path / "room").mkdir()
    module = tmp_path / "room" / "rule.py"
    module.write_text("x = 1\n")
    monkeypatch.setattr(fingerprint, "PACKAGE", tmp_path)
    marks = [mark(), mark()]
    assert marks[0] == marks[1]
    module.write_text("x = 12\n")
    marks.append(mark())
    os.utime(module, ns=(0, 0))
    marks.append(mark())
    (tmp_path / "new.py").write_text("")
    marks.append(mark())
    monkeypatch.setattr(fingerprint, "installed", lambda name: "9.9")
    marks += [mark(), fingerprint.fingerprint(b"Text", {"a": 1})]
    marks.append(fingerprint.fingerprint(b"text", {"a": 2}))
    assert len(set(marks)) == len(marks) - 1


REACHING = {
    "data": "import numpy as np\nk = np.loadtxt('scale.txt')",
    "chance": "import numpy as np\nk = np.random.default_rng().normal()",
    "environment": "import os\nk = os.environ['SCALE']",
    "other code": "from helpers import k",
    "neighbour": "from . import helpers",
    "another theorem": "import asymp\nk = asymp.theorem('ridge')",
    "open": "k = open('scale.txt').read()",
    "imported word": "from numpy import loadtxt as read",
    "all words": "from numpy import *\nk = loadtxt('scale.txt')",
    "another reader": "import numpy as np\nk = np.fromregex('scale.txt', '(.*)', float)",
    "by name": "import numpy as np\nk = getattr(np, 'load' + 'txt')('scale.txt')",
    "SymPy's chance": "import sympy\nk = sympy.randprime(2, 9)",
    "in a function": "def problem():\n    import pandas",
}


@pytest.mark.parametrize("text", REACHING.values(), ids=REACHING)
def test_a_file_that_depends_on_more_than_its_text_is_told(text):
    assert not stands_alone(text)


def test_what_a_file_reads_is_never_stale(run, file, tmp_path, cache, monkeypatch):
    monkeypatch.chdir(tmp_path)
    reading = "import numpy as np\nk = float(np.loadtxt('scale.txt'))\n"
    file.write_text(reading + ROOT.replace("scale * x", "k * x"), encoding="utf-8")
    for scale in ("1.5", "2.5"):
        Path("scale.txt").write_text(scale)
        os.utime(file)  # the catalogue keeps what a file defined until the file changes
        assert root(run("solve", file, "a=4")[1]) == 2 * float(scale)
    assert list(cache.glob("asymp_theorem_*.json")) == []


def test_every_theorem_of_the_catalogue_can_be_stored():
    from asymp.catalogue_files import catalogue

    for path in catalogue().values():
        assert stands_alone(path.read_bytes()), path


def test_without_a_writable_folder_it_is_derived_each_time(run, file, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(tmp_path / "taken" / "cache"))
    assert root(run("solve", file, "a=4")[1]) == root(run("solve", file, "a=4")[1]) == 2


def test_on_a_full_disk_it_is_derived_each_time(run, file, cache, monkeypatch):
    def fail(path, text):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("asymp.manifest.files.write_text", fail)
    assert root(run("solve", file, "a=4")[1]) == root(run("solve", file, "a=4")[1]) == 2
    assert list(cache.glob("asymp_theorem_*.json")) == []


def test_the_manifest_of_a_lost_file_is_deleted(run, file, cache):
    moved = file.with_name("moved.py")
    run("solve", file, "a=2")
    file.rename(moved)
    run("solve", moved, "a=2")
    assert json.loads(manifest(cache).read_text())["content"]["path"] == str(moved)


def test_a_theorem_without_a_json_form_is_derived_each_time(file, cache):
    theorem = asymp.theorem(str(file))
    object.__setattr__(theorem, "conventions", {"loss": object()})
    assert recalled(file, {}, lambda: theorem) is theorem
    assert list(cache.glob("asymp_theorem_*.json")) == []


def test_clearing_the_cache_deletes_theorems_too(run, file, cache):
    run("solve", file, "a=2")
    assert "1 theorems" in run("cache", "clear")[1]
    assert list(cache.glob("asymp_*")) == []


@pytest.mark.slow
def test_two_processes_that_fill_one_cache_agree(command, file):
    command += [str(file), "a=2"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outs = [process.communicate()[0] for process in both]
    assert outs[0] == outs[1]
    assert [process.returncode for process in both] == [0, 0]
    third = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert json.loads(third[-1]) == []
    assert outs[0].splitlines()[:-1] == third[:-1]
