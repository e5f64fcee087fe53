"""Ask a condition of a line, as the pages do: through a rulebase, so that both executions answer and must agree."""

from pathlib import Path
from typing import Any

import msgspec

from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.vocabulary import Vocabulary
from payrule.rulebase.load import Documents
from payrule.rulebase.rulebase import Rulebase, load

Json = dict[str, Any]

SHIPPED = load().documents
SUBJECT: Json = {"number": 1, "code": "97110", "date": "2016-03-01"}


def policy_with(rules: list[Json], facts: Json | None = None, **other: Json) -> Json:
    """Write a policy that holds rules and facts, and the source and the sets that the examples name."""
    return {
        "kind": "policy",
        "id": "page",
        "version": "1.0.0",
        "title": "What a page shows",
        "issuer": "A page",
        "authority": "payer-policy",
        "status": "in-force",
        "sources": {"guideline": {"title": "Guideline"}},
        "facts": facts or {},
        "rules": rules,
    } | other


def rule_when(condition: Json) -> Json:
    return {
        "id": "asked",
        "summary": "Asked.",
        "when": condition,
        "conclude": {"concern": "benefit", "value": "covered"},
    }


def truth(
    condition: Json,
    line: Json,
    facts: Json,
    *others: Json,
    claim: Json | None = None,
    vocabulary: Vocabulary = SHIPPED.vocabulary,
    **policies: Json,
) -> str:
    """Say whether a condition is true, false or unknown of a line beside others.

    `claim` are keys of the claim, `policies` of the policy.
    """
    policy = msgspec.convert(policy_with([rule_when(condition)], facts, **policies), Policy)
    payer = msgspec.convert({"kind": "payer", "id": "page", "title": "A page", "tiers": [["page"]]}, Payer)
    rulebase = Rulebase(Documents(Path(), vocabulary, {"page": (policy,)}, {"page": payer}, ()))
    numbered = [{**SUBJECT, "number": number, **other} for number, other in enumerate(others, start=2)]
    encounter = {"id": "asked", "lines": [SUBJECT | line, *numbered]} | (claim or {})
    disposition = rulebase.decide(encounter, payer="page", known_on="2026-11-23").line(1).disposition
    return {"payable": "true", "undecided": "false", "pending": "unknown"}[disposition]
