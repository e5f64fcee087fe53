"""From the set of matching rules to one disposition a line: overrides, tiers, concerns, scenarios, open facts.

Pure functions of sets, so that no order of rules, documents or lines can reach an answer. Imports `documents` and
`language`.
"""
