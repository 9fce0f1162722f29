"""Holistic robust loss, certificate and training of finite samples."""

from asymp.finite.holistic.coverage import certified_radius as certified_radius
from asymp.finite.holistic.coverage import critical_radius as critical_radius
from asymp.finite.holistic.coverage import disappointment_bound as disappointment_bound
from asymp.finite.holistic.coverage import disappointment_probability as disappointment_probability
from asymp.finite.holistic.interpolation import interpolation_radius as interpolation_radius
from asymp.finite.holistic.loss import WorstCase as WorstCase
from asymp.finite.holistic.loss import hr_loss as hr_loss
from asymp.finite.holistic.loss import worst_case as worst_case
from asymp.finite.holistic.training import HolisticFit as HolisticFit
from asymp.finite.holistic.training import fit_hr as fit_hr
