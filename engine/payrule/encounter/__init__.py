"""A claim as a frozen value, and how JSON becomes one: validated, decoded, one day a line.

Imports `model` and below.
"""
