"""Findings as workflow commands, by which GitHub Actions shows them beside the lines of a pull request."""

from payrule.source.diagnostics import Diagnostic


def workflow_command(diagnostic: Diagnostic, file: str | None) -> str:
    """Write a finding as a workflow command; `file` is where its file stands in the repository.

    >>> print(workflow_command(Diagnostic(code="unknown-key", message="`whne`, 100% sure", help="did you mean `when`?",
    ...     file="a.json", line=4, column=3, severity="warning"), "policies/a,b.json"))
    ::warning title=unknown-key,file=policies/a%2Cb.json,line=4,col=3::`whne`, 100%25 sure; did you mean `when`?
    """
    places = {"title": diagnostic.code, "file": file, "line": diagnostic.line, "col": diagnostic.column}
    said = ",".join(f"{key}={_property(str(value))}" for key, value in places.items() if value is not None)
    message = f"{diagnostic.message}; {diagnostic.help}" if diagnostic.help else diagnostic.message
    return f"::{diagnostic.severity} {said}::{_data(message)}"


def notice(title: str, text: str) -> str:
    """Write a line that is no finding as a workflow command.

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
