"""Printed formulas in their own letters, evaluated by slow paths of their own."""
