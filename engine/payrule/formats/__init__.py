"""Claim formats: encounters in, each with its place, as yet unchecked; determinations out.

`raw` is what every reader gives. Imports the folders below it, and none of the execution.
"""
