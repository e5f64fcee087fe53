"""One file a subcommand: options in, a call, a report out; no logic.

Imports `cli.support` and everything below the command line.
"""
