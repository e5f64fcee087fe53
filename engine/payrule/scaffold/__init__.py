"""Documents to begin with: each is complete and without errors, and marks what an analyst has to write.

Imports `lint` and below.
"""
