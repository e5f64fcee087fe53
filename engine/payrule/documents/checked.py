"""What a check of documents found: findings, what documents keep quiet, and what was not looked for."""

from typing import Literal

import msgspec

from payrule.documents.findings import Finding, Severity


class Suppressed(msgspec.Struct, frozen=True, kw_only=True):
    """Something to mend that a document keeps quiet, and its reason."""

    finding: Finding
    reason: str


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that were left out, and why."""

    reason: str
    checks: tuple[str, ...]


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at: how many documents, what was found or suppressed, and the checks that were left out.

    `rulebase` names the folder of the rulebase whose names were used, or the one that is shipped; several are separated
    by commas; None where no document needed one.
    """

    format_version: Literal["1"] = "1"
    rulebase: str | msgspec.UnsetType | None = msgspec.UNSET
    documents: int
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    def count(self, severity: Severity) -> int:
        """Count the findings of a severity.

        >>> Checked(documents=1, findings=(Finding(code="x", message="y"),)).count("error")
        1
        """
        return sum(each.severity == severity for each in self.findings)
