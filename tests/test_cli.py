"""The command line: what it prints, what it refuses and with which exit code."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

HEADLINE = "random-features-robust"
POINT = ["psi1=2", "psi2=3", "eps=0.3", "tau=0.5"]
RIDGE = """
import asymp
title = "Ridge"
def problem(metric="identity"):
    return asymp.Problem(features=asymp.IsotropicGaussian(), penalty=asymp.Ridge(metric=metric))
"""


@pytest.fixture
def ridge(tmp_path):
    path = tmp_path / "my_ridge.py"
    path.write_text(RIDGE, encoding="utf-8")
    return str(path)


def ridge_risk(alpha, zeta, tau):
    """Risk of ridge on isotropic inputs (Dobriban and Wager 2018), typed independently.

    With the Stieltjes transform s of the Marchenko-Pastur law of shape 1/alpha at -zeta, and its
    derivative, the excess risk is zeta^2 s' + tau^2 (s - zeta s')/alpha.
    """

    def stieltjes(z):
        b = z + 1 - 1 / alpha
        return alpha * (np.sqrt(b**2 + 4 * z / alpha) - b) / (2 * z)

    step = 1e-4 * zeta
    slope = (stieltjes(zeta - step) - stieltjes(zeta + step)) / (2 * step)
    return tau**2 + zeta**2 * slope + tau**2 * (stieltjes(zeta) - zeta * slope) / alpha


def test_list_names_the_headline_theorem(run):
    code, out, err = run("list")
    assert (code, err) == (0, "")
    assert HEADLINE in out


def test_show_prints_parameters_and_equations(run, ridge):
    code, out, _ = run("show", ridge)
    assert code == 0
    assert "alpha" in out
    assert "ridge strength" in out


def test_solving_one_point_prints_a_table_of_known_numbers(run, ridge):
    code, out, _ = run("solve", ridge, "alpha=2", "zeta=0.5", "tau=0.5")
    rows = dict(line.split()[:2] for line in out.splitlines())
    assert code == 0
    assert rows["status"] == "converged"
    # The difference quotient in ridge_risk has a relative error of some 1e-8.
    assert float(rows["standard_risk"]) == pytest.approx(ridge_risk(2, 0.5, 0.5), rel=1e-7)


@pytest.mark.parametrize("ending", ["nc", "csv", "parquet"])
def test_a_grid_is_the_same_in_every_format(run, ridge, tmp_path, ending):
    path = tmp_path / f"grid.{ending}"
    code, out, err = run("solve", ridge, "alpha=0.5:8:5:log", "zeta=0.1,1", "tau=0.5", "-o", path)
    assert (code, out) == (0, "")
    assert "10 points: 10 converged" in err
    found = read(path)
    assert len(found) == 10
    for (alpha, zeta), risk in found.items():
        assert risk == pytest.approx(ridge_risk(alpha, zeta, 0.5), rel=1e-7)  # as above


def read(path):
    """Risk by (alpha, zeta), whatever the format."""
    import pandas as pd

    if path.suffix == ".nc":
        with xr.open_dataset(path) as dataset:
            frame = dataset.standard_risk.to_dataframe().reset_index()
    else:
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        assert set(frame["status"]) == {"converged"}
    return {(r.alpha, r.zeta): r.standard_risk for r in frame.itertuples()}


def test_a_grid_without_file_is_csv_on_standard_output(run, ridge):
    code, out, _ = run("solve", ridge, "alpha=1:2:3", "zeta=1")
    assert code == 0
    assert [line.split(",")[0] for line in out.splitlines()] == ["alpha", "1.0", "1.5", "2.0"]


def test_infinite_is_an_answer(run):
    code, out, _ = run("solve", HEADLINE, "psi1=2", "psi2=2", "eps=0", "tau=0.5")
    assert code == 0
    assert "infinite" in out


BAD = {
    "negative ratio": (["solve", HEADLINE, "psi1=-1", "psi2=2", "eps=.1"], "psi1 = -1"),
    "one bad of many": (["solve", HEADLINE, "psi1=1,-1", "psi2=2", "eps=.1"], "psi1 = -1"),
    "unknown parameter": (["solve", HEADLINE, "psi3=1"], "psi3"),
    "missing parameter": (["solve", HEADLINE, "psi1=1"], "missing"),
    "malformed range": (["solve", HEADLINE, "psi1=1:2"], "malformed"),
    "range without count": (["solve", HEADLINE, "psi1=1:2:x"], "count"),
    "empty range": (["solve", HEADLINE, "psi1=1:2:0"], "count"),
    "huge range": (["solve", HEADLINE, "psi1=1:2:9999999999"], "points"),
    "huge grid": (["solve", HEADLINE, "psi1=1:2:99999", "psi2=1:2:99999"], "points"),
    "log from zero": (["solve", HEADLINE, "psi1=0:2:5:log"], "positive"),
    "empty value": (["solve", HEADLINE, "psi1="], "name=value"),
    "empty item": (["solve", HEADLINE, "psi1=1,,2"], "not a number"),
    "twice": (["solve", HEADLINE, "psi1=1", "psi1=2"], "twice"),
    "nan": (["solve", HEADLINE, "psi1=nan"], "finite"),
    "inf": (["solve", HEADLINE, "psi1=1:inf:3"], "finite"),
    "words": (["solve", HEADLINE, "psi1=many"], "not a number"),
    "unknown theorem": (["solve", "random-feature", "psi1=1"], "did you mean"),
    "unknown option": (["show", HEADLINE, "--option", "colour=red"], "its options are"),
    "not an activation": (["show", HEADLINE, "--activation", "nothing"], "nothing"),
    "constant activation": (["show", HEADLINE, "--option", "activation=3"], "activation"),
    "no such folder": (["solve", HEADLINE, *POINT, "-o", "no/such/x.nc"], "cannot write"),
    "unknown format": (["solve", HEADLINE, *POINT, "-o", "x.xls"], ".nc, .csv, .parquet"),
    "a folder": (["latex", HEADLINE, "-o", "folder.tex"], "folder"),
    "report into a file": (["report", HEADLINE, "-o", "file.py/x"], "is a file"),
    "report along nothing": (["report", HEADLINE, "psi1=2"], "psi1"),
    "report varying three": (["report", HEADLINE, "tau=1,2"], "tau"),
    "pdf to nowhere": (["latex", HEADLINE, "--pdf"], "--pdf"),
    "pdf of a fragment": (["latex", HEADLINE, "--pdf", "--fragment", "-o", "x.tex"], "fragment"),
    "rename unknown": (["latex", HEADLINE, "--rename", "psi9=x"], "psi9"),
    "no observable": (["plot", HEADLINE, *POINT, "y=risque", "-o", "x.png"], "risque"),
    "nothing varies": (["plot", HEADLINE, *POINT, "-o", "x.png"], "varies"),
    "no dimension": (["simulate", HEADLINE, *POINT, "-d", "0"], "d = 0"),
    "no integer": (["simulate", HEADLINE, *POINT, "-d", "1.5"], "-d 1.5"),
    "no command": (["slove"], "slove"),
    "no id": (["solve"], "ID"),
    "broken file": (["show", "broken.py"], "ZeroDivisionError"),
    "broken problem": (["show", "failing.py"], "failing.py"),
    "no problem in file": (["show", "file.py"], "problem"),
}


@pytest.mark.parametrize(("arguments", "word"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, monkeypatch, arguments, word):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.tex").mkdir()
    (tmp_path / "file.py").write_text("title = 'nothing here'\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "failing.py").write_text("def problem():\n    return [][0]\n")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = run(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("asymp: error: ")
    assert err.count("\n") == 1
    assert word in err
    assert sorted(p for p in tmp_path.rglob("*") if "__pycache__" not in str(p)) == before


def test_a_failed_write_leaves_the_old_file(run, ridge, tmp_path, monkeypatch):
    import asymp.report.files as files

    path = tmp_path / "grid.csv"
    path.write_text("precious")

    def fail(dataset, target):
        target.write_text("half of")
        raise OSError("disk full")

    monkeypatch.setitem(files.WRITERS, ".csv", fail)
    code, _, err = run("solve", ridge, "alpha=1:2:3", "-o", path)
    assert (code, err) == (2, "asymp: error: disk full\n")
    assert path.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".asymp")] == []


def test_check_prints_json_and_fails_with_1_on_a_false_claim(run, tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(RIDGE + 'laws = (asymp.identity("wrong", "SR", "rho + tau**2 - m"),)\n')
    code, out, _ = run("check", path, "--json")
    found = {entry["name"]: entry["outcome"] for entry in json.loads(out)["entries"]}
    assert code == 1
    assert found["wrong"] == "false"


def test_check_of_a_sound_file_succeeds(run, ridge, tmp_path):
    code, _, err = run("check", ridge, "-o", tmp_path / "report.txt")
    assert code == 0
    assert "0 false" in err
    assert "proved" in (tmp_path / "report.txt").read_text()


def test_simulate_prints_theory_beside_means(run, ridge):
    code, out, _ = run(
        "simulate", ridge, "alpha=2", "zeta=0.5", "tau=0.5", "-d", "150", "--repeats", "8"
    )
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:]}
    mean, error, theory = map(float, rows["standard_risk"])
    assert code == 0
    assert theory == pytest.approx(ridge_risk(2, 0.5, 0.5), rel=1e-4)  # printed to five digits
    # Five standard errors and a finite-size bias of order 1/d.
    assert abs(mean - theory) < 5 * error + 2 / 150


def test_simulate_at_two_sizes_gives_a_verdict(run):
    code, out, _ = run("simulate", HEADLINE, *POINT, "-d", "40,80", "--repeats", "8")
    assert code == 0
    assert "theory and simulation agree" in out


def test_latex_writes_document_and_bibliography(run, ridge, tmp_path):
    path = tmp_path / "ridge.tex"
    code, out, _ = run("latex", ridge, "--rename", r"alpha=\gamma", "-o", path)
    assert (code, out) == (0, "")
    assert r"\gamma" in path.read_text()
    assert r"\end{document}" in path.read_text()
    assert path.with_suffix(".bib").read_text().startswith("@")


def test_cite_prints_bibtex(run):
    code, out, _ = run("cite", HEADLINE)
    assert code == 0
    assert "@article{hassani2024," in out


def test_plot_writes_a_picture(run, ridge, tmp_path):
    path = tmp_path / "risk.png"
    code, _, _ = run(
        "plot", ridge, "alpha=0.5:8:20:log", "zeta=0.1,1", "y=standard_risk", "-o", path
    )
    assert code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


def test_cache_is_emptied_of_kernels_alone(run, tmp_path, monkeypatch):
    monkeypatch.setenv("ASYMP_CACHE_DIR", str(tmp_path))
    (tmp_path / "asymp_kernel_0.py").write_text("")
    (tmp_path / "mine.txt").write_text("")
    assert run("cache", "path")[1] == f"{tmp_path}\n"
    assert "deleted 1 " in run("cache", "clear")[1]
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_the_installed_command_survives_a_closed_pipe(ridge):
    command = Path(sys.executable).with_name("asymp")
    arguments = [command, "solve", ridge, "alpha=1:2:9000"]  # more than a pipe's buffer holds
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as pipe:
        pipe.stdout.readline()
        pipe.stdout.close()
        assert pipe.stderr.read() == b""
    assert pipe.returncode == 0
