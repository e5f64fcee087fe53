"""What `fmt` and `check --fix` share: files are written whole or not at all, or what would change is shown."""

import difflib
from pathlib import Path

from payrule.cli.output import binary_output


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; a link stays a link."""
    with binary_output(path.resolve() if path.is_symlink() else path) as put:
        put(text.encode())


def difference(path: Path, before: str, after: str) -> str:
    """Show what would change as `diff -u` and `patch` have it."""
    lines = difflib.unified_diff(_lines(before), _lines(after), str(path), str(path))
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: JSON texts may hold other characters that Python takes for line ends."""
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [last for last in text.split("\n")[-1:] if last]
