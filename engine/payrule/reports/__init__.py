"""Determinations and findings as text, JSON or JSON Lines, one renderer a file.

A renderer is a pure function from values to text. Imports everything below it; prints nothing.
"""
