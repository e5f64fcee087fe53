"""Lint rules about names, codes and texts."""
