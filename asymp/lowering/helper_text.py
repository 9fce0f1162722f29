"""The text of helper functions: loops for numba, calls of mpmath for references."""

from __future__ import annotations

from collections.abc import Iterable

import sympy as sp
from sympy.printing.printer import Printer

from asymp.calculus.panel import REACH
from asymp.lowering.helpers import Helper, HelperCall, Item
from asymp.lowering.nodes import Assignment
from asymp.lowering.wide import StepPrinter, branch_free

ROOT = """    {x} = min(max(end_0_, end_1_), end_2_)
    low_, high_, step_ = end_1_, end_2_, 1.0 + abs({x})
    for turn_ in range(400):
{body}
        if out_0_ > 0.0:
            high_ = {x}
        else:
            low_ = {x}
        if not low_ < high_:
            return {x}
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

# Where a panel is cut, the rule of a tail reaches a sixth further; ends up to here are ends.
BEYOND = 1.2

PANEL = """    reach_ = {reach} * end_3_
    low_, high_ = end_0_ - end_2_, end_1_ - end_2_
    if low_ < -{beyond} * reach_:
        low_ = -reach_
    if high_ > {beyond} * reach_:
        high_ = reach_
    {zeros}
    if not low_ < high_:
        return {values}
    {points}
    for piece_ in range({pieces}):
        if not points_[piece_] < points_[piece_ + 1]:
            continue
        first_ = 0
        if points_[piece_ + 1] == reach_ and points_[piece_] > -reach_:
            first_ = PANEL_LEVELS
        elif points_[piece_] == -reach_ and points_[piece_ + 1] < reach_:
            first_ = 2 * PANEL_LEVELS
        left_, right_ = images_[piece_], images_[piece_ + 1]
        length_ = right_ - left_
        {parts} = {zero}
        for level_ in range(first_, first_ + PANEL_LEVELS):
            keep_ = PANEL_KEEP[level_]
            {halved}
            for k_ in range(PANEL_STARTS[level_], PANEL_STARTS[level_ + 1]{stride}):
                gap_ = length_ * {gaps}
                {x} = {chosen}
{body}
                weight_ = length_ * {weights}{density}
                check_ = length_ * {checks}{density}
                {adds}
            share_ = PANEL_ACCEPTED[level_]
            {compared}
            if {accepted}:
                break
        {collected}
    return {values}
"""

TABLE = """    {zeros}
    for k_ in range({count}):
        {x} = {table}[k_, 0]
{body}
        {adds}
    return {sums}
"""


# How the nodes of a panel are taken: eight at a time, or one.
WIDE: dict[str, object] = {
    "zero": "repeat(0.0)",
    "stride": ", PANEL_WIDTH",
    "gaps": "nodes(PANEL_GAPS, k_)",
    "chosen": "where(nodes(PANEL_SIDES, k_) > 0.0, right_ - gap_, left_ + gap_)",
    "weights": "nodes(PANEL_WEIGHTS, k_)",
    "checks": "nodes(PANEL_CHECKS, k_)",
}
NARROW: dict[str, object] = {
    "zero": "0.0",
    "stride": "",
    "gaps": "PANEL_GAPS[k_]",
    "chosen": "right_ - gap_ if PANEL_SIDES[k_] > 0.0 else left_ + gap_",
    "weights": "PANEL_WEIGHTS[k_]",
    "checks": "PANEL_CHECKS[k_]",
}


def is_wide(helper: Helper) -> bool:
    """Whether what depends on a panel's variable has a form without branches and loops."""
    moving = {helper.variable, *(symbol for symbol, _ in helper.body)}
    for _, expression in helper.body:
        if isinstance(expression, HelperCall):
            name, *arguments = expression.args
            if str(name) != "logistic_normals" or arguments[1].free_symbols & moving:
                return False
            continue
        items = {item: sp.Symbol(f"item_{k}") for k, item in enumerate(expression.atoms(Item))}
        if not branch_free(expression.xreplace(items)):
            return False
    return True


def lines(body: Iterable[Assignment], printer: Printer, indent: int) -> str:
    """Assignments, one a line."""
    margin = " " * indent
    return "\n".join(f"{margin}{s.name} = {printer.doprint(e)}" for s, e in body)


def helper_text(helper: Helper, printer: Printer) -> str:
    """Text of a helper for numba, without decorator."""
    arguments = ", ".join(s.name for s in helper.inputs)
    before = lines(helper.before, printer, 4)
    head = f"def {helper.name}({arguments}):\n" + (before + "\n" if before else "")
    words = {"root": root_words, "table": table_words, "panel": panel_words}[helper.kind]
    template = {"root": ROOT, "table": TABLE, "panel": PANEL}[helper.kind]
    return (head + template.format(x=helper.variable.name, **words(helper, printer))).rstrip()


def root_words(helper: Helper, printer: Printer) -> dict[str, object]:
    """What the text of a root holds."""
    return {"body": lines(helper.body, printer, 8)}


def table_words(helper: Helper, printer: Printer) -> dict[str, object]:
    """What the text of a table holds."""
    table, places = helper.name.upper(), range(len(helper.outputs))
    adds = [f"sum_{i}_ += {table}[k_, {i + 1}] * out_{i}_" for i in places]
    return {
        "body": lines(helper.body, printer, 8),
        "zeros": f"{' = '.join(f'sum_{i}_' for i in places)} = 0.0",
        "sums": f"({', '.join(f'sum_{i}_' for i in places)},)",
        "table": table,
        "adds": "\n        ".join(adds),
        "count": len(helper.table[0]),
    }


def panel_words(helper: Helper, printer: Printer) -> dict[str, object]:
    """What the text of a panel holds."""
    places, checked = range(len(helper.outputs)), helper.checked
    totals = [*(f"sum_{i}_" for i in places), *(f"coarse_{i}_" for i in checked)]
    points, count = ordered_points(helper, printer)
    halved = [f"check_{i}_ = (2.0 * keep_) * part_{i}_" for i in checked]
    adds = [f"part_{i}_ = part_{i}_ + weight_ * out_{i}_" for i in places]
    whole = "total({})" if is_wide(helper) else "{}"
    collected = [f"sum_{i}_ += {whole.format(f'part_{i}_')}" for i in places]
    compared = [
        f"fine_{i}_, rough_{i}_ = {whole.format(f'part_{i}_')}, {whole.format(f'check_{i}_')}"
        for i in checked
    ]
    form = WIDE if is_wide(helper) else NARROW
    return form | {
        "body": lines(helper.body, StepPrinter() if form is WIDE else printer, 16),
        "reach": REACH,
        "beyond": BEYOND,
        "zeros": f"{' = '.join(totals)} = 0.0",
        "values": f"({', '.join(totals)},)",
        "points": joined(points, 4),
        "pieces": count - 1,
        "density": f" * {helper.change[2]}" if helper.change else "",
        "parts": " = ".join(f"part_{i}_" for i in places),
        "halved": joined([*halved, *(f"part_{i}_ = keep_ * part_{i}_" for i in places)], 12),
        "adds": joined(
            [*adds, *(f"check_{i}_ = check_{i}_ + check_ * out_{i}_" for i in checked)], 16
        ),
        "compared": joined(compared, 12),
        "accepted": " and ".join(
            f"abs(fine_{i}_ - rough_{i}_) <= share_ * abs(sum_{i}_ + fine_{i}_)" for i in checked
        ),
        "collected": joined([*collected, *(f"coarse_{i}_ += rough_{i}_" for i in checked)], 8),
    }


def joined(statements: Iterable[str], indent: int) -> str:
    """Statements, one a line, the first without its margin."""
    return f"\n{' ' * indent}".join(statements)


def ordered_points(helper: Helper, printer: Printer) -> tuple[list[str], int]:
    """Statements for the ends of the pieces, in order, and their images; and how many they are."""
    cuts = [f"end_{i}_ - end_2_" for i in range(4, len(helper.ends))]
    # A whole weight that nothing cuts is two tails.
    cuts = cuts or ["0.0 if high_ - low_ == 2.0 * reach_ else low_"]
    names = [f"cut_{i}_" for i in range(len(cuts))]
    found = [f"{n} = min(max(low_, {cut}), high_)" for n, cut in zip(names, cuts, strict=True)]
    for end in range(len(names) - 1, 0, -1):
        for i in range(end):
            pair = f"{names[i]}, {names[i + 1]}"
            found.append(f"{pair} = min({pair}), max({pair})")
    every = ["low_", *names, "high_"]
    found.append(f"points_ = ({', '.join(every)})")
    if not helper.change:
        return [*found, "images_ = points_"], len(every)
    call, x, _ = helper.change
    centre = sp.Symbol("end_2_", real=True)
    ends = (call.xreplace({x: centre + sp.Symbol(n, real=True)}) for n in every)
    images = ", ".join(f"{printer.doprint(end)} - middle_" for end in ends)
    return [*found, f"images_ = ({images})"], len(every)


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
