"""pytest plugin: ``pytest --asymp my_theorem.py`` runs one test per claim of a theorem.

Every pytest run in the environment loads this module, so that it imports nothing of the package
until a theorem is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="session")
def check_theorem() -> Callable[..., Any]:
    """The function that checks a theorem: ``check_theorem(theorem, thorough=False) -> Report``."""
    from asymp.testing.report import check_theorem as check

    return check
