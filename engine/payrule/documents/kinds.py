"""The kinds of document in a rulebase, and what tells them from an encounter."""

KINDS = {
    "example": "an example",
    "lock": "a lock",
    "payer": "a payer",
    "policy": "a policy",
    "remembered-copies": "what is remembered of copies",
    "remittance-codes": "a list of remittance codes",
    "table": "a table",
    "vocabulary": "a vocabulary",
}
"""The kinds of document in a rulebase, as a sentence names them."""


def document_named(value: object) -> str | None:
    """Name the kind of document that a JSON value says it is; an encounter is none.

    >>> document_named({"kind": "payer", "id": "plain-plan"}), document_named({"kind": "payer", "lines": []})
    ('a payer', None)
    """
    if not isinstance(value, dict) or "lines" in value:
        return None
    kind = value.get("kind")
    return KINDS.get(kind) if isinstance(kind, str) else None


def is_encounter(value: object) -> bool:
    """Tell whether a JSON value is meant as an encounter: it has lines, and does not say that it is a document.

    >>> is_encounter({"id": "E-1", "lines": []}), is_encounter({"kind": "policy", "lines": []})
    (True, False)
    """
    return isinstance(value, dict) and "lines" in value and "kind" not in value
