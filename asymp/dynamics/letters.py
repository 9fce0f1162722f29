r"""The letters of the patch model: indices, sizes, data, weights seen through inner products.

Free indices are ``r, i, j`` (neuron, sample, noise patch); a prime marks a summed one.
"""

from __future__ import annotations

import sympy as sp

from asymp.symbols import NONNEGATIVE, POSITIVE, Parameter


def _index(name: str) -> sp.Symbol:
    return sp.Symbol(name, integer=True, positive=True)


NEURON, SAMPLE, PATCH = _index("r"), _index("i"), _index("j")
NEURON_SUM, SAMPLE_SUM, PATCH_SUM = _index("r'"), _index("i'"), _index("j'")
WIDTH, SAMPLES, PATCHES = _index("m"), _index("N"), _index("P")
OVER_NEURONS = (NEURON_SUM, 1, WIDTH)
OVER_SAMPLES = (SAMPLE_SUM, 1, SAMPLES)
OVER_PATCHES = (PATCH_SUM, 1, PATCHES)

ALPHA = Parameter("alpha", POSITIVE, "strength of the signal patch", r"\Theta(1)")
DELTA = Parameter("delta", NONNEGATIVE, "radius of the adversary along the signal direction")
SHARE = Parameter("lam", sp.Interval(0, 1), "weight of the adversarial loss")
RATE = Parameter("eta", POSITIVE, "step of gradient descent")

TRUE = sp.IndexedBase("u", real=True)  # <w_r, w*>
NOISE = sp.IndexedBase("g", real=True)  # <w_r, X_i[j]>
MEMORISED = sp.IndexedBase("v", real=True)  # y_i <w_r, X_i[j]>
LABEL = sp.IndexedBase("y", real=True)  # 1 or -1
SIGN = sp.IndexedBase("a", real=True)  # output weights, 1 or -1
ENERGY = sp.IndexedBase("E", real=True)  # |X_i[j]|^2
OVERLAP = sp.IndexedBase("K", real=True)  # <X_i[j], X_k[l]>
MARGIN_OF = sp.IndexedBase("M", real=True)  # y_i f(X_i)
ROBUST_MARGIN_OF = sp.IndexedBase("M_adv", real=True)  # y_i f(X_i^adv)
