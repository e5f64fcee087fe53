"""What reviewers decided on the kinds of change between two versions, in a file beside the policy.

A kind is known by its answers and the rules that decide them, so it is the same kind in the comparison of tomorrow.
What was decided holds as long as those rules are as they were.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from payrule.compare.locks import resolved_digest
from payrule.compare.operands import Operand
from payrule.language.condition import Test, find, parse
from payrule.language.name_findings import facts_of, resting_on
from payrule.language.names import Names
from payrule.model.digests import document_digest
from payrule.model.policy import Document, Policy, Rule
from payrule.model.vocabulary import Vocabulary
from payrule.results.difference import AnswerChange, Difference, ReviewedKind
from payrule.rulebase.load import read_document
from payrule.source.diagnostics import RequestError

REVIEWS = "reviews"
"""The folder of a policy that holds the reviews of its versions."""

Decision = Literal["approved", "questioned"]


class DecidedKind(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was decided on a kind of change, by whom, and on which day, with the digests of the rules it rests on."""

    id: str
    change: str
    decision: Decision
    by: str
    on: str
    rules: dict[str, str]
    comment: str | UnsetType = UNSET


class Review(Document, frozen=True, kw_only=True, omit_defaults=True):
    """The decisions on the kinds of change from one version to another; `payer` as for the comparison."""

    old: str
    new: str
    payer: str | UnsetType = UNSET
    kinds: tuple[DecidedKind, ...] = ()


def read_review(path: Path) -> Review:
    """Read a review; raises DocumentError where there is none, or for one of another shape."""
    return read_document(path, "review", Review)


def review_file(new: Policy, root: Path, old: str, payer: str | None) -> Path:
    """Give the file of a review in a rulebase folder, in the folder `reviews` of the policy.

    `old` is the version before, as `policy@version`; the file is named after both versions, and the payer, if any.

    >>> from payrule import load
    >>> policy = load().policies[min(load().policies)][0]
    >>> review_file(policy, Path("policies"), "p@0.9.0", "plain-plan").name
    '1.0.0-after-0.9.0-for-plain-plan.json'
    """
    whom = f"-for-{payer}" if payer else ""
    return root / new.id / REVIEWS / f"{new.version}-after-{old.rpartition('@')[2]}{whom}.json"


def kind_id(change: AnswerChange) -> str:
    """Give the digest that names a kind of change, whichever claim shows it."""
    answers = (msgspec.to_builtins(each) for each in (change.before, change.after))
    paid = None if change.paid_otherwise is UNSET else msgspec.to_builtins(change.paid_otherwise)
    return document_digest(*answers, paid)


def reviewed(found: Difference, review: Review | None, old: Operand, new: Operand) -> Difference:
    """Say of each kind of change what a review says of it; without one all are new.

    Raises RequestError for a review of other versions, or of another payer.
    """
    if review is not None:
        _refuse_other(found, review, old, new)
    known = {each.id: each for each in review.kinds} if review is not None else {}
    return replace(found, review=tuple(_status(each, known, old, new) for each in found.answers.changes))


def decided(  # noqa: PLR0913 - what a reviewer says, each by name
    review: Review, change: AnswerChange, old: Operand, new: Operand, *, words: str, said: Mapping[str, str], on: str
) -> Review:
    """Add a decision to a review, in place of an earlier one on the same kind.

    `said` holds the `decision`, who decides (`by`), and a `comment`, which may be empty. Raises RequestError where one
    of the first two is missing.
    """
    decision, by, comment = (said.get(each, "").strip() for each in ("decision", "by", "comment"))
    if decision not in ("approved", "questioned"):
        raise RequestError.of("no-decision", "no decision was chosen", "approve the change, or question it")
    if not by:
        raise RequestError.of("no-reviewer", "the name of the reviewer is missing", "write your name")
    if decision == "questioned" and not comment:
        raise RequestError.of("no-comment", "it is not said what is questioned", "write a comment")
    made = DecidedKind(
        id=kind_id(change),
        change=words,
        decision="approved" if decision == "approved" else "questioned",
        by=by,
        on=on,
        rules=_digests(change, old, new),
        comment=comment or UNSET,
    )
    others = (each for each in review.kinds if each.id != made.id)
    return replace(review, kinds=tuple(sorted((*others, made), key=lambda each: each.id)))


def _status(change: AnswerChange, known: Mapping[str, DecidedKind], old: Operand, new: Operand) -> ReviewedKind:
    name = kind_id(change)
    made = known.get(name)
    if made is None:
        return ReviewedKind(id=name, status="new")
    is_same = made.rules == _digests(change, old, new)
    return ReviewedKind(
        id=name, status=made.decision if is_same else "changed", by=made.by, on=made.on, comment=made.comment
    )


def _refuse_other(found: Difference, review: Review, old: Operand, new: Operand) -> None:
    of = (name_of(old), name_of(new), found.payer)
    wanted = (review.old, review.new, review.payer or None)
    if of != wanted:
        words = [f"`{one}` to `{two}`{f' for `{payer}`' if payer else ''}" for one, two, payer in (wanted, of)]
        message = f"the review is of {words[0]}, and {words[1]} is compared"
        raise RequestError.of("other-review", message, "name the review of these versions, or compare what it is of")


def name_of(operand: Operand) -> str:
    """Name what is compared as a review does: a version as `policy@version`, else as it was named."""
    return operand.policy.name if operand.policy is not None else operand.payer or operand.name


def _digests(change: AnswerChange, old: Operand, new: Operand) -> dict[str, str]:
    """Give the digest of each rule that a change rests on, in both versions together."""
    paid = () if change.paid_otherwise is UNSET else (*change.paid_otherwise.before, *change.paid_otherwise.after)
    names = {name for name in (change.before.rule, change.after.rule, *paid) if name is not None}
    return {name: document_digest([*_rule_digests(name, old)], [*_rule_digests(name, new)]) for name in sorted(names)}


def _rule_digests(name: str, of: Operand) -> Iterator[str]:
    policy_id, _, rule_id = name.partition("/")
    versions = of.documents.policies.get(policy_id, ())
    own = [of.policy] if of.policy is not None and of.policy.id == policy_id else versions
    for policy in own:
        for rule in policy.rules:
            if rule.id == rule_id:
                yield rule_digest(policy, rule, of.documents.vocabulary)


def rule_digest(policy: Policy, rule: Rule, vocabulary: Vocabulary) -> str:
    """Give the digest of a rule with the definitions, code lists and quotas that it uses, and nothing else.

    >>> from payrule import load
    >>> rulebase = load()
    >>> policy = rulebase.policies[min(rulebase.policies)][0]
    >>> rule_digest(policy, policy.rules[0], rulebase.documents.vocabulary)[:7]
    'sha256:'
    """
    resting = [each for each, _ in resting_on(parse(rule.when), Names(vocabulary, policy))]
    facts = {name for each in resting for name in facts_of(each)}
    sets = {test.set_name for each in resting for test in find(each, Test)}
    alone = replace(
        policy,
        version="0.0.0",
        title="",
        published=None,
        replaces=None,
        interpretation=None,
        sources={},
        sets={name: each for name, each in policy.sets.items() if name in sets},
        facts={name: each for name, each in policy.facts.items() if name in facts},
        rules=(rule,),
        notes=(),
    )
    return resolved_digest(alone, vocabulary)
