"""The citations of a policy, each with its place in the document."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from payrule.citations.copies import Copies
from payrule.model.policy import Cite, Policy
from payrule.results.determination import Determination, Explanation, LineDetermination, Reason, RuleExplanation
from payrule.results.difference import AnswerChange, Difference
from payrule.results.verification import ReachableConflict, Verification
from payrule.source.json_source import Path


def cited(policy: Policy) -> Iterator[tuple[Path, Cite]]:
    """List every citation of a policy with its place in the document."""
    for index, rule in enumerate(policy.rules):
        yield from ((("rules", index, "cites", n), cite) for n, cite in enumerate(rule.cites))
    for name, fact in policy.facts.items():
        yield from ((("facts", name, "cites", n), cite) for n, cite in enumerate(fact.cites))
    for index, note in enumerate(policy.notes):
        yield from ((("notes", index, "cites", n), cite) for n, cite in enumerate(note.cites))


Versions = Mapping[str, Policy]
"""Policies by name and version, as `policy@version`."""

Citing = TypeVar("Citing", Reason, RuleExplanation)


def in_explanation(explanation: Explanation, copies: Copies, versions: Versions) -> Explanation:
    """Show the passages that the rules of an explanation cite."""
    rules = tuple(_cited(rule, copies, versions) for rule in explanation.rules)
    return msgspec.structs.replace(explanation, rules=rules)


def in_difference(difference: Difference, copies: Copies, before: Versions, after: Versions) -> Difference:
    """Show the passages that the answers before and after cite."""

    def shown(change: AnswerChange) -> AnswerChange:
        old = _determination(change.witness.before, copies, before)
        new = _determination(change.witness.after, copies, after)
        return msgspec.structs.replace(change, witness=msgspec.structs.replace(change.witness, before=old, after=new))

    changes = tuple(map(shown, difference.answers.changes))
    return msgspec.structs.replace(difference, answers=msgspec.structs.replace(difference.answers, changes=changes))


def in_verification(verification: Verification, copies: Copies, versions: Versions) -> Verification:
    """Show the passages that the answers to claims with a conflict cite."""

    def shown(conflict: ReachableConflict) -> ReachableConflict:
        determination = _determination(conflict.shown.determination, copies, versions)
        return msgspec.structs.replace(
            conflict, shown=msgspec.structs.replace(conflict.shown, determination=determination)
        )

    return msgspec.structs.replace(verification, conflicts=tuple(map(shown, verification.conflicts)))


def _determination(determination: Determination, copies: Copies, versions: Versions) -> Determination:
    def shown(line: LineDetermination) -> LineDetermination:
        return msgspec.structs.replace(line, reasons=tuple(_cited(each, copies, versions) for each in line.reasons))

    return msgspec.structs.replace(determination, lines=tuple(map(shown, determination.lines)))


def _cited(citing: Citing, copies: Copies, versions: Versions) -> Citing:
    policy = versions[f"{citing.policy}@{citing.version}"]
    return msgspec.structs.replace(citing, cites=tuple(copies.beside(cite, policy) for cite in citing.cites))
