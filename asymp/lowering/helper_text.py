"""The text of helper functions: loops for numba, calls of mpmath for references."""

from __future__ import annotations

from collections.abc import Iterable

from sympy.printing.printer import Printer

from asymp.calculus.panel import REACH
from asymp.lowering.helpers import Helper
from asymp.lowering.nodes import Assignment

ROOT = """    {x} = min(max(end_0_, end_1_), end_2_)
    low_, high_, step_ = end_1_, end_2_, 1.0 + abs({x})
    for turn_ in range(400):
{body}
        if out_0_ > 0.0:
            high_ = {x}
        else:
            low_ = {x}
        new_ = {x} - out_0_ / out_1_
        if out_0_ == 0.0 or abs(new_ - {x}) <= 4e-16 * abs(new_) < inf:
            return min(max(new_, low_), high_)
        bounded_ = -inf < low_ and high_ < inf
        if (turn_ > 60 and bounded_) or not low_ < new_ < high_:
            if not bounded_:
                new_ = {x} - step_ if out_0_ > 0.0 else {x} + step_
                step_ *= 2.0
                if not low_ < new_ < high_:
                    new_ = 0.5 * (max(low_, -1e300) + min(high_, 1e300))
            else:
                new_ = 0.5 * (low_ + high_)
        {x} = new_
    return {x}
"""

PANEL = """    reach_ = {reach} * end_3_
    low_, high_ = max(end_0_, end_2_ - reach_), min(end_1_, end_2_ + reach_)
    {zeros}
    if not low_ < high_:
        return {sums}
    points_ = sorted([{points}])
    for panel_ in range({panels}):
        left_, right_ = max(low_, points_[panel_]), min(high_, points_[panel_ + 1])
        if not left_ < right_:
            continue
        length_ = right_ - left_
        for k_ in range(-(PANEL_COUNT - 1), PANEL_COUNT, {stride}):
            gap_ = length_ * PANEL_GAPS[abs(k_)]
            {x} = left_ + gap_ if k_ < 0 else right_ - gap_
            weight_ = length_ * PANEL_WEIGHTS[abs(k_)]
{body}
            {adds}
    return {scaled}
"""

TABLE = """    {zeros}
    for k_ in range({count}):
        {x} = {table}[k_, 0]
{body}
        {adds}
    return {sums}
"""


def lines(body: Iterable[Assignment], printer: Printer, indent: int) -> str:
    """Assignments, one a line."""
    margin = " " * indent
    return "\n".join(f"{margin}{s.name} = {printer.doprint(e)}" for s, e in body)


def helper_text(helper: Helper, printer: Printer) -> str:
    """Text of a helper for numba, without decorator."""
    arguments = ", ".join(s.name for s in helper.inputs)
    before = lines(helper.before, printer, 4)
    head = f"def {helper.name}({arguments}):\n" + (before + "\n" if before else "")
    count = len(helper.outputs)
    sums = [f"sum_{i}_" for i in range(count)]
    words = {
        "x": helper.variable.name,
        "body": lines(helper.body, printer, 8),
        "reach": REACH,
        "zeros": f"{' = '.join(sums)} = 0.0",
        "sums": f"({', '.join(sums)},)",
        "table": helper.name.upper(),
    }
    if helper.kind == "root":
        return (head + ROOT.format(**words)).rstrip()
    if helper.kind == "table":
        adds = [f"sum_{i}_ += {words['table']}[k_, {i + 1}] * out_{i}_" for i in range(count)]
        rows = len(helper.table[0])
        return (head + TABLE.format(**words, adds="\n        ".join(adds), count=rows)).rstrip()
    stride = 2 if helper.kind == "coarse" else 1
    adds = [f"sum_{i}_ += weight_ * out_{i}_" for i in range(count)]
    points = ["low_", *(f"end_{i}_" for i in range(4, len(helper.ends))), "high_"]
    words |= {
        "body": lines(helper.body, printer, 12),
        "adds": "\n            ".join(adds),
        "points": ", ".join(points),
        "panels": len(points) - 1,
        "stride": stride,
        "scaled": f"({', '.join(f'{stride}.0 * {s}' if stride > 1 else s for s in sums)},)",
    }
    return (head + PANEL.format(**words)).rstrip()


def table_text(helper: Helper) -> str:
    """The table of a helper as a literal array: one row a node."""
    rows = ",\n".join(
        "    [" + ", ".join(map(repr, row)) + "]" for row in zip(*helper.table, strict=True)
    )
    return f"{helper.name.upper()} = array([\n{rows},\n])"


def mp_text(helper: Helper, printer: Printer) -> str:
    """Text of a helper that works in the current mpmath precision."""
    arguments = ", ".join(s.name for s in helper.inputs)
    x = helper.variable.name
    text = [f"def {helper.name}({arguments}):"]
    before = lines(helper.before, printer, 4)
    text += [before] if before else []
    for i in range(len(helper.outputs)):
        text.append(f"    def value_{i}_({x}):")
        text += [lines(helper.body, printer, 8)] if helper.body else []
        text.append(f"        return out_{i}_")
    if helper.kind == "root":
        text.append("    return mp_root(value_0_, end_0_, end_1_, end_2_)")
    elif helper.kind == "table":
        sums = [
            f"mp_table(value_{i}_, {helper.name.upper()}, {i + 1})"
            for i in range(len(helper.outputs))
        ]
        text.append(f"    return ({', '.join(sums)},)")
    else:
        ends = ", ".join(s.name for s in helper.ends)
        parts = [f"mp_panel(value_{i}_, {ends})" for i in range(len(helper.outputs))]
        text.append(f"    return ({', '.join(parts)},)")
    return "\n".join(text)
