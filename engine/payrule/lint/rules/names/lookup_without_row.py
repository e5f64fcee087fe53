"""Find codes that a rule asks about, and for which a table that it looks a value up in has no row."""

from collections.abc import Iterator

from payrule.language.condition import All, Condition, Fact, Test, parse
from payrule.language.names import Names
from payrule.lint.rule import CheckContext, Results, lint_rule, look_ups, problem, reads_of
from payrule.model.values import is_range


def run(context: CheckContext) -> Results:
    """Find rules that need a looked-up value of codes without a row: on a line with such a code it is never known.

    Compared are codes that the rule lists one by one. That a row holds on some dates only is no problem here.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    vocabulary, tables = context.documents.vocabulary, context.documents.tables
    known = look_ups(vocabulary)
    for each in context.rules() if known else ():
        path = ("rules", each.position, "when")
        needed = list(_needed(parse(each.rule.when, path), Names(vocabulary, each.policy)))
        read = {name for test, _ in needed for name in reads_of(test.attribute, vocabulary) if name in known}
        for test, scope in needed:
            for name in sorted(read):
                made = known[name]
                table = tables.get(made.lookup or "")
                for column, source in (made.by or {}).items():
                    if table is None or source != test.attribute or column not in table.table.key:
                        continue
                    held = table.rows.distinct(table.table.key.index(column))
                    lacking = [code for code in _codes(test, scope) if code not in held]
                    if lacking:
                        more = f", nor for {len(lacking) - 1} more" if len(lacking) > 1 else ""
                        message = (
                            f"`{made.lookup}` has no row for `{lacking[0]}`{more}, of which the rule needs `{name}`"
                        )
                        help_text = "add the row, or leave the code out: its lines need information that nobody has"
                        yield problem(each.policy.name, test.path, message, help_text)


def _needed(condition: Condition, names: Names) -> Iterator[tuple[Test, Names]]:
    """List the tests that all have to hold, with the names that each is read with."""
    if isinstance(condition, All):
        for part in condition.parts:
            yield from _needed(part, names)
    elif isinstance(condition, Fact):
        yield from _needed(parse(names.fact(condition.name).when), names.owner(condition.name))
    elif isinstance(condition, Test):
        yield condition, names


def _codes(test: Test, names: Names) -> list[str]:
    """List the codes that a test names one by one."""
    if test.test not in ("is", "in") or names.attribute(test.attribute).system is not None:
        return []
    listed = test.listed if test.set_name is None else names.sets.get(test.set_name, ())
    return [each for each in listed if isinstance(each, str) and not is_range(each)]


CHECK = lint_rule(run, needs="rulebase")
