"""Claims of theorems checked: points, laws, limits, audits, reports, mutants."""
