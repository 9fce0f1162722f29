"""The finite problem, drawn, trained to optimality, attacked for real and compared with theory."""

from asymp.simulate.run import simulate as simulate
from asymp.simulate.verdict import Verdict as Verdict
from asymp.simulate.verdict import compare as compare
