"""Faults: what is wrong with a value before its place in a text is known, and the words for values and keys in them."""

import json
from collections.abc import Iterable
from typing import Any

import msgspec

from payrule.model.value_schema import BY_KEY, Schema
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import JsonSource, Path, json_path


class Violation(msgspec.Struct, frozen=True):
    """What a schema has against a value: the keyword that speaks, and the value; `is_name` says that it is a key."""

    path: Path
    keyword: str
    value: Any
    schema: Schema
    is_name: bool = False

    @property
    def limit(self) -> Any:
        """What the keyword asks for."""
        return self.schema[self.keyword]


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a value and how to fix it, by the value's path; `key` says that its key is at fault."""

    path: Path
    code: str
    message: str
    help: str | None = None
    key: bool = False

    def diagnostic(self, text: JsonSource | None = None, at: Path = ()) -> Diagnostic:
        """Give the fault a place in a text, in which the value examined stands at the path `at`.

        >>> Fault(("id",), "empty", "`id` is empty").diagnostic(at=(2,)).path
        '$[2].id'
        """
        path = (*at, *self.path)
        if text is not None:
            return text.diagnostic(path, self.code, self.message, self.help, key=self.key)
        return Diagnostic(code=self.code, message=self.message, help=self.help, path=json_path(path))


def shown(value: Any) -> str:
    r"""Quote a user's value for a message, shortened, and without anything that could disturb a terminal.

    >>> shown("a\nb"), shown(3), shown("x" * 99)
    ('`a\\nb`', '`3`', '`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…`')
    """
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # Python does not write out a number of thousands of digits
        text = "a number of too many digits" if isinstance(value, int) else type(value).__name__
    if isinstance(value, str):
        text = text[1:-1].replace('\\"', '"')
    text = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return f"`{text if len(text) <= _LONG else text[: _LONG - 1] + '…'}`"


def called(path: Path, whole: str = "document") -> str:
    """Name the value at a path: by its key, or by the attribute that is tested; `whole` is what has no key.

    >>> called(("rules", 0, "when", "line.code", "in", 2)), called(("lines", 0)), called((), "policy")
    ('`line.code`', 'a value of `lines`', 'the policy')
    """
    names = [step for step in path if isinstance(step, str)]
    if not names:
        return f"the {whole}"
    if names[-1] in BY_KEY and len(names) > 1 and names[-2] != "count":
        return f"`{names[-2]}`"
    return f"`{names[-1]}`" if isinstance(path[-1], str) else f"a value of `{names[-1]}`"


def titled(schema: Schema) -> str | None:
    """Name a thing of the kind that a schema describes; None when the schema has no title.

    >>> titled({"title": "Example"})
    'an example'
    """
    title = schema.get("title")
    return None if title is None else f"{'an' if title[0] in 'AEIOU' else 'a'} {title[0].lower()}{title[1:]}"


def refused(path: Path, value: Any) -> str:
    """Say that a value cannot stand at a path.

    >>> refused(("status",), "inforce"), refused(("lines", 0, "regions", 1), "neck")
    ('`status` cannot be `inforce`', '`regions` cannot hold `neck`')
    """
    name = called(path).removeprefix("a value of ")
    return f"{name} cannot {'hold' if path and isinstance(path[-1], int) else 'be'} {shown(value)}"


def as_json(value: Any) -> str:
    """Quote a value as it is to be written, in full.

    >>> as_json(["59"])
    '`["59"]`'
    """
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def one_of(choices: Iterable[Any]) -> str:
    """List what may be written.

    >>> one_of(["any_of", "is_empty"])
    'use one of `any_of`, `is_empty`'
    """
    return "use one of " + ", ".join(shown(each) for each in choices)


def for_example(schema: Schema) -> str | None:
    """Show how a value may be written: by an example, or where that is long by the keys that it must have.

    >>> for_example({"examples": ["1.2.0"]})
    'write for example `"1.2.0"`'
    """
    examples, required = schema.get("examples"), schema.get("required")
    if examples and len(as_json(examples[0])) <= _READABLE:
        return f"write for example {as_json(examples[0])}"
    return f"write its keys in braces: {', '.join(f'`{key}`' for key in required)}" if required else None


_READABLE = 100
"""Characters of an example that a reader takes in."""

_LONG = 60
"""Characters of a user's value that a message repeats."""
