"""Determinations as payrule wrote them: one as a JSON object, several in an array, or one a line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from payrule.source.diagnostics import Diagnostic, RequestError
from payrule.source.files import read_plain
from payrule.source.json_source import decode, scan

Numbered = tuple[str, Mapping[str, Any]]
"""A determination with where it stands."""

_NEEDED = {"encounter": str, "payer": str, "rulebase": str, "known_on": str, "lines": list}
"""What every determination says."""


def read_determinations(path: Path) -> tuple[Numbered, ...]:
    """Read the determinations of a file; raises RequestError for a file that cannot be read, or holds something else.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "answers.json"
    ...     written = path.write_text('{"encounter": "E-1"}')
    ...     read_determinations(path)
    Traceback (most recent call last):
    payrule.source.diagnostics.RequestError: ...: this is no determination: `payer` is missing (give ...)
    """
    try:
        data = read_plain(path)
    except OSError as fault:
        message = f"`{path}` cannot be read: {(fault.strerror or str(fault)).lower()}"
        raise RequestError.of("unreadable", message, "give a file of determinations as JSON or JSON Lines") from None
    text = decode(data, str(path), RequestError)
    lines = [each for each in text.split("\n") if each.strip()]
    if len(lines) > 1 and all(each.lstrip().startswith("{") and each.rstrip().endswith("}") for each in lines):
        places = (number for number, each in enumerate(text.split("\n"), start=1) if each.strip())
        values = [(f"{path}:{number}", _line(each, path, number)) for number, each in zip(places, lines, strict=True)]
    else:
        value = scan(text, str(path), RequestError).value
        listed = value if isinstance(value, list) else [value]
        values = [(str(path) if len(listed) == 1 else f"{path}[{at}]", each) for at, each in enumerate(listed)]
    for place, each in values:
        _check(place, each)
    if not values:
        raise RequestError.of("empty", f"`{path}` holds no determination", "decide with `--format json`, and give that")
    return tuple(values)


def _line(text: str, path: Path, number: int) -> Any:
    try:
        return scan(text, str(path), RequestError).value
    except RequestError as fault:
        moved = (msgspec.structs.replace(each, line=number) for each in fault.findings)
        raise RequestError(moved) from None


def _check(place: str, value: Any) -> None:
    """Refuse what is no determination."""
    for key, kind in _NEEDED.items():
        if isinstance(value, dict) and isinstance(value.get(key), kind):
            continue
        what = f"`{key}` is missing" if isinstance(value, dict) and key not in value else f"`{key}` cannot be read"
        help_ = (
            "give what `payrule adjudicate --format json` or `jsonl` wrote; a sheet or a Parquet file does not hold all"
        )
        message = f"this is no determination: {what}"
        raise RequestError([Diagnostic(code="no-determination", message=message, help=help_, file=place)])
