r"""Parameters, order parameters and observables: a symbol with everything a reader needs.

There are no units in this field; the *scaling* with dimension plays that part, e.g.
:math:`\|\theta\|^2 = O(1)` as :math:`d \to \infty`.

The quantities themselves need no SymPy, so that a result can be computed and described without
it; the letters that expressions are written in load it on first use.
"""

from typing import TYPE_CHECKING

from asymp.lazy import on_first_use
from asymp.symbols.interval import Domain as Domain
from asymp.symbols.interval import Interval as Interval
from asymp.symbols.interval import interval_text as interval_text
from asymp.symbols.latex import latex_name as latex_name
from asymp.symbols.quantity import Names as Names
from asymp.symbols.quantity import OrderParameter as OrderParameter
from asymp.symbols.quantity import Parameter as Parameter
from asymp.symbols.quantity import Quantity as Quantity
from asymp.symbols.quantity import by_name as by_name

if TYPE_CHECKING:
    from asymp.symbols.letters import NONNEGATIVE as NONNEGATIVE
    from asymp.symbols.letters import POSITIVE as POSITIVE
    from asymp.symbols.letters import Letter as Letter
    from asymp.symbols.letters import letter as letter

__getattr__ = on_first_use(__name__, {"letters": ("NONNEGATIVE", "POSITIVE", "Letter", "letter")})
