"""Stated theorems: equations that a user gives, read, checked for sense and kept as data."""

from asymp.stated.build import state_equations
from asymp.stated.simulation import Simulation
from asymp.stated.unknowns import Unknown

__all__ = ["Simulation", "Unknown", "state_equations"]
