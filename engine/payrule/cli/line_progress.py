"""A bar on a terminal for a long run: how far it has come, lines a second, and how long it will take."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
from rich.text import Text


@contextmanager
def line_progress(*, visible: bool) -> Iterator[Callable[[float, int], None]]:
    """Give what is told which share of the work is done, of how many lines, and shows it meanwhile.

    Nothing is shown when standard error is no terminal, or it is not to be `visible`.
    """
    if not (visible and sys.stderr.isatty()):
        yield lambda *_: None
        return
    columns = ("deciding …", BarColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda share, lines: bar.update(task, total=lines, completed=share * lines)


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
