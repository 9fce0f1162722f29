"""Certificates: enclosures that prove a root, and curves that prove an interval of them."""

from asymp.certify.curve import certify_curve as certify_curve
from asymp.certify.everywhere import Exhaustive as Exhaustive
from asymp.certify.everywhere import certify_everywhere as certify_everywhere
from asymp.certify.grid import certify_grid as certify_grid
from asymp.certify.verdict import Certificate as Certificate
