"""Laws of the validator: it accepts what the schema accepts and nothing else, and order does not matter to it."""

import json
import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from tests.schema_strategies import damaged, values
from tests.vocabulary_for_tests import ENCOUNTER
from tests.vocabulary_for_tests import VOCABULARY as SMALL

from payrule.encounter.decoder import EncounterDecoder
from payrule.encounter.encounter import Encounter
from payrule.encounter.validator import EncounterValidator
from payrule.model.encounter_schema import closed, encounter_keys, encounter_schema
from payrule.model.values import read_date
from payrule.model.vocabulary import Frequency
from payrule.source.diagnostics import EncounterError

VOCABULARY = msgspec.structs.replace(
    SMALL, frequency=Frequency(attribute="encounter.role", reference="encounter.sender.kind", void=("second",))
)
VALIDATOR = EncounterValidator(VOCABULARY)
SCHEMA = encounter_schema(VOCABULARY)
READER = EncounterDecoder(encounter_keys(VOCABULARY), VOCABULARY.attributes.keys(), VOCABULARY.frequency)
PUBLISHED = Draft202012Validator(SCHEMA, format_checker=FormatChecker(formats=()))
CLOSED = Draft202012Validator(closed(SCHEMA))


def let_in(data: object) -> Encounter | None:
    try:
        return VALIDATOR.read(data)[0]
    except EncounterError:
        return None


def described(data: Any, schema: dict[str, Any]) -> Iterator[Any]:
    """List every value in an encounter that the schema speaks of, and the keys `format` has been asked of."""
    schema = SCHEMA["$defs"]["line"] if "$ref" in schema else schema
    yield data, schema
    if isinstance(data, dict):
        for key, below in schema.get("properties", {}).items():
            if key in data:
                yield from described(data[key], below)
    if isinstance(data, list):
        for each in data:
            yield from described(each, schema.get("items", {}))


def is_real_date(text: str) -> bool:
    try:
        return bool(read_date(text))
    except ValueError:
        return False


def keeps_the_rules_beyond_the_schema(data: Any) -> bool:
    """Say the rules that a published schema does not: dates are real, numbers of lines unique, sizes sane."""
    numbers = [line["number"] for line in data["lines"]]
    if len(set(numbers)) < len(numbers):
        return False
    for value, schema in described(data, SCHEMA):
        if isinstance(value, str) and "enum" not in schema:
            if schema.get("format") == "date" and not is_real_date(value):
                return False
            if len(value) > 1_000 or any(
                each < " " or "\x7f" <= each < "\xa0" or each in "\u2028\u2029" for each in value
            ):
                return False
        if isinstance(value, int | float) and abs(value) >= 10**12:
            return False
        if isinstance(value, list) and len(value) > 1_000:
            return False
    return True


@given(values(SCHEMA))
def test_what_the_schema_accepts_is_let_in_the_quick_way(data: dict[str, Any]) -> None:
    data["lines"] = list({line["number"]: line for line in data["lines"]}.values())
    assert READER.read(data) is not None


@given(damaged(SCHEMA))
@example(ENCOUNTER)
@example(ENCOUNTER | {"id": "E\n"})
@example(ENCOUNTER | {"lines": []})
@example(ENCOUNTER | {"lines": [], "role": "first"})
@example({"id": "E-1", "lines": []})
@example(ENCOUNTER | {"lines": [{"number": 1, "code": "00001\n", "date": "2016-03-01"}]})
@example(ENCOUNTER | {"lines": [{"number": 1, "code": "00001", "date": "20160301"}]})
def test_validator_lets_in_what_the_published_schema_and_the_rules_beyond_it_accept(data: object) -> None:
    expected = PUBLISHED.is_valid(data) and keeps_the_rules_beyond_the_schema(data)
    assert (let_in(data) is not None) == expected


@given(damaged(SCHEMA))
@example(ENCOUNTER)
@example(ENCOUNTER | {"lines": [{"number": 1, "code": "00001", "date": "2016-03-01", "pointers": [9]}]})
def test_a_text_is_read_as_its_values_are_or_left_to_them(data: object) -> None:
    read = VALIDATOR.read_text(json.dumps(data).encode())
    assert read is None or read == VALIDATOR.read(data)[0]


@given(damaged(SCHEMA))
@example(ENCOUNTER | {"lines": [*ENCOUNTER["lines"], {"number": 2, "code": "00001\n", "date": "2016-03-01"}]})
def test_there_is_a_warning_if_and_only_if_a_key_is_not_described_or_a_line_cannot_be_read(data: object) -> None:
    if let_in(data) is not None:
        _, warnings = VALIDATOR.read(data)
        assert bool(warnings) == (not (CLOSED.is_valid(data) and keeps_the_rules_beyond_the_schema(data)))


@given(values(SCHEMA))
def test_values_are_those_that_were_sent(data: dict[str, Any]) -> None:
    read = let_in(data)
    if read is None:
        return
    attributes = encounter_keys(VOCABULARY).attributes
    sent = {line["number"]: line for line in data["lines"]}
    for values_read, source, root in [
        (read.values, data, "encounter"),
        (read.values, data.get("patient") or {}, "patient"),
        *((line.values, sent[line.number], "line") for line in read.lines),
    ]:
        for name, attribute in attributes.items():
            if name.startswith(f"{root}.") and name in VOCABULARY.attributes:
                found: Any = source
                for step in name.split(".")[1:]:
                    found = found.get(step) if isinstance(found, dict) else None
                found = attribute.default if found is None else found
                assert plain(values_read.get(name)) == (sorted(set(found)) if isinstance(found, list) else found)


def plain(value: Any) -> Any:
    """Turn a value of an attribute back into JSON."""
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)
    return str(value) if isinstance(value, date) else value


def shuffled(value: Any, choose: random.Random) -> Any:
    """Put keys in another order everywhere."""
    if isinstance(value, dict):
        keys = sorted(value)
        choose.shuffle(keys)
        return {key: shuffled(value[key], choose) for key in keys}
    return [shuffled(each, choose) for each in value] if isinstance(value, list) else value


@given(values(SCHEMA), st.randoms(use_true_random=False))
def test_order_of_lines_and_keys_is_irrelevant(data: dict[str, Any], choose: random.Random) -> None:
    other = shuffled(data, choose)
    choose.shuffle(other["lines"])
    assert let_in(other) == let_in(data)


@given(values(SCHEMA))
def test_whole_numbers_with_a_point_are_the_same_numbers(data: dict[str, Any]) -> None:
    def pointed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: pointed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [pointed(each) for each in value]
        return float(value) if type(value) is int else value

    assert let_in(pointed(data)) == let_in(data)
