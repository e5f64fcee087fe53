"""Lint rules about examples and what they leave out."""
