"""Read a rulebase from its folder: text, shape, model, names; every finding of every document at once."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec

from payrule.language.condition import conditions
from payrule.language.name_findings import policy_findings
from payrule.model.bound_schema import bound_payer_schema, bound_policy_schema
from payrule.model.policy import Payer, Policy, RemittanceCodeList, Table, Vocabulary
from payrule.model.remittance_codes import (
    REMITTANCE_CODES,
    list_findings,
    no_codes,
    policy_code_findings,
    quick_list,
    rules_without_codes,
    vocabulary_code_findings,
)
from payrule.model.schema_validator import schema
from payrule.model.tables import LookedUp
from payrule.model.value_schema import Schema
from payrule.rulebase.document_findings import (
    all_payer_findings,
    all_policy_findings,
    all_vocabulary_findings,
    shape_findings,
)
from payrule.rulebase.folder import (
    VOCABULARY,
    document_text,
    payer_files,
    policy_file,
    policy_files,
    read_text,
    rulebase_folder,
    table_files,
)
from payrule.rulebase.overlay import once
from payrule.rulebase.tables import looked_up, table_findings, use_findings
from payrule.source.diagnostics import Diagnostic, DocumentError, sort_key
from payrule.source.json_source import JsonSource

Document = TypeVar("Document", bound=msgspec.Struct)


class Documents(msgspec.Struct, frozen=True):
    """The documents of a rulebase: vocabulary, policies in versions, payers; and what is wrong with them.

    Documents with errors are left out, so that the others can be looked at.
    """

    folder: Path
    vocabulary: Vocabulary
    policies: dict[str, tuple[Policy, ...]]
    payers: dict[str, Payer]
    findings: tuple[Diagnostic, ...]
    unread: frozenset[str] = frozenset()
    """The policies, by the folders they stand in, of which a version was left out."""
    remittance_codes: RemittanceCodeList | None = None
    """The list that the remittance codes of the other documents are checked against, if there is one."""
    tables: dict[str, LookedUp] = {}
    """The tables that attributes are looked up in, by their id."""


def usable(documents: Documents) -> Documents:
    """Give documents with nothing wrong; raises DocumentError with every error in them."""
    errors = [diagnostic for diagnostic in documents.findings if diagnostic.severity == "error"]
    if errors:
        raise DocumentError(errors)
    return documents


def read_documents(folder: Path | None = None) -> Documents:
    """Read and check the documents of a rulebase folder; without one those that payrule ships.

    Raises DocumentError when there is no usable vocabulary; everything else is in `findings`.
    """
    root = rulebase_folder(folder)
    words = read_text(root / VOCABULARY).text
    vocabulary = once(("vocabulary", str(root), words), lambda: read_vocabulary(root / VOCABULARY))
    findings: list[Diagnostic] = []
    codes = _remittance_codes(root, vocabulary, findings)
    tables, unread_tables = _tables(root, findings)
    policies: dict[str, list[Policy]] = {}
    unread: set[str] = set()
    policy_schema = once(("policy schema", str(root), words), lambda: bound_policy_schema(vocabulary))
    for path in policy_files(root):
        policy = _checked(
            path, Policy, policy_schema, lambda p, t: all_policy_findings(p, vocabulary, codes, t), findings
        )
        if policy is not None:
            policies.setdefault(policy.id, []).append(policy)
        else:
            unread.add(path.parent.name)
    known = {name: tuple(versions) for name, versions in sorted(policies.items())}
    payer_schema = once(("payer schema", str(root), words), lambda: bound_payer_schema(vocabulary))
    payers: dict[str, Payer] = {}
    others = Documents(root, vocabulary, known, payers, (), frozenset(unread), codes, tables)
    for path in payer_files(root):
        payer = _checked(path, Payer, payer_schema, lambda p, t: all_payer_findings(p, others, t), findings)
        if payer is not None:
            payers[payer.id] = payer
    findings += _rules_without_codes(others)
    asked = chain(conditions(vocabulary), *(conditions(policy) for policy in chain(*known.values())))
    findings += use_findings(vocabulary, tables, read_text(root / VOCABULARY), unread_tables, asked)
    return msgspec.structs.replace(others, findings=tuple(sorted(findings, key=sort_key)))


def read_policy(path: Path, vocabulary: Vocabulary, codes: RemittanceCodeList | None = None) -> Policy:
    """Read and check one policy file against a vocabulary, and a list of remittance codes where there is one.

    Raises DocumentError with all that is wrong.
    """
    findings: list[Diagnostic] = []

    def names(policy: Policy, text: JsonSource) -> Iterator[Diagnostic]:
        yield from policy_findings(policy, vocabulary, text)
        if codes is not None:
            yield from policy_code_findings(policy, codes, text)

    policy = _checked(path, Policy, bound_policy_schema(vocabulary), names, findings)
    if policy is None:
        raise DocumentError(findings)
    return policy


def read_payer(path: Path, documents: Documents) -> Payer:
    """Read and check one payer file against the other documents; raises DocumentError with all that is wrong."""
    findings: list[Diagnostic] = []
    shape = bound_payer_schema(documents.vocabulary)
    payer = _checked(path, Payer, shape, lambda p, t: all_payer_findings(p, documents, t), findings)
    if payer is None:
        raise DocumentError(findings)
    return payer


def read_vocabulary(path: Path) -> Vocabulary:
    """Read and check a vocabulary; raises DocumentError with all that is wrong."""
    findings: list[Diagnostic] = []
    vocabulary = _checked(path, Vocabulary, schema("vocabulary"), all_vocabulary_findings, findings)
    if vocabulary is None:
        raise DocumentError(findings)
    return vocabulary


def read_remittance_codes(path: Path) -> RemittanceCodeList:
    """Read and check a list of remittance codes; raises DocumentError with all that is wrong."""
    findings: list[Diagnostic] = []
    words = document_text(path)
    codes = once(("quick list", words), lambda: quick_list(words))
    if codes is None:
        codes = _checked(path, RemittanceCodeList, schema("remittance-codes"), list_findings, findings)
    if codes is None:
        raise DocumentError(findings)
    return codes


def read_table(path: Path) -> LookedUp:
    """Read and check a table and the rows that belong to it; raises DocumentError with all that is wrong."""
    findings: list[Diagnostic] = []
    table = _checked(path, Table, schema("table"), table_findings, findings)
    if table is None:
        raise DocumentError(findings)
    try:
        return looked_up(table, path.parent)
    except ValueError as fault:
        help_text = (
            "import the table again with `payrule import`, which the extra `batch` brings: `pip install payrule[batch]`"
        )
        raise DocumentError([read_text(path).diagnostic(("data",), "no-rows", str(fault), help_text)]) from None


def _tables(root: Path, findings: list[Diagnostic]) -> tuple[dict[str, LookedUp], set[str]]:
    """Read the tables; give those that can be used, and name the others."""
    tables: dict[str, LookedUp] = {}
    unread: set[str] = set()
    for path in table_files(root):
        try:
            tables[path.stem] = read_table(path)
        except DocumentError as fault:
            findings += fault.findings
            unread.add(path.stem)
    return tables, unread


def _remittance_codes(root: Path, vocabulary: Vocabulary, findings: list[Diagnostic]) -> RemittanceCodeList | None:
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


def _rules_without_codes(documents: Documents) -> Iterator[Diagnostic]:
    if documents.remittance_codes is not None:
        for policy, index, whom in rules_without_codes(documents.policies, documents.payers, documents.vocabulary):
            text = read_text(policy_file(documents.folder, policy))
            yield no_codes(policy.rules[index], index, whom, text)


def _checked(
    path: Path,
    kind: type[Document],
    shape: Schema,
    names: Callable[[Document, JsonSource], Iterator[Diagnostic] | tuple[Diagnostic, ...]],
    findings: list[Diagnostic],
) -> Document | None:
    """Read one document; what is wrong with it goes to `findings`, and it is given only when nothing is."""
    try:
        text = read_text(path)
    except DocumentError as fault:
        findings.extend(fault.findings)
        return None
    found = once(("shape", text.file, text.text, id(shape)), lambda: shape_findings(text, shape))
    if not found:
        document = msgspec.convert(text.value, kind)
        found = tuple(names(document, text))
        if not any(each.severity == "error" for each in found):
            findings.extend(found)
            return document
    findings.extend(found)
    return None
