"""Claims of four lines for any vocabulary, the same for the same seed."""

from collections.abc import Iterator
from random import Random
from typing import Any

from payrule.model.vocabulary import Attribute, Vocabulary

LINES = 4
KNOWN = 0.5
"""The share of attributes without a default that a claim tells."""


def random_claims(
    vocabulary: Vocabulary, codes: tuple[str, ...], count: int, seed: int = 2
) -> Iterator[dict[str, Any]]:
    """Make claims as JSON has them; every line is of one date."""
    random = Random(seed)  # noqa: S311 - not for secrets
    told = {name: each for name, each in vocabulary.attributes.items() if each.derived is None and each.type != "date"}
    for number in range(count):
        claim: dict[str, Any] = {"id": f"G-{number}", "lines": []}
        for name, attribute in told.items():
            if not name.startswith("line.") and random.random() < KNOWN:
                _put(claim, name.removeprefix("encounter."), _value(attribute, random))
        for line_number in range(1, LINES + 1):
            line: dict[str, Any] = {"number": line_number, "date": "2024-03-01"}
            for name, attribute in told.items():
                if name.startswith("line.") and random.random() < KNOWN:
                    _put(line, name.removeprefix("line."), _value(attribute, random))
            claim["lines"].append(line | {"code": random.choice(codes)})
        yield claim


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *groups, key = path.split(".")
    for group in groups:
        target = target.setdefault(group, {})
    target[key] = value


def _value(attribute: Attribute, random: Random) -> Any:
    if attribute.many:
        pool = (
            attribute.values or (1, 2) if attribute.type == "integer" else attribute.values or ("59", "XS", "U7", "U1")
        )
        return random.sample(pool, random.choice((0, 1, 1, 2)))
    if attribute.type == "boolean":
        return random.random() < 0.8
    if attribute.type == "integer":
        return random.choice((1, 2, 4, 8, 15, 23, 30))
    return random.choice(attribute.values) if attribute.values else attribute.example
