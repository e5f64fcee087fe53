"""What happens when a command needs a package that comes with an extra, and it is not installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from payrule.cli.support.options import UNUSABLE, report


@contextmanager
def needing(extra: str, *packages: str) -> Iterator[None]:
    """Import the packages of an extra here; without them end with exit code 2 and the way to install them."""
    try:
        yield
    except ModuleNotFoundError as fault:
        if fault.name not in packages:
            raise
        from payrule.source.diagnostics import Diagnostic

        message = f"this needs the package `{fault.name}`, which is not installed"
        report([Diagnostic(code="no-package", message=message, help=f"`pip install 'payrule[{extra}]'`")])
        sys.exit(UNUSABLE)
