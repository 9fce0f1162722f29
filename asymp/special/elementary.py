r"""Exponential, logarithm, error functions and square root without branches.

They stand in for those of the ``math`` module where points are computed eight at a time
(:mod:`asymp.special.lanes`): a library's functions take one number, and remain what compiled code
of one point calls, because there they are faster. The largest errors, in units in the last place,
are 1.1 for exp, 0.8 for log, 3.5 for erf and 5.5 for erfc (``tests/test_elementary.py``, against
mpmath), and the coefficients are those of Chebyshev interpolants computed in 60 digits, which that
test computes anew.
"""

from __future__ import annotations

import math
from math import inf, nan
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, overload

from asymp.special.compile import inlined
from asymp.special.lanes import BITS, FLOAT, FLOATS, WIDTH, WORDS, lanes, llvm_function, where
from asymp.special.polynomial import quad

MAGIC = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, held in the last bits
LOG2_INVERSE = 1.4426950408889634
LOG2_HIGH, LOG2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first has 33 bits
FIRST = 0x3FE6A09E667F3BCD  # bits of sqrt(1/2), where the range of significands begins
ONE = 0x3FF0000000000000  # bits of 1
FRACTION = (1 << 52) - 1
SHIFTED = 0x4330000000000000  # bits of 2^52, to whose last bits an integer is added
BIAS = 1023
SMALLEST_NORMAL = 2.2250738585072014e-308
SIXTH = 0.16666666666666666
NEAR = 0.5  # up to here erf has its own series, beyond it is 1 - erfc


def on_bits(emit: Any) -> Any:
    """Intrinsic of one or two values of one kind; ``emit(builder, values, float, bits, word)``."""

    def typed(typing_context: Any, first: Any, *others: Any) -> Any:
        kind = lanes if first == lanes else types.float64
        number, bits = (FLOATS, WORDS) if first == lanes else (FLOAT, BITS)

        def word(value: int) -> Any:
            return ir.Constant(bits, [value] * WIDTH if first == lanes else value)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return emit(builder, values, number, bits, word)

        return kind(kind, *(kind for _ in others)), generate

    return typed


def emit_sqrt(builder: Any, values: Any, number: Any, bits: Any, word: Any) -> Any:
    """Square root."""
    return builder.call(llvm_function(builder, "sqrt", number), values)


def emit_power(builder: Any, values: Any, number: Any, bits: Any, word: Any) -> Any:
    """Half of 2^k where k was rounded by adding MAGIC."""
    exponent = builder.add(builder.bitcast(values[0], bits), word(BIAS - 1))
    return builder.bitcast(builder.shl(exponent, word(52)), number)


def emit_exponent(builder: Any, values: Any, number: Any, bits: Any, word: Any) -> Any:
    """Exponent e of x = m 2^e with m between sqrt(1/2) and sqrt(2), plus 2^52 and the bias."""
    moved = builder.add(builder.bitcast(values[0], bits), word(ONE - FIRST))
    return builder.bitcast(builder.or_(builder.lshr(moved, word(52)), word(SHIFTED)), number)


def emit_significand(builder: Any, values: Any, number: Any, bits: Any, word: Any) -> Any:
    """Significand m of x = m 2^e with m between sqrt(1/2) and sqrt(2)."""
    moved = builder.add(builder.bitcast(values[0], bits), word(ONE - FIRST))
    fraction = builder.and_(moved, word(FRACTION))
    return builder.bitcast(builder.add(fraction, word(FIRST)), number)


def emit_high(builder: Any, values: Any, number: Any, bits: Any, word: Any) -> Any:
    """The first 26 bits of x, whose square is exact."""
    return builder.bitcast(builder.and_(builder.bitcast(values[0], bits), word(-1 << 27)), number)


def unary(emit: Any) -> Any:
    """Intrinsic of one value."""
    typed = on_bits(emit)
    return intrinsic(lambda typing_context, x: typed(typing_context, x))


root: Any = unary(emit_sqrt)
half_power: Any = unary(emit_power)
exponent: Any = unary(emit_exponent)
significand: Any = unary(emit_significand)
high: Any = unary(emit_high)


@inlined
def sqrt(x: float) -> float:
    """Square root, exactly rounded."""
    return root(x)


@inlined
def exp_lanes(x: float) -> float:
    r"""Exponential; 0 below -708, where results leave the normal numbers.

    With :math:`x = k\log2 + r` it is :math:`2^k(1+r+r^2q(r))`.
    """
    bounded = min(max(x, -708.0), 710.0)
    shifted = bounded * LOG2_INVERSE + MAGIC
    k = shifted - MAGIC
    r = (bounded - k * LOG2_HIGH) - k * LOG2_LOW
    r2 = r * r
    r4 = r2 * r2
    q = quad(
        r, r2, 0.5, 0.16666666666666669, 0.041666666666624164, 0.008333333333330065
    ) + r4 * (
        quad(
            r, r2, 0.0013888888917196719, 0.00019841269863040545,
            2.4801521322368692e-05, 2.7557268480310024e-06,
        ) + r4 * (2.7620075879983367e-07 + r * 2.5100375832561234e-08)
    )  # fmt: skip
    y = (1.0 + (r + r2 * q)) * half_power(shifted) * 2.0
    y = where(x < -708.0, 0.0, y)
    return where(x != x, x, y)


@inlined
def log_lanes(x: float) -> float:
    r"""Natural logarithm.

    With :math:`x=m2^e`, :math:`f=m-1` and :math:`s=f/(2+f)` it is
    :math:`e\log2+2\operatorname{artanh}s`, and :math:`2s=f-s\,f`.
    """
    tiny = x < SMALLEST_NORMAL
    y = where(tiny, 18014398509481984.0 * x, x)
    e = exponent(y) - where(tiny, 4503599627370496.0 + BIAS + 54.0, 4503599627370496.0 + BIAS)
    f = significand(y) - 1.0
    s = f / (2.0 + f)
    z = s * s
    z2 = z * z
    rest = z * (
        quad(
            z, z2, 0.6666666666666666, 0.4000000000000088,
            0.28571428570803253, 0.22222222391794727,
        ) + z2 * z2 * quad(
            z, z2, 0.18181795631498243, 0.15386240172447838,
            0.13268760562036724, 0.1308675766695207,
        )
    )  # fmt: skip
    half = 0.5 * f * f
    y = e * LOG2_HIGH + (f - (half - (s * (half + rest) + e * LOG2_LOW)))
    y = where(x == 0.0, -inf, y)
    y = where(x < 0.0, nan, y)
    return where((x != x) | (x == inf), x, y)


@inlined
def erf_near(x: float) -> float:
    r"""Error function for :math:`|x|<1/2`, as :math:`x+x\,p(x^2)`."""
    z = x * x
    z2 = z * z
    z4 = z2 * z2
    low = quad(
        z, z2, 0.12837916709551256, -0.37612638903183476,
        0.11283791670925353, -0.026866170632887928,
    )  # fmt: skip
    middle = quad(
        z, z2, 0.00522397737302147, -0.0008548297753674966,
        0.00012053335124353741, -1.4845849259707869e-05,
    )  # fmt: skip
    return x + x * (low + z4 * (middle + z4 * 1.4725865480556744e-06))


@inlined
def erfc_far(x: float) -> float:
    r"""Complementary error function for :math:`1/2\le x\le26.6`, below 1e-308 beyond.

    It is :math:`e^{-x^2}g(t)/(x+3)` with a polynomial g of :math:`t=(x-3)/(x+3)`; the square is
    split so that its rounding does not count.
    """
    inverse = 1.0 / (x + 3.0)
    t = (x - 3.0) * inverse
    t2 = t * t
    t4 = t2 * t2
    t8 = t4 * t4
    first = quad(
        t, t2, 1.0740069070883398, -0.8833944531698834,
        0.5902283571041084, -0.31046726190060164,
    ) + t4 * quad(
        t, t2, 0.11952776128688446, -0.026827234623172474,
        -0.0012124166174523568, 0.0030340619778123296,
    )  # fmt: skip
    second = quad(
        t, t2, -0.0005483098110247253, -0.00027677761178012344,
        0.00010756232701976569, 3.0396725678160363e-05,
    ) + t4 * quad(
        t, t2, -1.747419083304399e-05, -4.743621689912993e-06,
        2.775146073729411e-06, 9.849074810140523e-07,
    )  # fmt: skip
    third = quad(
        t, t2, -4.240621504472547e-07, -2.1174596059621382e-07,
        6.126856667018473e-08, 3.101096831771681e-08,
    ) + t4 * -7.91517062293796e-09  # fmt: skip
    above = high(x)
    y = exp_lanes(-above * above)
    low = (x - above) * (x + above)
    y = y - y * (low * (1.0 - low * (0.5 - low * SIXTH)))
    return y * (inverse * (first + t8 * (second + t8 * third)))


@inlined
def erfc_lanes(x: float) -> float:
    """Complementary error function."""
    size = abs(x)
    far = erfc_far(min(size, 30.0))
    y = where(size < NEAR, 1.0 - erf_near(x), where(x < 0.0, 2.0 - far, far))
    return where(x != x, x, y)


@inlined
def erf_lanes(x: float) -> float:
    """Error function, to full relative accuracy at small arguments."""
    size = abs(x)
    far = 1.0 - erfc_far(min(size, 30.0))
    return where(size < NEAR, erf_near(x), where(x < 0.0, -far, far))


def exp(x: float) -> float:
    """Exponential."""
    return math.exp(x)


def log(x: float) -> float:
    """Natural logarithm."""
    return math.log(x)


def erf(x: float) -> float:
    """Error function."""
    return math.erf(x)


def erfc(x: float) -> float:
    """Complementary error function."""
    return math.erfc(x)


def offer(plain: Any, one: Any, many: Any) -> None:
    """Compile a function as the library's for one number, and as the twin for lanes."""

    def chosen(x):  # type: ignore[no-untyped-def]  # numba compares it with what it returns
        return (lambda x: many(x)) if x == lanes else (lambda x: one(x))

    overload(plain, jit_options={"error_model": "numpy", "forceinline": True})(chosen)


offer(exp, math.exp, exp_lanes)
offer(log, math.log, log_lanes)
offer(erf, math.erf, erf_lanes)
offer(erfc, math.erfc, erfc_lanes)
