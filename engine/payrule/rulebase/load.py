"""Read a rulebase from its folder: text, shape, model, names; every finding of every document at once."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import chain
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from payrule.language.condition import conditions
from payrule.language.derived import LINE_FUNCTIONS, METHODS, PAIR_FUNCTIONS, circle
from payrule.language.name_findings import policy_findings, vocabulary_findings
from payrule.model.bound_schema import bound_payer_schema, bound_policy_schema, bound_vocabulary_schema
from payrule.model.choices import DOCUMENT_NAMES, SchemaName
from payrule.model.code_sets import CodeSet, code_set_findings
from payrule.model.encounter_schema import encounter_keys
from payrule.model.payer import Payer, payer_findings
from payrule.model.policy import Policy
from payrule.model.remittance_codes import (
    REMITTANCE_CODES,
    RemittanceCodeList,
    list_findings,
    missing_code_findings,
    payer_code_findings,
    policy_code_findings,
    quick_list,
    vocabulary_code_findings,
)
from payrule.model.schema_validator import check_shape, schema
from payrule.model.tables import LookedUp, Table
from payrule.model.value_schema import Schema
from payrule.model.vocabulary import Vocabulary
from payrule.model.vocabulary_findings import attribute_findings, vocabulary_name_findings
from payrule.rulebase.folder import (
    CODE_SETS,
    VOCABULARY,
    code_set_files,
    document_text,
    once,
    payer_files,
    policy_file,
    policy_files,
    read_text,
    rulebase_folder,
    table_files,
)
from payrule.rulebase.tables import looked_up, table_findings, use_findings
from payrule.source.diagnostics import Diagnostic, DocumentError, install, shown, sort_key
from payrule.source.json_source import JsonSource, json_path
from payrule.source.json_source import Path as JsonPath

Document = TypeVar("Document", bound=msgspec.Struct)


class Documents(msgspec.Struct, frozen=True):
    """The documents of a rulebase that have no errors, and what is wrong with any of them."""

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
    unread_tables: frozenset[str] = frozenset()
    """The tables that were left out."""


def usable(documents: Documents) -> Documents:
    """Give documents with nothing wrong; raises DocumentError with every error in them."""
    errors = [finding for finding in documents.findings if finding.severity == "error"]
    if errors:
        raise DocumentError(errors)
    return documents


def read_documents(folder: Path | None = None) -> Documents:
    """Read and check a rulebase folder, or the shipped one; raises DocumentError without a usable vocabulary."""
    root = rulebase_folder(folder)
    words = read_text(root / VOCABULARY).text
    code_sets, findings = read_code_sets(root)
    listed = tuple(code_sets.values())
    vocabulary = once(("vocabulary", str(root), words, listed), lambda: _vocabulary(root / VOCABULARY, code_sets))
    if code_sets:
        vocabulary = msgspec.structs.replace(vocabulary, code_sets=code_sets)
    return reduce(lambda documents, step: step(documents), READING, Documents(root, vocabulary, {}, {}, findings))


def read_code_sets(root: Path) -> tuple[dict[str, CodeSet], tuple[Diagnostic, ...]]:
    """Read the code lists of a rulebase that are documents of their own, by the names of their files, and check them.

    One that cannot be used is there without entries, so that only what is wrong with it is said, and not its names.
    """
    found: dict[str, CodeSet] = {}
    findings: list[Diagnostic] = []
    for path in code_set_files(root):
        code_set, wrong = _checked(path, CodeSet, schema("code-set"), code_set_findings)
        found[path.stem] = code_set or CodeSet(kind="code-set", id=path.stem, title="", entries=())
        findings += wrong
    return found, tuple(findings)


def read_code_set(path: Path) -> CodeSet:
    """Read and check one code list."""
    return _read(path, CodeSet, schema("code-set"), code_set_findings)


def read_policy(path: Path, vocabulary: Vocabulary, codes: RemittanceCodeList | None = None) -> Policy:
    """Read and check one policy file; like all that read one document, raises DocumentError with all that is wrong."""
    shape = bound_policy_schema(vocabulary)
    return _read(path, Policy, shape, lambda policy, text: _findings_in(policy, vocabulary, codes, text))


def read_payer(path: Path, documents: Documents) -> Payer:
    """Read and check one payer file against the other documents."""
    shape = bound_payer_schema(documents.vocabulary)
    return _read(path, Payer, shape, lambda payer, text: all_payer_findings(payer, documents, text))


def read_vocabulary(path: Path) -> Vocabulary:
    """Read and check a vocabulary, whose definitions may name the code lists that stand beside it."""
    return _vocabulary(path, read_code_sets(path.parent)[0])


def _vocabulary(path: Path, code_sets: dict[str, CodeSet]) -> Vocabulary:
    def findings(vocabulary: Vocabulary, text: JsonSource) -> tuple[Diagnostic, ...]:
        among = msgspec.structs.replace(vocabulary, code_sets=code_sets) if code_sets else vocabulary
        return all_vocabulary_findings(among, text)

    return _read(path, Vocabulary, schema("vocabulary"), findings)


def read_remittance_codes(path: Path) -> RemittanceCodeList:
    """Read and check a list of remittance codes."""
    words = document_text(path)
    codes = once(("quick list", words), lambda: quick_list(words))
    return codes or _read(path, RemittanceCodeList, schema("remittance-codes"), list_findings)


def read_table(path: Path) -> LookedUp:
    """Read and check a table and the rows that belong to it."""
    table = _read(path, Table, schema("table"), table_findings)
    try:
        return looked_up(table, path.parent)
    except ValueError as fault:
        again = "import the table again with `payrule import`"
        help_text = f"{again}, which needs the extra `batch`: {install('batch')}"
        raise DocumentError([read_text(path).diagnostic(("data",), "no-rows", str(fault), help_text)]) from None


def _with_remittance_codes(documents: Documents) -> Documents:
    """Read the list of remittance codes, if there is one, and check the codes of the vocabulary against it."""
    if not (documents.folder / REMITTANCE_CODES).exists():
        return documents
    try:
        codes = read_remittance_codes(documents.folder / REMITTANCE_CODES)
    except DocumentError as fault:
        return _with(documents, fault.findings)
    text = read_text(documents.folder / VOCABULARY)
    return _with(documents, vocabulary_code_findings(documents.vocabulary, codes, text), remittance_codes=codes)


def _with_tables(documents: Documents) -> Documents:
    """Read the tables; keep those that can be used, and name the others."""
    tables: dict[str, LookedUp] = {}
    findings: list[Diagnostic] = []
    unread: set[str] = set()
    for path in table_files(documents.folder):
        try:
            tables[path.stem] = read_table(path)
        except DocumentError as fault:
            findings += fault.findings
            unread.add(path.stem)
    return _with(documents, findings, tables=tables, unread_tables=frozenset(unread))


def _with_policies(documents: Documents) -> Documents:
    vocabulary, codes = documents.vocabulary, documents.remittance_codes
    findings: list[Diagnostic] = []
    policies: dict[str, tuple[Policy, ...]] = {}
    unread: set[str] = set()
    shape = _bound(documents, bound_policy_schema)
    for path in policy_files(documents.folder):
        policy, found = _checked(path, Policy, shape, lambda p, t: all_policy_findings(p, vocabulary, codes, t))
        findings += found
        if policy is not None:
            policies[policy.id] = (*policies.get(policy.id, ()), policy)
        else:
            unread.add(path.parent.name)
    return _with(documents, findings, policies=dict(sorted(policies.items())), unread=frozenset(unread))


def _with_payers(documents: Documents) -> Documents:
    shape = _bound(documents, bound_payer_schema)
    read = [
        _checked(path, Payer, shape, lambda p, t: all_payer_findings(p, documents, t))
        for path in payer_files(documents.folder)
    ]
    payers = {payer.id: payer for payer, _ in read if payer is not None}
    return _with(documents, chain.from_iterable(found for _, found in read), payers=payers)


def _rules_have_codes(documents: Documents) -> Documents:
    """Find rules that deny or return without remittance codes."""
    if documents.remittance_codes is None:
        return documents

    def text_of(policy: Policy) -> JsonSource:
        return read_text(policy_file(documents.folder, policy))

    found = missing_code_findings(documents.policies, documents.payers, documents.vocabulary, text_of)
    return _with(documents, found)


def _tables_are_there(documents: Documents) -> Documents:
    """Find attributes that are looked up in a table that is missing or unfit."""
    vocabulary, policies = documents.vocabulary, chain(*documents.policies.values())
    asked = chain(conditions(vocabulary), *(conditions(policy) for policy in policies))
    text = read_text(documents.folder / VOCABULARY)
    return _with(documents, use_findings(vocabulary, documents.tables, text, documents.unread_tables, asked))


def _code_sets_are_apart(documents: Documents) -> Documents:
    """Find code lists that are documents of their own and have the name of one in the vocabulary or in a policy.

    The document is at fault: a policy in force must not change, and its own list is what its conditions mean.
    """
    vocabulary, found = documents.vocabulary, list[Diagnostic]()
    for name in vocabulary.dated_sets:
        others = ["the vocabulary"] if name in vocabulary.sets else []
        versions = (each for listed in documents.policies.values() for each in listed)
        others += [f"`{each.name}`" for each in versions if name in each.sets]
        if others:
            text = read_text(documents.folder / CODE_SETS / f"{name}.json")
            message = f"there is another code list `@{name}`, in {', '.join(others)}"
            help_text = "give this document another id, and rename its file, or remove the other code list"
            found.append(text.diagnostic(("id",), "duplicate-set", message, help_text))
    return _with(documents, found)


READING: tuple[Callable[[Documents], Documents], ...] = (
    _with_remittance_codes,
    _with_tables,
    _with_policies,
    _with_payers,
    _rules_have_codes,
    _tables_are_there,
    _code_sets_are_apart,
    lambda documents: msgspec.structs.replace(documents, findings=tuple(sorted(documents.findings, key=sort_key))),
)
"""How a rulebase is read once its vocabulary is: each step adds documents, and what is wrong with them."""


def _with(documents: Documents, findings: Iterable[Diagnostic], **read: Any) -> Documents:
    return msgspec.structs.replace(documents, findings=(*documents.findings, *findings), **read)


def _bound(documents: Documents, schema_of: Callable[[Vocabulary], Schema]) -> Schema:
    """Bind a schema to the vocabulary, once as long as its text does not change."""
    words = read_text(documents.folder / VOCABULARY).text
    return once((schema_of.__name__, str(documents.folder), words), lambda: schema_of(documents.vocabulary))


Names = Callable[[Document, JsonSource], Iterator[Diagnostic] | tuple[Diagnostic, ...]]
"""What lists what is wrong with the names in a document whose shape is right."""


def _read(path: Path, kind: type[Document], shape: Schema, names: Names[Document]) -> Document:
    document, findings = _checked(path, kind, shape, names)
    if document is None:
        raise DocumentError(findings)
    return document


def _checked(
    path: Path, kind: type[Document], shape: Schema, names: Names[Document]
) -> tuple[Document | None, tuple[Diagnostic, ...]]:
    """Read one document, which is given only when nothing is wrong with it; and what is."""
    try:
        text = read_text(path)
    except DocumentError as fault:
        return None, fault.findings
    if found := once(("shape", text.file, text.text, id(shape)), lambda: shape_findings(text, shape)):
        return None, found
    document = msgspec.convert(text.value, kind)
    found = tuple(names(document, text))
    return (None if any(each.severity == "error" for each in found) else document), found


def read_document(path: Path, name: SchemaName, kind: type[Document]) -> Document:
    """Read a document that the others do not rest on; raises DocumentError for no file, or one of another shape."""
    text = read_text(path)
    if findings := shape_findings(text, schema(name)):
        raise DocumentError(findings)
    return msgspec.convert(text.value, kind)


def shape_findings(text: JsonSource, shape: Schema) -> tuple[Diagnostic, ...]:
    """List what is wrong with the shape of a document; of one of another kind, or an encounter, no more than that."""
    kind = text.value.get("kind") if isinstance(text.value, dict) else None
    wanted = shape["properties"]["kind"]["const"]
    if isinstance(kind, str) and kind in DOCUMENT_NAMES and kind != wanted:
        message = f"this document is {DOCUMENT_NAMES[kind]}, but {DOCUMENT_NAMES[wanted]} belongs here"
        return (
            text.diagnostic(
                ("kind",), "other-kind", message, "move it to where such documents belong, or fix its `kind`"
            ),
        )
    if isinstance(text.value, dict) and "lines" in text.value and "kind" not in text.value:
        message = f"this is a claim, but {DOCUMENT_NAMES[wanted]} belongs here"
        return (text.diagnostic((), "other-kind", message, "decide it with `payrule adjudicate`"),)
    if large := tuple(_large(text)):
        return large
    return (*_hidden(text), *check_shape(text, shape))


MOST_PARTS = 1_000
"""Parts of a condition: tests, and whatever joins them. The largest shipped one has a hundredth."""


def _large(text: JsonSource) -> Iterator[Diagnostic]:
    """Find conditions of too many parts, which are counted before anything is worked out of them."""
    for path, count in _conditions(text.value, ()):
        if count > MOST_PARTS:
            message = f"this condition has {count:,} parts; the limit is {MOST_PARTS:,}"
            help_text = "list values in one test, such as `in`, or define parts of it under `facts`"
            yield text.diagnostic(path, "too-many-parts", message, help_text)


def _conditions(value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, int]]:
    """Find what is under each `when` in a value, with the number of its parts."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "when":
            yield (*path, key), _parts(each)
        else:
            yield from _conditions(each, (*path, key))


def _parts(value: Any) -> int:
    """Count the keys in a value, however deep."""
    if isinstance(value, dict):
        return len(value) + sum(map(_parts, value.values()))
    return sum(map(_parts, value)) if isinstance(value, list) else 0


def _hidden(text: JsonSource) -> Iterator[Diagnostic]:
    """Find characters that no reader sees: they could turn what a screen or a report shows into something else."""
    for path in text.offsets if _HIDDEN.search(text.text) or "\\u" in text.text else ():
        value = reduce(getitem, path, text.value)
        written = " ".join(value) if isinstance(value, dict) else value
        found = _HIDDEN.search(written) if isinstance(written, str) else None
        if found is not None:
            message = f"this text contains the invisible character U+{ord(found[0]):04X}"
            yield text.diagnostic(path, "hidden-character", message, "remove the character")


_HIDDEN = re.compile(
    "[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u034f\\u061c\\u115f\\u1160\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\U000e0000-\\U000e0fff]"
)
"""Control characters, marks that turn the direction of a text, and characters of no width or without a form."""


def all_vocabulary_findings(vocabulary: Vocabulary, text: JsonSource) -> tuple[Diagnostic, ...]:
    """List the findings of the first step that has any, for each step rests on those before it."""
    functions = frozenset(LINE_FUNCTIONS) | frozenset(PAIR_FUNCTIONS)
    steps: tuple[Callable[[], Iterable[Diagnostic]], ...] = (
        lambda: vocabulary_name_findings(vocabulary, frozenset(METHODS), functions, text),
        lambda: _relation_findings(vocabulary, text),
        lambda: _circle_findings(vocabulary, text),
        lambda: attribute_findings(vocabulary, text),
        lambda: _clash_findings(vocabulary, text),
        lambda: check_shape(text, bound_vocabulary_schema(vocabulary)),
        lambda: vocabulary_findings(vocabulary, text),
    )
    return next((found for step in steps if (found := tuple(step()))), ())


def _relation_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find names of two lines that nothing derives from two lines, and names of one that are derived from two."""
    for name, attribute in vocabulary.attributes.items():
        is_of_two = attribute.function in PAIR_FUNCTIONS
        path: JsonPath = ("attributes", name)
        if "." not in name and not is_of_two:
            message = f"{shown(name)} is not part of a claim and is not derived from two lines"
            help_text = "begin its name with `encounter.`, `patient.` or `line.`, or derive it from two lines"
            yield text.diagnostic(path, "misplaced-attribute", message, help_text, key=True)
        elif "." in name and is_of_two:
            message = f"{shown(name)} is derived from two lines, but its name is for a single line"
            yield text.diagnostic(path, "misplaced-attribute", message, "give it a name without a dot", key=True)


def _circle_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find an attribute that is computed from itself, each circle once, where it begins first."""
    seen = set[str]()
    for name in vocabulary.attributes:
        found = () if name in seen else circle(name, vocabulary.attributes, vocabulary.pointers)
        if found:
            seen.update(found)
            message = f"`{name}` is computed from itself: {' → '.join(f'`{each}`' for each in found)}"
            path: JsonPath = ("attributes", name, "derived")
            yield text.diagnostic(path, "computed-in-a-circle", message, "compute one of them from something else")


def _clash_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find attributes that no encounter has a place for beside the others."""
    try:
        encounter_keys(vocabulary)
    except DocumentError as fault:
        places = {json_path(path): path for path in text.keys}
        for each in fault.findings:
            yield text.diagnostic(places.get(each.path or "", ()), each.code, each.message, each.help, key=True)


def all_policy_findings(
    policy: Policy, vocabulary: Vocabulary, codes: RemittanceCodeList | None, text: JsonSource
) -> Iterator[Diagnostic]:
    """List what is wrong with a policy: its names, its remittance codes, the folder and file it stands in."""
    yield from _findings_in(policy, vocabulary, codes, text)
    folder, stem = Path(text.file or "").parent.name, Path(text.file or "").stem
    if policy.id != folder:
        message = f"the policy `{policy.id}` is in the folder `{folder}`"
        yield text.diagnostic(("id",), "misplaced", message, "give the folder and the policy the same name")
    if policy.version != stem:
        message = f"version `{policy.version}` is in the file `{stem}.json`"
        yield text.diagnostic(("version",), "misplaced", message, f"name the file `{policy.version}.json`")


def _findings_in(
    policy: Policy, vocabulary: Vocabulary, codes: RemittanceCodeList | None, text: JsonSource
) -> Iterator[Diagnostic]:
    yield from policy_findings(policy, vocabulary, text)
    if codes is not None:
        yield from policy_code_findings(policy, codes, text)


def all_payer_findings(payer: Payer, others: Documents, text: JsonSource) -> Iterator[Diagnostic]:
    """List what is wrong with a payer: its names, its remittance codes, the file it stands in."""
    yield from payer_findings(payer, others.policies, others.vocabulary, frozenset(METHODS), text, unread=others.unread)
    if others.remittance_codes is not None:
        yield from payer_code_findings(payer, others.remittance_codes, text)
    stem = Path(text.file or "").stem
    if payer.id != stem:
        message = f"the payer `{payer.id}` is in the file `{stem}.json`"
        yield text.diagnostic(("id",), "misplaced", message, f"name the file `{payer.id}.json`")
