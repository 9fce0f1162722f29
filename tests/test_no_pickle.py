"""Nothing that is read as data is unpickled, evaluated or executed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from faulty import environment

import asymp

PACKAGE = Path(asymp.__file__).parent
UNPICKLERS = {"cPickle", "cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"}
# Code is run from text in these files alone: kernels and their slower twins, which the engine
# prints itself, and theorem files, which are programs.
RUNNERS = {
    "catalogue_files.py": "theorem files",
    "balls/body.py": "kernels in balls",
    "balls/program.py": "kernels in balls",
    "lowering/cache.py": "kernels",
    "lowering/multiprecision.py": "kernels in many digits",
    "testing/interpreted.py": "kernels without compilation",
}
RUNNING = {"compile", "eval", "exec", "run_path", "run_module", "__import__"}
EVALUATING = {"S", "parse_expr", "sympify"}  # SymPy's readers of text evaluate it
READING = {"load", "loads", "read_bytes", "read_text", "open_dataset", "open_zarr", "read_csv"}
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "catalogue" not in p.relative_to(PACKAGE).parts)


def called(tree):
    """Names of what is called, the last part of dotted ones; methods of ``re`` are no matter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                owner = function.value
                if not (isinstance(owner, ast.Name) and owner.id == "re"):
                    yield function.attr
            elif isinstance(function, ast.Name):
                yield function.id


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


@pytest.fixture(scope="module")
def trees():
    return {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text("utf-8")) for p in FILES}


def test_no_file_imports_an_unpickler(trees):
    assert {n: w for n, t in trees.items() if (w := UNPICKLERS & set(imported(t)))} == {}


def test_no_reader_is_told_to_unpickle(trees):
    words = {"allow_pickle", "object_codec", "read_pickle", "to_pickle"}
    keywords = {
        n: words & {k.arg for k in ast.walk(t) if isinstance(k, ast.keyword)} | words & {*called(t)}
        for n, t in trees.items()
    }
    assert {n: w for n, w in keywords.items() if w} == {}


def test_code_is_run_from_text_in_few_files(trees):
    found = {n for n, t in trees.items() if RUNNING & set(called(t))}
    assert found - set(RUNNERS) == set()


def test_what_reads_data_evaluates_nothing(trees):
    """``sympify`` of a text is ``eval``: a file that reads others may not call it."""
    readers = {n for n, t in trees.items() if READING & set(called(t))}
    assert {"manifest/files.py", "pencil/stored.py"} <= readers
    unsafe = {n: w for n in readers if (w := (RUNNING | EVALUATING) & set(called(trees[n])))}
    assert {n: w for n, w in unsafe.items() if n not in RUNNERS} == {}


AUDITED = """
import sys, traceback
callers = set()
def hook(event, arguments):
    if event == "pickle.find_class":
        stack = str([frame.filename for frame in traceback.extract_stack()])
        known = [word for word in ("numba", "dask") if word in stack]
        callers.update(known or [str(arguments)])
sys.addaudithook(hook)
import asymp
theorem = asymp.theorem(sys.argv[1])
point = dict(psi1=2.0, psi2=3.0, zeta=0.1, tau=0.5)
theorem.solve(**point)
from asymp.pencil.route import second_route
second_route(theorem.problem).equations
print(callers or {"none"})
"""


def test_nothing_but_numbas_own_cache_is_unpickled(tmp_path):
    """Dask's hashes pickle and unpickle functions in memory; xarray imports it."""
    command = [sys.executable, "-c", AUDITED, "random-features-ridge"]
    for _ in range(2):  # once to fill the cache, once to read it
        done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert ast.literal_eval(done.stdout) <= {"numba", "dask", "none"}
    assert {p.suffix for p in tmp_path.iterdir()} >= {".py", ".json"}
