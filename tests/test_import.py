"""What importing the package costs, and what completes on tab."""

import json
import subprocess
import sys

import asymp

HEAVY = ("numba", "scipy", "xarray", "pandas", "matplotlib", "rich", "click", "flint", "cvxpy")
PROBE = """
import json, sys
{code}
print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded_by(code):
    """Top-level modules in a new process that has run the code."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE.format(code=code)], capture_output=True, text=True, check=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_package_loads_no_heavy_library():
    assert loaded_by("import asymp").isdisjoint(HEAVY)


def test_stating_a_problem_loads_no_solver():
    code = "import asymp; asymp.Problem(features=asymp.RandomFeatures('relu'))"
    # Arb decides whether the activation is admissible; it loads in a few milliseconds.
    assert loaded_by(code).isdisjoint({*HEAVY} - {"flint"})


def test_help_and_completion_of_the_command_load_no_solver():
    heavy = {"sympy", "numba", "scipy", "xarray", "matplotlib", "rich"}
    assert loaded_by("import asymp.cli.commands").isdisjoint(heavy)


def test_every_public_name_completes_and_exists():
    assert {"theorem", "theorems", "Problem", "RandomFeatures"} <= set(dir(asymp))
    for name in dir(asymp):
        assert getattr(asymp, name) is not None


def test_parameters_complete_on_tab():
    theorem = asymp.theorem("random-features-robust")
    assert {"psi1", "psi2", "eps"} <= set(dir(theorem.parameters))
    assert theorem.parameters.psi1 is theorem.parameters["psi1"]
