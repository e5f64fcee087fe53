"""Rulebases as the JSON documents they are made of, in the words of `words`."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from tests.property.tables import TABLES, write_table
from tests.property.words import ATTRIBUTES, CONCERNS, Json

from payrule.language.name_findings import policy_findings
from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.remittance_codes import RemittanceCodeList
from payrule.model.vocabulary import Vocabulary
from payrule.results.determination import Determination
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import scan

KNOWN_ON = date(2024, 8, 1)
PAYER = "payer"

NO_WORDS: Json = {"regions": {"contiguous": []}, "timed": {"codes": [], "method": "cms-8-minute"}}
"""What a vocabulary needs besides attributes and concerns."""


class RulebaseDocuments(msgspec.Struct, frozen=True):
    """The documents of a rulebase; of the vocabulary what is not the same in all of them."""

    words: Json
    policies: tuple[Json, ...]
    payer: Json
    codes: Json | None = None
    """The list of remittance codes, if there is one."""

    @property
    def vocabulary(self) -> Json:
        """The whole vocabulary."""
        return {"kind": "vocabulary", "attributes": ATTRIBUTES, "concerns": CONCERNS} | self.words

    def rulebase(self) -> Rulebase:
        """Read the documents without looking for faults in them."""
        versions: dict[str, tuple[Policy, ...]] = {}
        for policy in self.policies:
            versions[policy["id"]] = (*versions.get(policy["id"], ()), msgspec.convert(policy, Policy))
        payers = {self.payer["id"]: msgspec.convert(self.payer, Payer)}
        vocabulary = msgspec.convert(self.vocabulary, Vocabulary)
        codes = None if self.codes is None else msgspec.convert(self.codes, RemittanceCodeList)
        return Rulebase(Documents(Path(), vocabulary, versions, payers, (), tables=TABLES, remittance_codes=codes))

    def findings(self) -> list[Diagnostic]:
        """Say what is found in the policies by a check that reads the names in them."""
        words = msgspec.convert(self.vocabulary, Vocabulary)
        texts = [scan(json.dumps(each, indent=1), f"{each['id']}/{each['version']}.json") for each in self.policies]
        return [each for text in texts for each in policy_findings(msgspec.convert(text.value, Policy), words, text)]

    def write(self, folder: Path) -> None:
        """Write the documents as a rulebase folder has them."""
        words = self.vocabulary
        texts = {f"code-sets/{name}.json": each for name, each in words.pop("code_sets", {}).items()}
        texts |= {"vocabulary.json": words, f"payers/{self.payer['id']}.json": self.payer}
        texts |= {f"{each['id']}/{each['version']}.json": each for each in self.policies}
        texts |= {"remittance-codes.json": self.codes} if self.codes is not None else {}
        for name, value in texts.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(value), encoding="utf-8")
        for table in TABLES.values():
            write_table(folder, table)


def policy(*rules: Json, **other: Any) -> Json:
    """Write a policy version in force."""
    return {
        "kind": "policy",
        "id": "p0",
        "version": "1.0.0",
        "title": "policy",
        "issuer": "issuer",
        "authority": "lcd",
        "status": "in-force",
        "rules": list(rules),
    } | other


def rule(name: str, when: Json, concern: str, value: str, **other: Any) -> Json:
    """Write a rule; liability, modality and pay go into its conclusion."""
    said = {key: other.pop(key) for key in ("liability", "modality", "pay") if key in other}
    conclude = {"concern": concern, "value": value} | said
    return {"id": name, "summary": name, "when": when, "conclude": conclude} | other


def documents(*policies: Json, words: Json | None = None, **payer: Any) -> RulebaseDocuments:
    """Put policies together with a payer that binds each in a tier of its own, unless `tiers` says otherwise."""
    names = dict.fromkeys(each["id"] for each in policies)
    whole = {"kind": "payer", "id": PAYER, "title": "payer", "tiers": [[name] for name in names]} | payer
    return RulebaseDocuments(NO_WORDS | (words or {}), policies, whole)


def encounter(*lines: Json, **other: Any) -> Json:
    """Write an encounter; its lines are numbered from 1 and have a code and a date unless they say otherwise."""
    standard = {"code": "A0001", "date": "2024-06-30"}
    return {"id": "E", "lines": [{"number": at, **standard, **each} for at, each in enumerate(lines, start=1)]} | other


def decide(rulebase: Rulebase, encounter: Json, **choices: Any) -> Determination:
    """Decide an encounter for the payer of the documents, with both executions."""
    return rulebase.decide(encounter, payer=PAYER, known_on=KNOWN_ON, **choices)
