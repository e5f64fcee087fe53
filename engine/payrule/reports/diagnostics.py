"""Diagnostics, and the checks that give them: as text, as workflow commands of GitHub Actions, and as SARIF."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from typing import Any
from unicodedata import category
from urllib.parse import quote

from payrule.reports.text import aligned
from payrule.source.diagnostics import Checked, Diagnostic, counted, visible


def check_lines(width: int | None = None) -> Iterator[str]:
    """List all checks; with a `width`, in characters, in lines that fit.

    >>> list(check_lines())[:2]
    ['citing', '  rule-without-citation          warning  A rule cites no source sentence.']
    """
    from payrule.lint.registry import CHECKS, summary  # noqa: PLC0415 - takes longer than all that decides a claim

    longest = max(len(check.code) for check in CHECKS)
    for number, (family, checks) in enumerate(groupby(CHECKS, key=lambda check: check.family)):
        if number:
            yield ""
        yield family
        rows = ((f"  {each.code:<{longest}} {each.severity:<7}", summary(each.code)) for each in checks)
        yield from aligned(rows, width)


def one_line(diagnostic: Diagnostic) -> str:
    """Write a diagnostic in one line: its place, what is wrong, and how to fix it.

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
    """Show a diagnostic with a mark under its place; `source_line` gives a line of a file by its number, or None.

    >>> print(in_full(Diagnostic(code="unknown-key", message="`whne` is not a key of a rule", file="1.0.0.json", line=4,
    ...     column=3, path="$.rules[0].whne", help="did you mean `when`?"), lambda file, line: '  "whne": {}'))
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
    """Cut a long line around the place of a diagnostic; what disturbs a terminal becomes a mark of one column."""
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
    ('rulebase: policies', 'rulebase: none; the document was checked by itself')
    """
    return printable(f"rulebase: {checked.rulebase or 'none; the document was checked by itself'}")


def summary(checked: Checked) -> str:
    """Count in a sentence what was checked, found, suppressed and left out.

    >>> summary(Checked(documents=3)), summary(Checked(documents=1, findings=(Diagnostic(code="x", message="y"),)))
    ('3 documents checked: nothing to fix', '1 document checked: 1 error')
    """
    counts = ((checked.count("error"), "error"), (checked.count("warning"), "warning"))
    found = ", ".join(counted(number, name) for number, name in counts if number)
    more = [f"{len(checked.suppressed):,} suppressed"] if checked.suppressed else []
    more += [
        f"{counted(len(each.checks), 'check')} left out: {each.reason}" if each.checks else each.reason
        for each in checked.skipped
    ]
    return "; ".join([f"{counted(checked.documents, 'document')} checked: {found or 'nothing to fix'}", *more])


def workflow_command(diagnostic: Diagnostic, file: str | None) -> str:
    """Write a diagnostic as a workflow command; `file` is its path in the repository.

    >>> print(workflow_command(Diagnostic(code="unknown-key", message="`whne`, 100% sure", help="did you mean `when`?",
    ...     file="a.json", line=4, column=3, severity="warning"), "policies/a,b.json"))
    ::warning title=unknown-key,file=policies/a%2Cb.json,line=4,col=3::`whne`, 100%25 sure; did you mean `when`?
    """
    places = {"title": diagnostic.code, "file": file, "line": diagnostic.line, "col": diagnostic.column}
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in places.items() if value is not None)
    return f"::{diagnostic.severity} {properties}::{_data(_said(diagnostic))}"


def _said(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.message}; {diagnostic.help}" if diagnostic.help else diagnostic.message


def notice(title: str, text: str) -> str:
    """Write a line that is no diagnostic as a workflow command.

    >>> print(notice("rulebase", "policies"))
    ::notice title=rulebase::policies
    """
    return f"::notice title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """Escape what would end or change a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape what would end or change a property of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""The name of the schema that the log is written to."""


def sarif(checked: Checked, version: str, relative: Callable[[str], str]) -> dict[str, Any]:
    """Write what was found as a log of SARIF 2.1.0 (OASIS); `relative` gives the path of a file in the repository.

    Each check is a rule with its whole page as help. A diagnostic without a check of its own, such as a misspelt name,
    brings its code alone. What is suppressed is listed with its reason. The properties of the run name the rulebase.

    >>> log = sarif(Checked(documents=1), "0.1.0", str)
    >>> log["version"], log["runs"][0]["results"]
    ('2.1.0', [])
    """
    results = [_result(diagnostic, relative) for diagnostic in checked.findings]
    for each in checked.suppressed:
        reason = {"kind": "inSource", "justification": each.reason}
        results.append(_result(each.diagnostic, relative) | {"suppressions": [reason]})
    notes = [
        {"level": "note", "message": {"text": f"{', '.join(each.checks)} left out: {each.reason}"}}
        for each in checked.skipped
    ]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "payrule", "version": version, "rules": _rules()}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"rulebase": checked.rulebase or None},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(diagnostic: Diagnostic, relative: Callable[[str], str]) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": diagnostic.code, "level": diagnostic.severity}
    result["message"] = {"text": _said(diagnostic)}
    if diagnostic.code in _index():
        result["ruleIndex"] = _index()[diagnostic.code]
    if diagnostic.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(relative(diagnostic.file))}}
        if diagnostic.line is not None and diagnostic.column is not None:
            physical["region"] = {"startLine": diagnostic.line, "startColumn": diagnostic.column}
        location: dict[str, Any] = {"physicalLocation": physical}
        if diagnostic.path is not None:
            location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.path}]
        result["locations"] = [location]
    return result


@cache
def _rules() -> list[dict[str, Any]]:
    from payrule.lint.registry import CHECKS, page, summary  # noqa: PLC0415 - as above

    return [
        {
            "id": check.code,
            "shortDescription": {"text": summary(check.code)},
            "help": {"text": page(check.code), "markdown": page(check.code)},
            "defaultConfiguration": {"level": check.severity},
            "properties": {"tags": [check.family]},
        }
        for check in CHECKS
    ]


@cache
def _index() -> dict[str, int]:
    return {each["id"]: index for index, each in enumerate(_rules())}
