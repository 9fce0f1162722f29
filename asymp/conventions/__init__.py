"""Conventions of other papers: their letters in ours, both ways."""
