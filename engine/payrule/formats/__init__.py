"""Readers of claim files, each claim with its place and not yet checked; writers of rejects. Nothing is decided here.

Imports `rulebase` and below.
"""
