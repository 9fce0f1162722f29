"""Derivation rules: each takes a statement and gives a statement, plus a step."""
