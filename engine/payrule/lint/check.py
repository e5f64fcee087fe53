"""Check documents: first what a rulebase needs before it can decide anything, then what lint rules look for."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from payrule.analysis.solver import OutOfTimeError, never
from payrule.citations.copies import Copies
from payrule.compare.locks import read_lock, read_lock_file
from payrule.compare.review import read_review
from payrule.compare.signatures import read_signatures
from payrule.examples.run import ExampleReader, documents_in, example_files, read_example
from payrule.formats.column_maps import column_map_findings
from payrule.lint.registry import BY_CODE, CHECKS, SUPPRESSION_WITHOUT_EFFECT
from payrule.lint.rule import Check, CheckContext, Fix, Problem, Questions, Results, context_of, is_active, problem
from payrule.model.policy import Policy, Suppression
from payrule.model.values import frozen
from payrule.rulebase.folder import column_map_files, policy_file, read_text, rulebase_folder
from payrule.rulebase.load import (
    Documents,
    read_code_set,
    read_documents,
    read_payer,
    read_policy,
    read_remittance_codes,
    read_table,
    read_vocabulary,
)
from payrule.rulebase.rulebase import Rulebase, load
from payrule.rulebase.tables import rows_findings
from payrule.source.diagnostics import (
    Checked,
    Diagnostic,
    DocumentError,
    InputError,
    RequestError,
    Severity,
    Skipped,
    Suppressed,
    did_you_mean,
    sort_key,
)
from payrule.source.json_source import Path as JsonPath
from payrule.source.json_source import steps_of

if TYPE_CHECKING:
    from payrule.model.payer import Example

Place = TypeVar("Place")


class Asking(msgspec.Struct, frozen=True):
    """About which versions the solver is asked, by files that they may be in, and until when; all where none is one."""

    files: AbstractSet[Path]
    expired: Callable[[], bool]


def check_rulebase(
    folder: Path | None,
    sources: Path | None = None,
    expired: Callable[[], bool] = never,
    *,
    asking: Asking | None = None,
) -> Checked:
    """Check every document of a rulebase, its examples too; with `sources` also the citations.

    For one of its folders, such as a policy's, only problems in that folder are reported, and why checks did not run.

    Checks wait until the documents can be used; those of citations do not. `expired` tells that time has run out: what
    was not checked by then is reported as left out. With `asking` the solver is asked about those versions alone.

    Raises DocumentError when there is no rulebase.
    """
    root, within = documents_in(folder)
    named = rulebase_words(folder, root)
    try:
        documents = read_documents(root)
    except DocumentError as error:
        return Checked(rulebase=named, documents=len(within), findings=error.findings)
    context, findings = rulebase_context(documents, sources, expired)
    usable = not any(finding.severity == "error" for finding in findings)
    files = {policy.name: policy_file(root, policy) for policy in context.policies}
    chosen = tuple(policy for policy in context.policies if files[policy.name] in within)
    wanted = [each for each in CHECKS if usable or each.needs == "sources"]
    ran = run(msgspec.structs.replace(context, policies=chosen), wanted, _asked(chosen, documents, files, asking))

    def file(name: str) -> Path:
        return files.get(name, root / name)

    reported = tuple(each for each in ran.found if file(each.file or "") in within)
    maps = (path for path in column_map_files(root) if path in within)
    findings += tuple(each for path in maps for each in column_map_findings(path, documents.vocabulary))
    return _checked(named, len(within), findings, msgspec.structs.replace(ran, found=reported), file)


def _asked(
    chosen: tuple[Policy, ...], documents: Documents, files: Mapping[str, Path], asking: Asking | None
) -> Callable[[CheckContext], CheckContext]:
    """Narrow the context of checks that ask the solver to the versions that it is asked about, of none to all."""
    if asking is None:
        return lambda context: context
    policies = tuple(policy for policy in chosen if files[policy.name].absolute() in asking.files) or chosen
    questions = Questions(documents, asking.expired)
    return lambda context: msgspec.structs.replace(context, policies=policies, questions=questions)


def rulebase_context(
    documents: Documents, sources: Path | None = None, expired: Callable[[], bool] = never
) -> tuple[CheckContext, tuple[Diagnostic, ...]]:
    """Put a rulebase in a context, its examples and lock when the rest can be used; and say what is wrong with it."""
    documents = frozen(documents)  # once, instead of in each rulebase that a check makes of them
    in_time = takewhile(lambda _: not expired(), documents.tables.values())
    findings = [*documents.findings, *rows_findings(in_time, read_text)]
    examples: dict[str, Example] = {}
    lock = None
    if not any(finding.severity == "error" for finding in findings):
        reader = ExampleReader(Rulebase(documents))
        for path in example_files(documents.folder):
            if expired():  # no check looks at examples then: they are left out
                break
            try:
                examples[path.relative_to(documents.folder).as_posix()] = reader.read(path)[0]
            except InputError as error:
                findings += error.findings
        try:
            lock = read_lock(documents.folder)
        except DocumentError as error:
            findings += error.findings
    context = msgspec.structs.replace(
        context_of(documents),
        questions=Questions(documents, expired),
        examples=examples,
        copies=Copies(sources) if sources is not None else None,
        lock=lock,
    )
    return context, tuple(findings)


def one_by_one(
    check: Callable[[Place], Checked], first: Place, others: Iterable[Place], expired: Callable[[], bool]
) -> Iterator[Checked]:
    """Check what is named, one after the other; what there is no time for is reported as left out.

    >>> checked = together(one_by_one(lambda _: Checked(documents=1), "a", ["b", "c"], lambda: True))
    >>> checked.documents, [each.reason for each in checked.skipped]
    (1, ['time ran out before `b`, `c`'])
    """
    yield check(first)
    waiting = list(others)
    while waiting and not expired():
        yield check(waiting.pop(0))
    if waiting:
        listed = ", ".join(f"`{each}`" for each in waiting)
        yield Checked(documents=0, skipped=(Skipped(reason=f"time ran out before {listed}", checks=()),))


def check_file(
    path: Path, folder: Path | None, sources: Path | None = None, expired: Callable[[], bool] = never
) -> Checked:
    """Check one document, of whatever kind, with the names of a rulebase.

    For a policy, what needs its examples or its other versions is left to `check_rulebase`.

    Raises DocumentError when the vocabulary of the rulebase cannot be used, or for an example anything in it.
    """
    kind = kind_of(path)
    if isinstance(kind, str) and kind in ALONE:
        return Checked(documents=1, findings=_problems(ALONE[kind], path))
    named = rulebase_words(folder, rulebase_folder(folder))
    if kind == "column-map":
        findings = column_map_findings(path, read_documents(folder).vocabulary)
        return Checked(rulebase=named, documents=1, findings=findings)
    if kind == "example":
        return Checked(rulebase=named, documents=1, findings=_problems(read_example, path, load(folder)))
    documents = read_documents(folder)
    if kind == "payer":
        return Checked(rulebase=named, documents=1, findings=_problems(read_payer, path, documents))
    try:
        policy = read_policy(path, documents.vocabulary, documents.remittance_codes)
    except DocumentError as error:
        return Checked(rulebase=named, documents=1, findings=error.findings)
    context = policy_context(policy, documents, sources, expired)
    return _checked(named, 1, (), run(context, [each for each in CHECKS if each.needs != "rulebase"]), lambda _: path)


def rulebase_words(named: Path | None, root: Path) -> str:
    """Say which rulebase is checked: its folder, or that it is the shipped one, which is meant where none is named.

    >>> rulebase_words(None, Path("somewhere")), rulebase_words(Path("plans"), Path("plans/policies"))
    ('the rulebase that payrule ships', 'plans/policies')
    """
    return "the rulebase that payrule ships" if named is None else str(root)


def check_table(path: Path) -> None:
    """Read a table, and its rows anew; raises DocumentError with all that is wrong."""
    if findings := list(rows_findings([read_table(path)], read_text)):
        raise DocumentError(findings)


ALONE: dict[str, Callable[[Path], object]] = {
    "vocabulary": read_vocabulary,
    "remittance-codes": read_remittance_codes,
    "lock": read_lock_file,
    "review": read_review,
    "signatures": read_signatures,
    "table": check_table,
    "code-set": read_code_set,
}
"""Kinds of document that are checked without any other, each with what reads it."""


def policy_context(
    policy: Policy, documents: Documents, sources: Path | None = None, expired: Callable[[], bool] = never
) -> CheckContext:
    """Put one policy version in a context, among the documents of a rulebase."""
    others = [each for each in documents.policies.get(policy.id, ()) if each.version != policy.version]
    among = msgspec.structs.replace(documents, policies=documents.policies | {policy.id: (*others, policy)})
    copies = Copies(sources) if sources is not None else None
    return CheckContext(documents=among, policies=(policy,), questions=Questions(among, expired), copies=copies)


def together(checked: Iterable[Checked]) -> Checked:
    """Put what was checked one after the other together.

    >>> [together([Checked(documents=2), Checked(documents=1)]).documents, together([]).findings]
    [3, ()]
    """
    each = tuple(checked)
    skipped: dict[str, dict[str, None]] = {}
    for skip in (skip for one in each for skip in one.skipped):
        skipped.setdefault(skip.reason, {}).update(dict.fromkeys(skip.checks))
    return Checked(
        rulebase=", ".join(dict.fromkeys(one.rulebase for one in each if one.rulebase)) or None,
        documents=sum(one.documents for one in each),
        findings=tuple(finding for one in each for finding in one.findings),
        suppressed=tuple(suppressed for one in each for suppressed in one.suppressed),
        skipped=tuple(Skipped(reason=why, checks=tuple(codes)) for why, codes in skipped.items()),
    )


class PlacedSuppression(msgspec.Struct, frozen=True):
    """A suppression, with its place in a policy version, and the one name that it is about, if any."""

    policy: str
    path: JsonPath
    suppression: Suppression
    of: str | None = None


class RunResult(msgspec.Struct, frozen=True):
    """What checks found, by the names of documents; what was suppressed, with the reason; why checks were left out."""

    found: tuple[Problem, ...]
    suppressed: tuple[tuple[Problem, str], ...] = ()
    skipped: dict[str, tuple[str, ...]] = {}


def run(
    context: CheckContext,
    checks: Iterable[Check],
    asked: Callable[[CheckContext], CheckContext] = lambda context: context,
) -> RunResult:
    """Run checks, those that ask about every possible claim last; when time runs out the others are left out.

    `asked` gives the context of those that ask the solver.

    >>> from payrule.lint.rule import shipped_context
    >>> run(shipped_context(), [each for each in CHECKS if each.needs == "policy"]).found
    ()
    """
    found: list[Problem] = []
    suppressed: list[tuple[Problem, str]] = []
    skipped: dict[str, list[str]] = defaultdict(list)
    finished: set[str] = set()
    used: set[PlacedSuppression] = set()
    listed = [each for policy in context.policies for each in suppressions(policy)]
    narrowed = asked(context)
    for check in sorted(checks, key=lambda each: each.needs == "solver"):
        results: list[Problem] = []
        of = narrowed if check.needs == "solver" else context
        try:
            if check.needs != "reading":
                of.questions.check_time()
            results.extend(check.run(of))
            if of is context and (check.needs != "sources" or context.copies is not None):
                finished.add(check.code)
        except OutOfTimeError:  # what it found before counts
            skipped["time ran out"].append(check.code)
        except RequestError as error:
            skipped[error.findings[0].message].append(check.code)
            continue
        for each in results:
            of_check = _of_check(check, each)
            by = next((placed for placed in listed if _suppresses(placed, check, of_check)), None)
            if by is None:
                found.append(of_check)
            else:
                used.add(by)
                suppressed.append((of_check, by.suppression.reason))
    drafts = {policy.name for policy in context.policies if not is_active(policy)}
    of_examples = {check.code for check in CHECKS if check.family == "examples"}  # which drafts do not need yet
    idle = (each for each in listed if each not in used)
    idle = (each for each in idle if each.policy not in drafts or each.suppression.code not in of_examples)
    found += [_of_check(SUPPRESSION_WITHOUT_EFFECT, each) for each in _without_effect(idle, finished)]
    return RunResult(tuple(found), tuple(suppressed), {why: tuple(codes) for why, codes in skipped.items()})


def _of_check(check: Check, found: Problem) -> Problem:
    """Fill in what a check gives each problem that it finds: its code, and a warning where it is none but a warning."""
    severity: Severity = "warning" if check.severity == "warning" else found.severity
    return msgspec.structs.replace(found, code=check.code, severity=severity)


def suppressions(policy: Policy) -> Iterator[PlacedSuppression]:
    """List the suppressions of a policy version and of its rules.

    >>> from payrule import load
    >>> versions = [version for each in load().policies.values() for version in each]
    >>> all(each.suppression.reason for version in versions for each in suppressions(version))
    True
    """
    for index, own in enumerate(policy.suppress or ()):
        yield PlacedSuppression(policy.name, ("suppress", index), own, own.of)
    for position, rule in enumerate(policy.rules):
        for index, each in enumerate(rule.suppress or ()):
            yield PlacedSuppression(policy.name, ("rules", position, "suppress", index), each)


def _suppresses(placed: PlacedSuppression, check: Check, found: Problem) -> bool:
    """Tell whether a suppression covers what a check found: in its rule, its policy, or the entry that it names."""
    holder, path = placed.path[:-2], steps_of(found.path or "$")
    return (
        check.suppressible
        and placed.suppression.code == check.code
        and placed.policy == found.file
        and path[: len(holder)] == holder
        and (placed.of is None or path[1:2] == (placed.of,))
    )


def _without_effect(idle: Iterable[PlacedSuppression], finished: AbstractSet[str]) -> Results:
    """Find suppressions of a check that found nothing, that cannot be suppressed, or that does not exist."""
    for placed in idle:
        code = placed.suppression.code
        check = BY_CODE.get(code)
        fix: Fix | None = None
        if check is None:
            message = f"there is no check `{code}` to suppress"
            listed = "see `payrule check --list`"
            help_text = did_you_mean(code, BY_CODE, otherwise=listed) or listed
        elif not check.suppressible:
            message, help_text = f"`{code}` cannot be suppressed", "fix what it finds"
        elif code in finished:
            message, help_text = f"this suppresses `{code}`, which finds nothing here", "remove it"
            fix = Fix(path=placed.path, done=f"removed a suppression of `{code}`, which found nothing")
        else:
            continue
        yield problem(placed.policy, (*placed.path, "code"), message, help_text, fix=fix)


def _checked(
    rulebase: str, count: int, findings: Iterable[Diagnostic], ran: RunResult, file: Callable[[str], Path]
) -> Checked:
    """Give what was found its places in the documents, which are read again for that."""
    text = cache(read_text)

    def placed(found: Problem) -> Diagnostic:
        source = text(file(found.file or ""))
        diagnostic = source.diagnostic(
            steps_of(found.path or "$"), found.code, found.message, found.help, key=found.at_key
        )
        return msgspec.structs.replace(diagnostic, severity=found.severity)

    everything = [*findings, *map(placed, ran.found)]
    suppressed = [Suppressed(diagnostic=placed(each), reason=why) for each, why in ran.suppressed]
    return Checked(
        rulebase=rulebase,
        documents=count,
        findings=tuple(sorted(everything, key=sort_key)),
        suppressed=tuple(sorted(suppressed, key=lambda each: sort_key(each.diagnostic))),
        skipped=tuple(Skipped(reason=why, checks=codes) for why, codes in ran.skipped.items()),
    )


def kind_of(path: Path) -> object:
    """Say what a document calls itself; what cannot be read is no kind."""
    try:
        value = read_text(path).value
    except DocumentError:
        return None
    return value.get("kind") if isinstance(value, dict) else None


def _problems(read: Callable[..., object], *arguments: object) -> tuple[Diagnostic, ...]:
    try:
        read(*arguments)
    except InputError as error:
        return error.findings
    return ()
