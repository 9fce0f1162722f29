"""Lowering: printed text, Jacobian, cache on disk, and agreement of the two backends."""

import ast
import ctypes
import math
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import mpmath
import numba
import numpy as np
import pytest
import sympy as sp

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "benchmarks")]

import baselines  # noqa: E402
import handmade  # noqa: E402
from small_system import A, X, Y, small_kernel  # noqa: E402

from asymp.errors import NotDerivable  # noqa: E402
from asymp.lowering import compile_branches, mp_system  # noqa: E402
from asymp.lowering.cache import load_module, stored  # noqa: E402
from asymp.lowering.nodes import numeric_form  # noqa: E402
from asymp.lowering.printer import NumbaPrinter  # noqa: E402
from asymp.lowering.signature import SIGNATURE  # noqa: E402
from asymp.reductions.system import Branch, FixedPoint  # noqa: E402

GOLDEN = HERE / "golden" / "small_kernel.py.txt"
MUS = {str(symbol): value for symbol, value in handmade.RELU.items()}
POINT = {
    "psi1": 2.0, "psi2": 3.0, "eps": 0.2, "eps_test": 0.4, "zeta": 0.1, "tau": 0.5, "rho": 1.3,
}  # fmt: skip
STATE = [0.7, 0.9, 1.4]


def headline_kernel():
    theorem = handmade.THEOREM
    symbols = tuple(p.symbol for p in theorem.parameters.values())
    return compile_branches(theorem.branches, symbols, tuple(theorem.constants), theorem.title)


def headline_mp():
    symbols = [p.symbol for p in handmade.PARAMETERS.values()]
    return mp_system(handmade.BRANCHES, symbols, handmade.CONSTANTS)


def compiled_step(kernel, branch, inputs, size):
    """Call a compiled step through its address, as the solver does."""
    pointer = ctypes.POINTER(ctypes.c_double)
    function = ctypes.CFUNCTYPE(None, pointer, pointer)(int(kernel.addresses[2 + 3 * branch]))
    out, inp = np.zeros(size), np.array(inputs, dtype=float)
    function(out.ctypes.data_as(pointer), inp.ctypes.data_as(pointer))
    return out


def evaluated(expression, **values):
    names = {**vars(math), "max": max, "min": min, "abs": abs}
    return eval(NumbaPrinter().doprint(expression), names, values)


def test_generated_source_is_the_golden_one():
    text = small_kernel().source.text
    header, body = text.split('"""\n', 2)[1:] if text.startswith("\n") else text.split('"""\n', 1)
    assert "Small system" in header
    assert "do not edit" in header
    if os.environ.get("ASYMP_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(body)
    assert body == GOLDEN.read_text()


@pytest.mark.parametrize(
    "expression",
    [
        X**3 / Y**2 - 2 * X, -X / 3 + sp.pi, X ** sp.Rational(-3, 2), sp.sqrt(X / Y) ** 5, X**Y,
        -(X**2), (X + Y) ** 3, (-X) ** 3 - (X - Y), X - (Y - X), X / (Y / (X + 1)), 1 / (X * Y),
        sp.erf(X) + sp.erfc(Y), sp.exp(-(X**2) / 2) / sp.sqrt(2 * sp.pi), sp.log(X / Y),
        sp.Abs(X - 2 * Y), sp.Max(X, Y, 1), sp.Min(X, Y) - sp.Max(X, Y), sp.sign(X - Y),
        sp.Heaviside(X - Y), sp.tanh(X) * sp.loggamma(Y + 2), sp.Rational(2, 7) * sp.sqrt(2) * X,
        sp.Piecewise((X, X < Y), (Y**2, sp.And(X > 2 * Y, Y > 0)), (sp.pi, True)),
        sp.Piecewise((X, sp.Or(sp.Eq(X, Y), sp.Not(X < Y))), (-Y, True)), 2 ** (X + Y), X**-1,
        (X + Y) ** sp.Rational(1, 3), sp.sin(X) * sp.cos(Y) * sp.atan(X),
    ],
)  # fmt: skip
@pytest.mark.parametrize("point", [(0.3, 1.7), (2.5, 0.8)])
def test_printed_text_has_the_value_of_the_expression(expression, point):
    values = dict(zip((X, Y), point, strict=True))
    exact = float(expression.subs(values).evalf(20))
    # A handful of roundings and one library call.
    assert evaluated(expression, x=point[0], y=point[1]) == pytest.approx(exact, rel=2e-15)


def test_relations_and_infinities():
    assert evaluated(sp.And(sp.Ge(X, 1), sp.Ne(Y, 2)), x=1.0, y=1.0) is True
    assert evaluated(sp.Eq(sp.Symbol("x", real=True), 0), x=0.0) is True
    assert evaluated(sp.oo) == math.inf
    assert evaluated(-sp.oo) == -math.inf
    assert math.isnan(evaluated(sp.nan))


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        (sp.Integral(X, (X, 0, Y)), "Integral"), (sp.besselj(0, X), "besselj"),
        (sp.Function("f")(X), "f"), (sp.Derivative(sp.Function("f")(X), X), "Derivative"),
        (sp.I * X, "ImaginaryUnit"), (sp.zoo, "ComplexInfinity"),
    ],
)  # fmt: skip
def test_a_node_without_a_rule_is_an_error(expression, name):
    with pytest.raises(NotDerivable, match="no numeric rule"):
        NumbaPrinter().doprint(expression)


class Doubled(sp.Function):
    """A node of somebody else's, lowered through its numeric form."""

    def numeric_form(self):
        inner = self.args[0]
        return inner + inner if inner.is_Symbol else 2 * Doubled(sp.Symbol("x", positive=True))


def test_numeric_form_is_applied_recursively():
    assert numeric_form(1 + Doubled(X + 1) ** 2) == 1 + (4 * X) ** 2


def branch_of(update, **options):
    values = options.pop("values", {"x": X})
    return Branch("only", sp.true, (), FixedPoint((X,), (), (update,), (sp.S.One,)), values)


def test_undefined_symbols_and_clashing_names_are_errors():
    with pytest.raises(NotDerivable, match="y is used but not defined; defined are: a, x"):
        compile_branches((branch_of(X * Y),), (A,), (), "t")
    with pytest.raises(NotDerivable, match="assumptions differ"):
        compile_branches((branch_of(X * sp.Symbol("a")),), (A,), (), "t")
    with pytest.raises(NotDerivable, match="lambda"):
        compile_branches((branch_of(X),), (sp.Symbol("lambda"),), (), "t")


def test_integer_powers_compile_to_products():
    kernel = small_kernel()
    module = load_module(kernel.source.key, kernel.source.text)
    for name in ("step_1", "values_1"):
        function = getattr(module, name).__wrapped__  # compiled anew: a cached one has no text
        text = numba.cfunc(SIGNATURE, error_model="numpy")(function).inspect_llvm()
        assert "sqrt" in text
        assert not re.search(r"@(llvm\.)?pow\b", text)


def test_jacobian_is_the_derivative_of_the_closed_map():
    branch = handmade.BRANCHES[-1]
    system = headline_mp()
    inputs = POINT | MUS
    _, vector = system.select(inputs)
    with mpmath.workdps(40):
        state = [mpmath.mpf(x) for x in STATE]
        _, jacobian = system.step(3, vector, state)
        for i in range(3):
            for j in range(3):

                def component(t, i=i, j=j):
                    moved = [t if k == j else x for k, x in enumerate(state)]
                    return system.step(3, vector, moved)[0][i]

                slope = mpmath.diff(component, state[j])
                # Finite differences keep about half of the 40 digits.
                assert abs(jacobian[i, j] - slope) < 1e-16 * max(1, abs(slope))
    assert branch.name == "generic"


def test_map_is_the_one_found_by_quadrature():
    """Every integral by scipy.integrate.quad, in another form of the equations."""
    kernel = headline_kernel()
    point = POINT | {"rho": 1.0}
    inputs = [point[n] for n in kernel.parameters] + list(MUS.values())
    for state in (STATE, [3.0, 2.0, 0.02], [0.1, 0.5, 5.0]):
        out = compiled_step(kernel, 3, [*inputs, 0.0, *state], 12)
        args = [point[n] for n in ("psi1", "psi2", "eps", "zeta", "tau")]
        expected = baselines.scipy_equations(np.log(state), *args)
        # quad is asked for 1e-10.
        assert np.allclose(np.log(out[:3] / state), expected, atol=1e-9)


def test_compiled_and_multiprecision_steps_agree():
    kernel, system = headline_kernel(), headline_mp()
    rng = np.random.default_rng(3)
    for _ in range(20):
        point = {n: v * math.exp(rng.normal()) for n, v in POINT.items()} | MUS
        state = [x * math.exp(rng.normal()) for x in STATE]
        inputs = [point[n] for n in (*kernel.parameters, *kernel.constants)]
        out = compiled_step(kernel, 3, [*inputs, 0.0, *state], 12)
        with mpmath.workdps(30):
            _, vector = system.select(point)
            image, jacobian = system.step(3, vector, state)
        # Some hundred operations; Jacobian entries may cancel against their row's largest.
        assert np.allclose(out[:3], [float(f) for f in image], rtol=1e-13)
        reference = np.array(jacobian.tolist(), dtype=float)
        assert np.allclose(out[3:].reshape(3, 3), reference, atol=1e-12 * abs(reference).max())


def test_same_branches_give_the_same_kernel_object():
    assert headline_kernel() is headline_kernel()


RERUN = """
import sys
sys.path.insert(0, {here!r})
from small_system import small_kernel
from asymp.lowering.cache import load_module
kernel = small_kernel()
kernel.entries
module = load_module(kernel.source.key, kernel.source.text)
print([kernel.source.key, kernel.source.equations, module.__file__,
       [getattr(module, n).cache_hits for n in ("select", "step_1", "values_1")]])
"""


def rerun(folder, seed="0"):
    """Compile the small system in a new process with that cache folder."""
    environment = os.environ | {
        "ASYMP_CACHE_DIR": str(folder), "PYTHONHASHSEED": seed,
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    program = RERUN.format(here=str(HERE))
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return ast.literal_eval(done.stdout.strip().splitlines()[-1])


def test_a_second_process_finds_everything_on_disk_whatever_its_hash_seed(tmp_path):
    first, second = rerun(tmp_path, "1"), rerun(tmp_path, "2")
    assert first[:3] == second[:3]
    assert first[3] == [0, 0, 0]
    assert second[3] == [1, 1, 1]
    assert [p.name for p in tmp_path.glob("*.py")] == [f"asymp_kernel_{first[0]}.py"]


def test_damaged_cache_heals(tmp_path):
    first = rerun(tmp_path)
    source = Path(first[2])
    good = source.read_text()
    source.write_text("this is not the kernel (")
    for entry in (tmp_path / "__pycache__").glob("*.nb*"):
        entry.write_bytes(b"broken")
    assert rerun(tmp_path)[:3] == first[:3]
    assert source.read_text() == good
    assert rerun(tmp_path)[3] == [1, 1, 1]


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(tmp_path):
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    found = rerun(blocked / "below")
    assert found[2].startswith("<")
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_good_file_is_never_rewritten(tmp_path):
    path = stored(tmp_path, "asymp_kernel_0", "a = 1\n")
    before = path.stat().st_mtime_ns
    assert stored(tmp_path, "asymp_kernel_0", "a = 1\n") == path
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.iterdir()] == ["asymp_kernel_0.py"]


def test_kernels_pickle_without_addresses():
    kernel = small_kernel()
    assert (kernel.entries[0] != 0).all()
    copy = pickle.loads(pickle.dumps(kernel))
    assert copy == kernel
    assert "entries" not in vars(copy)


def test_mp_system_solves_to_fifty_digits():
    system = headline_mp()
    with mpmath.workdps(50):
        found = system.solve(POINT | MUS)
        branch, vector = system.select(POINT | MUS)
        state = [found[n] for n in ("V", "SR", "P")]
        image, _ = system.step(branch, vector, state)
        # Newton stops at 10^(8 - digits).
        assert max(abs(f / x - 1) for f, x in zip(image, state, strict=True)) < 1e-41


def test_leading_minus_in_a_product_keeps_its_parentheses():
    x, y = sp.symbols("x y", positive=True)
    text = NumbaPrinter().doprint((y - x) * sp.erf(x) + x - y)
    at = {"x": 0.7, "y": 0.2, "erf": math.erf}
    assert eval(text, at) == pytest.approx(-0.5 * math.erf(0.7) + 0.5)
