"""Whether a version may go into force, and the files that put it there: the document, the lock, and the change log."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from payrule.compare.difference import diff
from payrule.compare.edits import predecessor
from payrule.compare.locks import LOCK, read_lock
from payrule.compare.operands import operand
from payrule.compare.review import read_review, review_file, reviewed
from payrule.compare.signatures import signatures_file, signatures_of, signed, wanted_signatures
from payrule.examples.coverage import coverage
from payrule.examples.run import run_example
from payrule.fmt import formatted
from payrule.lint.check import check_rulebase
from payrule.lock import locked
from payrule.model.choices import Measure
from payrule.model.policy import Policy
from payrule.results.difference import Difference
from payrule.rulebase.folder import policy_file, read_text, unsaved
from payrule.rulebase.load import Documents, read_documents, usable
from payrule.rulebase.rulebase import load
from payrule.scaffold.scaffold import document, examples_of
from payrule.source.diagnostics import InputError, RequestError, counted

CHANGES = "CHANGES.md"
"""The change log of a policy, in its folder."""

WANTED: dict[Measure, float] = {"rules": 100.0, "near-misses": 100.0}
"""What the examples of a version have to exercise before it goes into force, in per cent."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has to be right before a version goes into force: what, whether it is, and what is missing.

    Whoever signs may accept what `may_be_accepted`; all else has to be right.
    """

    what: str
    is_right: bool
    lacking: tuple[str, ...] = ()
    may_be_accepted: bool = False


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a version may go into force; `older` is the version before it, as `policy@version`, if any."""

    version: str
    older: str | None
    items: tuple[Item, ...]

    @property
    def is_ready(self) -> bool:
        """Tell whether everything is right, or may be accepted.

        >>> Readiness(version="p@1.0.0", older=None, items=(Item(what="checks", is_right=False),)).is_ready
        False
        """
        return all(each.is_right or each.may_be_accepted for each in self.items)

    @property
    def to_accept(self) -> tuple[Item, ...]:
        """List what is not right, and whoever signs has to accept."""
        return tuple(each for each in self.items if not each.is_right and each.may_be_accepted)


def in_force(documents: Documents, version: Policy, day: date) -> tuple[Path, str]:
    """Give the file of a version and its text once it is in force; raises RequestError for one that is, or was."""
    if version.status in ("in-force", "retired"):
        message = f"`{version.name}` is {version.status.replace('-', ' ')} already"
        raise RequestError.of("version-settled", message, "choose a draft or a proposal")
    path = policy_file(documents.folder, version)
    value: dict[str, Any] = dict(read_text(path).value) | {"status": "in-force"}
    value["published"] = value.get("published") or day.isoformat()
    return path, document(documents.folder, path, value)


def readiness(  # noqa: PLR0913 - of what, and how it is found, each by name
    folder: Path,
    name: str,
    day: date,
    *,
    expired: Callable[[], Callable[[], bool]],
    report: Callable[[str], object],
    known: Difference | None = None,
) -> Readiness:
    """Say whether a version, `policy@version`, may go into force; `report` is told what is looked at.

    `expired` makes a time limit, one for checks and one for what changes from the version before; `known` is what
    changes, where that was found already. Raises InputError for documents that cannot be used, and for a version that
    is in force already.
    """
    documents = usable(read_documents(folder))
    policy_id, _, number = name.partition("@")
    version = next(each for each in documents.policies[policy_id] if each.version == number)
    before = predecessor(version, documents.policies[policy_id])
    path, text = in_force(documents, version, day)
    with unsaved({path.absolute(): text}):
        report("checks")
        checked = check_rulebase(folder, None, expired())
        found = [each for each in checked.findings if each.severity == "error"]
        before_signing = (each for each in found if each.code != "version-not-signed")
        wrong = tuple(f"{each.message}{f'; {each.help}' if each.help else ''}" for each in before_signing)
        items = [Item(what="Checks find no error", is_right=not wrong, lacking=wrong)]
        if checked.skipped:
            names = ", ".join(dict.fromkeys(check for each in checked.skipped for check in each.checks))
            no_time = (f"there was no time for these checks: {names}",)
            items.append(Item(what="Every check was run", is_right=False, lacking=no_time, may_be_accepted=True))
        report("examples")
        items += _examples(folder, documents, policy_id, day)
    if before is not None:
        report("what changes")
        items += _approved(folder, before, version, known or _compared(folder, before, version, day, expired()))
    return Readiness(version=name, older=before.name if before else None, items=tuple(items))


def _examples(folder: Path, documents: Documents, policy: str, day: date) -> Iterator[Item]:
    files = examples_of(documents, policy)
    rulebase = load(folder)
    failures = tuple(str(each) for path in files for each in run_example(path, rulebase, day).failures)
    none = () if files else ("there is no example",)
    yield Item(what="Examples are answered as expected", is_right=not failures and not none, lacking=failures + none)
    try:
        covered = coverage(rulebase, files, known_on=day, policies=[policy])
    except InputError as fault:
        yield Item(what="Examples exercise each rule", is_right=False, lacking=tuple(map(str, fault.findings)))
        return
    below = covered.below(WANTED)
    short = tuple(f"{each.of}: {each.need}" for each in covered.lacking if each.measure in below)
    yield Item(what="Examples exercise each rule, and a line that it just misses", is_right=not short, lacking=short)


def _compared(folder: Path, before: Policy, version: Policy, day: date, expired: Callable[[], bool]) -> Difference:
    one, two = (f"policy:{each.name}" for each in (before, version))
    return diff(one, two, known_on=day, rulebase=folder, expired=expired)


def _approved(folder: Path, before: Policy, version: Policy, known: Difference) -> Iterator[Item]:
    one, two = (operand(f"policy:{each.name}", folder) for each in (before, version))
    path = review_file(version, folder, before.name, None)
    found = reviewed(known, read_review(path) if path.exists() else None, one, two)
    lacking = [f"{counted(found.waiting, 'kind')} of changed answers not approved"] if found.waiting else []
    yield Item(what="Each kind of changed answers is approved", is_right=not lacking, lacking=tuple(lacking))
    is_settled = found.answers.certainty != "unknown"
    ran_out = () if is_settled else ("time ran out before every kind of change was found: there may be others",)
    yield Item(
        what="Every kind of changed answers was found", is_right=is_settled, lacking=ran_out, may_be_accepted=True
    )
    low = tuple(f"{each.because}: it needs {each.demanded} or higher" for each in found.bumps if not each.enough)
    yield Item(what="The version number fits what changes", is_right=not low, lacking=low)


def publishing(
    documents: Documents, version: Policy, by: str, day: date, accepted: Sequence[Item] = ()
) -> dict[Path, str]:
    """Make the files that put a version into force once a person signs: its document, the lock and the change log.

    The change log says what was `accepted` though it is not right. Where another person has to sign too, it is the file
    of the signatures alone. Raises RequestError where nobody is named, for a person who has signed already, and as
    `in_force`.
    """
    signatures = signed(signatures_of(documents, version), by, day.isoformat())
    wanted = wanted_signatures(documents, version)
    file = signatures_file(documents.folder, version)
    signatures_too = {file: formatted(msgspec.to_builtins(signatures))} if wanted > 1 else {}
    if len(signatures.signed) < wanted:
        return signatures_too
    path, text = in_force(documents, version, day)
    with unsaved({path.absolute(): text}):
        made = locked(usable(read_documents(documents.folder)), read_lock(documents.folder))
    log = documents.folder / version.id / CHANGES
    before = log.read_text(encoding="utf-8") if log.exists() else f"# Changes of {version.title}\n"
    names = " and ".join(each.by for each in signatures.signed)
    entry = f"\n## {version.version}\n\nPut into force on {day.isoformat()} by {names}.\n"
    entry += "".join(f"\nAccepted: {text}.\n" for each in accepted for text in each.lacking)
    files = {path: text, log: before + entry, **signatures_too}
    return files | ({documents.folder / LOCK: made.text} if made.text is not None else {})
