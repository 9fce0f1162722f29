"""Observations: what they need of the input channel, and the observables and step they add."""

from asymp.reductions.observing import (  # noqa: F401 (they register themselves)
    posterior,
    pruning,
    universal,
)
from asymp.reductions.observing.rule import EXTRA as EXTRA
from asymp.reductions.observing.rule import Reading as Reading
from asymp.reductions.observing.rule import needs_of as needs_of
from asymp.reductions.observing.rule import observed as observed
