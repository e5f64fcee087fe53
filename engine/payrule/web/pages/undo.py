"""What was saved in the workbench, last first, and what the files were before: each save can be undone."""

from difflib import unified_diff

import msgspec

from payrule.reports.pages.html import Html, block_html, element, text
from payrule.reports.pages.page import Verbatim
from payrule.scaffold.edit import NO_FILE, Before, Saved, is_as_saved, saves, undo
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, form, words


class Undoable(msgspec.Struct, frozen=True, kw_only=True):
    """A save as the page lists it, and whether its files are still as it left them."""

    saved: Saved
    is_as_saved: bool


def show(asked: Asked) -> Shown:
    """List the saves that are kept."""
    asked.refuse_changes()
    found = tuple(
        Undoable(saved=each, is_as_saved=is_as_saved(asked.site.folder, each)) for each in saves(asked.site.folder)
    )
    lead = words(
        "A save is undone as a whole, while its files are as it left them, unless a check would find an error then. "
        "What was put into force is not undone: make the next version."
    )
    return Shown(title="Undo a save", value=found, body=(lead, *(_saved(asked, each) for each in found)))


def _saved(asked: Asked, each: Undoable) -> Html:
    saved = each.saved
    inside: list[Html] = [element("h2", text(f"{saved.number}. {saved.what}")), words(f"Saved on {saved.day}.")]
    for before in saved.files:
        became = "is new" if before.text is None else "was removed" if before.saved == NO_FILE else "was changed"
        inside.append(words(f"{before.path} {became}."))
        if each.is_as_saved and before.text is not None and before.saved != NO_FILE:
            shown = element("summary", text("What changed"))
            inside.append(element("details", shown, block_html(Verbatim(_changes(asked, before)))))
    if each.is_as_saved:
        number = element("input", type="hidden", name="number", value=str(saved.number))
        inside.append(form("/undo", asked.form_token, number, button=f"Undo save {saved.number}"))
    else:
        inside.append(words("One of its files was changed since."))
    return element("section", *inside)


def _changes(asked: Asked, before: Before) -> str:
    """Show what of a file changed, line by line."""
    now = (asked.site.folder / before.path).read_text(encoding="utf-8")
    lines = unified_diff((before.text or "").splitlines(), now.splitlines(), "before", "now", n=2, lineterm="")
    return "\n".join(lines)


def bring_back(asked: Asked) -> Moved:
    """Undo a save."""
    asked.refuse_changes()
    number = asked.field("number")
    undo(asked.site.folder, int(number) if number.isdecimal() else 0, asked.site.today(), soon())
    return Moved("/undo")


ADDRESSES = (Address("/undo", get=show, post=bring_back),)
