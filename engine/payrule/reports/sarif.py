"""Findings as SARIF 2.1.0 (OASIS), which code scanning services and editors read."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from payrule.lint.registry import CHECKS, page, summary
from payrule.source.diagnostics import Checked, Diagnostic

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""The name of the schema that the log is written to."""


def sarif(checked: Checked, version: str, relative: Callable[[str], str]) -> dict[str, Any]:
    """Write what was found as a SARIF log; `relative` gives where a file stands in the repository.

    Each check is a rule with its whole page as help. A finding without a check of its own, such as a misspelt name,
    brings its code alone. What is suppressed is told with its reason. The properties of the run name the rulebase.

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
        "tool": {"driver": {"name": "payrule", "version": version, "rules": _RULES}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {"rulebase": checked.rulebase or None},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(diagnostic: Diagnostic, relative: Callable[[str], str]) -> dict[str, Any]:
    message = f"{diagnostic.message}; {diagnostic.help}" if diagnostic.help else diagnostic.message
    result: dict[str, Any] = {"ruleId": diagnostic.code, "level": diagnostic.severity, "message": {"text": message}}
    if diagnostic.code in _INDEX:
        result["ruleIndex"] = _INDEX[diagnostic.code]
    if diagnostic.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(relative(diagnostic.file))}}
        if diagnostic.line is not None and diagnostic.column is not None:
            physical["region"] = {"startLine": diagnostic.line, "startColumn": diagnostic.column}
        location: dict[str, Any] = {"physicalLocation": physical}
        if diagnostic.path is not None:
            location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.path}]
        result["locations"] = [location]
    return result


_RULES: list[dict[str, Any]] = [
    {
        "id": check.code,
        "shortDescription": {"text": summary(check.code)},
        "help": {"text": page(check.code), "markdown": page(check.code)},
        "defaultConfiguration": {"level": check.severity},
        "properties": {"tags": [check.family]},
    }
    for check in CHECKS
]
_INDEX = {rule["id"]: index for index, rule in enumerate(_RULES)}
