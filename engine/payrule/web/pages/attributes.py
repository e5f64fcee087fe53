"""The words that rules may use, and a form for a new one: an attribute of claims, used at once."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec

from payrule.model.value_schema import WORDS
from payrule.model.vocabulary import Attribute
from payrule.reports.pages.html import Html, element, text
from payrule.rulebase.folder import VOCABULARY, read_text
from payrule.scaffold.edit import ChangedOnDiskError, FileEdit, digest_of
from payrule.scaffold.scaffold import Scaffold, document, passing
from payrule.source.diagnostics import InputError, RequestError
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, entry, form, labelled, picker, plain_table, refused

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_TYPES = get_args(msgspec.structs.fields(Attribute)[0].type)
_WHERE = (("line", "each line of a claim"), ("encounter", "the claim as a whole"))


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """An attribute as the page lists it."""

    name: str
    holds: str
    summary: str
    also_called: tuple[str, ...]


def show(asked: Asked) -> Shown:
    """List the attributes, with a form for a new one."""
    attributes = asked.site.rulebase.documents.vocabulary.attributes
    listed = tuple(
        Word(name=name, holds=_holds(each), summary=each.summary, also_called=each.also_called)
        for name, each in attributes.items()
    )
    rows = (
        (element("code", text(each.name)), text(each.holds), text(each.summary), text(", ".join(each.also_called)))
        for each in listed
    )
    table = plain_table("Attributes", ("attribute", "holds", "what it says", "also called"), rows)
    return Shown(title="Words that rules use", value=listed, body=(*_form(asked), table))


def _holds(attribute: Attribute) -> str:
    several = "several values: " if attribute.many else ""
    values = f": {', '.join(attribute.values)}" if attribute.values else ""
    return f"{several}{WORDS[attribute.type]}{values}"


def _form(asked: Asked) -> Iterator[Html]:
    if asked.site.is_read_only:
        return
    hints = {
        "key": "small letters and underscores, such as second_opinion",
        "values": "for one of a few words: the words, with blanks between them",
        "also_called": "what spreadsheets call it, with commas between them",
        "example": "a value, such as a claim has it",
    }

    def field(label: str, name: str) -> Html:
        hint = hints.get(name, "")
        return labelled(label, name, entry(name, asked.field(name), hint=hint), hint=hint)

    kinds = [(each, WORDS[each]) for each in _TYPES]
    several = element("input", type="checkbox", name="many", value="yes")
    fields = (
        labelled("Where a claim carries it", "where", picker("where", _WHERE, asked.field("where"))),
        field("Name", "key"),
        field("What it says, in a sentence", "summary"),
        labelled("What it holds", "type", picker("type", kinds, asked.field("type"))),
        field("Values", "values"),
        element("div", element("label", several, text(" A claim may give several")), class_="field"),
        field("Also called", "also_called"),
        field("Example", "example"),
        element("input", type="hidden", name="digest", value=digest_of(asked.site.folder / VOCABULARY)),
    )
    yield element("section", element("h2", text("Add a word")), form("/words", asked.form_token, *fields, button="Add"))


def add(asked: Asked) -> Shown | Moved:
    """Add an attribute to the vocabulary, if every check passes; show the form again where it cannot be."""
    try:
        return _added(asked)
    except InputError as fault:
        return refused(show(asked), fault.findings)


def _added(asked: Asked) -> Moved:
    asked.refuse_changes()
    path = asked.site.folder / VOCABULARY
    name, value = _attribute(asked)
    whole: dict[str, Any] = dict(read_text(path).value)
    whole["attributes"] = {**whole["attributes"], name: value}
    written = document(asked.site.folder, path, whole)
    made = passing(Scaffold({path: written}, frozenset([path])), asked.site.folder, asked.site.today(), soon())
    try:
        asked.save(f"attribute {name}", {path: FileEdit(made.files[path], asked.field("digest"))})
    except ChangedOnDiskError:
        message = "somebody else has changed the vocabulary meanwhile, and nothing was saved"
        raise RequestError.of("changed-on-disk", message, "open the page again, and add the word again") from None
    return Moved("/words")


def _attribute(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Read the form; raises RequestError with what is wrong with it."""
    where, key, kind = (asked.field(each) for each in ("where", "key", "type"))
    if where not in dict(_WHERE) or kind not in _TYPES:
        raise RequestError.of("bad-word", "it is not said where a claim carries it, or what it holds", "choose both")
    if not key:
        raise RequestError.of("bad-word", "the attribute has no name", "give it one, such as `visit_of_year`")
    if not _KEY.fullmatch(key):
        raise RequestError.of("bad-word", f"`{key}` is no name", "use small letters, digits and underscores")
    name = f"{where}.{key}"
    if name in asked.site.rulebase.documents.vocabulary.attributes:
        raise RequestError.of("word-there", f"there is an attribute `{name}`", "choose another name, or use that one")
    if not asked.field("summary"):
        raise RequestError.of("no-summary", "it is not said what the word means", "write a sentence")
    values = asked.field("values").replace(",", " ").split()
    if kind == "choice" and not values:
        raise RequestError.of("no-values", "the words that it may hold are missing", "list them")
    others = [each.strip().lower() for each in asked.field("also_called").split(",") if each.strip()]
    example = asked.field("example")
    found = {
        "type": kind,
        "summary": asked.field("summary"),
        "also_called": others or None,
        "many": True if asked.field("many") == "yes" else None,
        "values": values if kind == "choice" else None,
        "example": int(example) if kind == "integer" and example.isdecimal() else example or None,
    }
    return name, {key: each for key, each in found.items() if each is not None}


ADDRESSES = (Address("/words", get=show, post=add, menu="Words"),)
