"""The report of a theorem: derivation, figures, grids and checks in one folder."""
