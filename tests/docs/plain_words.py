"""Words that a reader of payrule should not meet, and where a reader meets words: pages, messages, help, headings."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache, reduce
from pathlib import Path
from typing import Any, NamedTuple

from tests.docs.pages import ROOT

ENGINE = ROOT / "engine" / "payrule"
SCHEMAS = sorted((ROOT / "schemas").glob("*.schema.json"))
LISTED = Path(__file__).with_name("words_to_avoid.toml")

_LEFT_OUT = re.compile(
    r"``.+?``|`[^`]*`"  # keys, values, options, commands
    r"|\b[A-Z]{3,}\b|--[a-z-]+"  # arguments and options of commands
    r"|^# [a-z]+(?:-[a-z]+)+$"  # the code of a check as the title of its page
    r"|<!--.*?-->"
    r"|(?<=\])\([^)\s]+\)|https?://\S+"  # where links lead
    r"|“[^”]*”",  # what a source says
    re.DOTALL | re.MULTILINE,
)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_STRING = re.compile(r'"[^"\n]*"')
_SQL = re.compile(r"\b(SELECT|FROM|WHERE|CREATE|JOIN|UNION|COPY|CASE|COALESCE|ARRAY|PRAGMA|ORDER BY)\b")
_PROSE = re.compile(r"[A-Za-z{}]{2,}[,.:;)]? +\(?[A-Za-z{}]|^[A-Z][a-z]+$")
"""At least two words, or one that begins as headings do."""


class Word(NamedTuple):
    """A word or phrase to avoid, as a pattern, the phrases in which it is right, and what to write instead."""

    avoid: re.Pattern[str]
    allowed: re.Pattern[str] | None
    write: str


class Text(NamedTuple):
    """A text that a person reads, and the line of its file on which it begins."""

    line: int
    text: str


@cache
def published() -> list[str]:
    """List the texts of the shipped vocabulary, which pages repeat as they were published, longest first."""
    vocabulary = json.loads((ROOT / "policies" / "vocabulary.json").read_text(encoding="utf-8"))
    return sorted((each["summary"] for each in vocabulary["attributes"].values()), key=len, reverse=True)


def words() -> list[Word]:
    """Read the list of words to avoid."""
    return [
        Word(
            re.compile(rf"\b(?:{each['avoid']})\b", re.IGNORECASE),
            re.compile(rf"\b(?:{each['except']})\b", re.IGNORECASE) if "except" in each else None,
            each["write"],
        )
        for each in tomllib.loads(LISTED.read_text(encoding="utf-8"))["word"]
    ]


def found(text: str, listed: list[Word]) -> list[str]:
    """List the words to avoid that a text uses outside backticks, each with what to write instead."""
    plain = re.sub(r"\s+", " ", _LEFT_OUT.sub("`", text))
    return [
        f"{match[0]} -> {word.write}"
        for word in listed
        for match in word.avoid.finditer(word.allowed.sub("`", plain) if word.allowed else plain)
    ]


def of_page(text: str) -> Iterator[Text]:
    """List the paragraphs of a Markdown page, and its drawings; other fences hold code, or what commands print."""
    drawn = not text.startswith("<!-- Written by")
    kept = _FENCE.sub(lambda fence: _drawing(fence[0]) if drawn else "\n" * fence[0].count("\n"), text)
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", kept):
        if paragraph.strip():
            yield Text(line, paragraph)
        line += paragraph.count("\n")


def _drawing(fence: str) -> str:
    """Give the words of a fence that is a drawing, without strings of JSON; of other fences only empty lines."""
    head, _, rest = fence.partition("\n")
    return f"\n{_STRING.sub('', rest.removesuffix('```'))}" if head == "```text" else "\n" * fence.count("\n")


def of_module(source: str) -> Iterator[Text]:
    """List the texts in a module that may reach a person: literals of words, and the help of commands."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    skipped = {id(node) for each in nodes for node in _unread(each)}
    exported = {name for each in tree.body for name in _exported(each)}
    for node in nodes:
        if id(node) in skipped:
            continue
        text = _text(node)
        if text and text not in exported and _PROSE.search(text) and not _SQL.search(text):
            yield Text(getattr(node, "lineno", 0), text)


def _unread(node: ast.AST) -> Iterator[ast.AST]:
    """List the parts of a node that no user reads: documentation of code, patterns, types, exported names."""
    match node:
        case ast.Expr(value=ast.Constant() as documentation) if not isinstance(documentation.value, bytes):
            yield documentation
        case ast.JoinedStr():
            yield from (part for part in ast.walk(node) if isinstance(part, ast.Constant))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="re"))):
            yield from ast.walk(node)
        case ast.Call(func=ast.Name(id="NewType" | "TypeVar" | "import_module" | "Literal")):
            yield from ast.walk(node)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=values):
            yield from ast.walk(values)
        case ast.FunctionDef(returns=annotation) if annotation is not None:
            yield from ast.walk(annotation)
        case ast.AnnAssign() | ast.arg() if node.annotation is not None:
            yield from ast.walk(node.annotation)
        case _:
            pass


def _exported(node: ast.stmt) -> list[str]:
    """List the names that a module exports."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")], value=names):
            return list(ast.literal_eval(names))
        case _:
            return []


def _text(node: ast.AST) -> str:
    """Give the words of a literal, or of the docstring of a command, which is its help; of other nodes nothing."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
        case ast.FunctionDef(decorator_list=decorators) if any(map(_makes_a_command, decorators)):
            return ast.get_docstring(node) or ""
        case _:
            return ""


def _makes_a_command(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith((".command", ".group"))


def of_schema(text: str) -> Iterator[Text]:
    """List the titles and descriptions of a schema, which are the pages of its kind of document."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in {"title", "description", "x-expected", "x-kind"} and isinstance(inner, str):
                    yield inner
                elif key not in {"examples", "default", "enum", "const"}:
                    yield from texts(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from texts(inner)

    for each in texts(json.loads(text)):
        yield Text(text[: text.find(json.dumps(each, ensure_ascii=False))].count("\n") + 1, each)


def of_file(path: Path) -> Iterator[Text]:
    """List the texts of a file that a person reads."""
    readers = {".py": of_module, ".json": of_schema, ".md": of_page}
    return readers[path.suffix](path.read_text(encoding="utf-8"))


def to_fix(path: Path, listed: list[Word]) -> list[str]:
    """List the words to avoid in a file, with their places; the heading of a check's page is its code."""
    name = path.relative_to(ROOT)
    texts = [text for text in of_file(path) if text.text != f"# {path.stem}"]
    return [f"{name}:{text.line}: {each}" for text in texts for each in found(_own(text.text), listed)]


def _own(text: str) -> str:
    """Leave out of a text what is repeated from the shipped vocabulary."""
    return reduce(lambda left, each: left.replace(each, ""), published(), text)
