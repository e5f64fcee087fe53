"""A bar on a terminal for a long run: how far it has come, lines a second, and how long it will take."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TimeRemainingColumn
from rich.text import Text


class LineProgress:
    """Show how far a run has come; nothing when standard error is no terminal, or it is not `visible`."""

    def __init__(self, *, visible: bool) -> None:
        """Prepare the bar."""
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        if visible and sys.stderr.isatty():
            columns = ("deciding …", BarColumn(), _Rate(), TimeRemainingColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def told(self, share: float, lines: int) -> None:
        """Hear which share of the work is done, of how many lines."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=lines, completed=share * lines)


class _Rate(ProgressColumn):
    """Lines a second since the run began."""

    def render(self, task: Task) -> Text:
        return Text(rate(task.completed, task.elapsed or 0))


def rate(lines: float, seconds: float) -> str:
    """Say how many lines a second were decided; nothing as long as none are.

    >>> rate(500_000, 2), rate(0, 2)
    ('250,000 lines a second', '')
    """
    return f"{lines / seconds:,.0f} lines a second" if lines and seconds else ""
