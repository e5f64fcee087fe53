"""What to ask about a line that needs information: only what can change the answer, in the order that settles soonest.

`facts` says what can be asked and which values stand for all others, `case` what a line is while some facts are known,
`questions` which of them matter and which comes next. Imports `rulebase` and what is below it.
"""
