"""Compiled solver and labelled grids."""

from asymp.solver.grid import solve_grid as solve_grid
from asymp.solver.points import solve_points as solve_points
from asymp.solver.status import Status as Status
