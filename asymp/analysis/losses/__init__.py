"""The exact law of the losses of training points and of new points."""

from asymp.analysis.losses.law import LossLaw as LossLaw
from asymp.analysis.losses.law import loss_law as loss_law
