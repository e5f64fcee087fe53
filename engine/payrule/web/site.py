"""What the workbench stands on: the documents of a rulebase as they are on disk now, and a folder for uploads."""

import os
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock
from typing import Self

from payrule.rulebase.folder import rulebase_folder
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import Diagnostic, DocumentError
from payrule.source.files import shipped
from payrule.web.jobs import Jobs

Stamp = frozenset[tuple[str, int, int]]
"""Of each document its path, when it was written (nanoseconds), and its size (bytes)."""


class Site:
    """A rulebase that is read again when one of its files has changed, and a private folder that goes when it closes.

    Raises DocumentError where the documents cannot be used to begin with.

    >>> with Site(None) as site:
    ...     bool(site.rulebase.payers), site.is_read_only, site.findings
    (True, True, ())
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        sources: Path | None = None,
        read_only: bool = False,
        home: Path | None = None,
        today: Callable[[], date] = lambda: datetime.now().astimezone().date(),
    ) -> None:
        """Read the rulebase of a folder, without one the shipped one, which is shown and not changed.

        `home` is the folder in which one can be made instead; None where that is not offered.
        """
        self.folder = rulebase_folder(folder)
        self.sources = sources
        self.is_read_only = read_only or self.folder == shipped("policies")
        self.home = home
        self.today = today
        self.findings: tuple[Diagnostic, ...] = ()
        """What is wrong with the documents on disk; the rulebase is then the last one that could be used."""
        self._lock = Lock()
        self._stamp = stamp_of(self.folder)
        self._rulebase = load(self.folder)
        self.private = Path(mkdtemp(prefix="payrule-"))  # only its owner may enter it
        self.jobs = Jobs()

    def __enter__(self) -> Self:
        """Give the site."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what runs, and take away what was uploaded."""
        self.jobs.__exit__()
        shutil.rmtree(self.private, ignore_errors=True)

    def move(self, folder: Path, sources: Path) -> None:
        """Go on with the rulebase of another folder, which can be changed; raises DocumentError where it cannot be."""
        found = rulebase_folder(folder)
        with self._lock:
            stamp, loaded = stamp_of(found), load(found)
            self._stamp, self._rulebase, self.findings = stamp, loaded, ()
            self.folder, self.sources, self.is_read_only, self.home = found, sources, False, None

    @property
    def rulebase(self) -> Rulebase:
        """The rulebase as its files are now, or the last one that could be used."""
        with self._lock:
            stamp = stamp_of(self.folder)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._rulebase, self.findings = load(self.folder), ()
                except DocumentError as fault:
                    self.findings = fault.findings
            return self._rulebase


def stamp_of(folder: Path) -> Stamp:
    """Say of each document of a folder where it is, when it was written (nanoseconds) and how large it is (bytes).

    >>> len(stamp_of(shipped("policies"))) > 1
    True
    """
    found = set()
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".json"):
                path = os.path.join(place, name)  # noqa: PTH118 - asked for on each page, and a Path takes longer
                try:
                    told = os.stat(path)  # noqa: PTH116 - as above
                except OSError:
                    continue
                found.add((path, told.st_mtime_ns, told.st_size))
    return frozenset(found)
