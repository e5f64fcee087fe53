"""A scaffold: files to write and what to do next, without errors that a check would find."""

import os
import shlex
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.analysis.solver import never
from payrule.examples.run import example_files, run_example
from payrule.fmt import formatted
from payrule.lint.check import Asking, check_rulebase
from payrule.rulebase.folder import rulebase_folder, rulebase_here, unsaved
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import Diagnostic, DocumentError, RequestError, did_you_mean

NAME = r"[a-z0-9]+(-[a-z0-9]+)*"
"""What names of policies, payers, rules and examples look like."""


class Scaffold(msgspec.Struct, frozen=True):
    """Texts by the files to write them to, those of them that exist already, and what to do next, a sentence each.

    `gone` are files to remove, because what is in them is written under another name.
    """

    files: dict[Path, str]
    changed: frozenset[Path] = frozenset()
    gone: frozenset[Path] = frozenset()
    then: tuple[str, ...] = ()


def document(root: Path, path: Path, value: dict[str, Any]) -> str:
    """Write a document in its one form, with the schema that an editor completes from where the rulebase has one.

    >>> print(document(Path("/nowhere"), Path("/nowhere/payers/p.json"), {"kind": "payer", "id": "p"}), end="")
    {
      "kind": "payer",
      "id": "p"
    }
    """
    schema = root.absolute().parent / "schemas" / "bound" / f"{value['kind']}.schema.json"
    if "$schema" not in value and schema.is_file():
        value = {"$schema": Path(os.path.relpath(schema, path.absolute().parent)).as_posix(), **value}
    return formatted(value)


def documents_with(texts: Mapping[Path, str | None], root: Path) -> Documents:
    """Read a rulebase with these texts in it, None for a file that is gone; raises RequestError with what is wrong."""
    with unsaved({path.absolute(): text for path, text in texts.items()}):
        try:
            return usable(read_documents(root))
        except DocumentError as fault:
            raise RequestError(without_place(fault.findings)) from None


def passing(scaffold: Scaffold, root: Path, day: date, expired: Callable[[], bool] = never) -> Scaffold:
    """Give a scaffold in which no check finds an error, and whose examples pass; warnings are listed in it.

    An error that was there before is a warning here. The solver is asked about the versions of the scaffold, until
    there is no more time for it. Raises RequestError with what is wrong otherwise.
    """
    texts = {path.absolute(): text for path, text in scaffold.files.items()}
    asking = Asking(texts.keys(), expired)
    with unsaved(texts | {path.absolute(): None for path in scaffold.gone}):
        everything = check_rulebase(root, asking=asking).findings
        # Examples are carried over so that somebody settles which answer is right.
        found = [each for each in everything if each.severity == "error" and each.code != _UNSETTLED]
        if found:
            with unsaved({}):
                before = {
                    (each.code, each.message)
                    for each in check_rulebase(root, asking=asking).findings
                    if each.severity == "error"
                }
            found = [each for each in found if (each.code, each.message) not in before]
        if not found:
            rulebase = load(root)
            own = {path.absolute() for path in scaffold.files}
            made = (path for path in example_files(root) if path.absolute() in own)
            found = [failure for path in made for failure in run_example(path, rulebase, day).failures]
    if found:
        raise RequestError(without_place(found))
    files = {str(path) for path in scaffold.files}
    warnings = without_place(each for each in everything if each.file in files and each.code not in _TO_BE_WRITTEN)
    then = (*scaffold.then, *(f"checks warn that {each.message}" for each in warnings))
    return msgspec.structs.replace(scaffold, then=then)


_UNSETTLED = "carried-example-not-settled"
_TO_BE_WRITTEN = ("placeholder", "placeholder-elsewhere", _UNSETTLED)
"""What a scaffold itself says to do next."""


def without_place(findings: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Give each finding once, without its place, for that is in a text that is written nowhere yet."""
    distinct = {(each.message, each.help): each for each in findings}
    return [msgspec.structs.replace(each, file=None, line=None, column=None, path=None) for each in distinct.values()]


def examples_of(documents: Documents, policy: str) -> list[Path]:
    """List the files of a policy's examples."""
    return [path for path in example_files(documents.folder) if path.parent.parent.name == policy]


def there(documents: Documents) -> str:
    """Name the rulebase at the end of a command; the one that is found from here needs no name."""
    here = rulebase_here()
    is_found = here is not None and rulebase_folder(here) == documents.folder.resolve()
    return "" if is_found else f" --rulebase {shlex.quote(str(documents.folder))}"


def named(kind: str, name: str, known: Iterable[str], label: str | None = None) -> str:
    """Give a name that exists; raises RequestError for another one, which calls its kind by the label.

    >>> named("policy", "plain", ["plain"])
    'plain'
    """
    if name not in known:
        raise RequestError.of(f"unknown-{kind}", f"there is no {label or kind} `{name}`", did_you_mean(name, known))
    return name
