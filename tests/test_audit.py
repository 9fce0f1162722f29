import math

import numpy as np
import pytest
import sympy as sp

from asymp.errors import InvalidParameter, InvalidProblem, NotConverged
from asymp.reductions.step import Outcome, Source
from asymp.testing.audit import Audit
from asymp.testing.printed.forms import Printed, PrintedForm, PrintedSeries

a, b = sp.symbols("a b", positive=True)
SOURCE = Source("Pythagoras", "Elements", where="I.47", trust="read")


def audit(form=None, **changes):
    given = {
        "name": "hypotenuse",
        "source": SOURCE,
        "form": form or PrintedForm({"c": sp.sqrt(a**2 + b**2)}),
        "parameters": {"a": a, "b": b},
        "observables": ("c",),
        "ranges": {"a": (0.1, 10), "b": (a, 2 * a)},
        "tolerance": 1e-12,  # a handful of roundings of 1e-16
        "reason": "three roundings",
    }
    return Audit(**{**given, **changes})


def hypotenuse(a, b):
    return {"c": math.hypot(a, b)}


def test_agreement_is_verified_and_says_how():
    report = audit().run(hypotenuse, 20, 0)
    assert report.outcome is Outcome.VERIFIED
    assert report.points == 20
    assert "I.47" in report.result.how
    assert "three roundings" in report.result.how
    assert report.largest["c"] < 1e-15 * 10


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a, b: {"c": math.sqrt(a * a + 2 * b * b)},
        lambda a, b: {"c": -math.hypot(a, b)},
        lambda a, b: {"c": math.hypot(a, b) * (1 + 1e-11)},
        lambda a, b: {"c": math.inf},
    ],
    ids=["factor", "sign", "small", "infinite"],
)
def test_wrong_theorem_is_false_with_its_counterexample(wrong):
    report = audit().run(wrong, 3, 0)
    assert report.outcome is Outcome.FALSE
    assert "printed" in report.result.counterexample
    assert report.worst.deviation > 1e-12


def test_wrong_print_is_false():
    report = audit(PrintedForm({"c": sp.sqrt(a**2 - b**2 + 2 * a * b)})).run(hypotenuse, 3, 0)
    assert report.outcome is Outcome.FALSE


def test_one_bad_point_among_many_is_found():
    def spoiled(a, b):
        return {"c": math.hypot(a, b) * (1.1 if a > 9 else 1.0)}

    points = [{"a": float(x), "b": 1.0} for x in range(1, 11)]
    report = audit().run(spoiled, points)
    assert report.outcome is Outcome.FALSE
    assert report.worst.point["a"] == 10.0


def test_true_zero_is_compared_absolutely():
    form = PrintedForm({"c": a - a})
    assert audit(form).run(lambda a, b: {"c": 1e-19}, 2, 0).outcome is Outcome.VERIFIED
    assert audit(form).run(lambda a, b: {"c": 1e-15}, 2, 0).outcome is Outcome.FALSE


def test_equal_infinities_agree():
    report = audit(PrintedForm({"c": sp.oo})).run(lambda a, b: {"c": math.inf}, 1, 0)
    assert report.outcome is Outcome.VERIFIED


class Stuck(Printed):
    def evaluate(self, letters):
        raise NotConverged("stuck at the first step")


def test_no_answer_is_unknown_not_verified():
    stuck = audit(Stuck()).run(hypotenuse, 2, 0)
    assert stuck.outcome is Outcome.UNKNOWN
    assert "stuck at the first step" in stuck.result.how
    silent = audit().run(lambda a, b: {"c": math.nan}, 2, 0)
    assert silent.outcome is Outcome.UNKNOWN
    assert len(silent.unsolved) == 2


def test_points_are_drawn_inside_the_domain():
    report = audit(condition=a > 3).run(hypotenuse, 20, 0)
    assert report.points == 20
    assert all(c.point["a"] > 3 for c in report.comparisons)


def test_without_a_print_the_other_path_is_named():
    report = audit(source=None).run(hypotenuse, 2, 0)
    assert "its own equations on another path" in report.result.how


def test_points_outside_the_domain_are_skipped():
    narrow = audit(condition=a > 100)
    report = narrow.run(hypotenuse, 5, 0)
    assert report.outcome is Outcome.UNKNOWN
    assert report.points == 0
    assert narrow.run(hypotenuse, [{"a": 101.0, "b": 1.0}]).outcome is Outcome.VERIFIED


def test_printed_letters_are_translated():
    r, s = sp.symbols("r s")
    form = PrintedForm({"c": sp.sqrt(r + s)})
    report = audit(form, parameters={"r": a**2, "s": b**2}).run(hypotenuse, 5, 0)
    assert report.outcome is Outcome.VERIFIED


def test_fixed_values_reach_both_sides():
    report = audit(fixed={"b": 0}, ranges={"a": (1, 2)}).run(hypotenuse, 3, 0)
    assert report.outcome is Outcome.VERIFIED
    assert all(c.point["b"] == 0 for c in report.comparisons)


def test_draws_are_seeded_and_inside():
    points = audit().draw(50, 7)
    assert points == audit().draw(50, np.random.default_rng(7))
    assert all(0.1 <= p["a"] <= 10 and p["a"] <= p["b"] <= 2 * p["a"] for p in points)


def test_misuse_is_one_clear_line():
    with pytest.raises(InvalidProblem, match="reason"):
        audit(reason="")
    with pytest.raises(InvalidProblem, match="observable"):
        audit(observables=())
    with pytest.raises(InvalidParameter, match="theorem gives no 'c'"):
        audit().run(lambda a, b: {"d": 1.0}, 1, 0)
    with pytest.raises(InvalidParameter, match="'b', which has no value"):
        audit(parameters={"a": a}).run(hypotenuse, 1, 0)
    with pytest.raises(InvalidProblem, match="exceeds high end"):
        audit(ranges={"a": (2, 1)}).draw(1)


def test_series_coefficients_are_recovered():
    # sqrt(a + x) = sqrt(a) + x/(2 sqrt(a)) - ...
    series = (sp.sqrt(a), 1 / (2 * sp.sqrt(a)))
    names = ("c[0]", "c[1]")
    given = {"parameters": {"a": a}, "observables": names, "ranges": {"a": (1, 2)}}
    # Differentiating the interpolant of degree 9 at its end multiplies 1e-16 by 2*81/0.03.
    right = audit(PrintedSeries("x", {"c": series}), tolerance=1e-10, **given)
    wrong = audit(PrintedSeries("x", {"c": (series[0], -series[1])}), tolerance=1e-10, **given)

    def root(a, x):
        return {"c": math.sqrt(a + x)}

    assert right.run(root, 4, 0).outcome is Outcome.VERIFIED
    report = wrong.run(root, 4, 0)
    assert report.outcome is Outcome.FALSE
    assert report.worst.observable == "c[1]"


def test_fixed_point_form_takes_the_printed_branch():
    z = sp.Symbol("z")
    # z = a - 1/z has the roots of z^2 - a z + 1; the iteration finds the stable, larger one.
    larger = PrintedForm({"z": z}, updates={z: a - 1 / z}, start={z: 2 * a}, branch=z > 1)
    assert larger.evaluate({"a": 3.0})["z"] == pytest.approx((3 + math.sqrt(5)) / 2, rel=1e-15)
    smaller = PrintedForm({"z": z}, updates={z: a - 1 / z}, start={z: 2 * a}, branch=z < 1)
    with pytest.raises(NotConverged, match="not on z < 1"):
        smaller.evaluate({"a": 3.0})
    with pytest.raises(InvalidProblem, match="not one of the unknowns"):
        PrintedForm({"z": z}, start={z: a})
