"""Whole rulebases of any size, as documents on disk: the shipped vocabulary, one policy of so many rules, one payer."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from shutil import copy
from typing import Any

from payrule.source.files import shipped

PAYER = "generated"
RULES_A_CODE = 12
_CONCLUSIONS = (
    ("benefit", "covered"),
    ("benefit", "excluded"),
    ("coding", "miscoded"),
    ("modifier", "missing"),
    ("bundling", "bundled"),
    ("necessity", "not-met"),
    ("documentation", "insufficient"),
)
_RECORDS = ("clinical_rationale", "anatomical_site", "service_description", "time", "indication")
_PROVIDERS = ("chiropractor", "physical-therapist", "massage-therapist", "physician")
_MODIFIERS = ("U1", "U2", "U3", "U4")


def codes_for(rules: int) -> tuple[str, ...]:
    """List the service codes that so many rules speak of."""
    return tuple(f"{10_000 + number}" for number in range(max(4, rules // RULES_A_CODE)))


def write_rulebase(folder: Path, rules: int, seed: int = 1) -> Path:
    """Write a rulebase whose payer `generated` binds one policy of so many rules; the same for the same seed."""
    random = Random(seed)  # noqa: S311 - not for secrets
    codes = codes_for(rules)
    copy(shipped("policies") / "vocabulary.json", folder / "vocabulary.json")
    policy = {
        "kind": "policy",
        "id": "generated",
        "version": "1.0.0",
        "title": "Generated",
        "issuer": "benchmark",
        "authority": "payer-policy",
        "status": "in-force",
        "rules": [_rule(number, codes, random) for number in range(rules)],
    }
    payer = {"kind": "payer", "id": PAYER, "title": "Generated", "tiers": [["generated"]]}
    for path, document in (("generated/1.0.0.json", policy), (f"payers/{PAYER}.json", payer)):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(document), encoding="utf-8")
    return folder


def _rule(number: int, codes: tuple[str, ...], random: Random) -> dict[str, Any]:
    concern, value = random.choice(_CONCLUSIONS)
    when: dict[str, Any] = {"line.code": {"in": random.sample(codes, random.choice((1, 1, 1, 2)))}}
    for test in random.sample(_TESTS, random.choice((1, 2, 2, 3))):
        when |= test(codes, random)
    conclude = {"concern": concern, "value": value, "modality": random.choice(("shall", "should", "may"))}
    return {"id": f"rule-{number}", "summary": f"Rule {number}.", "when": when, "conclude": conclude}


_TESTS: tuple[Callable[[tuple[str, ...], Random], dict[str, Any]], ...] = (
    lambda _, random: {f"line.documentation.{random.choice(_RECORDS)}": {"is": random.random() < 0.5}},
    lambda _, random: {"line.provider.type": {"in": random.sample(_PROVIDERS, 2)}},
    lambda _, random: {"line.modifiers": {random.choice(("any_of", "none_of")): random.sample(_MODIFIERS, 1)}},
    lambda _, random: {"line.units": {"at_least": random.choice((2, 3, 4))}},
    lambda _, random: {"encounter.payer_role": {"is": random.choice(("primary", "secondary"))}},
    lambda codes, random: {
        "other_line": {"line.code": {"in": random.sample(codes, 3)}, "region": {"in": ["same", "contiguous"]}}
    },
)
