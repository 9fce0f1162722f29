"""Compiled twins of the primitives of :mod:`asymp.calculus.primitives`."""

from asymp.special.elementary import erf as erf
from asymp.special.elementary import erfc as erfc
from asymp.special.elementary import exp as exp
from asymp.special.elementary import log as log
from asymp.special.elementary import sqrt as sqrt
from asymp.special.gaussian import central2 as central2
from asymp.special.gaussian import central_quantile as central_quantile
from asymp.special.gaussian import upper_tail as upper_tail
from asymp.special.lanes import where as where
from asymp.special.logistic import logistic_normal as logistic_normal
from asymp.special.logistic import sigmoid as sigmoid
from asymp.special.logistic import softplus as softplus
from asymp.special.marchenko_pastur import mp_dual_empty as mp_dual_empty
from asymp.special.marchenko_pastur import mp_empty as mp_empty
from asymp.special.marchenko_pastur import mp_full as mp_full
from asymp.special.panel import PANEL_COUNT as PANEL_COUNT
from asymp.special.panel import PANEL_GAPS as PANEL_GAPS
from asymp.special.panel import PANEL_WEIGHTS as PANEL_WEIGHTS
