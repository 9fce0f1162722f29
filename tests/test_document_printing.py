"""Printing of expressions for the document: order, fractions, line breaks, names, plain words."""

import mpmath
import pytest
import sympy as sp

import asymp
from asymp.calculus.primitives import mp_full
from asymp.calculus.spectral_law import EIGENVALUE, MarchenkoPastur, SpectralAverage
from asymp.calculus.truncated_moment import CentralMoment, TailMoment
from asymp.document.arrange import arrange
from asymp.document.breaking import broken
from asymp.document.names import SymbolNames
from asymp.document.printer import DocumentPrinter
from asymp.document.width import width
from asymp.document.words import from_plain

V, SR, a, psi1, psi2, q_hat = (
    asymp.symbols.letter(n, asymp.symbols.POSITIVE)
    for n in ("V", "SR", "a", "psi1", "psi2", "q_hat")
)


@pytest.fixture(scope="module")
def printer():
    return DocumentPrinter(SymbolNames(frozenset()), ["psi1", "psi2", "", "q_hat", "V", "SR"])


# Printing


def test_parameters_come_first_and_brackets_last(printer):
    law = MarchenkoPastur(psi1)
    average = q_hat * psi1 * SpectralAverage(1 / (1 + EIGENVALUE), law) / psi2
    assert printer.doprint(average) == (
        r"\frac{\psi_{1}}{\psi_{2}}\,\hat{q}\,\int \frac{1}{1+t}\,d\mu(t)"
    )
    first, second = CentralMoment(0, a), TailMoment(0, a)
    assert printer.doprint(psi1 * (first + second)) == r"\psi_{1} (C_{0}(a)+T_{0}(a))"


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (2 * sp.sqrt(2) * sp.sqrt(V * SR) / sp.sqrt(sp.pi),
         r"2\sqrt{\frac{2}{\pi}}\,\sqrt{V\,\mathrm{SR}}"),
        (1 / sp.sqrt(2 * sp.pi), r"\frac{1}{\sqrt{2 \pi}}"),
        (-V / 2, r"-\frac{V}{2}"),
        (sp.sqrt(sp.Rational(1, 4) - 1 / (2 * sp.pi)), r"\sqrt{\frac{1}{4}-\frac{1}{2 \pi}}"),
        (V ** sp.Rational(3, 2), r"V\,\sqrt{V}"),
        (sp.exp(-(a**2) / 2), "e^{-a^{2}/2}"),
        (sp.Max(0, sp.Symbol("u", real=True)), r"\max(u, 0)"),
    ],
)  # fmt: skip
def test_numbers_and_roots(printer, expression, latex):
    assert printer.doprint(expression).replace("  ", " ") == latex


@pytest.mark.parametrize(
    "expression",
    [
        SR * CentralMoment(2, a) / V + (SR * TailMoment(2, a) + a * TailMoment(0, a)) / (1 + V),
        psi1 * q_hat * (SR / V**2 + 2 * a / (V**2 * psi2)) / psi2 + SR,
        (SR * psi1 + V * psi1 + V * psi2 + SR * psi2 + a) / (SR + V),
        -V * SR / 2 - V * psi1 / 2,
    ],
)  # fmt: skip
def test_arranging_keeps_the_value(expression):
    at = {V: 0.7, SR: 1.3, a: 0.4, psi1: 2.1, psi2: 0.6, q_hat: 1.9}
    was, now = (complex(e.subs(at).doit().evalf()) for e in (expression, arrange(expression)))
    # Two orders of summing a handful of doubles.
    assert now == pytest.approx(was, rel=1e-13)


def test_arranged_formulas_of_the_headline_keep_their_values(headline):
    values = {
        s: 0.3 + 0.17 * i
        for i, s in enumerate(
            sorted({s for f in headline.system.update for s in f.free_symbols}, key=str)
        )
    }
    for update in headline.system.update:
        was, now = (float(e.xreplace(values).evalf()) for e in (update, arrange(update)))
        # As above: rounding of some twenty terms.
        assert now == pytest.approx(was, rel=1e-12)


def test_piecewise_is_cases_with_intervals(printer):
    omega = asymp.reductions.statements.FIELD
    value = sp.Piecewise((1, omega <= -V), (2, omega <= V), (3, True))
    latex = printer.doprint(value)
    assert r"-V<\omega\le V" in latex.replace(" ", "").replace(r"\le", r"\le ").replace(
        r"\leV", r"\le V"
    )
    assert r"\omega>V" in latex.replace(" ", "")


def test_a_node_of_its_own_prints_itself(printer):
    class Novel(sp.Function):
        def _latex(self, printer, exp=None):
            return r"\mathcal{N}"

    assert printer.doprint(Novel(V)) == r"\mathcal{N}"


def test_lines_break_within_the_room(printer):
    symbols = sp.symbols("b1:30", positive=True)
    lines = broken(printer, psi1 * sp.Add(*symbols), 15.0)
    assert len(lines) > 2
    assert all(width(line) < 17 for line in lines)  # the opening bracket and indent come on top
    assert lines[0].count("biggl") == lines[-1].count("biggr") == 1


def test_printed_stieltjes_quantity_is_the_average_that_it_names(printer):
    """The closed form of D as printed, against quadrature of its integral over the density."""
    x = sp.Symbol("x", positive=True)
    assert printer.doprint(mp_full(x, psi1)) == (
        r"\frac{2}{1+\psi_{1}+\chi+\sqrt{(\chi+1-\psi_{1})^2+4\psi_{1}\chi}}"
    )
    chi, ratio = mpmath.mpf("0.7"), mpmath.mpf("0.6")
    density, low, high = MarchenkoPastur(psi1).density(ratio)
    integral = mpmath.quad(lambda t: t / (t + chi) * density(t), [low, 1, high])
    printed = 2 / (1 + ratio + chi + mpmath.sqrt((chi + 1 - ratio) ** 2 + 4 * ratio * chi))
    # The quadrature meets square-root ends: eight digits.
    assert abs(integral - printed) < 1e-8


# Names


def test_renaming_reaches_strings_and_spares_other_symbols():
    names = SymbolNames(frozenset({"q", "q_hat", "psi1", "SR"}), {"q": "Q", "psi1": r"\gamma"})
    assert names.string(r"\psi_1\hat q+\psi_{1}x q^2") == r"\gamma\hat q+\gamma x Q^2"
    assert names.string(r"\mathrm{prox}(q)") == r"\mathrm{prox}(Q)"
    assert names.prose(r"queue: $q$") == "queue: $Q$"


def test_renamed_symbol_keeps_index_and_exponent():
    names = SymbolNames(frozenset({"V"}), {"V": "V_0"})
    assert names.string(r"\partial_VF+V^2+V") == r"\partial_{V_0}F+{V_0}^2+V_0"


def test_plain_text_of_checks_is_typeset():
    names = SymbolNames(frozenset({"SR", "P", "eps", "eps_max", "rho", "tau", "m", "q"}))
    said = from_plain("gain at P = 1e-40, eps = eps_max: off 1 by 4.0e-20", names)
    assert (
        said
        == r"gain at $P=10^{-40}$, $\varepsilon=\varepsilon_{\max}$: off 1 by less than $10^{-15}$"
    )
    assert from_plain("SR is rho + tau^2 - 2m + q", names) == r"$\mathrm{SR}$ is $\rho+\tau^2-2m+q$"
