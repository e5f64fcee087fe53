"""The page of the library, made from the signatures and docstrings of what `import payrule` offers."""

import inspect
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, get_type_hints

import msgspec
from docs.making.kind_pages import KINDS_OF_DOCUMENT
from docs.making.markdown import anchor, page, table

import payrule

_WIDTH = 100
"""Columns of a signature; a longer one is written a parameter a line."""

_FUNCTION = re.compile(r"<(?:function (\w+) at 0x\w+|class '(\w+)')>")
_MODULE = re.compile(r"\b(?:[a-z_]+\.)+(?=[A-Z])")


def pages() -> dict[str, str]:
    """Make the text of the page, by the name of its file.

    >>> list(pages())
    ['index.md']
    """
    return {"index.md": page("the docstrings of `engine/payrule`", _lines())}


def _lines() -> Iterator[str]:
    offered = {name: getattr(payrule, name) for name in payrule.__all__}
    yield from (
        "# The library",
        "",
        "What `import payrule` exports, from its docstrings. Everything else may change.",
    )
    yield from ("Examples: [use the library](../../how-to/use-the-library.md).", "")
    names = ((f"[`{name}`](#{anchor(name)})", _said(value).partition("\n")[0]) for name, value in offered.items())
    yield from table(("name", "is"), names)
    yield from (
        "",
        "The examples begin with:",
        "",
        "```python",
        ">>> from payrule import *",
        "",
        "```",
    )
    for name, value in offered.items():
        yield from ("", f"## `{name}`", "", *_described(name, value))
        if isinstance(value, type):
            yield from _members(value)


def _members(value: type) -> Iterator[str]:
    """Tell the fields of a value, then the properties and methods that are its own or of its base."""
    if issubclass(value, msgspec.Struct):
        hints = get_type_hints(value)
        rows = ((f"`{field}`", f"`{_type(hints[field])}`") for field in value.__struct_fields__)
        yield from ("", *table(("field", "type"), rows))
        kind = value.__name__.lower()
        if kind in KINDS_OF_DOCUMENT and hasattr(value, "to_json"):
            yield from ("", f"In JSON, key by key: [{kind}](../documents/{kind}.md).")
    bases = [each for each in value.mro()[1:] if issubclass(each, msgspec.Struct) and each.__module__ != "msgspec"]
    for name, member in chain.from_iterable(vars(each).items() for each in (value, *bases)):
        if isinstance(member, property) and member.__doc__:
            yield from ("", f"### `{value.__name__}.{name}`", "", *_documented(member))
        elif inspect.isroutine(member) and not name.startswith("_"):
            yield from (
                "",
                f"### `{value.__name__}.{name}`",
                "",
                *_described(f"{value.__name__}.{name}", getattr(value, name)),
            )


def _described(name: str, value: Any) -> Iterator[str]:
    """Give the signature of what is called, and what is said of it; values and classes are not called by a user."""
    if inspect.isroutine(value):
        yield from ("```text", signature(name, value), "```", "")
    yield from _documented(value)


def signature(name: str, function: Callable[..., Any]) -> str:
    """Write how a function is called, with the types as a reader says them.

    >>> def listed(payers: list[str], *, limit: int = 3) -> None: ...
    >>> print(signature("listed", listed))
    listed(payers: list[str], *, limit: int = 3) -> None
    """
    found = inspect.signature(function, eval_str=True)
    parameters: list[str] = []
    for each in found.parameters.values():
        if each.kind is each.KEYWORD_ONLY and "*" not in parameters:
            parameters.append("*")
        if each.name != "self":
            parameters.append(_plain(str(each)))
    returned = _type(found.return_annotation)
    line = f"{name}({', '.join(parameters)}) -> {returned}"
    broken = "".join(f"\n    {parameter}," for parameter in parameters)
    return line if len(line) <= _WIDTH else f"{name}({broken}\n) -> {returned}"


def _type(hint: Any) -> str:
    return _plain(hint.__name__ if isinstance(hint, type) and not getattr(hint, "__args__", ()) else str(hint))


def _plain(text: str) -> str:
    return _MODULE.sub("", _FUNCTION.sub(lambda found: found[1] or found[2], text)).replace("datetime.date", "date")


def _said(value: Any) -> str:
    return inspect.getdoc(value) or ""


def _documented(value: Any) -> Iterator[str]:
    """Write a docstring, its examples as sessions."""
    for number, part in enumerate(_said(value).split("\n\n")):
        if number:
            yield ""
        yield from ("```python", part, "", "```") if part.startswith(">>> ") else (part,)
