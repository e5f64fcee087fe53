"""Find versions that look up values on dates for which the table has no row."""

from datetime import date, timedelta

from msgspec import UNSET

from payrule.lint.rule import CheckContext, Results, is_active, lint_rule, look_ups, looked_up_by, problem
from payrule.model.tables import LookedUp, kept_columns
from payrule.model.values import read_date


def run(context: CheckContext) -> Results:
    """Find versions, proposed or in force, that begin before the first row of a table or go on after its last.

    A version without a first date is not held against the first row. No check looks at the clock.

    >>> from payrule.lint.rule import shipped_context
    >>> list(run(shipped_context()))
    []
    """
    vocabulary, tables = context.documents.vocabulary, context.documents.tables
    known = look_ups(vocabulary)
    days = {name: table_days(tables[name]) for name in {each.lookup or "" for each in known.values()} & tables.keys()}
    for policy in filter(is_active, context.versions()):
        told = set[str]()
        for name, path in looked_up_by(policy, vocabulary) if known else ():
            table = known[name].lookup or ""
            if known[name].day is None or table in told or table not in days:
                continue
            told.add(table)
            first, last = days[table]
            begins, ends = policy.effective.first, policy.effective.last
            if begins is not None and read_date(begins) < first:
                message = f"`{table}` has no row before {first}, and `{policy.name}` begins on {begins}"
                yield problem(policy.name, path, message, "import the earlier rows, or begin the version later")
            if last < (date.max if ends is None else read_date(ends)):
                message = f"`{table}` has no row from {last + timedelta(days=1)} on, and `{policy.name}` goes on"
                yield problem(policy.name, path, message, "import the rows that hold then, or end the version")


def table_days(table: LookedUp) -> tuple[date, date]:
    """Give the first and the last day on which some row of a table holds; without rows the first comes later."""
    first, last = table.first or date.min, table.last or date.max
    dates = table.table.dates
    if dates is not UNSET:
        columns = kept_columns(table.table)
        begins = table.rows.distinct(columns.index(dates.first))
        if "" not in begins:
            first = max(first, min(map(date.fromisoformat, begins), default=date.max))
        ends = table.rows.distinct(columns.index(dates.last)) if dates.last else {""}
        if "" not in ends:
            last = min(last, max(map(date.fromisoformat, ends), default=date.min))
    return first, last


CHECK = lint_rule(run, needs="rulebase")
