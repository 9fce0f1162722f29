"""The theorem that the benchmarks run: the derived one, or the hand-typed one before it exists."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

HANDMADE = Path(__file__).parent.parent / "tests" / "handmade.py"


def handmade() -> ModuleType:
    """The hand-typed system of the tests."""
    spec = importlib.util.spec_from_file_location("handmade", HANDMADE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["handmade"] = module
    spec.loader.exec_module(module)
    return module


def headline(which: str = "derived") -> Any:
    """``asymp.theorem("random-features-robust")``, or the hand-typed system."""
    if which == "derived":
        package = importlib.import_module("asymp")
        if hasattr(package, "theorem"):
            return package.theorem("random-features-robust")
        print("(no derived theorem yet: the hand-typed system)", file=sys.stderr)
    return handmade().THEOREM
