"""Reports of whole theorems, and one pytest item per claim."""

import json

import pytest

import asymp
from asymp.reductions.step import CheckResult, Outcome
from asymp.testing.report import SAMPLE, Task, bar, tasks

pytest_plugins = ["pytester"]
SMALL = """
import asymp

def problem():
    return asymp.Problem(features=asymp.IsotropicGaussian())

laws = [asymp.identity("right", "SR", "standard_risk"), asymp.identity("wrong", "SR", "2*SR")]
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    path = tmp_path_factory.mktemp("theorems") / "small_one.py"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def report(small):
    return asymp.theorem(small).check(progress=False)


def test_every_claim_of_the_headline_theorem_holds(headline):
    found = headline.check(progress=False)
    assert found.ok, str(found)
    assert found.counts["false"] == 0
    assert found.counts["unknown"] == 0, [e for e in found.entries if e.outcome is Outcome.UNKNOWN]
    assert found.counts["proved"] >= 4
    kinds = {e.kind for e in found.entries}
    assert kinds == {"step", "limit", "law", "audit"}


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "tanh", "erf", "linear", "quadratic", "gelu"])
def test_every_claim_at_the_full_number_of_points(activation):
    found = asymp.theorem("random-features-robust", activation=activation).check(thorough=True)
    assert found.ok, str(found)


def test_a_false_claim_comes_with_its_counterexample(report):
    assert not report.ok
    assert [e.name for e in report.false] == ["wrong"]
    assert report["wrong"].outcome is Outcome.FALSE
    assert "alpha=" in report["wrong"].counterexample
    assert report["right"].outcome is Outcome.VERIFIED


def test_forms_of_a_report(report):
    text = str(report)
    assert "counterexample: slack" in text
    assert text.splitlines()[-1].startswith("small-one: ")
    assert "<td>wrong</td><td>$\\mathrm{SR} = 2 \\mathrm{SR}$</td><td>false</td>" in (
        report._repr_html_()
    )
    read = json.loads(report.to_json())
    assert read["ok"] is False
    assert read["counts"] == report.counts
    assert {e["outcome"] for e in read["entries"]} <= {"proved", "verified", "unknown", "false"}
    with pytest.raises(KeyError):
        report["nothing"]


def test_a_check_that_cannot_run_is_unknown():
    def run() -> CheckResult:
        raise asymp.NotConverged("no root")

    entry = Task("law", "name", "", run).entry()
    assert entry.outcome is Outcome.UNKNOWN
    assert "no root" in entry.how


def test_claims_that_exclude_the_activation_are_left_out():
    found = {}
    for activation in ("linear", "relu"):
        theorem = asymp.theorem("random-features-robust", activation=activation)
        found[activation] = {t.name for t in tasks(theorem, SAMPLE) if t.kind == "limit"}
    assert found["relu"] - found["linear"] >= {"memorisation", "least-norm"}
    assert "null-threshold" in found["linear"]


def test_progress_bar_counts_claims():
    task = Task("law", "name", "", lambda: CheckResult(Outcome.PROVED, ""))
    for shown in (True, False):
        with bar(2, shown) as tell:
            tell(task)
            tell(task)


def test_one_test_per_claim(pytester, small):
    result = pytester.runpytest_subprocess("--asymp", str(small), "-p", "no:cacheprovider")
    outcomes = result.parseoutcomes()
    assert outcomes["failed"] == 1
    assert outcomes["passed"] > 10
    result.stdout.fnmatch_lines(["*law:wrong*", "*counterexample: slack*"])


def test_unknown_theorem_is_a_usage_error(pytester):
    result = pytester.runpytest_subprocess("--asymp", "no-such-theorem")
    assert result.ret != 0
    assert "no theorem 'no-such-theorem'" in result.stdout.str() + result.stderr.str()
