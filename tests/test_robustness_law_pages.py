"""What the scripts of the page on laws of robustness print is what the theorems claim."""

import runpy
from pathlib import Path

import numpy as np

from asymp.finite.robustness_law import TwoLayer, generic_data, linear_fit, norm_chain

DOCS = Path(__file__).parents[1] / "docs"


def test_the_law_of_the_table_is_evaluated_where_its_hypotheses_hold():
    tables = runpy.run_path(str(DOCS / "robustness_law_tables.py"))
    x, y = generic_data(12, 30, law="gaussian")
    rng = np.random.default_rng(0)
    W, b = rng.standard_normal((40, 30)), rng.standard_normal(40)
    a = np.linalg.lstsq(np.maximum(x @ W.T + b, 0), y, rcond=None)[0]
    network = TwoLayer(a, W, b)
    bare, inside = tables["in_unit_ball"](network, x)
    np.testing.assert_allclose(bare.predict(inside), network.predict(x), atol=1e-12)  # rounding
    law = norm_chain(bare, inside, y)[-1]
    assert law.applies
    assert tables["verdict"](law).endswith("holds")
    # The same network with its biases is none that the theorem speaks of, and none is claimed.
    assert tables["verdict"](norm_chain(network, x, y)[-1]) == "hypotheses not met"
    assert tables["verdict"](norm_chain(linear_fit(x, 0.4 * y).network, x, y)[-1]).endswith("met")
