"""Check that what a vocabulary says an attribute holds by default, or for example, is what it can hold."""

from collections.abc import Iterator

import msgspec

from payrule.documents.encounter_values import bounded
from payrule.documents.findings import Finding
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.places import Path, Text
from payrule.documents.shape import Shape
from payrule.documents.value_schema import single_schema, value_schema


def attribute_findings(vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    """List limits that leave no value, and defaults and examples that are no values of their attribute."""
    for name, attribute in vocabulary.attributes.items():
        path: Path = ("attributes", name)
        least, most = attribute.minimum, attribute.maximum
        if least is not None and most is not None and least > most:
            message = f"`{name}` can hold nothing: its minimum {least} is above its maximum {most}"
            yield text.finding((*path, "minimum"), "no-value-left", message, "swap the two")
            continue
        for key, value in (("default", attribute.default), ("example", attribute.example)):
            if value is not None:
                yield from _value_findings(attribute, key, value, (*path, key), text)


def _value_findings(attribute: Attribute, key: str, value: object, path: Path, text: Text) -> Iterator[Finding]:
    plain = msgspec.structs.replace(attribute, default=None)
    # The example of an attribute that holds several values may be one of them.
    is_one = key == "example" and attribute.many and not isinstance(value, list)
    shape = Shape(bounded(single_schema(plain) if is_one else value_schema(plain)))
    for fault in shape.faults(value):
        yield text.finding(
            (*path, *fault.path), fault.code, f"the {key} of `{path[1]}` is no value of it: {fault.message}", fault.help
        )
