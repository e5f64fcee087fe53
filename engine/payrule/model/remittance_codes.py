"""The list of remittance codes: read quickly, and whether every code in a document is listed, in use, and not alone.

A rulebase that has no list of codes is not checked; then the codes are the author's affair.

A list holds every published code, and a rulebase is read on each start: held to its schema one entry after the other,
the list took longer than all policies together. What is read here, the schema accepts; a test holds it to that.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from payrule.model.payer import Payer
from payrule.model.policy import Document, Period, Policy, Remittance, Rule
from payrule.model.vocabulary import Vocabulary
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import JsonSource, Path


class ListedCode(msgspec.Struct, frozen=True, kw_only=True):
    """The first and last day of a remittance code, as `YYYY-MM-DD`, None is unbounded; what it says, in own words."""

    wording: str | None = None
    start: str | None = None
    end: str | None = None


class RemittanceCodeList(Document, frozen=True, kw_only=True):
    """The remittance codes that documents may name; `needs_rarc` lists each CARC that must not stand alone."""

    as_of: str
    groups: dict[str, ListedCode]
    carc: dict[str, ListedCode]
    rarc: dict[str, ListedCode]
    needs_rarc: tuple[str, ...] = ()


REMITTANCE_CODES = "remittance-codes.json"
"""Where a rulebase keeps the list."""

ALWAYS = Period()
"""When documents hold that have no dates: they must name codes that are in use."""


def list_findings(codes: RemittanceCodeList, text: JsonSource) -> Iterator[Diagnostic]:
    """Find codes that end before they begin."""
    for key in ("groups", "carc", "rarc"):
        listed: Mapping[str, ListedCode] = getattr(codes, key)
        for name, code in listed.items():
            if _ends_first(code):
                message = f"`{name}` ends on {code.end}, before it begins on {code.start}"
                yield text.diagnostic((key, name, "end"), "dates-swapped", message, "fix the dates")


def policy_code_findings(policy: Policy, codes: RemittanceCodeList, text: JsonSource) -> Iterator[Diagnostic]:
    """Find what is wrong with the codes of the rules of a policy version; a retired one may name codes that ended."""
    period = None if policy.status == "retired" else policy.effective
    for index, rule in enumerate(policy.rules):
        checked = _Checked(codes, text, period)
        if rule.remittance is not None:
            yield from checked.findings(rule.remittance, ("rules", index, "remittance"))
        for position, candidate in enumerate(rule.remittance_candidates or ()):
            yield from checked.findings(candidate, ("rules", index, "remittance_candidates", position))


def payer_code_findings(payer: Payer, codes: RemittanceCodeList, text: JsonSource) -> Iterator[Diagnostic]:
    """Find what is wrong with the codes by which a payer answers in place of a rule's own."""
    for name, remittance in payer.remittance.items():
        yield from _Checked(codes, text, ALWAYS).findings(remittance, ("remittance", name))


def vocabulary_code_findings(
    vocabulary: Vocabulary, codes: RemittanceCodeList, text: JsonSource
) -> Iterator[Diagnostic]:
    """Find what is wrong with the codes of the values of concerns."""
    checked = _Checked(codes, text, ALWAYS)
    for index, concern in enumerate(vocabulary.concerns):
        for position, value in enumerate(concern.values):
            if value.remittance is not None:
                path: Path = ("concerns", index, "values", position, "remittance")
                yield from checked.findings(value.remittance, path)
    if vocabulary.retired is not None and vocabulary.retired.answer is not None:
        yield from checked.findings(vocabulary.retired.answer.remittance, ("retired", "answer", "remittance"))


def missing_code_findings(
    policies: Mapping[str, tuple[Policy, ...]],
    payers: Mapping[str, Payer],
    vocabulary: Vocabulary,
    text_of: Callable[[Policy], JsonSource],
) -> Iterator[Diagnostic]:
    """Find rules that deny or return a line, for some payer without codes to say so."""
    help_text = "give a `remittance` to the rule, to the value in the vocabulary, or in the payer to the rule's name"
    for policy in (version for versions in policies.values() for version in versions):
        bound = [each for each in payers.values() if policy.id in each.policies]
        for index, rule in enumerate(policy.rules):
            silent = sorted(each.id for each in bound if f"{policy.id}/{rule.id}" not in each.remittance)
            if rule.remittance is None and (silent or not bound) and _needs_codes(rule, vocabulary):
                whom, said = f"the payer `{silent[0]}`" if silent else "any payer", rule.conclude
                message = f"nothing says by which remittance codes {whom} answers that {said.concern} is {said.value}"
                path: Path = ("rules", index, "conclude", "value")
                yield text_of(policy).diagnostic(path, "no-remittance", message, help_text)


def _needs_codes(rule: Rule, vocabulary: Vocabulary) -> bool:
    values = vocabulary.concern(rule.conclude.concern).values
    concluded = (each for each in values if each.value == rule.conclude.value)
    return any(each.remittance is None and each.effect in ("denied", "returned", "reduced") for each in concluded)


_NAMED = {"group": "a claim adjustment group", "CARC": "a CARC", "RARC": "a RARC"}
_NOUNS = {
    "group": "claim adjustment group",
    "CARC": "claim adjustment reason code",
    "RARC": "remittance advice remark code",
}


class _Checked:
    """Check codes of one document, which holds for a period of dates of service, or for none that matters."""

    def __init__(self, codes: RemittanceCodeList, text: JsonSource, period: Period | None) -> None:
        self._codes, self._text, self._period = codes, text, period

    def findings(self, remittance: Remittance, path: Path) -> Iterator[Diagnostic]:
        codes = self._codes
        if remittance.group is not None:
            yield from self._one("group", remittance.group, codes.groups, (*path, "group"))
        yield from self._one("CARC", remittance.carc, codes.carc, (*path, "carc"))
        for index, rarc in enumerate(remittance.rarc):
            yield from self._one("RARC", rarc, codes.rarc, (*path, "rarc", index))
        if remittance.carc in codes.needs_rarc and not remittance.rarc:
            message = f"the CARC `{remittance.carc}` says too little without a RARC"
            yield self._text.diagnostic((*path, "carc"), "rarc-missing", message, 'add one, as in `"rarc": ["N706"]`')
        older = _Checked(codes, self._text, None)  # what stands in on earlier days may have ended
        for position, each in enumerate(remittance.instead):
            yield from older.findings(each, (*path, "instead", position))

    def _one(self, kind: str, code: str, listed: Mapping[str, ListedCode], path: Path) -> Iterator[Diagnostic]:
        if code not in listed:
            how_many = f"{len(listed)} {_NOUNS[kind]}{'' if len(listed) == 1 else 's'} as of {self._codes.as_of}"
            help_text = (
                f"choose by what the code says: `{REMITTANCE_CODES}` lists {how_many}; "
                "add there, with its dates, one that was published since"
            )
            yield self._text.diagnostic(path, "unknown-remittance-code", f"`{code}` is not {_NAMED[kind]}", help_text)
        elif self._period is not None and (why := _out_of_use(listed[code], self._period)):
            help_text = f"use a code that is in use then, or fix the dates in `{REMITTANCE_CODES}`"
            yield self._text.diagnostic(path, "remittance-code-out-of-use", f"the {kind} `{code}` {why}", help_text)


def _out_of_use(code: ListedCode, period: Period) -> str | None:
    """Say why a code cannot be used on the last day for which a document holds; None when it can.

    A remittance is sent after the service, so the codes of a document need not be as old as its first day.
    """
    if code.end is not None and (period.last is None or code.end < period.last):
        return f"ended on {code.end}, and this {f'holds until {period.last}' if period.last else 'has no last day'}"
    if code.start is not None and period.last is not None and period.last < code.start:
        return f"begins on {code.start}, and this holds until {period.last}"
    return None


_Words = Annotated[str, Meta(min_length=1)]
_Group = Annotated[str, Meta(pattern=r"\A(CO|CR|OA|PI|PR)\Z")]
_Carc = Annotated[str, Meta(pattern=r"\A[A-Z]?[0-9]{1,3}\Z")]
_Rarc = Annotated[str, Meta(pattern=r"\A(M|MA|N)[0-9]{1,4}\Z")]


class _Code(msgspec.Struct, forbid_unknown_fields=True):
    wording: _Words | UnsetType = UNSET
    start: date | UnsetType = UNSET
    end: date | UnsetType = UNSET


class _List(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    kind: Literal["remittance-codes"]
    as_of: date
    groups: dict[_Group, _Code]
    carc: dict[_Carc, _Code]
    rarc: dict[_Rarc, _Code]
    needs_rarc: list[_Carc] = []
    schema: _Words | UnsetType = msgspec.field(default=UNSET, name="$schema")


def quick_list(text: str) -> RemittanceCodeList | None:
    """Read a list of remittance codes; None where something is wrong with it, or may be.

    >>> text = '{"kind": "remittance-codes", "as_of": "2024-06-01", "groups": {}, "carc": {"97": {}}, "rarc": {}}'
    >>> quick_list(text).carc
    {'97': ListedCode(wording=None, start=None, end=None)}
    >>> quick_list('{"kind": "remittance-codes"}') is None
    True
    """
    if "\\u" in text:  # an escape may be half of a character
        return None
    try:
        value = json.loads(text, object_pairs_hook=_each_once)
        strict = msgspec.convert(value, _List)
        found = msgspec.convert(value, RemittanceCodeList)
    except (ValueError, RecursionError):  # msgspec's ValidationError is a ValueError
        return None
    listed = (each for codes in (found.groups, found.carc, found.rarc) for each in codes.values())
    is_right = len(set(strict.needs_rarc)) == len(strict.needs_rarc) and not any(map(_ends_first, listed))
    return found if is_right else None


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key appears twice")
    return found


def _ends_first(code: ListedCode) -> bool:
    return bool(code.start and code.end and code.end < code.start)
