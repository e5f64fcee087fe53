"""Lint rules about conditions; most ask the solver."""
