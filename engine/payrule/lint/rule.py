"""What a lint rule is: the documents that it sees, what it finds, and what several rules need."""

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from functools import cache
from itertools import chain
from typing import Any, Literal

import msgspec

from payrule.analysis.encoding import Encoding
from payrule.analysis.regime_questions import RegimeQuestions
from payrule.analysis.solver import OutOfTimeError, never
from payrule.citations.copies import Copies, Lack
from payrule.citations.passages import cited
from payrule.compare.comparison_side import regimes, side_alone
from payrule.language.condition import Lines, Quota, Test, conditions, find, parse
from payrule.language.derived import derived
from payrule.language.name_findings import resting_on
from payrule.language.names import Names
from payrule.model.payer import Example
from payrule.model.policy import Cite, Lock, Policy, Rule
from payrule.model.policy import Quota as Limit
from payrule.model.vocabulary import Computation, Vocabulary
from payrule.rulebase.load import Documents, read_documents
from payrule.source.diagnostics import Diagnostic, Severity
from payrule.source.json_source import Path, json_path

Needs = Literal["reading", "policy", "rulebase", "sources", "solver"]
"""What a check looks at.

`reading` finds nothing itself: it is reported when the document is read, because the document cannot be used. `policy`
looks at one policy at a time, `rulebase` at all documents and their examples, `sources` also at the analyst's own
copies, and `solver` asks questions about every possible claim.
"""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """A safe change of a document: put a value at a path, or remove what is there; `done` says so afterwards."""

    path: Path
    done: str
    value: Any = msgspec.UNSET


class Problem(Diagnostic, frozen=True, kw_only=True):
    """A diagnostic of a lint rule: with the fix, if a safe one is known, and whether its place is a key.

    Both are used up when documents are fixed or reported; what is reported is the diagnostic.
    """

    fix: Fix | None = None
    at_key: bool = False


Results = Iterator[Problem]
"""What a lint rule gives; `lint.check` fills in the code of its check, and the file, line and column."""


def problem(  # noqa: PLR0913 - what there is to say of a problem, most of it by name
    document: str,
    path: Path,
    message: str,
    help_text: str,
    *,
    key: bool = False,
    fix: Fix | None = None,
    severity: Severity = "error",
) -> Problem:
    """Report a problem at a path of a document; `key` tells that the place is the key and not its value.

    A policy version is named as `policy@version`, any other document by its file below the folder of the rulebase.
    `severity` is at most that of the check.

    >>> problem("vocabulary.json", ("sets", "a"), "nothing uses `@a`", "remove it", key=True).path
    '$.sets.a'
    """
    return Problem(
        code="",
        message=message,
        help=help_text,
        file=document,
        path=json_path(path),
        severity=severity,
        fix=fix,
        at_key=key,
    )


class VersionRule(msgspec.Struct, frozen=True):
    """A rule of a policy version, with its position there."""

    policy: Policy
    position: int
    rule: Rule

    @property
    def name(self) -> str:
        """The rule as `policy/rule`."""
        return f"{self.policy.id}/{self.rule.id}"

    def problem(
        self, message: str, help_text: str, *place: str | int, key: bool = False, fix: Fix | None = None
    ) -> Problem:
        """Report a problem at a place in the rule."""
        path = ("rules", self.position, *place)
        return problem(self.policy.name, path, message, help_text, key=key, fix=fix)


class Questions:
    """Questions about every possible claim; each version is encoded once for all checks."""

    def __init__(self, documents: Documents, expired: Callable[[], bool] = never) -> None:
        """Take the documents that versions are read with; `expired` tells that time has run out."""
        self.expired = expired
        self._documents = documents
        self._encoded: dict[str, RegimeQuestions] = {}

    def check_time(self) -> None:
        """Raise OutOfTimeError when time has run out."""
        if self.expired():
            raise OutOfTimeError

    def about(self, policy: Policy) -> RegimeQuestions:
        """Encode a version; raises RequestError without python-sat, OutOfTimeError when time has run out."""
        if policy.name not in self._encoded:
            self.check_time()
            side = side_alone(self._documents, policy, date.max, any_date=True)  # whenever it was published
            side.rulebase.program_on(side.terms, date.max).compile_all()  # what is too much together is refused
            newest = regimes(side)[-1]  # dates differ in remittance codes alone, which no check asks about
            regime = msgspec.structs.replace(newest, spans=((None, None),))
            encoding = Encoding([regime], self.expired)
            self._encoded[policy.name] = RegimeQuestions(encoding, encoding.encoders[0], regime, side.decide)
        return self._encoded[policy.name]

    def never(self, policy: Policy, literal: int) -> bool:
        """Tell whether it is proved that no claim makes a literal of a version true; errors as for `about`."""
        part = self.about(policy)
        return not part.can(literal) and part.encoding.proof() == "proved"


class CheckContext(msgspec.Struct, frozen=True):
    """The policy versions that are checked, and the documents that they are read with.

    `examples` are those of the rulebase, by their files below its folder; `copies` the analyst's own copies of the
    sources; `lock` the digests of versions in force.
    """

    documents: Documents
    policies: tuple[Policy, ...]
    questions: Questions
    examples: Mapping[str, Example] = {}
    copies: Copies | None = None
    lock: Lock | None = None

    def versions(self) -> Iterator[Policy]:
        """List the versions that are checked; raises OutOfTimeError when time has run out."""
        for policy in self.policies:
            self.questions.check_time()
            yield policy

    def rules(self, *, active: bool = False) -> Iterator[VersionRule]:
        """List the rules of all versions, or of the active ones; errors as for `versions`."""
        for policy in self.policies:
            if is_active(policy) or not active:
                for position, rule in enumerate(policy.rules):
                    self.questions.check_time()
                    yield VersionRule(policy, position, rule)

    def lacking(self, lack: Lack) -> Iterator[tuple[Policy, Path, Cite]]:
        """List the citations whose sentence cannot be shown for this reason; none where there are no copies."""
        if self.copies is not None:
            for policy in self.versions():
                for path, cite in cited(policy):
                    if self.copies.lack(policy, cite) == lack:
                        yield policy, path, cite


def context_of(documents: Documents) -> CheckContext:
    """Put all policies of documents in a context, and nothing else."""
    policies = tuple(version for _, versions in sorted(documents.policies.items()) for version in versions)
    return CheckContext(documents, policies, Questions(documents))


@cache
def shipped_context() -> CheckContext:
    """Put the policies that payrule ships in a context.

    >>> len(shipped_context().policies) > 1
    True
    """
    return context_of(read_documents())


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check by its code; `run` finds what is wrong with the documents of a context."""

    code: str
    family: str
    severity: Severity = "warning"
    needs: Needs = "policy"
    run: Callable[[CheckContext], Results]
    suppressible: bool = True


def lint_rule(
    run: Callable[[CheckContext], Results],
    *,
    severity: Severity = "warning",
    needs: Needs = "policy",
    suppressible: bool = True,
) -> Check:
    """Make the check of a module in `rules`, whose file name is its code, and whose folder is its family.

    >>> from payrule.lint.rules.names import set_unused
    >>> check = lint_rule(set_unused.run)
    >>> check.family, check.code
    ('names', 'set-unused')
    """
    *_, family, name = run.__module__.split(".")
    code = name.replace("_", "-")
    return Check(code=code, family=family, severity=severity, needs=needs, run=run, suppressible=suppressible)


def is_active(policy: Policy) -> bool:
    """Tell whether a version is proposed or in force: a draft is not finished, and a retired one answers nothing."""
    return policy.status in ("proposed", "in-force")


def shown_as(context: CheckContext, *ways: str) -> frozenset[str]:
    """Name the rules, as `policy/rule`, that examples list under `shows` in one of these ways."""
    return frozenset(each.rule for example in context.examples.values() for each in example.shows if each.how in ways)


def unused(
    context: CheckContext,
    key: Literal["sets", "facts", "quotas", "sources"],
    used: Callable[[Policy], Container[object]],
    described: str,
    reason: str,
) -> Results:
    """Find entries of a key that a policy does not use, each with its fix; `described` has `{}` for their names."""
    for policy in context.versions():
        known = used(policy)
        for name in getattr(policy, key) or ():
            if name not in known:
                subject = described.format(name)
                fix = Fix(path=(key, name), done=f"removed the {subject}: {reason} it")
                message = f"{reason} the {subject}"
                yield problem(policy.name, (key, name), message, "use it, or remove it", key=True, fix=fix)


def quotas_used(policy: Policy) -> frozenset[str]:
    """Name the quotas that conditions of a policy ask about, or by which rules pay."""
    asked = {each.name for condition in conditions(policy) for each in find(condition, Quota)}
    pays = (rule.conclude.pay for rule in policy.rules if rule.conclude.pay is not msgspec.UNSET)
    return frozenset(asked | {pay.quota for pay in pays if pay.quota is not None})


def attributes_tested(when: Mapping[str, Any], policy: Policy, documents: Documents) -> frozenset[str]:
    """Name the attributes that a condition tests, by itself or through definitions.

    >>> context = shipped_context()
    >>> policy = next(each for each in context.policies if each.facts)
    >>> name = min(policy.facts)
    >>> of_definition = attributes_tested(policy.facts[name].when, policy, context.documents)
    >>> both = {"fact": name, "line.units": {"at_least": 2}}
    >>> attributes_tested(both, policy, context.documents) == of_definition | {"line.units"}
    True
    """
    read = resting_on(parse(when), Names(documents.vocabulary, policy))
    return frozenset(test.attribute for condition, _ in read for test in find(condition, Test))


def attributes_needed(when: Mapping[str, Any], policy: Policy, documents: Documents) -> frozenset[str]:
    """Name the attributes of a claim that a condition needs, in place of what is computed from them.

    >>> context = shipped_context()
    >>> when = {"line.units_supported": {"is": False}}
    >>> sorted(attributes_needed(when, context.policies[0], context.documents))
    ['line.minutes', 'line.modifiers', 'line.provider.type', 'line.units']
    """
    known = derived(documents.vocabulary)
    tested = attributes_tested(when, policy, documents)
    given = (each for name in tested for each in known.inputs(name) or (name,))
    return frozenset(name for name in given if name in documents.vocabulary.attributes)


def look_ups(vocabulary: Vocabulary) -> dict[str, Computation]:
    """Give the attributes that a form looks up in a table, with how.

    >>> look_ups(shipped_context().documents.vocabulary)
    {}
    """
    computed = ((name, each.computation) for name, each in vocabulary.attributes.items())
    return {name: made for name, made in computed if made is not None and made.lookup is not None}


def reads_of(attribute: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Name an attribute, and those from which forms compute it, whatever is between.

    >>> sorted(reads_of("patient.age_years", shipped_context().documents.vocabulary))
    ['line.date', 'patient.age_years', 'patient.birth_date']
    """
    found, waiting = set[str](), [attribute]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            described = vocabulary.attributes.get(name)
            waiting += described.computation.reads if described is not None and described.computation else ()
    return frozenset(found)


def looked_up_by(document: Policy | Vocabulary, vocabulary: Vocabulary) -> Iterator[tuple[str, Path]]:
    """List the looked-up attributes that conditions and quotas of a document read, each with its place."""
    known = look_ups(vocabulary)
    tests = ((test.attribute, test.path) for each in conditions(document) for test in find(each, Test))
    counts = ((name, each.path) for one in conditions(document) for each in find(one, Lines) for name in _counted(each))
    limits = document.limits.items() if isinstance(document, Policy) else ()
    shared = ((one, ("quotas", name)) for name, each in limits for one in _shared(each))
    for name, path in chain(tests, counts, shared):
        for one in sorted(reads_of(name, vocabulary) & known.keys()):
            yield one, path


def _counted(lines: Lines) -> Iterator[str]:
    yield from lines.same
    if lines.measure.of is not None:
        yield lines.measure.of


def _shared(quota: Limit) -> Iterator[str]:
    yield quota.of
    yield from quota.same
    for order in quota.first:
        yield from order.values()
