"""Compiled solver and labelled grids (which load xarray on first use)."""

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use
from asymp.solver.status import Status as Status

if TYPE_CHECKING:
    from asymp.solver.grid import solve_grid as solve_grid
    from asymp.solver.points import solve_points as solve_points

__getattr__ = on_first_use(__name__, {"grid": ("solve_grid",), "points": ("solve_points",)})
