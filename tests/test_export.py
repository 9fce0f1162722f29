"""The exported file: plain Python, nothing imported, the same numbers as the compiled solver."""

import json
import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import asymp
from asymp.analysis import export, gradient
from asymp.analysis.flatten import flatten
from asymp.analysis.standalone import array
from asymp.calculus.implicit_root import Root
from asymp.calculus.panel import Panel
from asymp.errors import InvalidParameter, NotDerivable
from asymp.reductions.system import Branch, FixedPoint
from asymp.solver import solve_grid
from asymp.symbols import POSITIVE, OrderParameter, Parameter, Quantity, by_name

# Isolated and without site-packages: nothing but the standard library can be imported.
PYTHON = [sys.executable, "-I", "-S"]
DRIVER = """
import json, runpy, sys
solve = runpy.run_path(sys.argv[1])["solve"]
print(json.dumps([solve(**point) for point in json.load(sys.stdin)]))
"""
RF, LINEAR, RIDGE = "rf", "linear", "ridge"


def theorem_of(name):
    if name == RIDGE:
        return asymp.Problem(features=asymp.IsotropicGaussian()).derive()
    options = {"activation": "linear"} if name == LINEAR else {}
    return asymp.theorem("random-features-robust", **options)


@pytest.fixture(scope="module", params=[RF, LINEAR, RIDGE])
def exported(request, tmp_path_factory):
    theorem = theorem_of(request.param)
    path = export(theorem, tmp_path_factory.mktemp("export") / "solver.py")
    return request.param, theorem, path


def points_of(theorem, count, seed):
    """Random points with zeros among them, so that the special branches are met."""
    rng = np.random.default_rng(seed)
    ratios = [n for n in theorem.parameters if n in ("psi1", "psi2", "alpha")]
    points = []
    for k in range(count):
        point = {n: float(10 ** rng.uniform(-1.5, 1.5)) for n in ratios}
        point |= {
            "zeta": float(rng.choice([0.0, 1e-6, 0.1, 3.0])),
            "rho": float(rng.uniform(0.5, 2)),
        }
        point["tau"] = float(rng.choice([0.0, 0.3, 1.0]))
        if "eps" in theorem.parameters:
            point["eps"] = float(rng.choice([0.0, 1e-5, 0.1, 0.5, 2.0]))
        if k % 10 == 0 and len(ratios) == 2:
            point |= {"psi2": point["psi1"], "eps": 0.0, "zeta": 0.0}
        points.append(point)
    return points


def run(path, points):
    driver = subprocess.run(
        [*PYTHON, "-c", DRIVER, str(path)], input=json.dumps(points), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return json.loads(driver.stdout)


def test_it_gives_the_same_numbers_on_every_branch(exported):
    name, theorem, path = exported
    points = points_of(theorem, 60, seed=7)
    answers = run(path, points)
    branches = set()
    for point, answer in zip(points, answers, strict=True):
        expected = theorem.solve(throw=False, **point)
        words = expected.status.attrs["flag_meanings"].split()
        assert answer["status"] == words[int(expected.status)], point
        branches.add(answer["branch"])
        # Both roots have a residual of rounding size (1e-15), which the condition number enlarges
        # at the points drawn here by a few thousand at most.
        allowed = 1e-10
        for key in (*theorem.order_parameters, *theorem.observables):
            there, here = float(expected[key]), answer[key]
            same = math.isclose(here, there, rel_tol=allowed, abs_tol=1e-14) or here == there
            assert same or (math.isnan(here) and math.isnan(there)), (point, key, here, there)
    assert len(branches) >= {RF: 4, LINEAR: 4, RIDGE: 3}[name], branches


def test_it_is_a_program(exported):
    _, theorem, path = exported
    point = points_of(theorem, 1, seed=3)[0] | {"tau": 0.5}
    point["zeta"] = 0.25
    words = [f"--{n}={v!r}" for n, v in point.items()]
    done = subprocess.run(
        [*PYTHON, str(path), *words], capture_output=True, text=True, check=True
    ).stdout
    printed = dict(line.split(" = ") for line in done.splitlines())
    expected = float(theorem.solve(**point).standard_risk)
    assert float(printed["standard_risk"]) == pytest.approx(expected, rel=1e-10)
    assert printed["status"] in ("converged", "null")


@pytest.mark.parametrize("exported", [RF, LINEAR], indirect=True)
def test_what_is_large_in_the_null_phase_is_finite(exported):
    _, _, path = exported
    found = run(path, [{"psi1": 1.0, "psi2": 2.0, "eps": 10.0, "zeta": 0.0, "tau": 1e75}])[0]
    assert found["status"] == "null"
    assert found["robust_risk"] == pytest.approx(1e150, rel=1e-15)  # the variance of the labels


def test_a_bad_parameter_is_named(exported):
    _, theorem, path = exported
    code = f"import runpy; runpy.run_path({str(path)!r})['solve'](nonsense=1.0)"
    done = subprocess.run([*PYTHON, "-c", code], capture_output=True, text=True, check=False)
    assert "unknown parameter 'nonsense'" in done.stderr
    first = next(iter(theorem.parameters))
    point = points_of(theorem, 1, seed=1)[0] | {first: -1.0}
    code = f"import runpy; runpy.run_path({str(path)!r})['solve'](**{point!r})"
    done = subprocess.run([*PYTHON, "-c", code], capture_output=True, text=True, check=False)
    assert f"{first} = -1 is not in (0, inf)" in done.stderr


def test_the_docstring_says_what_it_is(exported):
    _, theorem, path = exported
    text = path.read_text(encoding="utf-8")
    compile(text, str(path), "exec")
    equations = theorem.solve(**points_of(theorem, 1, seed=2)[0], throw=False).attrs["equations"]
    for part in (theorem.title, f"equations {equations}", "asymp", *theorem.parameters):
        assert part in text.split('"""')[1]
    assert "import numpy" not in text
    assert "from asymp" not in text


def test_it_does_not_overwrite_unasked(tmp_path):
    theorem = theorem_of(RIDGE)
    path = tmp_path / "solver.py"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidParameter, match="overwrite=True"):
        export(theorem, path)
    assert path.read_text(encoding="utf-8") == "mine"
    export(theorem, path, overwrite=True)
    assert "def solve" in path.read_text(encoding="utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["solver.py"]


def test_the_same_theorem_gives_the_same_text(tmp_path):
    theorem = theorem_of(RIDGE)
    texts = [export(theorem, tmp_path / name).read_text() for name in ("a.py", "b.py")]
    assert texts[0] == texts[1]


def test_what_is_not_plain_python_is_refused():
    with pytest.raises(NotDerivable, match="numpy"):
        flatten("import numpy as np\n")
    with pytest.raises(NotDerivable, match="scipy"):
        flatten("from scipy.special import erf\n")
    helper = "from math import exp\n\n@decorated\ndef helper(x):\n    return exp(x)\n"
    flat = flatten(helper)
    assert flat.parts == {"helper": "def helper(x):\n    return exp(x)"}
    assert flat.maths == {"exp"}


def test_tables_are_written_out():
    from asymp.special import PANEL_GAPS, PANEL_LEVELS

    text = "from numpy import array\nfrom asymp.special import PANEL_LEVELS, PANEL_GAPS\n"
    flat = flatten(text)
    names = {}
    for part in flat.parts.values():
        exec(part, names)
    assert names["PANEL_LEVELS"] == PANEL_LEVELS
    np.testing.assert_array_equal(names["PANEL_GAPS"], PANEL_GAPS)
    assert array([[1.0, 2.0], [3.0, 4.0]])[1, 0] == 3.0


def looped_theorem():
    """A fixed point with an integral and an inner root, which are lowered as helper functions."""
    a = Parameter("a", POSITIVE, "strength")
    unknown = OrderParameter("x", POSITIVE, "unknown")
    z, u = sp.symbols("z u", real=True)
    x, strength = unknown.symbol, a.symbol
    root = Root(u**3 + x * u - strength, u, strength)
    average = Panel(sp.exp(-(z**2) / 2) / (1 + x * z), z, 0, sp.oo, 0, 1)
    system = FixedPoint((x,), (), (strength * average + root,), (sp.Integer(1),))
    branch = Branch("only", sp.true, (), system, {"x": x, "y": x**2 + root})
    return SimpleNamespace(
        id="looped", title="Looped", branches=(branch,), parameters=by_name([a]), constants={},
        order_parameters=by_name([unknown]), conventions={},
        observables=by_name([Quantity("y", POSITIVE, "a value")]),
    )  # fmt: skip


def test_equations_with_helper_functions(tmp_path):
    theorem = looped_theorem()
    path = export(theorem, tmp_path / "looped.py")
    strengths = [0.1, 1.3, 40.0]
    expected = solve_grid(theorem, {"a": strengths})
    answers = run(path, [{"a": a} for a in strengths])
    # The same operations in the same order.
    np.testing.assert_allclose([a["y"] for a in answers], expected.y, rtol=1e-12)
    slope = gradient(theorem, "y", "a").solve(a=strengths)
    h = 1e-4
    above, below = (
        solve_grid(theorem, {"a": np.array(strengths) * (1 + s)}).y.values for s in (h, -h)
    )
    # Second-order difference: truncation of order h^2.
    np.testing.assert_allclose(
        slope.gradient, (above - below) / (2 * h * np.array(strengths)), rtol=1e-6
    )
