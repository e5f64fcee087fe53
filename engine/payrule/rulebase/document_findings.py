"""What can be wrong with a document whose text was read: its shape, its names, its remittance codes, its place."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from payrule.language.derived import LINE_FUNCTIONS, METHODS, PAIR_FUNCTIONS
from payrule.language.name_findings import policy_findings, vocabulary_findings
from payrule.model.bound_schema import bound_vocabulary_schema
from payrule.model.choices import KINDS, is_encounter
from payrule.model.encounter_schema import encounter_keys
from payrule.model.faults import shown
from payrule.model.payer_findings import payer_findings
from payrule.model.policy import Payer, Policy, RemittanceCodeList, Vocabulary
from payrule.model.remittance_codes import payer_code_findings, policy_code_findings
from payrule.model.schema_validator import check_shape
from payrule.model.value_schema import Schema
from payrule.model.vocabulary_findings import attribute_findings, vocabulary_name_findings
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.json_source import JsonSource, json_path
from payrule.source.json_source import Path as JsonPath


class Others(Protocol):
    """The documents that a payer speaks of."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary."""

    @property
    def policies(self) -> Mapping[str, tuple[Policy, ...]]:
        """The versions of each policy."""

    @property
    def unread(self) -> frozenset[str]:
        """The policies of which a version was left out."""

    @property
    def remittance_codes(self) -> RemittanceCodeList | None:
        """The list of remittance codes, if there is one."""


def shape_findings(text: JsonSource, shape: Schema) -> tuple[Diagnostic, ...]:
    """List what is wrong with the shape of a document; of one of another kind, or an encounter, no more than that."""
    kind = text.value.get("kind") if isinstance(text.value, dict) else None
    wanted = shape["properties"]["kind"]["const"]
    if isinstance(kind, str) and kind in KINDS and kind != wanted:
        message = f"this document is {KINDS[kind]}, and {KINDS[wanted]} is wanted here"
        return (
            text.diagnostic(("kind",), "other-kind", message, "put it where such documents stand, or fix its `kind`"),
        )
    if is_encounter(text.value):
        message = f"this is an encounter, and {KINDS[wanted]} is wanted here"
        return (text.diagnostic((), "other-kind", message, "decide it with `payrule adjudicate`"),)
    if large := tuple(_large(text)):
        return large
    return (*_hidden(text), *check_shape(text, shape))


MOST_PARTS = 1_000
"""Parts of a condition: tests, and whatever joins them. The largest shipped one has a hundredth."""


def _large(text: JsonSource) -> Iterator[Diagnostic]:
    """Find conditions of too many parts, which are counted before anything is worked out of them."""
    waiting: list[tuple[JsonPath, Any]] = [((), text.value)]
    while waiting:
        path, value = waiting.pop()
        if path and path[-1] == "when":
            parts = _count(value)
            if parts > MOST_PARTS:
                message = f"this condition has {parts:,} parts, and {MOST_PARTS:,} are the most"
                help_ = "list values in one test, such as `in`, or give parts of it a name under `facts`"
                yield text.diagnostic(path, "too-many-parts", message, help_)
        elif isinstance(value, dict):
            waiting += [((*path, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, at), each) for at, each in enumerate(value) if isinstance(each, dict)]


def _count(condition: Any) -> int:
    """Count the keys of a condition, however deep they stand; values in a list are no parts."""
    waiting, parts = [condition], 0
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            parts += len(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += [each for each in value if isinstance(each, dict | list)]
    return parts


def _hidden(text: JsonSource) -> Iterator[Diagnostic]:
    """Find characters that no reader sees: they could turn what a screen or a report shows into something else."""
    waiting: list[tuple[JsonPath, Any]] = [((), text.value)] if _HIDDEN.search(text.text) or "\\u" in text.text else []
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), each) for key, each in value.items()]
            value = " ".join(value)
        elif isinstance(value, list):
            waiting += [((*path, at), each) for at, each in enumerate(value)]
        found = _HIDDEN.search(value) if isinstance(value, str) else None
        if found is not None:
            message = f"this text holds the character U+{ord(found[0]):04X}, which no reader sees"
            yield text.diagnostic(path, "hidden-character", message, "write the text without it")


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
        lambda: attribute_findings(vocabulary, text),
        lambda: _clash_findings(vocabulary, text),
        lambda: check_shape(text, bound_vocabulary_schema(vocabulary)),
        lambda: vocabulary_findings(vocabulary, text),
    )
    return next((found for step in steps if (found := tuple(step()))), ())


def _relation_findings(vocabulary: Vocabulary, text: JsonSource) -> Iterator[Diagnostic]:
    """Find names of two lines that nothing derives from two lines, and names of one that are derived from two."""
    for name, attribute in vocabulary.attributes.items():
        is_of_two = attribute.derived in PAIR_FUNCTIONS
        path: JsonPath = ("attributes", name)
        if "." not in name and not is_of_two:
            message = f"{shown(name)} stands for no part of an encounter, and is derived from no two lines"
            help_text = "let its name begin with `encounter.`, `patient.` or `line.`, or derive it from two lines"
            yield text.diagnostic(path, "misplaced-attribute", message, help_text, key=True)
        elif "." in name and is_of_two:
            message = f"{shown(name)} is derived from two lines, and its name is that of something of one"
            yield text.diagnostic(path, "misplaced-attribute", message, "give it a name without a dot", key=True)


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
    yield from policy_findings(policy, vocabulary, text)
    if codes is not None:
        yield from policy_code_findings(policy, codes, text)
    folder, stem = Path(text.file or "").parent.name, Path(text.file or "").stem
    if policy.id != folder:
        message = f"the policy `{policy.id}` stands in the folder `{folder}`"
        yield text.diagnostic(("id",), "misplaced", message, "give folder and policy one name")
    if policy.version != stem:
        message = f"version `{policy.version}` stands in the file `{stem}.json`"
        yield text.diagnostic(("version",), "misplaced", message, f"name the file `{policy.version}.json`")


def all_payer_findings(payer: Payer, others: Others, text: JsonSource) -> Iterator[Diagnostic]:
    """List what is wrong with a payer: its names, its remittance codes, the file it stands in."""
    yield from payer_findings(payer, others.policies, others.vocabulary, frozenset(METHODS), text, unread=others.unread)
    if others.remittance_codes is not None:
        yield from payer_code_findings(payer, others.remittance_codes, text)
    stem = Path(text.file or "").stem
    if payer.id != stem:
        message = f"the payer `{payer.id}` stands in the file `{stem}.json`"
        yield text.diagnostic(("id",), "misplaced", message, f"name the file `{payer.id}.json`")
