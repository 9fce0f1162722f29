"""The command line ``asymp``."""

from asymp.cli.entry import main as main
