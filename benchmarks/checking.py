"""How long an analyst waits: for `check` and `fmt` of all shipped documents, and for the command line to answer.

Each is timed in a process of its own, once it has started; with a SAT solver, the questions about every claim are part
of it. The last row is a whole process: what `payrule --help` takes to start, print and end. It is processor time, which
is what an idle machine takes, whatever else runs on this one.
"""

import subprocess
import sys
from resource import RUSAGE_CHILDREN, getrusage

from payrule.examples.run import document_files
from payrule.fmt import formatted
from payrule.rulebase.folder import read_text
from payrule.source.files import shipped

TIMES = 5

_TIMED = """
from time import process_time
{imported}
start = process_time()
{called}
print(process_time() - start)
"""

WAITS = {
    "check": ("from payrule.lint.check import check_rulebase", "check_rulebase(None)"),
    "fmt": ("from benchmarks.checking import form_all", "form_all()"),
}
"""What is waited for: what is imported before, and what is called."""


def form_all() -> None:
    """Put every shipped document into its one form, and write none."""
    for path in document_files(shipped("policies")):
        formatted(read_text(path).value)


def main() -> None:
    """Print a row for each."""
    print(
        f"checking: seconds of a processor for the shipped policies after start-up (the best and the worst of {TIMES})"
    )
    for name, (imported, called) in WAITS.items():
        _row(name, [float(_run("-c", _TIMED.format(imported=imported, called=called))) for _ in range(TIMES)])
    _row("payrule --help", [_timed("-m", "payrule", "--help") for _ in range(TIMES)])


def _row(name: str, seconds: list[float]) -> None:
    print(f"{name:<16} {min(seconds):6.3f} {max(seconds):6.3f}")


def _run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, check=True, text=True).stdout


def _timed(*arguments: str) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    _run(*arguments)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
