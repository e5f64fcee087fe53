"""The command line: one file a subcommand, no logic.

Only this folder prints, exits, and reads the clock or the environment. Subcommands are imported when they are called.
"""

from payrule.cli.starting import Quietly

with Quietly():
    from payrule.cli.main import main

__all__ = ["main"]
