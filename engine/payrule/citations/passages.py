"""What policies cite of each source, which rules, definitions and notes cite it, and the cited text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TypeVar

import msgspec

from payrule.citations.copies import Copies, SourceText
from payrule.model.policy import Cite, Policy
from payrule.results.coverage import Cited, PassageCoverage, SourceCoverage, SourcePart
from payrule.results.determination import Determination, LineDetermination, Reason
from payrule.results.difference import AnswerChange, Difference
from payrule.results.explanation import Explanation, RuleExplanation
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
    rules = tuple(_shown(rule, copies, versions) for rule in explanation.rules)
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
        return msgspec.structs.replace(line, reasons=tuple(_shown(each, copies, versions) for each in line.reasons))

    return msgspec.structs.replace(determination, lines=tuple(map(shown, determination.lines)))


def _shown(citing: Citing, copies: Copies, versions: Versions) -> Citing:
    policy = versions[f"{citing.policy}@{citing.version}"]
    return msgspec.structs.replace(citing, cites=tuple(copies.beside(cite, policy) for cite in citing.cites))


class Resting(msgspec.Struct, frozen=True):
    """Something that rests on a passage: a rule, a fact or a note, as `policy@version` and its own name."""

    version: str
    kind: str
    name: str

    @property
    def policy(self) -> str:
        """Name the policy, whatever its version.

        >>> Resting("p@1.0.0", "rule", "r").policy
        'p'
        """
        return self.version.partition("@")[0]

    @property
    def said(self) -> str:
        """Name it for a reader.

        >>> Resting("p@1.0.0", "rule", "r").said, Resting("p@1.0.0", "note", "2").said
        ('p@1.0.0 r', 'p@1.0.0 note 2')
        """
        return f"{self.version} {self.name}" if self.kind == "rule" else f"{self.version} {self.kind} {self.name}"


class Passage(msgspec.Struct, frozen=True):
    """A passage as it is cited, and all that rests on it."""

    cite: Cite
    rests: tuple[Resting, ...]


def passages(policies: Mapping[str, tuple[Policy, ...]]) -> dict[str, tuple[Passage, ...]]:
    """List the cited passages of each source file; citations of the same words are one passage."""
    found: dict[str, dict[tuple[object, ...], tuple[Cite, list[Resting]]]] = defaultdict(dict)
    for name in sorted(policies):
        for policy in policies[name]:
            for place, cite in cited(policy):
                file = policy.sources[cite.source].file
                if file is not None:
                    key = (cite.digest, cite.words) if cite.digest else (cite.source, cite.locator, policy.name)
                    _, rests = found[file].setdefault(key, (cite, []))
                    rests.append(_resting(policy, place))
    return {file: tuple(_passages(found[file].values())) for file in sorted(found)}


def _passages(listed: Iterable[tuple[Cite, list[Resting]]]) -> Iterable[Passage]:
    return (Passage(cite, tuple(dict.fromkeys(rests))) for cite, rests in listed)


def _resting(policy: Policy, place: Path) -> Resting:
    key, at = place[0], place[1]
    if key == "rules":
        return Resting(policy.name, "rule", policy.rules[int(at)].id)
    return Resting(policy.name, "fact", str(at)) if key == "facts" else Resting(policy.name, "note", str(int(at) + 1))


HEADING = 12
"""Words that a heading has at most."""

_GOES_ON = re.compile(r"[.,;!?]$")


def source_coverage(policies: Mapping[str, tuple[Policy, ...]], copies: Copies) -> tuple[SourceCoverage, ...]:
    """Go through every copy that is at hand, and say what rests on its passages.

    Raises DocumentError for a copy that is not text.
    """
    texts = ((file, cites, copies.text(file)) for file, cites in passages(policies).items())
    return tuple(
        SourceCoverage(file=file, parts=tuple(_parts(cites, text))) for file, cites, text in texts if text is not None
    )


def _parts(cites: tuple[Passage, ...], text: SourceText) -> Iterator[SourcePart]:
    """Begin a part with each heading."""
    title, pending = None, list[PassageCoverage]()
    for passage in _covered_passages(_resting_on(cites, text), text):
        if passage.cited == "heading":
            if title is not None or pending:
                yield SourcePart(title=title, passages=tuple(pending))
            title, pending = passage.text, []
        else:
            pending.append(passage)
    if title is not None or pending:
        yield SourcePart(title=title, passages=tuple(pending))


def _resting_on(cites: tuple[Passage, ...], text: SourceText) -> list[tuple[Resting, ...]]:
    """List for each word what rests on it; of a passage that stands in a text twice, both times."""
    found: dict[int, list[Resting]] = defaultdict(list)
    for passage in cites:
        for place in text.find(passage.cite):
            for word in place:
                found[word] += passage.rests
    return [tuple(dict.fromkeys(found.get(word, ()))) for word in range(len(text.words))]


def _covered_passages(rests: list[tuple[Resting, ...]], text: SourceText) -> Iterator[PassageCoverage]:
    """Part a text at its paragraphs, and where something else begins to rest on it; marks of lists are no words."""
    whole = range(len(text.words))
    paragraphs = {*text.breaks(whole), len(whole)}
    citing = _citing(rests, paragraphs)
    changes = (word for word in whole[1:] if rests[word] != rests[word - 1])
    for start, end in pairwise(sorted({0, *paragraphs, *changes})):
        words, first = range(start, end), start == 0 or start in paragraphs
        if not any(map(str.isalnum, "".join(text.folded[start:end]))):
            continue  # the mark of a list
        alone = first and end in paragraphs
        yield PassageCoverage(
            text=text.passage(words),
            line=text.line(start),
            words=len(words),
            cited="heading" if alone and not rests[start] and _is_heading(words, text) else _cited(rests[start]),
            rests=tuple(each.said for each in rests[start]),
            by_policy={
                policy: _cited(tuple(each for each in rests[start] if each.policy == policy))
                for policy in citing[start]
            },
        )


def _citing(rests: list[tuple[Resting, ...]], paragraphs: AbstractSet[int]) -> list[tuple[str, ...]]:
    """Name for each word the policies that cite something of its paragraph: each of them could cite it too."""
    found: list[tuple[str, ...]] = []
    for start, end in pairwise(sorted({0, *paragraphs})):
        policies = sorted({each.policy for word in range(start, end) for each in rests[word]})
        found += [tuple(policies)] * (end - start)
    return found


def _cited(rests: tuple[Resting, ...]) -> Cited:
    if any(each.kind != "note" for each in rests):
        return "rule"
    return "note" if rests else "nothing"


def _is_heading(words: range, text: SourceText) -> bool:
    """Take a short paragraph on one line, that ends as no sentence does, for a heading."""
    said = text.passage(words)
    one_line = text.line(words[0]) == text.line(words[-1])
    return len(words) <= HEADING and one_line and not _GOES_ON.search(said)
