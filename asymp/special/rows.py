"""Eight nodes of a quadrature as one number: reading them from a table, and adding them up."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from asymp.special.lanes import FLOATS, WIDTH, lanes


def load_nodes(typing_context: Any, table: Any, first: Any) -> Any:
    """Entries of a contiguous table from ``first`` on."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        place = builder.bitcast(builder.gep(data, [values[1]]), FLOATS.as_pointer())
        return builder.load(place, align=8)

    return lanes(table, types.intp), emit


def add_lanes(typing_context: Any, value: Any) -> Any:
    """Sum of the entries, halves first: no order is left to the compiler."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        numbers = [
            builder.extract_element(values[0], ir.Constant(ir.IntType(32), k)) for k in range(WIDTH)
        ]
        while len(numbers) > 1:
            half = len(numbers) // 2
            pairs = zip(numbers[:half], numbers[half:], strict=True)
            numbers = [builder.fadd(a, b) for a, b in pairs]
        return numbers[0]

    return types.float64(lanes), emit


PANEL_WIDTH = WIDTH
nodes: Any = intrinsic(load_nodes)
total: Any = intrinsic(add_lanes)
