"""The rulebase that the decision service decides by: read again beside the running one when its files change.

Each rulebase is read from a copy of its folder, which stays as it is until the last request on it has been answered:
whichever process answers, and whatever is written to the folder meanwhile.
"""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Self

from msgspec.structs import replace

from payrule.execute.sizes import SECONDS
from payrule.rulebase.compile import Engine
from payrule.rulebase.folder import rulebase_folder
from payrule.rulebase.rulebase import Rulebase, load
from payrule.source.diagnostics import Diagnostic, DocumentError, InputError
from payrule.source.files import shipped
from payrule.web.service.problems import ProblemError
from payrule.web.service.processes import Answerers, defect
from payrule.web.site import stamp_of

LOOK = 1.0
"""Seconds between two looks at the files."""


class Edition:
    """One state of a rulebase, with the processes that answer by it; who uses it says so with `with`."""

    def __init__(self, folder: Path, copy: Path, rulebase: Rulebase, *, waiting: int, most: int) -> None:
        """Take what was read from a copy of a folder."""
        self.rulebase = rulebase
        self.folder, self.copy = folder, copy
        of = None if copy == shipped("policies") else copy
        self.long = Answerers(of, most=most, waiting=waiting, engine=rulebase.engine, seconds=rulebase.seconds)
        """The processes for claims that may take long."""
        self.comparing = Answerers(of, most=1, waiting=4, engine=rulebase.engine, seconds=rulebase.seconds)
        """The process for comparisons, which is started when it is first needed."""
        self.slow: set[bytes] = set()
        """The digests of bodies that took too long to be decided in the worker itself."""
        self._users = 0
        self._retired = False

    def __enter__(self) -> Self:
        """Use it: its files and processes stay until `__exit__`."""
        self._users += 1
        return self

    def __exit__(self, *_: object) -> None:
        """Use it no more."""
        self._users -= 1
        self._end_if_unused()

    def retire(self) -> None:
        """End when nobody uses it any more."""
        self._retired = True
        self._end_if_unused()

    def close(self) -> None:
        """End its processes, and take its copy away."""
        self.long.close()
        self.comparing.close()
        if self.copy != self.folder:
            shutil.rmtree(self.copy, ignore_errors=True)

    def _end_if_unused(self) -> None:
        if self._retired and not self._users:
            self.close()


class Current:
    """The edition that requests begin with, and what is wrong with the files where they cannot be used.

    Raises DocumentError where the documents cannot be used to begin with.
    """

    def __init__(  # noqa: PLR0913 - what is chosen, each by name
        self,
        folder: Path | None,
        *,
        waiting: int = 32,
        most: int = 2,
        engine: Engine = "forward",
        seconds: float = SECONDS,
        said: Callable[[str, tuple[Diagnostic, ...]], object] = lambda *_: None,
    ) -> None:
        """Read the rulebase of a folder, without one the shipped one, that `engine` decides by.

        `seconds` is what a decision may take, as `load` counts it. `said` is told what became of each change.
        """
        self.folder = rulebase_folder(folder)
        self._waiting, self._most, self._said = waiting, most, said
        self._engine: Engine = engine
        self._seconds = seconds
        self.findings: tuple[Diagnostic, ...] = ()
        """What is wrong with the files now; requests are then answered by the last edition that was sound."""
        self._stamp = stamp_of(self.folder)
        self.edition = self._read()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process for claims that may take long, and look after the files from now on."""
        await self.edition.long.start()
        self._watching = asyncio.create_task(self._watch())

    def close(self) -> None:
        """Look no more, and end what was started."""
        if self._watching is not None:
            self._watching.cancel()
        self.edition.close()

    async def look(self) -> None:
        """Look at the files once, and take what is new where it is sound; what is running goes on meanwhile."""
        stamp = await asyncio.to_thread(stamp_of, self.folder)
        if stamp == self._stamp:
            return
        try:
            made = await self._made()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the running edition answers on, and it is said
            told = fault.findings if isinstance(fault, InputError | ProblemError) else (defect(fault),)
            if await asyncio.to_thread(stamp_of, self.folder) == stamp:  # else it is being written, and is read again
                self._stamp, self.findings = stamp, told
                self._said("refused", self.findings)
            return
        if await asyncio.to_thread(stamp_of, self.folder) != stamp:
            made.close()
            return
        before, self.edition = self.edition, made
        self._stamp, self.findings = stamp, ()
        before.retire()
        self._said("loaded", ())

    async def _made(self) -> Edition:
        """Read the folder in a thread, and start the process for claims that may take long."""
        made = await asyncio.to_thread(self._read)
        try:
            await made.long.start()
        except BaseException:
            made.close()
            raise
        return made

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self.look()

    def _read(self) -> Edition:
        """Copy the folder, and read the copy; raises DocumentError, which names the files in the folder."""
        if self.folder == shipped("policies"):
            read = load(None, engine=self._engine, seconds=self._seconds)
            return Edition(self.folder, self.folder, read, waiting=self._waiting, most=self._most)
        copy = Path(mkdtemp(prefix="payrule-"))
        try:
            shutil.copytree(self.folder, copy, dirs_exist_ok=True, symlinks=True, ignore=_hidden)
            read = load(copy, engine=self._engine, seconds=self._seconds)
            return Edition(self.folder, copy, read, waiting=self._waiting, most=self._most)
        except (OSError, shutil.Error):
            shutil.rmtree(copy, ignore_errors=True)
            raise DocumentError.of("unreadable", f"`{self.folder}` cannot be copied", "check its permissions") from None
        except DocumentError as fault:
            shutil.rmtree(copy, ignore_errors=True)
            raise DocumentError(_named(each, copy, self.folder) for each in fault.findings) from None


def _hidden(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(".")]


def _named(found: Diagnostic, copy: Path, folder: Path) -> Diagnostic:
    """Name the file in the folder, not the one in its copy."""
    said, meant = str(copy), str(folder)
    return replace(
        found,
        file=found.file and found.file.replace(said, meant),
        message=found.message.replace(said, meant),
        help=found.help and found.help.replace(said, meant),
    )
