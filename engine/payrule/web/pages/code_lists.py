"""Code lists: what each holds and where it is used; a new one, or new codes, from a column that is pasted."""

import re
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import msgspec

from payrule.formats.code_lists import Renewed, code_set_text, import_codes
from payrule.model.code_sets import CodeSet
from payrule.model.policy import Policy
from payrule.model.values import read_date
from payrule.reports.documents import entry_words
from payrule.reports.pages.html import Html, element, text
from payrule.resolve.remittance import ended_codes
from payrule.rulebase.folder import CODE_SETS
from payrule.scaffold.edit import ChangedOnDiskError, FileEdit, digest_of
from payrule.scaffold.scaffold import NAME, Scaffold, passing
from payrule.source.diagnostics import DocumentError, InputError, RequestError
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, entry, form, labelled, listing, plain_table, refused, text_area, words

_PASTED = "one code on each line, or a column with the heading code, and from and to where codes have dates"
_FIRST = "year-month-day; without it the list holds what you paste, and nothing else"


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A code list: its name, what it holds, and the rules, definitions and quotas that name it."""

    id: str
    title: str
    entries: int
    used: tuple[str, ...]


def show_all(asked: Asked) -> Shown:
    """List the code lists that are documents of their own, and where each is used."""
    lists = tuple(
        Listed(id=name, title=each.title, entries=len(each.entries), used=tuple(_used(asked, name)))
        for name, each in sorted(asked.site.rulebase.documents.vocabulary.dated_sets.items())
    )
    rows = (
        (
            element("a", element("code", text(f"@{each.id}")), href=f"/codes/{each.id}"),
            text(each.title),
            text(f"{each.entries:,}"),
            text(", ".join(each.used) or "nowhere"),
        )
        for each in lists
    )
    table = plain_table("Code lists", ("list", "title", "entries", "used by"), rows)
    lead = words("There is no code list that is a document of its own yet.") if not lists else table
    return Shown(title="Code lists", value=lists, body=(lead, *_pasting(asked, None)))


def _used(asked: Asked, name: str) -> Iterator[str]:
    """Name the rules, definitions and quotas whose conditions name a list."""
    for versions in asked.site.rulebase.policies.values():
        for policy in versions:
            yield from (f"{policy.name} {part}" for part, written in _conditions(policy) if f"'@{name}'" in written)


def _conditions(policy: Policy) -> Iterator[tuple[str, str]]:
    yield from ((each.id, repr(msgspec.to_builtins(each.when))) for each in policy.rules)
    yield from ((name, repr(msgspec.to_builtins(each.when))) for name, each in policy.facts.items())
    yield from ((name, repr(msgspec.to_builtins(each.where))) for name, each in policy.limits.items())


def show(asked: Asked) -> Shown:
    """Show a code list, entry by entry, with a form for new codes."""
    found = _found(asked)
    used = listing(_used(asked, found.id))
    body = (
        listing(entry_words(found)),
        element("section", element("h2", text("Used by")), used),
        *_pasting(asked, found),
    )
    return Shown(title=f"@{found.id}: {found.title}", value=found, body=body)


def _found(asked: Asked) -> CodeSet:
    found = asked.site.rulebase.documents.vocabulary.dated_sets.get(asked.parts["list"])
    if found is None:
        raise RequestError.of("no-such-list", "there is no such code list", "choose one of the list")
    return found


def _pasting(asked: Asked, before: CodeSet | None) -> Iterator[Html]:
    """Write the form by which codes are pasted, into a list that is there or a new one."""
    if asked.site.is_read_only:
        return
    pasted = text_area("codes", asked.field("codes"), rows=8)
    named = (
        labelled("Name", "id", entry("id", asked.field("id"), hint=_NAME), hint=_NAME),
        labelled("What the codes have in common", "title", entry("title", asked.field("title"))),
    )
    fields = (
        *(() if before else named),
        labelled("Codes", "codes", pasted, hint=_PASTED),
        labelled("In effect from", "first", entry("first", asked.field("first"), hint=_FIRST), hint=_FIRST),
    )
    title = "Paste new codes" if before else "Make a code list"
    to = f"/codes/{before.id}" if before else "/codes"
    read = form(
        to, asked.form_token, *fields, button="Show what changes", sends=("way", "show"), also=[("save", "Save")]
    )
    yield element("section", element("h2", text(title)), read)


_NAME = "small letters, digits and hyphens, such as low-back-pain"


def paste(asked: Asked) -> Shown | Moved:
    """Show what codes that are pasted change, or save them; nothing is saved unless every check passes."""
    try:
        return _pasted(asked)
    except InputError as fault:
        known = asked.site.rulebase.documents.vocabulary.dated_sets
        return refused(show(asked) if asked.parts.get("list") in known else show_all(asked), fault.findings)


def _pasted(asked: Asked) -> Shown | Moved:
    name = asked.parts.get("list") or asked.field("id")
    _refuse_name(name)
    before = asked.site.rulebase.documents.vocabulary.dated_sets.get(name)
    if before is not None and "list" not in asked.parts:
        raise RequestError.of("list-there", f"there is a code list `@{name}`", "choose another name, or open that list")
    if before is None and not asked.field("title"):
        raise RequestError.of("no-title", "it is not said what the codes have in common", "write it")
    path = asked.site.folder / CODE_SETS / f"{name}.json"
    read = digest_of(path)
    made = _made(asked, name, before)
    if asked.field("way") != "save":
        said = listing(made.changes) if made.changes else words("Nothing changes.")
        retired = _retired(asked, made.code_set)
        marked = element("div", listing(retired), class_="notice") if retired else Html("")
        account = words(f"{made.account().partition(chr(10))[0]}.")
        changes = element("section", element("h2", text("What changes")), account, said, marked)
        return Shown(title=f"@{name}", value=made, body=(changes, *_pasting(asked, before)))
    asked.refuse_changes()
    scaffold = passing(Scaffold({path: code_set_text(made.code_set)}), asked.site.folder, asked.site.today(), soon())
    try:
        asked.save(f"code list @{name}", {path: FileEdit(scaffold.files[path], read)})
    except ChangedOnDiskError:
        message = "somebody else has changed this list meanwhile, and nothing was saved"
        raise RequestError.of("changed-on-disk", message, "open the list again, and paste the codes again") from None
    return Moved(f"/codes/{name}")


def _refuse_name(name: str) -> None:
    if not name:
        raise RequestError.of("no-name", "the code list has no name", f"give it one: {_NAME}")
    if not re.fullmatch(NAME, name):
        raise RequestError.of("bad-name", f"`{name}` is no name of a code list", _NAME)


def _made(asked: Asked, name: str, before: CodeSet | None) -> Renewed:
    """Read the codes as `payrule import codes` reads a file; raises InputError with each that cannot be placed."""
    first = None
    if asked.field("first"):
        try:
            first = read_date(asked.field("first"))
        except ValueError:
            message = f"`{asked.field('first')}` is no date"
            raise RequestError.of("bad-date", message, "write it as year-month-day, such as 2027-01-01") from None
    file = Path(asked.site.private) / token_hex(8) / "pasted.txt"
    file.parent.mkdir()
    file.write_text(asked.fields.get("codes", ("",))[0].replace("\r\n", "\n"), encoding="utf-8")
    source = f"pasted into the workbench on {asked.site.today().isoformat()}"
    try:
        return import_codes(file, name, before, title=asked.field("title") or None, source=source, first=first)
    except DocumentError as fault:
        raise DocumentError(msgspec.structs.replace(each, file=_PASTED_FILE) for each in fault.findings) from None


_PASTED_FILE = "what you pasted"


def _retired(asked: Asked, made: CodeSet) -> list[str]:
    """Say of each code that it is retired, where the vocabulary knows its last day."""
    ended = ended_codes(asked.site.rulebase.documents.vocabulary)
    return [f"{each.code} was retired after {ended[each.code]}" for each in made.entries if each.code in ended]


ADDRESSES = (
    Address("/codes", get=show_all, post=paste, menu="Code lists"),
    Address("/codes/{list}", get=show, post=paste),
)
