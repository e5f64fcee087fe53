"""What subcommands share: options, output, interrupts, reading claims, progress.

Imports everything below the command line.
"""
