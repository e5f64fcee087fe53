"""Lint rules about versions and what binds."""
