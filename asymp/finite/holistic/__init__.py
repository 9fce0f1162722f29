"""Holistic robust loss, certificate and training of finite samples."""

from asymp.finite.holistic.loss import WorstCase as WorstCase
from asymp.finite.holistic.loss import hr_loss as hr_loss
from asymp.finite.holistic.loss import worst_case as worst_case
from asymp.finite.holistic.training import HolisticFit as HolisticFit
from asymp.finite.holistic.training import fit_hr as fit_hr
