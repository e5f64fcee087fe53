"""Say what is wrong with the keys of a group: those that have no place there, and those that are missing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from payrule.documents.faults import Fault, Violation, as_json, called, one_of, shown, titled
from payrule.documents.operators import BY_KEY
from payrule.documents.places import Path
from payrule.documents.suggest import closest, did_you_mean
from payrule.documents.value_schema import Schema


def unknown_keys(it: Violation) -> Iterator[Fault]:
    """Word each key that has no place: one misspelt, one that belongs elsewhere, or a test that does not fit.

    >>> rule = {"title": "Rule", "properties": {"when": {}}, "additionalProperties": False}
    >>> [fault.help for fault in unknown_keys(Violation((), "additionalProperties", {"whne": 1}, rule))]
    ['did you mean `when`?']
    """
    for key in _extras(it.value, it.schema):
        path = (*it.path, key)
        elsewhere = it.schema.get("x-elsewhere", {}).get(key)
        if elsewhere is not None:
            yield Fault(path, "misplaced-key", elsewhere["message"], elsewhere["help"], key=True)
        elif "x-holds" in it.schema:
            yield _unfit_test(key, path, it.schema)
        else:
            near = _nearest(key, it.value, it.schema)
            otherwise = _NEW_WORD if "." in key else "remove it"  # only attributes have dots in their names
            cure = f"did you mean `{near}`?" if near else did_you_mean(key, _allowed(it.schema), otherwise=otherwise)
            message = (
                f"{shown(key)} is not {it.schema.get('x-key') or 'a key of ' + (titled(it.schema) or called(it.path))}"
            )
            yield Fault(path, "unknown-key", message, cure, key=True)


_NEW_WORD = "remove it, or describe it under `attributes` in `vocabulary.json`"


def missing_keys(it: Violation) -> Iterator[Fault]:
    """Name what is missing, unless a misspelt key that stands for it is told of already.

    >>> rule = {"title": "Rule", "required": ["id"], "properties": {"id": {"examples": ["exclusion"]}}}
    >>> [fault.help for fault in missing_keys(Violation((), "required", {}, rule))]
    ['add `"id": "exclusion"`']
    """
    misspelt = _extras(it.value, it.schema) if it.schema.get("additionalProperties") is False else []
    stood_for = {_nearest(each, it.value, it.schema) for each in misspelt}
    for key in it.limit:
        if key not in it.value and key not in stood_for:
            examples = _allowed(it.schema).get(key, {}).get("examples")
            cure = f'add `"{key}": {as_json(examples[0])[1:]}' if examples else "add it"
            yield Fault(it.path, "missing-key", f"`{key}` is missing from {titled(it.schema) or called(it.path)}", cure)


def _unfit_test(key: str, path: Path, schema: Schema) -> Fault:
    fitting, attribute = list(_allowed(schema)), called(path[:-1])
    if key in BY_KEY:
        message = f"{shown(key)} cannot be asked of {attribute}, which holds {schema['x-holds']}"
        return Fault(path, "unfit-test", message, one_of(fitting), key=True)
    cure = did_you_mean(key, fitting, otherwise=one_of(fitting))
    return Fault(path, "unknown-key", f"{shown(key)} is not a test of {attribute}", cure, key=True)


def _allowed(schema: Schema) -> Mapping[str, Any]:
    allowed: Mapping[str, Any] = schema.get("properties", {})
    return allowed


def _extras(group: Mapping[str, Any], schema: Schema) -> list[str]:
    patterns = schema.get("patternProperties", {})
    unnamed = (key for key in group if key not in _allowed(schema))
    return [key for key in unnamed if not any(re.fullmatch(pattern, key) for pattern in patterns)]


def _nearest(key: str, group: Mapping[str, Any], schema: Schema) -> str | None:
    """Find the key that is meant: rather one that is not there yet."""
    return closest(key, _allowed(schema).keys() - group.keys()) or closest(key, _allowed(schema))
