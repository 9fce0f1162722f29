r"""Eight points as one number: the type that generated functions and the solver compute with.

A value of type ``lanes`` holds the same quantity at :data:`WIDTH` points, in one or a few vector
registers. The arithmetic of the language (``+ - * /``, comparisons, ``&``, ``|``, ``abs``, ``max``,
``min``) works on it entry by entry, and :func:`where` stands for the branch that different points
would take differently. The same Python text so compiles for one number and for eight.

Products and sums are contracted to fused operations where the processor has them, for one number
and for eight alike; nothing else is reordered. No entry depends on another.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending, types
from numba.core import cgutils
from numba.core.typeconv.castgraph import Conversion
from numba.core.typing import templates

from asymp.special.compile import inlined

# Numba has no types of its own to check against.
_extending: Any = extending
_types: Any = types
_cgutils: Any = cgutils
_templates: Any = templates
_Type: Any = types.Type
_Template: Any = templates.ConcreteTemplate
_Model: Any = extending.models.PrimitiveModel

WIDTH = 8  # one AVX-512 register of doubles, two of AVX2: measured as fast an entry as 4, 16, 32
CONTRACT = ("contract",)
FLOAT, BITS = ir.DoubleType(), ir.IntType(64)
FLOATS, WORDS = ir.VectorType(FLOAT, WIDTH), ir.VectorType(BITS, WIDTH)
FLAGS = ir.VectorType(ir.IntType(1), WIDTH)


class Lanes(_Type):
    """The type of eight numbers; a single number stands for eight equal ones."""

    def __init__(self) -> None:
        """Name it."""
        super().__init__(name="Lanes")

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """Numbers convert."""
        return Conversion.safe if isinstance(other, _types.Number) else None


class Mask(_Type):
    """The type of eight truth values."""

    def __init__(self) -> None:
        """Name it."""
        super().__init__(name="Mask")


lanes, mask = Lanes(), Mask()


@_extending.register_model(Lanes)
class LanesModel(_Model):
    """Held as a vector of doubles."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Use the vector type."""
        super().__init__(manager, kind, FLOATS)


@_extending.register_model(Mask)
class MaskModel(_Model):
    """Held as a vector of bits."""

    def __init__(self, manager: Any, kind: Any) -> None:
        """Use the vector type."""
        super().__init__(manager, kind, FLAGS)


def repeat_number(context: Any, builder: Any, source: Any, target: Any, value: Any) -> Any:
    """Eight equal numbers."""
    number = context.cast(builder, value, source, _types.float64)
    empty = ir.Constant(FLOATS, ir.Undefined)
    one = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    first = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(one, empty, first)


for _kind in (_types.Float, _types.Integer):
    _extending.lower_cast(_kind, Lanes)(repeat_number)


def register(function: Any, kinds: Sequence[Any], emit: Callable[[Any, Any], Any]) -> None:
    """Give a function a meaning: the kinds are of its result and of its arguments."""

    class Template(_Template):
        key = function
        cases = (_templates.signature(*kinds),)

    _templates.infer_global(function)(Template)
    _extending.lower_builtin(function, *kinds[1:])(
        lambda context, builder, _, values: emit(builder, values)
    )


def arithmetic(name: str) -> Callable[[Any, Any], Any]:
    """Contracted operation of that name in LLVM."""
    return lambda builder, values: getattr(builder, name)(*values, flags=CONTRACT)


def comparison(sign: str) -> Callable[[Any, Any], Any]:
    """Comparison that is false for NaN."""
    return lambda builder, values: builder.fcmp_ordered(sign, *values)


for _operator, _name in (("add", "fadd"), ("sub", "fsub"), ("mul", "fmul"), ("truediv", "fdiv")):
    register(getattr(operator, _operator), (lanes, lanes, lanes), arithmetic(_name))
for _operator, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "==")):
    register(getattr(operator, _operator), (mask, lanes, lanes), comparison(_sign))
register(operator.ne, (mask, lanes, lanes), lambda b, values: b.fcmp_unordered("!=", *values))
register(operator.and_, (mask, mask, mask), lambda b, values: b.and_(*values))
register(operator.or_, (mask, mask, mask), lambda b, values: b.or_(*values))
register(operator.neg, (lanes, lanes), lambda b, values: b.fneg(*values))
register(abs, (lanes, lanes), lambda b, values: b.call(llvm_function(b, "fabs", FLOATS), values))
register(max, (lanes, lanes, lanes), lambda b, values: extreme(b, ">", *values))
register(min, (lanes, lanes, lanes), lambda b, values: extreme(b, "<", *values))


def extreme(builder: Any, sign: str, first: Any, second: Any) -> Any:
    """The second where it compares so with the first, as Python's max and min have it."""
    return builder.select(builder.fcmp_ordered(sign, second, first), second, first)


def llvm_function(builder: Any, name: str, kind: Any) -> Any:
    """A function of LLVM from a type to itself."""
    suffix = f"v{WIDTH}f64" if kind == FLOATS else "f64"
    function = ir.FunctionType(kind, [kind])
    return _cgutils.get_or_insert_function(builder.module, function, f"llvm.{name}.{suffix}")


def choose(typing_context: Any, condition: Any, first: Any, second: Any) -> Any:
    """The first where the condition holds, else the second; both are computed."""
    kind = lanes if condition == mask else _types.float64

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(*values)

    return kind(condition, kind, kind), emit


def repeat_value(typing_context: Any, value: Any) -> Any:
    """Eight equal numbers."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return repeat_number(context, builder, _types.float64, lanes, values[0])

    return lanes(_types.float64), emit


def bits_of_mask(typing_context: Any, flags: Any) -> Any:
    """Truth values as the bits of a whole number, the first lane's last."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.zext(builder.bitcast(values[0], ir.IntType(WIDTH)), BITS)

    return _types.int64(flags), emit


def count_zeros(typing_context: Any, whole: Any) -> Any:
    """Position of the last bit that is set."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))

    return _types.int64(_types.int64), emit


def load_row(typing_context: Any, rows: Any, row: Any) -> Any:
    """Entry ``row`` of rows of lanes, given as a pointer to their first number."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(place(builder, values), align=8)

    return lanes(rows, _types.intp), emit


def store_row(typing_context: Any, rows: Any, row: Any, value: Any) -> Any:
    """Write an entry of rows of lanes."""

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        builder.store(values[2], place(builder, values), align=8)
        return context.get_dummy_value()

    return _types.void(rows, _types.intp, lanes), emit


def place(builder: Any, values: Any) -> Any:
    """Address of entry ``values[1]`` of the rows at ``values[0]``."""
    return builder.gep(builder.bitcast(values[0], FLOATS.as_pointer()), [values[1]])


def move_entry(typing_context: Any, out: Any, there: Any, rows: Any, here: Any) -> Any:
    """Copy an entry from one pointer to another: ``out[there] = rows[here]``.

    It reads like any load, but is marked such that loops over a handful of entries stay as short
    as they look: LLVM would otherwise surround each with a vector loop and its tests.
    """

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        value = builder.load_atomic(builder.gep(values[2], [values[3]]), "unordered", 8)
        builder.store(value, builder.gep(values[0], [values[1]]))
        return context.get_dummy_value()

    return _types.void(out, _types.intp, rows, _types.intp), emit


def point_to(typing_context: Any, array: Any, first: Any) -> Any:
    """Pointer to entry ``first`` of a contiguous array; the array must outlive it.

    It does where it is an argument of the function. A pointer costs nothing to hand on, whereas
    an array is counted.
    """

    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        return builder.gep(data, [values[1]])

    return _types.CPointer(array.dtype)(array, _types.intp), emit


select: Any = _extending.intrinsic(choose)
repeat: Any = _extending.intrinsic(repeat_value)
bits: Any = _extending.intrinsic(bits_of_mask)
first_bit: Any = _extending.intrinsic(count_zeros)
load: Any = _extending.intrinsic(load_row)
store: Any = _extending.intrinsic(store_row)
pointer: Any = _extending.intrinsic(point_to)
move: Any = _extending.intrinsic(move_entry)


@inlined
def where(condition: Any, first: Any, second: Any) -> Any:
    """The first where the condition holds, else the second; both are computed.

    Examples
    --------
    >>> where(True, 1.0, 2.0)
    1.0
    """
    return select(condition, first, second)
