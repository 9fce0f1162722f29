"""What is done with a fixed point once it is found: gradients, optima, expansions, a plain file."""

from asymp.analysis.export import export as export
from asymp.analysis.gradient import Gradient as Gradient
from asymp.analysis.gradient import gradient as gradient
from asymp.analysis.losses import LossLaw as LossLaw
from asymp.analysis.losses import loss_law as loss_law
from asymp.analysis.optimise import optimise as optimise
from asymp.analysis.series import Series as Series
from asymp.analysis.series import series as series
