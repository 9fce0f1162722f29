"""The command line ``asymp``."""

from asymp.cli.commands import main as main
