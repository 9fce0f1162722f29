"""Gaussian coefficients of an activation: in closed form where possible, certified otherwise."""
