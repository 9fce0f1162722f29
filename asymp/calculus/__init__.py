"""Symbolic nodes and their rules: each knows its derivative, closed form, LaTeX and value."""
