"""Find windows that reach back before the history of every example."""

from collections.abc import Iterator
from datetime import date

from payrule.examples.run import choices
from payrule.language.condition import Lines, conditions, find
from payrule.language.counting import Window
from payrule.language.words import window_words
from payrule.lint.rule import CheckContext, Results, is_active, lint_rule, problem
from payrule.model.policy import Policy
from payrule.rulebase.rulebase import Rulebase
from payrule.source.json_source import Path


def run(context: CheckContext) -> Results:
    """Find windows of active versions for which no example says of any line what came before, from their start on.

    What an example presumes of the history is enough. Versions without examples are left to another check.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    asked = {policy.name: list(_windows(policy)) for policy in context.versions() if is_active(policy)}
    windows = frozenset(window for listed in asked.values() for _, window in listed)
    if not windows:
        return
    decided, reached = _reached(context, windows)
    for name in sorted(decided & asked.keys()):
        for path, window in asked[name]:
            if (name, window) not in reached:
                message = f"no example has the whole history {window_words(window)}"
                help_text = "add an example with `history_from` on the first day of the window, or before"
                yield problem(name, path, message, help_text)


def _windows(policy: Policy) -> Iterator[tuple[Path, Window]]:
    """List the windows over time, each with its place."""
    for condition in conditions(policy):
        for node in find(condition, Lines):
            if not node.window.of_claim:
                yield (*node.path, "window"), node.window
    for name, quota in policy.limits.items():
        window = Window.read(quota.window)
        if not window.of_claim:
            yield ("quotas", name, "window"), window


def _reached(context: CheckContext, windows: frozenset[Window]) -> tuple[set[str], set[tuple[str, Window]]]:
    """Name the versions that decide a line of an example, and those with the windows of which all lines are known."""
    rulebase = Rulebase(context.documents)
    decided, found = set[str](), set[tuple[str, Window]]()
    for example in context.examples.values():
        context.questions.check_time()
        encounter = rulebase.in_days(rulebase.encounter(example.encounter))
        terms = rulebase.terms(**choices(example, date.max))
        for program, subjects in rulebase.programs_for(terms, encounter):
            scene = program.scene(encounter)
            names = {rule.policy.name for rule in program.rules}
            decided |= names
            days = {scene.lines[index].line.date for index in subjects}
            known = {each for each in windows for day in days if scene.history.unseen(each, day) is None}
            found |= {(name, window) for name in names for window in known}
    return decided, found


CHECK = lint_rule(run, needs="rulebase")
