"""Documents to begin with: each is made whole, has no errors, and waits for an analyst.

Imports `lint` and below.
"""
