"""How many other lines an encounter needs to show anything that rules can answer.

A condition on other lines asks for one line that satisfies it. So of any encounter it is enough to keep one such line
for each condition that holds, and it is more than enough when some line serves two of them. The number of other lines
that is ever needed is the size of the largest set of lines of which each is the only one to satisfy some condition that
can matter for the subject; the solver finds it. With so many other lines a search is complete.
"""

from collections.abc import Sequence

from payrule.analysis.encoder import Encoder
from payrule.analysis.rulesets import RuleSet, fact_names, other_lines
from payrule.analysis.solver import Solver
from payrule.analysis.space import SUBJECT, Space
from payrule.language.leaves import Formula, OtherLine


def lines_needed(space: Space, encoders: Sequence[Encoder], solver: Solver, guard: int) -> int:
    """Add other lines to a space until one more could not be the only one to satisfy anything; give their number.

    Raises OutOfTimeError when the time limit cuts the search off.
    """
    wanted = [(encoder, condition, _matters(encoder, condition)) for encoder, condition in _conditions(encoders)]
    if not wanted:
        return 0
    graph = space.graph
    any_date = any(not condition.same_date for _, condition, _ in wanted)
    satisfied: list[list[int]] = []
    while True:
        line = space.add_other(any_date=any_date)
        satisfied.append([level for each in wanted for level in _levels(each, line)])
        each_alone = []
        for place, mine in enumerate(satisfied):
            others = [theirs for at, theirs in enumerate(satisfied) if at != place]
            alone = {graph.all((literal, *(-each[level] for each in others))) for level, literal in enumerate(mine)}
            each_alone.append(graph.some(sorted(alone)))
        if not solver.holds((guard, *each_alone)):
            return line - 1


def _conditions(encoders: Sequence[Encoder]) -> list[tuple[Encoder, OtherLine]]:
    return [(encoder, condition) for encoder in encoders for condition in encoder.rules.other_lines()]


def _levels(wanted: tuple[Encoder, OtherLine, int], line: int) -> tuple[int, int]:
    """Say that a line satisfies a condition, definitely and possibly, where that matters."""
    encoder, condition, matters = wanted
    true, possible = encoder.satisfied_by(condition, line)
    return encoder.graph.all((matters, true)), encoder.graph.all((matters, possible))


def _matters(encoder: Encoder, condition: OtherLine) -> int:
    """Say that some rule rests on a condition, and that nothing else of that rule fails."""
    return encoder.graph.some(
        encoder.truth(rule, SUBJECT, alone=True)[1]
        for rule in encoder.rules.conditions.values()
        if _rests_on(rule, condition, encoder.rules)
    )


def _rests_on(rule: Formula, condition: OtherLine, rules: RuleSet) -> bool:
    waiting, seen = [rule], set[str]()
    while waiting:
        formula = waiting.pop()
        if condition in other_lines(formula):
            return True
        for name in fact_names(formula):
            if name not in seen:
                seen.add(name)
                waiting.append(rules.facts[name])
    return False
