"""Which payer decides a claim: by a payer map, or one for all, and then which claims are plainly for another.

A claim names its payer by an id (`NM1*PR` in X12, `insurer` in FHIR, else `payer`), and by its claim filing indicator
(SBR09). A payer map gives both a payer document; so does a payer document that says which ids are its own.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path

import msgspec

from payrule.encounter.encounter import Encounter
from payrule.formats.encounters import NamedPayer, Read
from payrule.model.payer import Payer
from payrule.rulebase.folder import read_text
from payrule.rulebase.load import read_document
from payrule.rulebase.request import OTHER_PAYER
from payrule.source.diagnostics import (
    ClaimWarning,
    Diagnostic,
    DocumentError,
    RequestError,
    Severity,
    did_you_mean,
    shown,
)
from payrule.source.json_source import JsonSource

ENDING = ".json"
"""What the name of a payer map ends with, and no id of a payer."""

_CHOOSE = "choose the payer of each claim by a payer map"

INDICATOR = "encounter.filing_indicator"


class PayerIds(msgspec.Struct, frozen=True):
    """By what claims name one payer: ids, and claim filing indicators."""

    payer_ids: tuple[str, ...] = ()
    filing_indicators: tuple[str, ...] = ()


class PayerMap(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="payer-map", rename={"schema": "$schema"}
):
    """Which payer document decides which claims, as `schemas/payer-map.schema.json` describes it."""

    schema: str | None = None
    payers: dict[str, PayerIds]

    def payer_of(self, named: NamedPayer) -> str | None:
        """Give the payer document for a claim: that of its payer's id, else that of its filing indicator.

        >>> plans = PayerMap(payers={"one": PayerIds(("A",)), "two": PayerIds((), ("MB",))})
        >>> plans.payer_of(NamedPayer(("A",), indicator="MB")), plans.payer_of(NamedPayer(("B",), indicator="MB"))
        ('one', 'two')
        >>> plans.payer_of(NamedPayer(("B",), indicator="CI")) is None
        True
        """
        by_id = (payer for payer, own in self.payers.items() if not set(own.payer_ids).isdisjoint(named.ids))
        by_kind = (payer for payer, own in self.payers.items() if named.indicator in own.filing_indicators)
        return next(by_id, None) or next(by_kind, None)


class PayerChoice(msgspec.Struct, frozen=True):
    """What is chosen to decide claims: one `payer` for all, or a `map` and the file that it is in.

    `payers` are the payer documents that there are. With `strict`, a claim that is plainly for another payer than the
    one for all is rejected; else it is decided, with a warning.
    """

    payers: Mapping[str, Payer]
    payer: str | None = None
    map: PayerMap | None = None
    file: str = ""
    strict: bool = False

    def chosen_for(self, reads: Iterable[Read]) -> Iterator[Read]:
        """Give each claim with the payer document that decides it, or without an encounter where that is none."""
        return (self._chosen(each) for each in reads)

    def _chosen(self, read: Read) -> Read:
        encounter = read.encounter
        if encounter is None or (self.map is None and self.payer is None):
            return read
        named = _named_by(read, encounter)
        if self.map is None:
            return self._doubted(read, encounter, named, str(self.payer))
        found = self.map.payer_of(named) or (encounter.payer if encounter.payer in self.payers else None)
        if found is None:
            return _refused(read, self._unnamed(named), named)
        return msgspec.structs.replace(read, encounter=msgspec.structs.replace(encounter, payer_document=found))

    def _doubted(self, read: Read, encounter: Encounter, named: NamedPayer, payer: str) -> Read:
        if payer in self.payers and is_plainly_another(named, self.payers[payer], self.payers):
            doubt = self._doubt(named, payer, "the claim is")
            if self.strict:
                return _refused(read, doubt, named)
            told = _placed(doubt, read, named)
            encounter = encounter.warned(ClaimWarning.of(told))
            read = msgspec.structs.replace(read, findings=(told, *read.findings))
        return msgspec.structs.replace(read, encounter=msgspec.structs.replace(encounter, payer_document=payer))

    def doubt_of(self, named: str | None) -> Diagnostic | None:
        """Say that claims which name a payer document are decided by another one that is chosen for all."""
        if self.payer is None or named is None or named == self.payer or named not in self.payers:
            return None
        return self._doubt(NamedPayer((named,)), self.payer, "claims are")

    def _doubt(self, named: NamedPayer, payer: str, what: str) -> Diagnostic:
        them = "it" if what.endswith("is") else "them"
        message = f"{what} for {_words(named)}, and `{payer}` decides {them}"
        severity: Severity = "error" if self.strict else "warning"
        return Diagnostic(code=OTHER_PAYER, message=message, help=_CHOOSE, severity=severity)

    def _unnamed(self, named: NamedPayer) -> Diagnostic:
        if not named.ids and not named.indicator:
            message = "the claim says neither who its payer is nor its claim filing indicator"
            return Diagnostic(code="no-payer-for-claim", message=message, help="name its payer in the claim")
        adding = [f"{shown(each)} to the `payer_ids`" for each in named.ids[:1]]
        adding += [f"`{named.indicator}` to the `filing_indicators`"] if named.indicator else []
        message = f"the claim is for {_words(named)}, which `{self.file}` gives no payer"
        help_text = f"add {' or '.join(adding)} of a payer in it"
        return Diagnostic(code="no-payer-for-claim", message=message, help=help_text)


def is_plainly_another(named: NamedPayer, payer: Payer, payers: Collection[str]) -> bool:
    """Tell whether a claim names another payer than the one of a document; `payers` are the ids of all documents.

    It does where it names another document; where the document lists ids, and not that of the claim; and where it lists
    filing indicators, and neither the id nor the indicator of the claim.

    >>> plan = Payer(kind="payer", id="one", title="One", tiers=(), payer_ids=("A",), filing_indicators=("MB",))
    >>> claims = NamedPayer(("A",), indicator="CI"), NamedPayer(("B",), indicator="MB"), NamedPayer((), indicator="CI")
    >>> [is_plainly_another(each, plan, ("one", "two")) for each in (*claims, NamedPayer(()), NamedPayer(("two",)))]
    [False, True, True, False, True]
    """
    own = {payer.id, *(payer.payer_ids or ())}
    if not own.isdisjoint(named.ids):
        return False
    if named.ids and (payer.payer_ids or not set(payers).isdisjoint(named.ids)):
        return True
    return bool(payer.filing_indicators and named.indicator and named.indicator not in payer.filing_indicators)


def payer_choice(
    chosen: str | PathLike[str] | None, payers: Mapping[str, Payer], *, strict: bool = False
) -> PayerChoice:
    """Read what decides claims: the id of a payer, the file of a payer map (`.json`), or nothing.

    Raises InputError for a map that cannot be used. A payer that there is not is left to who decides.
    """
    if chosen is None or not str(chosen).lower().endswith(ENDING):
        return PayerChoice(payers, payer=None if chosen is None else str(chosen), strict=strict)
    return PayerChoice(payers, map=read_payer_map(Path(chosen), payers), file=str(chosen), strict=strict)


def read_payer_map(path: Path, payers: Collection[str]) -> PayerMap:
    """Read a payer map; raises DocumentError for no file, another shape, a payer that there is not, or an id twice."""
    found = read_document(path, "payer-map", PayerMap)
    if findings := tuple(_findings(found, payers, read_text(path))):
        raise DocumentError(findings)
    return found


def _findings(found: PayerMap, payers: Collection[str], text: JsonSource) -> Iterator[Diagnostic]:
    seen: dict[tuple[str, str], str] = {}
    for payer, own in found.payers.items():
        if payer not in payers:
            message = f"there is no payer `{payer}`"
            yield text.diagnostic(("payers", payer), "unknown-payer", message, did_you_mean(payer, payers), key=True)
        for key, what in (("payer_ids", "payer id"), ("filing_indicators", "filing indicator")):
            for at, each in enumerate(getattr(own, key)):
                if (first := seen.setdefault((key, each), payer)) != payer:
                    message = f"the {what} `{each}` is given `{first}` already"
                    place = ("payers", payer, key, at)
                    yield text.diagnostic(place, "payer-id-twice", message, "leave it with one of the two")


def refuse_map_for(chosen: PayerChoice, what: str) -> None:
    """Raise RequestError where a payer map is chosen for what has none."""
    if chosen.map is not None:
        help_text = "name a payer with `--payer`, or the payer of each claim in a column `payer`"
        raise RequestError.of("no-payer-map", f"{what} takes no payer map", help_text)


def _named_by(read: Read, encounter: Encounter) -> NamedPayer:
    """Say how a claim names its payer, in its own words where its format has some, and else by `payer`."""
    sent = read.named or NamedPayer((), place=read.place or "")
    ids = tuple(dict.fromkeys(filter(None, (*sent.ids, encounter.payer))))
    indicator = sent.indicator or str(encounter.values.get(INDICATOR, ""))
    return msgspec.structs.replace(sent, ids=ids, indicator=indicator)


def _words(named: NamedPayer) -> str:
    words = [f"the payer {shown(named.ids[0])}"] if named.ids else []
    if named.name:
        words = [f"{words[0]} ({named.name})"] if words else [f"the payer {shown(named.name)}, without an id"]
    return ", ".join([*words, *([f"filing indicator `{named.indicator}`"] if named.indicator else [])])


def _placed(diagnostic: Diagnostic, read: Read, named: NamedPayer) -> Diagnostic:
    place = named.place or read.place
    return msgspec.structs.replace(read.told(diagnostic), path=place)


def _refused(read: Read, fault: Diagnostic, named: NamedPayer) -> Read:
    return msgspec.structs.replace(read, encounter=None, findings=(*read.findings, _placed(fault, read, named)))
