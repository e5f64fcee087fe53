"""Policies, payers, vocabulary, examples and encounters as frozen values, and how they are read from text.

A document is checked by JSON Schema, every error has a place, and nothing here knows how a rule is run.
This folder imports nothing else of payrule.
"""
