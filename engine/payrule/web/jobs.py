"""Long work beside the pages: each job is a process of its own, which says how far it is and can be stopped."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from secrets import token_hex
from threading import Lock, Thread
from time import monotonic
from typing import Any, Literal, Self

import msgspec

from payrule.source.diagnostics import Diagnostic, InputError

State = Literal["running", "done", "stopped", "failed"]
Report = Callable[[int, int, str], None]
"""Says how far a job is: how much is done, of how much in all (0 where that is not known), and of what, in words."""

Work = Callable[..., Any]
"""What a job does: a function of a module, which gets a `Report` first, then arguments that can be pickled."""

_UNEXPECTED = "the work ended before it was done"


class TimeLimit:
    """Says that time has run out; while there is some, it reports each second how many have gone, and of how many.

    >>> TimeLimit(lambda *_: None, 60)()
    False
    """

    def __init__(self, report: Report, seconds: float) -> None:
        """Begin now."""
        self._report = report
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        """Begin again, for what has time of its own; `beside` is said next to the seconds."""
        self._begun, self._seconds, self._said = monotonic(), seconds, 0.0
        self.beside = ""

    def __call__(self) -> bool:
        """Tell whether time has run out."""
        taken = monotonic() - self._begun
        if taken - self._said >= 1:
            self._said = taken
            self._report(int(taken), int(self._seconds), f"seconds at most{self.beside}")
        return taken > self._seconds


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job is, and what went wrong; `title` says what it does."""

    id: str
    title: str
    then: str
    state: State = "running"
    done: int = 0
    total: int = 0
    words: str = ""
    findings: tuple[Diagnostic, ...] = ()

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1; 0 where it is not known.

        >>> Progress(id="1", title="", then="/", done=1, total=4).share
        0.25
        """
        return min(1.0, self.done / self.total) if self.total else 0.0


class Jobs:
    """The jobs of a site, by id; closing it stops those that run.

    >>> with Jobs() as jobs:
    ...     jobs.progress("none") is None
    True
    """

    def __init__(self) -> None:
        """Begin without any."""
        self._lock = Lock()
        self._progress: dict[str, Progress] = {}
        self._results: dict[str, Any] = {}
        self._arguments: dict[str, tuple[Any, ...]] = {}
        self._processes: dict[str, Any] = {}
        self._context = get_context("spawn")  # a fork would copy the locks of other threads as they are

    def __enter__(self) -> Self:
        """Give the jobs."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what runs."""
        for job in tuple(self._processes):
            self.stop(job)

    def start(self, title: str, then: str, work: Work, *arguments: Any) -> str:
        """Start a job and give its id; `then` is the page that shows its result, in which `{id}` stands for the id."""
        job = token_hex(8)
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_run, args=(theirs, work, arguments), daemon=True)
        self._progress[job] = Progress(id=job, title=title, then=then.replace("{id}", job))
        self._arguments[job] = arguments
        process.start()
        theirs.close()
        self._processes[job] = process
        Thread(target=self._listen, args=(job, ours, process), daemon=True).start()
        return job

    def progress(self, job: str) -> Progress | None:
        """Say how far a job is; None where there is none of this id."""
        return self._progress.get(job)

    def result(self, job: str) -> Any:
        """Give what a job that is done has made; None before that."""
        return self._results.get(job)

    def results(self) -> list[Any]:
        """List what jobs that are done have made, the last first."""
        return list(reversed(self._results.values()))

    def arguments(self, job: str) -> tuple[Any, ...]:
        """Give what a job was started with; nothing where there is none of this id."""
        return self._arguments.get(job, ())

    def stop(self, job: str) -> None:
        """Stop a job that runs; what it has made so far is gone."""
        process = self._processes.pop(job, None)
        if process is not None:
            self._set(job, state="stopped")
            process.terminate()
            process.join(5)

    def _set(self, job: str, **changes: Any) -> None:
        with self._lock:
            now = self._progress[job]
            if now.state == "running":
                self._progress[job] = msgspec.structs.replace(now, **changes)

    def _listen(self, job: str, connection: Connection, process: Any) -> None:
        while True:
            try:
                kind, *told = connection.recv()
            except (EOFError, OSError):
                break
            if kind == "progress":
                done, total, words = told
                self._set(job, done=done, total=total, words=words)
            elif kind == "done":
                self._results[job] = told[0]
                self._set(job, state="done")
            else:
                self._set(job, state="failed", findings=told[0])
        process.join()
        self._processes.pop(job, None)
        self._set(job, state="failed", findings=(Diagnostic(code="job-ended", message=_UNEXPECTED, help="try again"),))


def _run(connection: Connection, work: Work, arguments: tuple[Any, ...]) -> None:
    """Do the work of a job in its process, and send what there is to say of it."""
    try:
        made = work(lambda done, total, words: connection.send(("progress", done, total, words)), *arguments)
    except InputError as fault:
        connection.send(("failed", fault.findings))
    else:
        connection.send(("done", made))
    connection.close()
