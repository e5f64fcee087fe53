"""Check that the number of a policy version is as high as its difference from its predecessor demands."""

from collections.abc import Iterator
from datetime import date

from payrule.adjudication.folder import policy_file, read_text
from payrule.adjudication.loading import Documents
from payrule.documents.findings import Finding, RequestError
from payrule.documents.models import Policy
from payrule.review.difference import bumps
from payrule.review.edits import predecessor

_WHENEVER = date.max
"""Versions are compared whenever they were published."""


def version_findings(documents: Documents) -> Iterator[Finding]:
    """Find versions with a number that is too low: it promises that fewer answers differ than do.

    Without a solver nothing can be said, and that is said as a warning.
    """
    for name, versions in sorted(documents.policies.items()):
        for version in versions:
            older = predecessor(version, versions)
            if older is not None:
                try:
                    yield from _too_low(documents, older, version)
                except RequestError as fault:
                    yield from _unchecked(name, fault)
                    return


def _too_low(documents: Documents, older: Policy, version: Policy) -> Iterator[Finding]:
    for bump in bumps((documents, older), (documents, version), _WHENEVER):
        if not bump.enough:
            text = read_text(policy_file(documents.folder, version))
            message = f"`{version.version}` is too low a number after `{older.version}`: {bump.because}"
            yield text.finding(("version",), "version-too-low", message, f"call it `{bump.demanded}` or higher")


def _unchecked(policy: str, fault: RequestError) -> Iterator[Finding]:
    message = f"the version numbers of `{policy}` were not checked: {fault.findings[0].message}"
    yield Finding(code="version-unchecked", message=message, help=fault.findings[0].help, severity="warning")
