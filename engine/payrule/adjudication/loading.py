"""Read a rulebase from its folder: text, shape, model, names; every finding of every document at once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from payrule.documents.attribute_values import attribute_findings
from payrule.documents.bound_schema import bound_payer_schema, bound_policy_schema, bound_vocabulary_schema
from payrule.documents.encounter_keys import encounter_keys
from payrule.documents.findings import DocumentError, Finding, sort_key
from payrule.documents.models import Payer, Policy, RemittanceCodeList, Vocabulary
from payrule.documents.payer_names import payer_findings
from payrule.documents.places import Text, decode, json_path, scan
from payrule.documents.remittance_codes import (
    REMITTANCE_CODES,
    list_findings,
    no_codes,
    payer_code_findings,
    policy_code_findings,
    rules_without_codes,
    vocabulary_code_findings,
)
from payrule.documents.schema_files import schema
from payrule.documents.shape import check_shape
from payrule.documents.shipped import shipped
from payrule.documents.value_schema import Schema
from payrule.documents.vocabulary_names import vocabulary_name_findings
from payrule.language.derived import LINE_FUNCTIONS, METHODS, PAIR_FUNCTIONS
from payrule.language.naming import policy_findings, vocabulary_findings

Document = TypeVar("Document", bound=msgspec.Struct)

VOCABULARY = "vocabulary.json"
PAYERS = "payers"
EXAMPLES = "examples"
_NO_POLICIES = frozenset({PAYERS, "tables"})


class Documents(msgspec.Struct, frozen=True):
    """The documents of a rulebase: vocabulary, policies in versions, payers; and what is wrong with them.

    Documents with errors are left out, so that the others can be looked at.
    """

    folder: Path
    vocabulary: Vocabulary
    policies: dict[str, tuple[Policy, ...]]
    payers: dict[str, Payer]
    findings: tuple[Finding, ...]
    unread: frozenset[str] = frozenset()
    """The policies, by the folders they stand in, of which a version was left out."""
    remittance_codes: RemittanceCodeList | None = None
    """The list that the remittance codes of the other documents are checked against, if there is one."""


def read_text(path: Path) -> Text:
    """Read a JSON file with its places.

    Raises DocumentError for a file that does not exist, cannot be read, or is not JSON.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(
            [Finding(code="no-file", message=f"there is no file `{path}`", help="check the path")]
        ) from None
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise DocumentError([Finding(code="unreadable", message=message, help="give a JSON file")]) from None
    return scan(decode(data, str(path)), str(path))


def read_documents(folder: Path | None = None) -> Documents:
    """Read and check the documents of a rulebase folder; without one those that payrule ships.

    Raises DocumentError when there is no usable vocabulary; everything else is in `findings`.
    """
    root = rulebase_folder(folder)
    vocabulary = read_vocabulary(root / VOCABULARY)
    findings: list[Finding] = []
    codes = _remittance_codes(root, vocabulary, findings)
    policies: dict[str, list[Policy]] = {}
    unread: set[str] = set()
    policy_schema = bound_policy_schema(vocabulary)
    for path in policy_files(root):
        policy = _checked(path, Policy, policy_schema, lambda p, t: _policy_findings(p, vocabulary, codes, t), findings)
        if policy is not None:
            policies.setdefault(policy.id, []).append(policy)
        else:
            unread.add(path.parent.name)
    known = {name: tuple(versions) for name, versions in sorted(policies.items())}
    payer_schema = bound_payer_schema(vocabulary)
    payers: dict[str, Payer] = {}
    others = Documents(root, vocabulary, known, payers, (), frozenset(unread), codes)
    for path in payer_files(root):
        payer = _checked(path, Payer, payer_schema, lambda p, t: _payer_findings(p, others, t), findings)
        if payer is not None:
            payers[payer.id] = payer
    findings += _rules_without_codes(others)
    return msgspec.structs.replace(others, findings=tuple(sorted(findings, key=sort_key)))


def rulebase_folder(folder: Path | None) -> Path:
    """Find the folder that holds the vocabulary: the one that is given, or `policies` in it.

    Raises DocumentError when neither has one.
    """
    if folder is None:
        return shipped("policies")
    for candidate in (folder, folder / "policies"):
        if is_rulebase(candidate):
            return candidate
    if not folder.exists():
        raise DocumentError(
            [Finding(code="no-file", message=f"there is no file or folder `{folder}`", help="check the path")]
        )
    message = f"`{folder}` is no rulebase: there is no `{VOCABULARY}` in it"
    cure = "give the folder that holds the vocabulary, the payers and a folder for each policy"
    raise DocumentError([Finding(code="no-rulebase", message=message, help=cure)])


def is_rulebase(folder: Path) -> bool:
    """Tell whether a folder holds a vocabulary, which no rulebase is without."""
    return (folder / VOCABULARY).is_file()


def policy_files(root: Path) -> tuple[Path, ...]:
    """List the files of policy versions in a rulebase folder: `<policy>/<version>.json`."""
    return tuple(path for path in sorted(root.glob("*/*.json")) if path.parent.name not in _NO_POLICIES)


def payer_files(root: Path) -> tuple[Path, ...]:
    """List the files of payers in a rulebase folder."""
    return tuple(sorted((root / PAYERS).glob("*.json")))


def read_policy(path: Path, vocabulary: Vocabulary, codes: RemittanceCodeList | None = None) -> Policy:
    """Read and check one policy file against a vocabulary, and a list of remittance codes where there is one.

    Raises DocumentError with all that is wrong.
    """
    findings: list[Finding] = []

    def names(policy: Policy, text: Text) -> Iterator[Finding]:
        yield from policy_findings(policy, vocabulary, text)
        if codes is not None:
            yield from policy_code_findings(policy, codes, text)

    policy = _checked(path, Policy, bound_policy_schema(vocabulary), names, findings)
    if policy is None:
        raise DocumentError(findings)
    return policy


def read_payer(path: Path, documents: Documents) -> Payer:
    """Read and check one payer file against the other documents; raises DocumentError with all that is wrong."""
    findings: list[Finding] = []
    shape = bound_payer_schema(documents.vocabulary)
    payer = _checked(path, Payer, shape, lambda p, t: _payer_findings(p, documents, t), findings)
    if payer is None:
        raise DocumentError(findings)
    return payer


def read_vocabulary(path: Path) -> Vocabulary:
    """Read and check a vocabulary; raises DocumentError with all that is wrong."""
    findings: list[Finding] = []
    vocabulary = _checked(path, Vocabulary, schema("vocabulary"), _vocabulary_findings, findings)
    if vocabulary is None:
        raise DocumentError(findings)
    return vocabulary


def read_remittance_codes(path: Path) -> RemittanceCodeList:
    """Read and check a list of remittance codes; raises DocumentError with all that is wrong."""
    findings: list[Finding] = []
    codes = _checked(path, RemittanceCodeList, schema("remittance-codes"), list_findings, findings)
    if codes is None:
        raise DocumentError(findings)
    return codes


def _vocabulary_findings(vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    if found := tuple(attribute_findings(vocabulary, text)):
        yield from found
        return
    try:
        encounter_keys(vocabulary)
    except DocumentError as fault:
        places = {json_path(path): path for path in text.keys}
        for each in fault.findings:
            yield text.finding(places.get(each.path or "", ()), each.code, each.message, each.help, key=True)
        return
    functions = frozenset(LINE_FUNCTIONS) | frozenset(PAIR_FUNCTIONS)
    yield from vocabulary_name_findings(vocabulary, frozenset(METHODS), functions, text)
    shape = check_shape(text, bound_vocabulary_schema(vocabulary))
    yield from shape or vocabulary_findings(vocabulary, text)


def _remittance_codes(root: Path, vocabulary: Vocabulary, findings: list[Finding]) -> RemittanceCodeList | None:
    """Read the list of remittance codes, if there is one, and check the codes of the vocabulary against it."""
    if not (root / REMITTANCE_CODES).exists():
        return None
    try:
        codes = read_remittance_codes(root / REMITTANCE_CODES)
    except DocumentError as fault:
        findings += fault.findings
        return None
    findings += vocabulary_code_findings(vocabulary, codes, read_text(root / VOCABULARY))
    return codes


def _rules_without_codes(documents: Documents) -> Iterator[Finding]:
    if documents.remittance_codes is not None:
        for policy, index, whom in rules_without_codes(documents.policies, documents.payers, documents.vocabulary):
            text = read_text(documents.folder / policy.id / f"{policy.version}.json")
            yield no_codes(policy.rules[index], index, whom, text)


def _policy_findings(
    policy: Policy, vocabulary: Vocabulary, codes: RemittanceCodeList | None, text: Text
) -> Iterator[Finding]:
    yield from policy_findings(policy, vocabulary, text)
    if codes is not None:
        yield from policy_code_findings(policy, codes, text)
    folder, stem = Path(text.file or "").parent.name, Path(text.file or "").stem
    if policy.id != folder:
        message = f"the policy `{policy.id}` stands in the folder `{folder}`"
        yield text.finding(("id",), "misplaced", message, "give folder and policy one name")
    if policy.version != stem:
        message = f"version `{policy.version}` stands in the file `{stem}.json`"
        yield text.finding(("version",), "misplaced", message, f"name the file `{policy.version}.json`")


def _payer_findings(payer: Payer, others: Documents, text: Text) -> Iterator[Finding]:
    yield from payer_findings(payer, others.policies, others.vocabulary, frozenset(METHODS), text, unread=others.unread)
    if others.remittance_codes is not None:
        yield from payer_code_findings(payer, others.remittance_codes, text)
    stem = Path(text.file or "").stem
    if payer.id != stem:
        message = f"the payer `{payer.id}` stands in the file `{stem}.json`"
        yield text.finding(("id",), "misplaced", message, f"name the file `{payer.id}.json`")


def shape_findings(text: Text, shape: Schema) -> tuple[Finding, ...]:
    """List what is wrong with the shape of a document; of one of another kind no more than that."""
    kind = text.value.get("kind") if isinstance(text.value, dict) else None
    wanted = shape["properties"]["kind"]["const"]
    if isinstance(kind, str) and kind in KINDS and kind != wanted:
        message = f"this document is {KINDS[kind]}, and {KINDS[wanted]} is wanted here"
        return (
            text.finding(("kind",), "other-kind", message, "put it where such documents stand, or mend its `kind`"),
        )
    return check_shape(text, shape)


KINDS = {
    "example": "an example",
    "payer": "a payer",
    "policy": "a policy",
    "remittance-codes": "a list of remittance codes",
    "vocabulary": "a vocabulary",
}
"""The kinds of document in a rulebase, as a sentence names them."""


def _checked(
    path: Path,
    kind: type[Document],
    shape: Schema,
    names: Callable[[Document, Text], Iterator[Finding] | tuple[Finding, ...]],
    findings: list[Finding],
) -> Document | None:
    """Read one document; what is wrong with it goes to `findings`, and it is given only when nothing is."""
    try:
        text = read_text(path)
    except DocumentError as fault:
        findings.extend(fault.findings)
        return None
    found = shape_findings(text, shape)
    if not found:
        document = msgspec.convert(text.value, kind)
        found = tuple(names(document, text))
        if not any(each.severity == "error" for each in found):
            findings.extend(found)
            return document
    findings.extend(found)
    return None
