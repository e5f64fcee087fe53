"""Run the command line as `python -m payrule`."""

from payrule.cli import main

main()
