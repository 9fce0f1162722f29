"""Figures of solved theorems."""
