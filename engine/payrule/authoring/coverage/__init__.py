"""What the examples exercise of the rules, and what of the sources' text has a rule.

`roots` lists what there is, `seen` what happens when the examples run, `measured` compares the two; `needs` words what
is lacking.
"""
