"""What stands in files, before it means anything: JSON with places, diagnostics, whole files written at once.

Imports nothing of payrule.
"""
