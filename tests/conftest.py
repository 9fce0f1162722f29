"""Shared fixtures; test modules import the helpers beside them; hypothesis has no deadline."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure(config):
    # Imported late: it loads the testing room, which plain collection does not need.
    from hypothesis import settings

    import asymp.testing.strategies  # noqa: F401 - registers the profiles

    if not os.environ.get("CI"):  # hypothesis loads its own profile "ci" there
        settings.load_profile(os.environ.get("ASYMP_HYPOTHESIS", "dev"))


@pytest.fixture(scope="session")
def headline():
    import asymp

    return asymp.theorem("random-features-robust")


@pytest.fixture(scope="session")
def solve(headline):
    from asymp.testing.pointwise import Pointwise

    return Pointwise(headline)


@pytest.fixture
def run(capsys):
    """Run a command in this process: exit code, standard output, standard error."""
    from asymp.cli import main

    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(map(str, arguments)))
        return ended.value.code, *capsys.readouterr()

    return call
