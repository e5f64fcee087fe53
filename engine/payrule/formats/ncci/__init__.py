"""The edit tables as the Centers for Medicare & Medicaid Services publish them: code pairs and limits on units.

Imports `documents`.
"""
