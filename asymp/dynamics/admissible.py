"""To be removed once robustness_law.training asks asymp.symbols.arguments itself."""

from asymp.symbols.arguments import BETWEEN as BETWEEN
from asymp.symbols.arguments import NONNEGATIVE as NONNEGATIVE
from asymp.symbols.arguments import POSITIVE as POSITIVE
from asymp.symbols.arguments import finite_array as finite_array
from asymp.symbols.arguments import number as number
from asymp.symbols.arguments import whole as whole
