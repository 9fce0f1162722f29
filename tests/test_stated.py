"""Stated theorems: equations that come from elsewhere are read, solved, printed and tested."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq

import asymp
from asymp.document import build_pdf
from asymp.reductions.step import Outcome
from asymp.simulate.repeats import seeds_of

POSITIVE, NONNEGATIVE = sp.Interval.open(0, sp.oo), sp.Interval(0, sp.oo)
m, q, alpha, lam, rho, noise = sp.symbols("m q alpha lam rho noise", positive=True)
V, V_hat, q_hat, risk = sp.symbols("V V_hat q_hat risk", positive=True)
RIDGE = asymp.Problem(features=asymp.IsotropicGaussian())
LETTERS = {"zeta": lam / alpha, "tau": sp.sqrt(noise)}


def ridge(unit=rho, **more):
    """Replica-symmetric ridge; ``unit=1`` has the slip of the documentation."""
    given = {
        "id": "ridge",
        "title": "Ridge as printed",
        "parameters": {
            "alpha": POSITIVE, "lam": POSITIVE, "noise": NONNEGATIVE,
            "rho": {"domain": POSITIVE, "default": 1.0, "meaning": "signal"},
        },
        "state": {"m": rho / 2, "q": rho / 2},
        "definitions": [
            (V, (rho - m) / (lam * unit)), (V_hat, alpha / (1 + V)),
            (risk, noise + rho - 2 * m + q), (q_hat, alpha * risk / (1 + V) ** 2),
        ],
        "equations": [
            sp.Eq(m, rho * V_hat / (lam + V_hat)),
            sp.Eq(q, (rho * V_hat**2 + q_hat) / (lam + V_hat) ** 2),
        ],
        "observables": {"standard_risk": (risk, "test error", NONNEGATIVE)},
    }  # fmt: skip
    return asymp.Theorem.from_equations(**{**given, **more})


def closed_form(alpha, lam, noise, rho=1.0):
    """Ridge in closed form, the stable branch of the quadratic for V."""
    b = lam + alpha - 1
    v = 2 / (b + np.sqrt(b * b + 4 * lam))
    m = rho * (1 - lam * v)
    s = alpha * v**2 / (1 + v) ** 2
    return m, (m * m / rho + s * (rho + noise - 2 * m)) / (1 - s)


@pytest.fixture(scope="module")
def right():
    return ridge()


@pytest.fixture(scope="module")
def slip():
    return ridge(unit=sp.Integer(1))


# Solving


def test_a_stated_theorem_solves_as_any_other(right):
    found = right.solve(alpha=[0.5, 2.0], lam=[1e-3, 0.1, 2.0], noise=0.5, rho=2.0)
    grid = np.meshgrid([0.5, 2.0], [1e-3, 0.1, 2.0], indexing="ij")
    m_expected, q_expected = closed_form(*grid, 0.5, 2.0)
    # The residual is 1e-13, the condition number below 1e3 here.
    np.testing.assert_allclose(found.m, m_expected, rtol=1e-10)
    np.testing.assert_allclose(found.q, q_expected, rtol=1e-10)
    assert (found.status == 0).all()
    assert (right.status, right.derivation, right.potential) == ("stated", (), None)
    assert found.m.attrs["meaning"] == "order parameter"


def test_text_does_what_symbols_do(right):
    plain = ridge(
        definitions={
            "V": "(rho - m)/(lam*rho)", "V_hat": "alpha/(1 + V)",
            "risk": "noise + rho - 2*m + q", "q_hat": "alpha*risk/(1 + V)**2",
        },
        equations={"m": "rho*V_hat/(lam + V_hat)", "q": "(rho*V_hat**2 + q_hat)/(lam + V_hat)**2"},
        observables={"standard_risk": "risk"},
        state={"m": "rho/2", "q": "rho/2"},
    )  # fmt: skip
    bare = {s: sp.Symbol(s.name) for s in (m, q, alpha, lam, rho, noise, V, V_hat, q_hat, risk)}
    careless = ridge(equations=[eq.subs(bare) for eq in right.system.equations])
    point = {"alpha": 2.0, "lam": 0.1, "noise": 0.5}
    assert float(plain.solve(**point).m) == float(right.solve(**point).m)
    assert float(careless.solve(**point).m) == float(right.solve(**point).m)


def test_an_implicit_equation_is_solved_for_its_unknown():
    """V from its quadratic, which is no map, and the norm from a linear equation."""
    theorem = asymp.Theorem.from_equations(
        id="implicit", title="Implicit", parameters={"alpha": POSITIVE, "lam": POSITIVE},
        state=["V", "q"],
        equations=[sp.Eq(lam * V + alpha * V / (1 + V), 1), sp.Eq(q - alpha, V * q / (1 + V))],
        observables={"trace": V, "other": q},
    )  # fmt: skip
    found = theorem.solve(alpha=2.0, lam=0.1)
    b = 0.1 + 2.0 - 1
    v = 2 / (b + np.sqrt(b * b + 0.4))
    assert float(found.trace) == pytest.approx(v, rel=1e-12)
    assert float(found.other) == pytest.approx(2.0 * (1 + v), rel=1e-12)


def test_a_signed_unknown_has_its_own_name_everywhere():
    a, b = sp.symbols("a b")
    theorem = asymp.Theorem.from_equations(
        id="intercept", title="Intercept", parameters={"a": sp.Reals},
        state={"b": {"domain": sp.Reals, "meaning": "intercept"}, "V": 1},
        equations=[sp.Eq(b, sp.cos(b) / 2 + a), sp.Eq(V, 1 + sp.exp(-V))],
        observables={"shifted": b + V},
    )  # fmt: skip
    found = theorem.solve(a=[-2.0, -0.3, 1.5])
    roots = [brentq(lambda b, a=a: b - np.cos(b) / 2 - a, -9, 9, xtol=1e-14) for a in found.a]
    np.testing.assert_allclose(found.b, roots, rtol=0, atol=1e-12)
    text = str(theorem) + theorem.latex()
    assert "exp_b" not in text
    assert "b = a + cos(b)/2" in text
    assert theorem.check().ok


def test_phases_have_values_and_statuses():
    theorem = asymp.Theorem.from_equations(
        id="magnet", title="Curie-Weiss",
        parameters={"beta": POSITIVE}, state={"m": sp.Rational(9, 10)},
        equations=[sp.Eq(m, sp.tanh(sp.Symbol("beta") * m))], observables={"magnetisation": m},
        phases=[{
            "name": "paramagnet", "condition": "beta <= critical", "boundary": {"critical": 1},
            "values": {"m": 0, "magnetisation": 0}, "status": "null", "meaning": "no order",
        }],
    )  # fmt: skip
    found = theorem.solve(beta=[0.5, 2.0])
    assert found.magnetisation.values[0] == 0.0
    root = brentq(lambda x: x - np.tanh(2 * x), 0.1, 1.0, xtol=1e-15)
    assert found.magnetisation.values[1] == pytest.approx(root, rel=1e-12)
    assert found.status.values.tolist() == [1, 0]
    assert [p.name for p in theorem.phases] == ["paramagnet"]
    assert "Paramagnet" in theorem.latex()


# Checking


def test_planted_slip_is_found_by_law_limit_problem_and_simulation():
    best = "(noise/rho + alpha - 1 + sqrt((noise/rho + alpha - 1)**2 + 4*noise/rho))"
    claims = {
        "problem": RIDGE, "problem_parameters": LETTERS,
        "simulate_at": [{"alpha": 1.0, "lam": 1.0, "noise": 0.5, "rho": 4.0}],
        "laws": [asymp.scaling("units", {"rho": 1, "noise": 1}, {"standard_risk": 1})],
        "limits": [asymp.Limit(
            "best", {"lam": "(1 + h)*noise/rho"}, {"standard_risk": f"noise*(1 + 2/{best})"},
            ranges={"noise": (0.1, 2)},
        )],
    }  # fmt: skip
    wrong = ridge(unit=sp.Integer(1), **claims).check()
    assert {e.name for e in wrong.false} == {"units", "best", "derived-from-problem",
                                             "finite-problem"}  # fmt: skip
    told = wrong["derived-from-problem"].counterexample
    assert told.startswith("standard_risk: derived ")
    assert "stated " in told
    assert "rho=" in told
    assert "standard errors, alpha=1" in wrong["finite-problem"].counterexample
    good = ridge(**claims).check()
    assert good.counts == {"proved": 0, "verified": 7, "unknown": 0, "false": 0}


def test_a_slip_in_a_closed_form_is_found(right):
    """A misplaced bracket in the denominator of q: V stays right, the risk does not."""
    s = alpha * V**2 / (1 + V) ** 2
    m_of_v = rho * (1 - lam * V)
    numerator = m_of_v**2 / rho + s * (noise + rho - 2 * m_of_v)

    def stated(denominator):
        return ridge(
            state={"V": 1}, definitions=[], equations=[sp.Eq(V, 1 / (lam + alpha / (1 + V)))],
            observables={"standard_risk": noise + rho - 2 * m_of_v + numerator / denominator},
        )  # fmt: skip

    bracket = 1 - alpha * V**2 / (1 + V**2)
    assert stated(1 - s).compare_with(right, points=6).outcome is Outcome.VERIFIED
    assert stated(bracket).compare_with(right, points=6).outcome is Outcome.FALSE


def test_two_solutions_are_not_passed_over_in_silence():
    x, a = sp.symbols("x a", positive=True)
    theorem = asymp.Theorem.from_equations(
        id="two", title="Two", parameters={"a": POSITIVE}, state={"x": 2},
        equations=[sp.Eq(x, sp.exp(2 * sp.tanh(sp.log(x))))], observables={"y": a * x},
    )  # fmt: skip
    entry = theorem.check()["one-solution"]
    assert entry.outcome is Outcome.UNKNOWN
    assert "both solve them at a=" in entry.counterexample


def test_a_value_outside_its_domain_is_found():
    theorem = ridge(observables={"gap": {"expression": risk - 1, "domain": NONNEGATIVE}})
    entry = theorem.check()["domains"]
    assert entry.outcome is Outcome.FALSE
    assert entry.counterexample.startswith("gap = -")


def test_digits_lost_in_the_formulas_as_given_are_found():
    """A small number is the difference of two of size 1e9: seven digits are left."""
    theorem = asymp.Theorem.from_equations(
        id="cancels", title="Cancels", parameters={"a": POSITIVE}, state={"V": 1},
        definitions={"big": "1e9 + 1/(1 + a)"}, equations={"V": "big - 1e9"},
        observables={"value": "V"},
    )  # fmt: skip
    entry = theorem.check()["fixed-point"]
    assert entry.outcome is Outcome.FALSE
    assert "the formulas lose these digits" in entry.counterexample


def test_theorems_are_compared_both_ways(right, slip):
    derived = RIDGE.derive()
    there = right.compare_with(derived, parameters=LETTERS, points=5)
    back = derived.compare_with(
        right, parameters={"lam": "zeta*alpha", "noise": "tau**2"}, points=5
    )
    assert there.outcome is back.outcome is Outcome.VERIFIED
    assert slip.compare_with(derived, parameters=LETTERS, points=5).outcome is Outcome.FALSE
    with pytest.raises(asymp.InvalidParameter, match="'lam' is not among"):
        derived.compare_with(right)
    with pytest.raises(asymp.InvalidParameter, match="unknown parameter 'kappa'"):
        right.compare_with(derived, parameters={"kappa": "lam"})


def test_an_audit_may_hold_a_theorem(slip):
    audit = asymp.Audit(
        "derived", asymp.Source("us", "The engine"), RIDGE.derive(),
        {"alpha": alpha, "rho": rho, **LETTERS}, ("standard_risk",),
        {"alpha": (0.5, 3), "lam": (0.1, 1), "noise": (0.1, 1), "rho": (2, 4)},
        tolerance=1e-8, reason="both are solved to 1e-13",
    )  # fmt: skip
    theorem = slip.with_claims(audits=(audit,))
    assert theorem.check()["derived"].counterexample.startswith("standard_risk: derived")
    assert r"\cite{us}" in theorem.latex()


def test_a_variant_needs_the_problem(right):
    limit = asymp.Limit("v", {"lam": "h"}, asymp.Variant(("standard_risk",), {"adversary": None}))
    entry = right.with_claims(limits=(limit,)).check()["v"]
    assert entry.outcome is Outcome.UNKNOWN
    assert "needs the theorem's problem" in entry.how


# Simulation


def mean_of_samples(d, rng, alpha, noise):
    """Squared error of the mean of n = alpha d samples of variance d noise, in one coordinate."""
    samples = rng.standard_normal((max(round(alpha * d), 1), 50)) * np.sqrt(d * noise)
    return {"error": float(np.mean(samples.mean(axis=0) ** 2))}


def mean(factor, simulator=mean_of_samples):
    return asymp.Theorem.from_equations(
        id="mean", title="Mean", parameters={"alpha": POSITIVE, "noise": POSITIVE},
        state={"V": 1}, equations={"V": "(V + 1/alpha)/2"},
        observables={"error": factor * noise * V},
        simulator=simulator,
    )  # fmt: skip


def test_a_users_simulator_is_run_and_compared():
    right, wrong = mean(1), mean(sp.Rational(3, 2))
    runs = right.simulate(d=40, repeats=6, alpha=[1.0, 2.0], noise=0.5)
    assert runs.error.dims == ("alpha", "repeat")
    np.testing.assert_allclose(runs.error_theory, [0.5, 0.25])
    again = right.simulate(d=40, repeats=6, alpha=[1.0, 2.0], noise=0.5)
    np.testing.assert_array_equal(runs.error, again.error)
    point = {"alpha": 2.0, "noise": 1.0}
    assert right.compare(sizes=(30, 60), repeats=20, **point).agrees
    assert not wrong.compare(sizes=(30, 60), repeats=20, **point).agrees
    assert right.check().ok
    assert wrong.check()["finite-problem"].outcome is Outcome.FALSE


def test_a_simulator_is_held_to_its_word(right):
    with pytest.raises(asymp.InvalidProblem, match="stated without a finite problem"):
        right.simulate(d=20, repeats=2, alpha=1.0, lam=1.0, noise=1.0)
    strange = mean(1, lambda d, rng, **point: {"errors": 1.0})
    with pytest.raises(asymp.InvalidParameter, match="gives 'errors'; the observables are error"):
        strange.simulate(d=20, repeats=2, alpha=1.0, noise=1.0)


def test_what_is_no_seed_is_refused_in_one_line():
    by_problem = ridge(problem=RIDGE, problem_parameters=LETTERS)
    for theorem, more in ((mean(1), {}), (by_problem, {"lam": 0.5})):
        with pytest.raises(asymp.InvalidParameter, match="rng = 'a' is no seed"):
            theorem.simulate(alpha=2.0, noise=0.1, d=20, repeats=2, rng="a", **more)
    with pytest.raises(asymp.InvalidParameter, match="rng = 'a' is no seed"):
        seeds_of("a", 2)
    with pytest.raises(asymp.InvalidParameter, match="a simulator of its own"):
        mean(1).simulate(d=20, repeats=2, alpha=1.0, noise=1.0, attack="pgd")


# Documents


def test_documents_say_stated_and_never_derived(right):
    source = asymp.Source("someone2000", "S. Omeone, A paper (2000)", "(12)", "read")
    theorem = right.with_claims(
        sources=(source,),
        laws=(asymp.inequality("noise-floor", "noise", "standard_risk"),),
        limits=(asymp.Limit("none", {"lam": "1/h"}, {"standard_risk": "noise + rho"}),),
        conventions={"ratios": r"$\alpha=n/p$"},
    )
    for text in (theorem.latex(), theorem.latex(fragment=True), str(theorem), repr(theorem)):
        assert "stated" in text
        assert "deriv" not in text.lower()
    latex = theorem.latex()
    assert r"\bibitem{someone2000}" in latex
    assert "CGMT" not in latex
    assert r"\begin{thebibliography}" not in right.latex()
    assert r"\mathcal{M}" in theorem.latex(rename={"m": r"\mathcal{M}"})


def test_letters_that_derivations_use_keep_their_own_look():
    x = sp.Symbol("x", positive=True)
    theorem = asymp.Theorem.from_equations(
        id="x", title="x", parameters={"a": POSITIVE}, state=["x"],
        equations=[sp.Eq(x, sp.Symbol("a") / (1 + x))], observables={"y": x},
    )  # fmt: skip
    assert r"\chi" not in theorem.latex()


@pytest.mark.latex
@pytest.mark.skipif(shutil.which("latexmk") is None, reason="needs latexmk")
def test_the_document_builds(right, tmp_path):
    path = tmp_path / "ridge.tex"
    path.write_text(right.latex(), encoding="utf-8")
    assert build_pdf(path).stat().st_size > 10_000


# Errors at construction


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"equations": {"m": "rho*V_hatt", "q": "m"}}, "uses 'V_hatt'.*did you mean 'V_hat'"),
        ({"equations": [sp.Eq(m, rho)]}, "'q' has no equation, and 0 further"),
        ({"equations": [sp.Eq(m, rho), sp.Eq(q, m), sp.Eq(m, q)]}, "'m' has two equations"),
        ({"equations": [sp.Eq(m, rho), sp.Eq(q, m), sp.Eq(q**2, m + q)]},
         "every unknown has an equation, and 1 further"),
        ({"equations": [sp.Eq(m, rho), sp.Eq(sp.exp(q) + q**5, sp.sin(q))]}, "cannot be solved"),
        ({"equations": [sp.Eq(m, m), sp.Eq(q, m)]}, "true or false by itself"),
        ({"state": {}}, "state is empty"),
        ({"state": {"m": -1, "q": 1}}, "start of 'm' is -1.*give a positive start"),
        ({"state": {"m": "q0", "q": 1}}, "start of 'm' uses 'q0'"),
        ({"state": {"m": {"begin": 1}, "q": 1}}, "no field 'begin'"),
        ({"state": {"m": 1, "q": 1, "rho": 1}}, "'rho' names both a parameter and an unknown"),
        ({"observables": {}}, "observables is empty"),
        ({"observables": {"m": risk}}, "'m' names both an unknown and an observable"),
        ({"observables": {"status": risk}}, "'status' is reserved"),
        ({"observables": {"r": {"meaning": "x"}}}, "the first is needed"),
        ({"definitions": [(V, V_hat), (V_hat, alpha)]}, "further down: move its definition up"),
        ({"definitions": [("lambda", alpha)]}, "'lambda' is a word of Python"),
        ({"definitions": [(V, sp.Integral(sp.exp(-(V**2)), (V, 0, 1)))]}, "no numeric rule"),
        ({"definitions": [("log", alpha)]}, "'log' is reserved"),
        ({"definitions": [(V, "1 +")]}, "not an expression"),
        ({"definitions": [(V,)]}, "give .name, expression, meaning"),
        ({"parameters": {"alpha": 3}}, "parameter 'alpha' is given as 3"),
        ({"parameters": {"alpha": {"meaning": "n/p"}}}, "'alpha' has no domain"),
        ({"parameters": {"alpha": {"domain": POSITIVE, "default": -1.0}}}, "outside its domain"),
        ({"parameters": {"alpha": {"domain": POSITIVE, "default": "b"}}}, "no earlier parameter"),
        ({"phases": [{"name": "a"}]}, "give a mapping with name and condition"),
        ({"phases": [{"name": "a", "condition": "alpha < 1", "values": {"m": 0}}]},
         "gives no value of 'q'"),
        ({"phases": [{"name": "a", "condition": "1 < 2"}]}, "give one in parameters"),
        ({"phases": [{"name": "a", "condition": "alpha < 1", "status": "odd"}]}, "choose"),
        ({"phases": [{"name": "a", "condition": "m < 1"}]}, "uses 'm'"),
        ({"problem": "ridge"}, "expected an asymp.Problem"),
        ({"problem": RIDGE, "problem_parameters": {"kappa": lam}}, "problem_parameters names"),
        ({"simulator": 3}, "give a function"),
        ({"simulate_at": [{"V": 1}]}, "simulate_at names 'V'"),
        ({"limits": [3]}, "limits holds 3, not an asymp.Limit"),
    ],
)  # fmt: skip
def test_a_slip_in_the_statement_is_one_line_that_names_it(changes, message):
    with pytest.raises(asymp.InvalidProblem, match=message) as caught:
        ridge(**changes)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("theorem 'ridge': ")


def test_a_problem_whose_parameters_are_not_given_is_refused():
    with pytest.raises(asymp.InvalidProblem, match="parameter 'n_over_p'"):
        ridge(problem=asymp.Problem(features=asymp.IsotropicGaussian("n_over_p")))


# Files of users


FILE = """
import sympy as sp
import asymp

title = "Trace of the resolvent"
limits = [asymp.Limit("large", {"lam": "1/h"}, {"trace": 0})]


def theorem(factor=1):
    V, alpha, lam = sp.symbols("V alpha lam", positive=True)
    return asymp.Theorem.from_equations(
        id="ignored", title="ignored",
        parameters={"alpha": sp.Interval.open(0, sp.oo), "lam": sp.Interval.open(0, sp.oo)},
        state={"V": 1}, equations=[sp.Eq(V, factor / (lam + alpha / (1 + V)))],
        observables={"trace": (V, "trace of the resolvent")}, limits=limits,
        laws=[asymp.identity("quadratic", "lam*V**2 + (lam + alpha - 1)*V", "1")],
    )
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "my_trace.py"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_every_command_takes_a_file_that_states_a_theorem(file, run, tmp_path):
    assert run("show", file)[1].startswith("Trace of the resolvent (my-trace), stated")
    assert "trace" in run("solve", file, "alpha=2", "lam=0.1")[1]
    for name, command in (("a.png", "plot"), ("a.tex", "latex")):
        given = ["alpha=0.5:2:5", "lam=0.1"] if command == "plot" else []
        assert run(command, file, *given, "-o", tmp_path / name)[0] == 0
        assert (tmp_path / name).stat().st_size > 500
    code, out, _ = run("check", file, "--json")
    found = json.loads(out)
    assert (code, found["theorem"], found["ok"]) == (0, "my-trace", True)
    assert [e["name"] for e in found["entries"]].count("large") == 1
    code, out, _ = run("check", file, "--option", "factor=2")
    assert code == 1
    assert "quadratic" in out
    assert run("simulate", file, "alpha=2", "lam=1")[0] == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def theorem():\n    return 3\n", "returned 3, not an asymp.Theorem"),
        (
            "def theorem():\n    pass\n\n\ndef problem():\n    pass\n",
            "both `problem` and `theorem`",
        ),
    ],
)
def test_a_file_that_states_badly_is_refused(text, message, tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(asymp.InvalidProblem, match=message):
        asymp.theorem(path)


def test_a_derived_file_may_import_the_function_theorem(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import asymp\nfrom asymp import theorem\n\n\ndef problem():\n"
        "    return asymp.Problem(features=asymp.IsotropicGaussian())\n",
        encoding="utf-8",
    )
    assert asymp.theorem(path).status == "derived"


def test_stating_loads_no_solver(file):
    code = f"""import sys, asymp
asymp.theorem({str(file)!r})
print({{'numba', 'xarray'}} & {{*sys.modules}})"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
