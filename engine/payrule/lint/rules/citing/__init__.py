"""Lint rules about citations and copies of sources."""
