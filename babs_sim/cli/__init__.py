"""The command line: the only layer that prints.

Each command imports what it needs when it runs, so that ``--help`` is quick.
"""

from babs_sim.cli.app import main

__all__ = ["main"]
