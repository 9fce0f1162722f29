"""Damaged, foreign, shared, unwritable and full caches: right numbers, and nothing planted runs."""

import ast
import ctypes
import errno
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import sympy as sp
from faulty import environment

import asymp
from asymp import atomic
from asymp.lowering import cache
from asymp.lowering.cache import load_module, own_folder
from asymp.lowering.kernel import compile_branches
from asymp.manifest import files
from asymp.pencil import stored
from asymp.pencil.route import second_route
from asymp.pencil.trees import expression_of
from asymp.reductions.system import Branch, FixedPoint

X, A = sp.symbols("x a", positive=True)
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
PLANTED = "open({flag!r}, 'w').write('run')\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder of one's own."""
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def kernel():
    """Square roots by Heron's rule; each test loads it as a new process would."""
    system = FixedPoint((X,), (), ((X + A / X) / 2,), (sp.Integer(1),))
    branch = Branch("root", sp.true, (), system, {"root": X})
    return compile_branches((branch,), (A,), (), "Square root")


def loaded(kernel):
    """The module of a kernel, not the one in memory."""
    sys.modules.pop(f"asymp_kernel_{kernel.source.key}", None)
    return load_module(kernel.source.key, kernel.source.text)


def heron(module):
    """One step from 1 towards the root of 4, which is 5/2, by the machine code."""
    out, inp = (ctypes.c_double * 2)(), (ctypes.c_double * 2)(4.0, 1.0)
    pointer = ctypes.POINTER(ctypes.c_double)
    ctypes.CFUNCTYPE(None, pointer, pointer)(module.step_0.address)(out, inp)
    return out[0]


def damages(text, flag):
    """Contents that a kernel's file may have instead of its own."""
    planted = PLANTED.format(flag=str(flag))
    return {
        "empty": b"", "cut": text[: len(text) // 2].encode(), "no text": b"\xff\x00\xfe",
        "planted": planted.encode(), "added to": (text + planted).encode(),
        "another kernel": text.replace("inp[0]", "inp[1]").encode(),
    }  # fmt: skip


@pytest.mark.parametrize("damage", damages("", ""))
def test_a_kernel_file_that_is_not_the_kernel_is_never_run(folder, kernel, tmp_path, damage):
    loaded(kernel)
    (file,) = folder.glob("*.py")
    file.write_bytes(damages(kernel.source.text, tmp_path / "flag")[damage])
    assert heron(loaded(kernel)) == 2.5
    assert not (tmp_path / "flag").exists()
    assert file.read_text() == kernel.source.text


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"broken", pickle.dumps({"another": "version"})])
def test_damaged_machine_code_is_compiled_anew(folder, kernel, ending, content):
    heron(loaded(kernel))  # a function is compiled when it is first used
    entries = list(folder.glob(f"__pycache__/*.{ending}"))
    assert entries
    for entry in entries:
        entry.write_bytes(content)
    assert heron(loaded(kernel)) == 2.5


def test_a_folder_is_made_for_its_owner_alone(folder):
    assert own_folder() == folder
    if os.name == "posix":
        assert folder.stat().st_mode & 0o777 == 0o700


class Planted:
    """Writes a file when it is unpickled."""

    def __init__(self, flag):
        self.flag = flag

    def __reduce__(self):
        return open, (self.flag, "w")


@POSIX
@pytest.mark.parametrize("where", ["", "__pycache__"])
def test_what_others_may_have_planted_is_not_used(folder, kernel, tmp_path, where):
    heron(loaded(kernel))
    for entry in folder.glob("__pycache__/*.nb*"):
        entry.write_bytes(pickle.dumps(Planted(str(tmp_path / "flag"))))
    (folder / where).chmod(0o777)
    with pytest.warns(RuntimeWarning, match="other users can write"):
        assert heron(loaded(kernel)) == 2.5
    assert not (tmp_path / "flag").exists()


@POSIX
def test_a_folder_of_somebody_else_is_not_used(folder, kernel, monkeypatch):
    loaded(kernel)
    monkeypatch.setattr(cache.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.warns(RuntimeWarning, match="other users can write"):
        assert loaded(kernel).__file__.startswith("<")


@POSIX
def test_a_manifest_that_others_may_have_planted_is_not_believed(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "opened", lambda text, mark: pytest.fail("it was read"))
    theorem_file = tmp_path / "mine.py"
    theorem_file.write_text("import nothing_that_exists")
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="other users can write"):
        assert files.recalled(theorem_file, {}, lambda: "derived") == "derived"


# Texts that SymPy's own reader would run.
ATTACK = "__import__('os').system('touch {flag}')"


@pytest.mark.parametrize(
    "tree",
    [
        ATTACK, ["", ATTACK, "1"], ["", "1", ATTACK], ["+", ATTACK, "x"], ["^", "x", ATTACK],
        ["^", ATTACK, 2], ["f", "x"], {"x": 1}, None, 1.5,
    ],
)  # fmt: skip
def test_a_stored_expression_is_read_and_not_evaluated(tmp_path, tree):
    flag = tmp_path / "flag"
    planted = json.loads(json.dumps(tree).replace("{flag}", str(flag)))
    with pytest.raises(ValueError, match=r"rational expression|int\(\)"):
        expression_of(planted, {"x": X})
    assert not flag.exists()


@pytest.mark.parametrize("damage", ["cut", "edited", "resealed", "list", "null", "empty", "deep"])
def test_a_damaged_derivation_is_derived_anew(folder, monkeypatch, damage):
    problem = asymp.Problem(features=asymp.IsotropicGaussian())
    right = second_route(problem).equations
    (file,) = folder.glob("asymp_pencil_*.json")
    file.write_text(damaged(file.read_text(), damage))
    asked = []
    packed = stored.packed
    monkeypatch.setattr(stored, "packed", lambda found: asked.append(1) or packed(found))
    assert second_route(problem).equations == right
    assert asked == [1]


def damaged(text, how):
    """A stored derivation that is not one any more."""
    content = json.loads(text)["content"]
    match how:
        case "cut":
            return text[: len(text) // 2]
        case "edited":
            return text.replace('"1"', '"2"', 1)
        case "resealed":  # sealed like a good one, with an attack in place of an equation
            content["equations"][0][1] = ATTACK
            return stored.sealed(content)
        case "list":
            return "[1, 2]"
        case "null":
            return stored.sealed(dict.fromkeys(content))
        case "empty":
            return ""
    return "[" * 100_000


@pytest.fixture
def full_disk(monkeypatch):
    """Let every write of a text file fail half-way, as on a full disk."""
    write = Path.write_text

    def half(self, text, *arguments, **options):
        write(self, text[: len(text) // 2], *arguments, **options)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)


def test_a_full_disk_is_no_obstacle_and_leaves_nothing_behind(folder, kernel, full_disk):
    assert heron(loaded(kernel)) == 2.5
    assert list(folder.iterdir()) == []


def test_a_full_disk_keeps_the_old_file(tmp_path, full_disk):
    file = tmp_path / "result.txt"
    file.write_bytes(b"old")
    with pytest.raises(OSError, match="No space left"):
        atomic.write_text(file, "new and longer")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
"""
SOLVED = """
import asymp, sympy as sp
V, a = sp.symbols("V a", positive=True)
theorem = asymp.Theorem.from_equations(
    id="root", title="Square root", parameters={"a": sp.Interval.open(0, sp.oo)}, state={"V": 1},
    equations=[sp.Eq(V, (V + a / V) / 2)], observables={"root": V})
print(repr(float(theorem.solve(a=2.0).root)))
"""


def answer(done):
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout)


@POSIX
@pytest.mark.parametrize("size", ["0", "12000"])
def test_a_disk_that_fills_up_anywhere_is_no_obstacle(tmp_path, size):
    """No kernel at all, or machine code cut short; then again with room."""
    for program in (LIMITED + SOLVED, SOLVED):
        command = [sys.executable, "-B", "-c", program, size]
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
        assert answer(done) == pytest.approx(2**0.5, rel=1e-13)


def mounted(tmp_path, options):
    """A small file system of its own, if this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    try:
        done = subprocess.run(command, capture_output=True)
    except FileNotFoundError:
        done = None
    if done is None or done.returncode:
        pytest.skip("no right to mount a file system")
    return place


@pytest.mark.parametrize("options", ["ro,mode=700", "size=16k,mode=700"])
def test_a_read_only_and_a_tiny_file_system(tmp_path, options):
    place = mounted(tmp_path, options)
    try:
        done = subprocess.run(
            [sys.executable, "-c", SOLVED], env=environment(place), capture_output=True, text=True
        )
        assert answer(done) == pytest.approx(2**0.5, rel=1e-13)
        left = [p for p in place.rglob("*") if p.name.startswith(".asymp")]
        assert left == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_processes_that_fill_one_cache_at_once(tmp_path):
    command = [sys.executable, "-c", SOLVED]
    running = [
        subprocess.Popen(
            command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    outputs = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outputs
    assert len({out for out, _ in outputs}) == 1
    (kernel,) = (p for p in tmp_path.iterdir() if p.is_file())
    assert kernel.suffix == ".py"
    again = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
    assert again.stdout == outputs[0][0]
