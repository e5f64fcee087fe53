"""Lint rules about what a rule concludes."""
