"""The list of checks: by family, each with its severity and what it finds."""

from collections.abc import Callable, Iterator
from itertools import groupby
from unicodedata import category

from payrule.lint.registry import CHECKS
from payrule.lint.registry import summary as rule_summary
from payrule.reports.text import aligned, counted
from payrule.source.diagnostics import Checked, Diagnostic, visible


def check_lines(width: int | None = None) -> Iterator[str]:
    """List all checks; with a `width`, in characters, in lines that fit.

    >>> list(check_lines())[:2]
    ['citing', '  rule-without-citation          warning  A rule cites no source sentence.']
    """
    longest = max(len(check.code) for check in CHECKS)
    for number, (family, checks) in enumerate(groupby(CHECKS, key=lambda check: check.family)):
        if number:
            yield ""
        yield family
        rows = ((f"  {each.code:<{longest}} {each.severity:<7}", rule_summary(each.code)) for each in checks)
        yield from aligned(rows, width)


def one_line(diagnostic: Diagnostic) -> str:
    """Say a finding in one line that names the place, the fault and the help.

    >>> print(one_line(Diagnostic(code="bad-date", message="`2016-02-30` is not a date", help="use a day that exists",
    ...     file="claims.json", line=3, column=9, path="$.lines[0].date")))
    claims.json:3:9: error: `2016-02-30` is not a date at $.lines[0].date; use a day that exists
    >>> print(one_line(Diagnostic(code="x12-transaction", message="transaction `1` is no claim", file="claims.837",
    ...     path="segment 3")))
    claims.837, segment 3: error: transaction `1` is no claim
    """
    is_json_path = diagnostic.path is not None and diagnostic.path.startswith("$")
    claim = f"claim {_short(diagnostic.claim)}" if diagnostic.claim else ""
    places = [diagnostic.place, claim, "" if is_json_path else diagnostic.path or ""]
    place = f"{', '.join(filter(None, places))}: " if any(places) else ""
    path = f" at {_short(diagnostic.path or '')}" if is_json_path and diagnostic.path != "$" else ""
    help_text = f"; {diagnostic.help}" if diagnostic.help else ""
    return printable(f"{place}{diagnostic.severity}: {_short(diagnostic.message)}{path}{help_text}")


def in_full(diagnostic: Diagnostic, source_line: Callable[[str, int], str | None]) -> str:
    """Show a finding with the line that it stands on and a mark under its place.

    `source_line` gives a line of a file by its number, or None.

    >>> key = Diagnostic(code="unknown-key", message="`whne` is not a key of a rule", help="did you mean `when`?",
    ...     file="1.0.0.json", line=4, column=3, path="$.rules[0].whne")
    >>> print(in_full(key, lambda file, line: '  "whne": {}'))
    1.0.0.json:4:3: error[unknown-key]: `whne` is not a key of a rule
      at $.rules[0].whne
      4 |   "whne": {}
        |   ^
      help: did you mean `when`?
    """
    place = f"{diagnostic.place}: " if diagnostic.place else ""
    parts = [printable(f"{place}{diagnostic.severity}[{diagnostic.code}]: {_short(diagnostic.message)}")]
    if diagnostic.path and diagnostic.path != "$":
        parts.append(printable(f"  at {_short(diagnostic.path)}"))
    source = source_line(diagnostic.file, diagnostic.line) if diagnostic.file and diagnostic.line else None
    if source and diagnostic.column:
        shown, column = _window(source.rstrip(), diagnostic.column)
        margin = " " * len(str(diagnostic.line))
        parts += [f"  {diagnostic.line} | {shown}", f"  {margin} | {' ' * (column - 1)}^"]
    if diagnostic.help:
        parts.append(printable(f"  help: {diagnostic.help}"))
    return "\n".join(parts)


def printable(text: str) -> str:
    r"""Write out what would disturb a terminal, or be taken for a command.

    >>> printable("a\nb \x1b[31m é")
    'a\\nb \\x1b[31m é'
    """
    return no_command(visible(text))


def in_sight(line: str) -> str:
    r"""Write out what would turn or hide a part of a line on a screen; colors stay, and every blank.

    >>> in_sight("a\u202eb \xa0\x1b[31mé\u200d")
    'a\\u202eb \xa0\x1b[31mé\\u200d'
    """
    if line.isprintable():
        return line
    return "".join(repr(each)[1:-1] if category(each) in _UNSEEN and each != "\x1b" else each for each in line)


_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Control characters, format characters such as marks of direction, and what has no form of its own."""


def no_command(line: str) -> str:
    """Part what a runner of workflows would take for a command, at the beginning of a line or anywhere in it.

    >>> no_command("::error title=x::y"), no_command("a ##[group]b")
    (': :error title=x::y', 'a # #[group]b')
    """
    bare = line.lstrip()
    if bare.startswith("::"):
        line = f"{line[: len(line) - len(bare)]}: {bare[1:]}"
    return line.replace("##[", "# #[")


def _short(text: str) -> str:
    """Leave out the middle of what nobody reads to the end, such as a key of a million characters."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}…{text[-_LONGEST // 2 :]}"


_WIDEST, _LONGEST = 100, 500


def _window(source: str, column: int) -> tuple[str, int]:
    """Cut a long line around the place of a finding; what disturbs a terminal becomes a mark, so that columns keep."""
    source = "".join(
        each if each.isprintable() else " " if each == "\t" else "\N{REPLACEMENT CHARACTER}" for each in source
    )
    if len(source) <= _WIDEST:
        return source, column
    start = max(0, min(column - _WIDEST // 2, len(source) - _WIDEST))
    return source[start : start + _WIDEST], column - start


def looked_at(checked: Checked) -> str:
    """Say in a line which rulebase was looked at.

    >>> looked_at(Checked(documents=1, rulebase="policies")), looked_at(Checked(documents=1))
    ('rulebase: policies', 'rulebase: none, for what was checked stands alone')
    """
    return printable(f"rulebase: {checked.rulebase or 'none, for what was checked stands alone'}")


def summary(checked: Checked) -> str:
    """Count in a sentence what was looked at, found, suppressed and left out.

    >>> summary(Checked(documents=3)), summary(Checked(documents=1, findings=(Diagnostic(code="x", message="y"),)))
    ('3 documents checked: nothing to fix', '1 document checked: 1 error')
    """
    counts = ((checked.count("error"), "error"), (checked.count("warning"), "warning"))
    said = ", ".join(counted(number, name) for number, name in counts if number)
    more = [f"{len(checked.suppressed):,} suppressed"] if checked.suppressed else []
    more += [
        f"{counted(len(each.checks), 'check')} left out: {each.reason}" if each.checks else each.reason
        for each in checked.skipped
    ]
    return "; ".join([f"{counted(checked.documents, 'document')} checked: {said or 'nothing to fix'}", *more])
