"""The short lists of words that documents and commands choose from; nothing is imported here, so that help is quick.

JSON Schema is the authority on their shape: nothing here is decoded that the schema has not accepted.
"""

from collections.abc import Iterable
from typing import Literal, get_args

Liability = Literal["provider", "unspecified", "subscriber"]
Modality = Literal["shall", "should", "may"]

LIABILITIES: tuple[Liability, ...] = get_args(Liability)
MODALITIES: tuple[Modality, ...] = get_args(Modality)
"""Both from the strictest to the mildest."""

DISPOSITION_WORDS = {
    "payable": "payable",
    "denied": "denied",
    "returned": "return to provider",
    "pending": "needs information",
    "undecided": "no policy applies",
}
"""What a person reads for each disposition."""

LIABILITY_WORDS: dict[str, str] = {
    "provider": "provider responsibility (CO)",
    "unspecified": "responsibility not stated",
    "subscriber": "member responsibility (PR)",
}
"""What a person reads for each liability."""

ALSO_CALLED = {
    **{words: name for name, words in (*DISPOSITION_WORDS.items(), *LIABILITY_WORDS.items())},
    **dict.fromkeys(("member", "patient", "PR", "member responsibility"), "subscriber"),
    **dict.fromkeys(("CO", "provider responsibility"), "provider"),
    **dict.fromkeys(("not stated", "unknown"), "unspecified"),
    **dict.fromkeys(("must", "will"), "shall"),
}
"""Words that people use for those that documents have, for "did you mean"."""


def also_called_among(choices: Iterable[str]) -> dict[str, str]:
    """Give the choices that people call otherwise, by those words.

    >>> also_called_among(["shall", "may"])
    {'must': 'shall', 'will': 'shall'}
    """
    held = set(choices)
    return {words: name for words, name in ALSO_CALLED.items() if name in held}


def answer_in_words(disposition: str, liability: str | None) -> str:
    """Write a disposition, and who is responsible for a denial, as a person reads them.

    >>> answer_in_words("denied", "subscriber"), answer_in_words("returned", None)
    ('denied, member responsibility (PR)', 'return to provider')
    """
    responsible = f", {LIABILITY_WORDS[liability]}" if liability else ""
    return f"{DISPOSITION_WORDS[disposition]}{responsible}"


Measure = Literal["statements", "rules", "near-misses", "leaves", "decisive", "unknown", "overrides"]
"""What is counted of examples.

Statements and rules that some answer rests on; rules that one leaf alone keeps from matching; leaves of conditions seen
both true and false; leaves that alone let their rule or fact hold on one line, and alone keep it from that on another;
leaves seen unknown, of those that can be; overrides seen to take effect.
"""

MEASURES: tuple[Measure, ...] = get_args(Measure)

Part = Literal["major", "minor", "patch"]
"""A part of a version's number."""

PARTS: tuple[Part, ...] = ("major", "minor", "patch")

UNWRITTEN = "To be written"
"""How every placeholder of a scaffold begins, but that of a locator."""

NOWHERE = "to be found in the text"
"""Where a scaffold says that the text says so."""


DOCUMENT_NAMES = {
    "code-set": "a code list",
    "column-map": "a column map",
    "example": "an example",
    "lock": "a lock",
    "payer": "a payer",
    "payer-map": "a payer map",
    "payment": "a payment",
    "policy": "a policy",
    "remembered-copies": "what is remembered of copies",
    "remittance-codes": "a list of remittance codes",
    "review": "a review",
    "signatures": "signatures",
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
    return DOCUMENT_NAMES.get(kind) if isinstance(kind, str) else None


def is_fhir(value: object) -> bool:
    """Tell whether a JSON value is meant as a FHIR resource.

    >>> is_fhir({"resourceType": "Claim"}), is_fhir({"id": "E-1", "lines": []})
    (True, False)
    """
    return isinstance(value, dict) and "resourceType" in value and "lines" not in value


SchemaName = Literal[
    "policy",
    "payer",
    "vocabulary",
    "example",
    "encounter",
    "remittance-codes",
    "table",
    "code-set",
    "determination",
    "difference",
    "verification",
    "coverage",
    "findings",
    "lock",
    "rereading",
    "remembered-copies",
    "review",
    "signatures",
    "column-map",
    "payment",
    "payer-map",
]

SCHEMA_NAMES: tuple[SchemaName, ...] = get_args(SchemaName)
"""The kinds of document that have a schema; those after the first five use no names or values of the vocabulary."""

WITHOUT_WORDS = SCHEMA_NAMES[5:]


Disposition = Literal["payable", "denied", "returned", "pending", "undecided"]

UNDECIDED: Disposition = "undecided"
"""What becomes of a line to which no policy applies, unless the payer says otherwise."""
