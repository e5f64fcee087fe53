"""Run the command line inside the test process, which takes a tenth of the time of a process of its own."""

import io
import os
import shlex
import signal
import sys
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryFile
from unittest.mock import patch

from tests.forks import Answer

from payrule.cli import main

__all__ = ["Answer", "run"]


def run(command: str, folder: Path, *, width: int = 100, stdin: bytes = b"") -> Answer:
    """Run a command line such as `payrule check rulebase` in a folder."""
    program, *arguments = shlex.split(command)
    assert program == "payrule"
    surroundings = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "NO_COLOR")}
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(io.BufferedWriter(each), encoding="utf-8") for each in written)
    before = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    code: object = 0
    with (
        TemporaryFile("w+", encoding="utf-8") as read,
        chdir(folder),
        patch.dict(os.environ, surroundings | {"COLUMNS": str(width)}, clear=True),
        patch.multiple(sys, argv=[program, *arguments], stdin=read, stdout=out, stderr=err),
    ):
        read.buffer.write(stdin)
        read.seek(0)
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)
    out.flush()
    err.flush()
    stdout, stderr = (each.getvalue().decode() for each in written)
    return Answer(stdout, stderr, code if isinstance(code, int) else 0)
