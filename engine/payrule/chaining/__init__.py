"""The forward-chaining execution: formulas become a network of durable_rules, and scenes are driven through it.

Imports `documents` and `language`. Only `driver` imports the engine's C module; nothing else knows it.
"""
