"""A request as the pages see it: where it asks, what it asks for, and what a form holds."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import msgspec

from payrule.scaffold.edit import FileEdit, save_all
from payrule.source.diagnostics import RequestError
from payrule.web.frame import Moved, Sent, Shown
from payrule.web.site import Site

SAVING = 5.0
"""Seconds for which a save waits for the solver; `publish` asks it all."""


def soon(seconds: float = SAVING) -> Callable[[], bool]:
    """Tell when so many seconds have passed from now on.

    >>> soon(1000.0)()
    False
    """
    until = monotonic() + seconds
    return lambda: monotonic() > until


class Upload(msgspec.Struct, frozen=True):
    """A file that a form brought: the name that it has for the person, and where it was put."""

    name: str
    path: Path


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request: the site, the parts of its address, the fields of its form or query, and its files.

    A field may come several times. `form_token` belongs in each form of the page that answers.

    >>> asked = Asked(site=None, path="/", fields={"payer": ("a", "b")})
    >>> asked.field("payer"), asked.field("date"), asked.several("payer")
    ('a', '', ('a', 'b'))
    """

    site: Site
    path: str
    form_token: str = ""
    accepts: str = ""
    parts: Mapping[str, str] = {}
    fields: Mapping[str, tuple[str, ...]] = {}
    uploads: Mapping[str, Upload] = {}

    def field(self, name: str) -> str:
        """Give a field, without blanks around it; empty where it was not sent."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def several(self, name: str) -> tuple[str, ...]:
        """Give each value of a field that may come several times."""
        return self.fields.get(name, ())

    def save(self, what: str, edits: Mapping[Path, FileEdit]) -> None:
        """Save files of the rulebase together, so that this can be undone; raises as `undo.save_all`."""
        save_all(self.site.folder, what, self.site.today(), edits)

    def refuse_changes(self) -> None:
        """Raise RequestError where the documents are only shown."""
        if self.site.is_read_only:
            message = "the documents are only shown here, and nothing was changed"
            help_text = "start the workbench on a folder of your own with `--rulebase`, without `--read-only`"
            raise RequestError.of("read-only", message, help_text)


Handler = Callable[[Asked], Shown | Moved | Sent]
"""What answers a request; raises InputError for what the person has to change, which is shown with its help."""


class Address(msgspec.Struct, frozen=True):
    """An address of the workbench: its path, and what answers when it is asked for (`get`) and sent to (`post`)."""

    path: str
    get: Handler | None = None
    post: Handler | None = None
    menu: str = ""
    """What leads to it from each page; empty for one that is reached from another."""
