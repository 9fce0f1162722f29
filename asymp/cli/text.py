"""Aligned plain text: the same on a terminal, in a pipe and in the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells as left-aligned columns.

    Examples
    --------
    >>> print(columns([("name", "value"), ("standard_risk", "0.5")]))
    name           value
    standard_risk  0.5
    """
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in table)


def digits(value: float, count: int = 10) -> str:
    """Write a number with so many significant digits, and no trailing zeros.

    Examples
    --------
    >>> digits(0.5), digits(1 / 3, 4)
    ('0.5', '0.3333')
    """
    return f"{value:.{count}g}"
