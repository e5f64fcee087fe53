"""Examples of policies: run them, and measure what they exercise of the rules.

Imports `citations` and below.
"""
