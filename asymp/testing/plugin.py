"""pytest plugin: ``pytest --asymp my_theorem.py`` runs one test per claim of a theorem.

Every pytest run in the environment loads this module, so that it imports nothing of the package
until a theorem is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option that names theorems."""
    group = parser.getgroup("asymp", "claims of theorems")
    group.addoption(
        "--asymp",
        action="append",
        default=[],
        metavar="THEOREM",
        help="id or file of a theorem: one test for each of its steps, limits, laws and audits",
    )
    group.addoption(
        "--asymp-thorough", action="store_true", help="check at the full number of points"
    )


@pytest.fixture(scope="session")
def check_theorem() -> Callable[..., Any]:
    """Give the function ``check_theorem(theorem, thorough=False) -> Report``."""
    from asymp.testing.report import check_theorem as check

    return check


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the claims of the theorems that the command line names."""
    for name in config.getoption("--asymp"):
        file = TheoremFile.from_parent(session, path=Path(name).resolve(), name=name, nodeid=name)
        items.extend(file.collect())


class TheoremFile(pytest.Collector):
    """A theorem as a collection of claims."""

    def __init__(self, path: Path, **options: Any) -> None:
        super().__init__(**options)
        self.path = path

    def collect(self) -> Iterator[pytest.Item]:
        """Yield one item per claim."""
        import asymp
        from asymp.testing.report import SAMPLE, THOROUGH, tasks

        effort = THOROUGH if self.config.getoption("--asymp-thorough") else SAMPLE
        try:
            theorem = asymp.theorem(self.name)
        except asymp.AsympError as error:
            raise pytest.UsageError(str(error)) from None
        for task in tasks(theorem, effort):
            yield ClaimItem.from_parent(self, name=f"{task.kind}:{task.name}", task=task)


class ClaimItem(pytest.Item):
    """One claim: fails when false, is skipped when it could not be decided."""

    def __init__(self, task: Any, **options: Any) -> None:
        super().__init__(**options)
        self.task = task

    def runtest(self) -> None:
        """Run the check."""
        from asymp.reductions.step import Outcome

        entry = self.task.entry()
        if entry.outcome is Outcome.FALSE:
            pytest.fail(f"{entry.how}\ncounterexample: {entry.counterexample}", pytrace=False)
        if entry.outcome is Outcome.UNKNOWN:
            pytest.skip(entry.how)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say where the claim stands."""
        return self.path, None, f"{self.parent.name if self.parent else ''}::{self.name}"
