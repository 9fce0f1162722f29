"""Rooms whose names are loaded on first use: all complete on tab, exist, and are known to mypy."""

import ast
import importlib
import pathlib
import subprocess
import sys

import pytest

ROOMS = (
    "dynamics",
    "finite",
    "finite.holistic",
    "finite.memorisation",
    "finite.robustness_law",
    "finite.weight_margin",
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_completes_on_tab_and_exists(room):
    module = importlib.import_module(f"asymp.{room}")
    assert dir(module) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_type_checkers_see_the_same_names(room):
    module = importlib.import_module(f"asymp.{room}")
    tree = ast.parse(pathlib.Path(module.__file__).read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = [alias.asname for node in block.body for alias in node.names]
    assert sorted(seen) == sorted(module.__all__)


def test_a_room_costs_nothing_heavy_before_a_name_is_used():
    code = "".join(f"import asymp.{room}; " for room in ROOMS)
    code += "import sys; print({'numba', 'scipy', 'xarray'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
