"""Laws of the one form of documents."""

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.property.test_schemas import with_kind
from tests.schema_strategies import ANYTHING, damaged, values

from payrule.fmt import WIDTH, formatted
from payrule.model.digests import document_digest
from payrule.source.json_source import scan

DOCUMENTS = st.one_of(with_kind(values), with_kind(damaged)).map(lambda drawn: drawn[1]) | ANYTHING

WAYS: list[dict[str, Any]] = [{}, {"indent": 1}, {"indent": "\t", "ensure_ascii": False}, {"separators": (",", ":")}]
"""Ways to write one value."""


def shuffled(value: Any, chance: random.Random) -> Any:
    """Give a value with the keys of its objects in any order."""
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(each, chance) for each in value] if isinstance(value, list) else value


@given(DOCUMENTS, st.randoms(use_true_random=False), st.sampled_from(WAYS))
def test_form_keeps_the_meaning_and_is_its_own_form(document: Any, chance: random.Random, way: dict[str, Any]) -> None:
    written = json.dumps(shuffled(document, chance), **way)
    form = formatted(scan(written).value)
    assert json.loads(form) == document
    assert document_digest(json.loads(form)) == document_digest(document)
    assert formatted(scan(form).value) == form


@given(DOCUMENTS)
def test_only_what_cannot_be_broken_is_wider_than_a_line(document: Any) -> None:
    for line in formatted(document).split("\n"):
        if len(line) > WIDTH:
            assert not isinstance(last_value(line), dict | list) or not last_value(line)


def last_value(line: str) -> Any:
    """Read what stands on a line of the form: a member, or the beginning of one that is opened."""
    written = line.strip().removesuffix(",")
    closed = written + {"{": "}", "[": "]"}.get(written[-1], "")
    try:
        return json.loads(closed)
    except ValueError:
        (value,) = json.loads(f"{{{closed}}}").values()
        return value
