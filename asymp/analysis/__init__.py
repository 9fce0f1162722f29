"""What is done with a fixed point once it is found: gradients, optima, expansions, a plain file."""

from asymp.analysis.gradient import Gradient as Gradient
from asymp.analysis.gradient import gradient as gradient
