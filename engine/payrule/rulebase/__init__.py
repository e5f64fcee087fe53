"""A rulebase: its folder, its documents loaded and checked, its rules compiled, encounters decided and explained.

Imports `resolve` and below.
"""
