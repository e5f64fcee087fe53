"""Check that the limits of an attribute leave it values, and that its default and its example are such."""

from collections.abc import Iterator

import msgspec

from payrule.documents.encounter_values import bounded
from payrule.documents.findings import Finding
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.places import Path, Text
from payrule.documents.shape import Shape
from payrule.documents.value_schema import single_schema, value_schema


def attribute_findings(vocabulary: Vocabulary, text: Text) -> Iterator[Finding]:
    """List limits that leave no value, and defaults and examples that are no values of their attribute.

    An example is what messages and schemas tell people to write, so a wrong one misleads.

    >>> from payrule.documents.models import Regions, Timed
    >>> from payrule.documents.places import scan
    >>> units = Attribute(type="integer", summary="units", minimum=1, example=0)
    >>> words = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.units": units})
    >>> print(*attribute_findings(words, scan('{"attributes": {"line.units": {"example": 0}}}')))
    1:43 $.attributes["line.units"].example: the example of `line.units` cannot be `0` (use 1 or more)
    """
    for name, attribute in vocabulary.attributes.items():
        path: Path = ("attributes", name)
        least, most = attribute.minimum, attribute.maximum
        if least is not None and most is not None and least > most:
            message = f"`{name}` can hold nothing: its minimum {least} is above its maximum {most}"
            yield text.finding((*path, "minimum"), "no-value-left", message, "swap the two")
        elif attribute.type != "choice" or attribute.values:
            for key, value in (("default", attribute.default), ("example", attribute.example)):
                if value is not None:
                    yield from _value_findings(attribute, key, value, (*path, key), text)


def _value_findings(attribute: Attribute, key: str, value: object, path: Path, text: Text) -> Iterator[Finding]:
    plain = msgspec.structs.replace(attribute, default=None)
    # The example of an attribute that holds several values may be one of them.
    is_one = key == "example" and attribute.many and not isinstance(value, list)
    shape = Shape(bounded(single_schema(plain) if is_one else value_schema(plain)))
    for fault in shape.faults(value):
        message = fault.message.replace("the document", f"the {key} of `{path[1]}`", 1)
        yield text.finding((*path, *fault.path), fault.code, message, fault.help)
