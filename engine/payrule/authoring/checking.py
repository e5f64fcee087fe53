"""Check documents: what a rulebase needs before it may decide anything, and citations against the analyst's copy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from payrule.adjudication.folder import policy_files, read_text, rulebase_folder
from payrule.adjudication.loading import (
    Documents,
    read_documents,
    read_payer,
    read_policy,
    read_remittance_codes,
    read_vocabulary,
)
from payrule.adjudication.rulebase import Rulebase, load
from payrule.authoring.copies import Copies
from payrule.authoring.examples import example_files, read_example
from payrule.authoring.files import document_files
from payrule.authoring.version_numbers import version_findings
from payrule.documents.findings import DocumentError, Finding, InputError, sort_key
from payrule.documents.models import Cite, Policy
from payrule.documents.places import Path as JsonPath


class Checked(msgspec.Struct, frozen=True):
    """What a check looked at, and what it found."""

    documents: int
    findings: tuple[Finding, ...]


def check_rulebase(folder: Path | None, sources: Path | None = None) -> Checked:
    """Check every document of a rulebase, its examples too; with `sources` also the cited passages.

    Raises DocumentError when there is no rulebase.
    """
    root = rulebase_folder(folder)
    count = len(document_files(root))
    try:
        documents = read_documents(root)
    except DocumentError as fault:
        return Checked(count, fault.findings)
    findings = list(documents.findings)
    if not any(finding.severity == "error" for finding in findings):
        rulebase = Rulebase(documents)
        for path in example_files(root):
            findings += _tried(read_example, path, rulebase)
        findings += version_findings(documents)
    if sources is not None:
        for path in policy_files(root):
            findings += _citation_findings(path, documents, Copies(sources))
    return Checked(count, tuple(sorted(findings, key=sort_key)))


def check_file(path: Path, folder: Path | None, sources: Path | None = None) -> Checked:
    """Check one document, of whatever kind, with the names of a rulebase.

    Raises DocumentError when the vocabulary of the rulebase cannot be used, or for an example anything in it.
    """
    kind = _kind(path)
    if kind == "vocabulary":
        return Checked(1, tuple(_tried(read_vocabulary, path)))
    if kind == "remittance-codes":
        return Checked(1, tuple(_tried(read_remittance_codes, path)))
    if kind == "example":
        return Checked(1, tuple(_tried(read_example, path, load(folder))))
    documents = read_documents(folder)
    if kind == "payer":
        return Checked(1, tuple(_tried(read_payer, path, documents)))
    findings = _tried(read_policy, path, documents.vocabulary, documents.remittance_codes)
    if sources is not None and not findings:
        findings += _citation_findings(path, documents, Copies(sources))
    return Checked(1, tuple(sorted(findings, key=sort_key)))


def _kind(path: Path) -> object:
    """Say what a document calls itself; what cannot be read is no kind."""
    try:
        value = read_text(path).value
    except DocumentError:
        return None
    return value.get("kind") if isinstance(value, dict) else None


def _tried(read: Callable[..., object], *arguments: object) -> list[Finding]:
    """Read a document, and give what is wrong with it."""
    try:
        read(*arguments)
    except InputError as fault:
        return list(fault.findings)
    return []


def _citation_findings(path: Path, documents: Documents, copies: Copies) -> list[Finding]:
    """Look for every cited passage in the analyst's copy of its source, whatever its white space."""
    try:
        text, policy = read_text(path), read_policy(path, documents.vocabulary)
    except DocumentError:
        return []  # found already
    found = []
    for name, source in policy.sources.items():
        if source.file is not None and copies.of(source) is None:
            message = f"there is no copy of `{name}` in `{copies.folder}`"
            found.append(text.finding(("sources", name), "no-copy", message, f"put the text there as `{source.file}`"))
    for place, cite in cited(policy):
        lack = copies.lack(policy, cite)
        if lack == "no-digest":
            message = f"the passage at `{cite.locator}` has no digest, so nobody can tell whether it was reworded"
            found.append(text.finding((*place, "locator"), lack, message, "add its digest and number of words"))
        elif lack == "passage-not-found":
            message = f"the passage at `{cite.locator}` is not in `{policy.sources[cite.source].file}` as it was cited"
            cure = "read the passage again; when the rule still holds, cite the new wording"
            found.append(text.finding((*place, "digest"), lack, message, cure))
    return found


def cited(policy: Policy) -> Iterator[tuple[JsonPath, Cite]]:
    """List every citation of a policy with its place in the document."""
    for index, rule in enumerate(policy.rules):
        yield from ((("rules", index, "cites", n), cite) for n, cite in enumerate(rule.cites))
    for name, fact in policy.facts.items():
        yield from ((("facts", name, "cites", n), cite) for n, cite in enumerate(fact.cites))
    for index, note in enumerate(policy.notes):
        yield from ((("notes", index, "cites", n), cite) for n, cite in enumerate(note.cites))
