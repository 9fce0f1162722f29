"""The wheel: what it holds, and that it works outside the checkout (the slow test)."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_catalogue_types_and_every_module(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "asymp").rglob("*.py")}
    catalogue = {f"asymp/catalogue/{p.name}" for p in (ROOT / "derivations").glob("*.py")}
    assert "asymp/py.typed" in names
    assert modules <= names
    assert catalogue <= names
    assert not [n for n in names if n.startswith(("tests", "docs", "derivations"))]


@pytest.mark.slow
def test_the_wheel_works_in_a_new_environment_elsewhere(wheel, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ASYMP_PATH")}
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "user"], check=True)
    bin_folder = tmp_path / "user" / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([bin_folder / "pip", "install", "-q", wheel], check=True, cwd=tmp_path)
    for command in (
        ["list"],
        ["solve", "random-features-robust", "psi1=1:2:3", "psi2=2", "eps=0.3", "-o", "grid.csv"],
    ):
        subprocess.run([bin_folder / "asymp", *command], check=True, cwd=tmp_path, env=environment)
    assert (tmp_path / "grid.csv").read_text().count("\n") == 4
