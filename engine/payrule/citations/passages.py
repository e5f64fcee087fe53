"""What policies cite of each source, which rules, definitions and notes cite it, and the cited text."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from payrule.citations.copies import Copies, SourceText
from payrule.model.policy import Cite, Policy
from payrule.results.coverage import Cited, PassageCoverage, SourceCoverage, SourcePart
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

Cites = TypeVar("Cites", Reason, RuleExplanation)


def in_explanation(explanation: Explanation, copies: Copies, versions: Versions) -> Explanation:
    """Add the cited text to the rules of an explanation."""
    rules = tuple(_shown(rule, copies, versions) for rule in explanation.rules)
    return replace(explanation, rules=rules)


def in_difference(difference: Difference, copies: Copies, before: Versions, after: Versions) -> Difference:
    """Add the cited text to the answers before and after."""

    def shown(change: AnswerChange) -> AnswerChange:
        old = _determination(change.witness.before, copies, before)
        new = _determination(change.witness.after, copies, after)
        return replace(change, witness=replace(change.witness, before=old, after=new))

    changes = tuple(map(shown, difference.answers.changes))
    return replace(difference, answers=replace(difference.answers, changes=changes))


def in_verification(verification: Verification, copies: Copies, versions: Versions) -> Verification:
    """Add the cited text to the answers for claims with a conflict."""

    def shown(conflict: ReachableConflict) -> ReachableConflict:
        determination = _determination(conflict.shown.determination, copies, versions)
        return replace(conflict, shown=replace(conflict.shown, determination=determination))

    return replace(verification, conflicts=tuple(map(shown, verification.conflicts)))


def _determination(determination: Determination, copies: Copies, versions: Versions) -> Determination:
    def shown(line: LineDetermination) -> LineDetermination:
        return replace(line, reasons=tuple(_shown(each, copies, versions) for each in line.reasons))

    return replace(determination, lines=tuple(map(shown, determination.lines)))


def _shown(citing: Cites, copies: Copies, versions: Versions) -> Cites:
    policy = versions[f"{citing.policy}@{citing.version}"]
    return replace(citing, cites=tuple(copies.with_passage(cite, policy) for cite in citing.cites))


class Citing(msgspec.Struct, frozen=True):
    """A rule, a definition or a note that cites a passage, as `policy@version` and its own name."""

    version: str
    kind: str
    name: str

    @property
    def policy(self) -> str:
        """Name the policy, whatever its version."""
        return self.version.partition("@")[0]

    @property
    def label(self) -> str:
        """Name it for a reader.

        >>> Citing("p@1.0.0", "rule", "r").label, Citing("p@1.0.0", "note", "2").label
        ('p@1.0.0 r', 'p@1.0.0 note 2')
        """
        return f"{self.version} {self.name}" if self.kind == "rule" else f"{self.version} {self.kind} {self.name}"


class Passage(msgspec.Struct, frozen=True):
    """A passage as it is cited, and all that cites it."""

    cite: Cite
    citing: tuple[Citing, ...]


def passages(policies: Mapping[str, tuple[Policy, ...]]) -> dict[str, tuple[Passage, ...]]:
    """List the cited passages of each source file; citations of the same words are one passage."""
    found: dict[str, dict[tuple[object, ...], tuple[Cite, dict[Citing, None]]]] = defaultdict(dict)
    for name in sorted(policies):
        for policy in policies[name]:
            for place, cite in cited(policy):
                file = policy.sources[cite.source].file
                if file is not None:
                    key = (cite.digest, cite.words) if cite.digest else (cite.source, cite.locator, policy.name)
                    _, citing = found[file].setdefault(key, (cite, {}))
                    citing[_citing(policy, place)] = None
    return {
        file: tuple(Passage(cite, tuple(citing)) for cite, citing in found[file].values()) for file in sorted(found)
    }


def _citing(policy: Policy, place: Path) -> Citing:
    match place:
        case ("facts", name, *_):
            return Citing(policy.name, "definition", str(name))
        case ("rules", position, *_):
            return Citing(policy.name, "rule", policy.rules[int(position)].id)
    return Citing(policy.name, "note", str(int(place[1]) + 1))


HEADING = 12
"""Words that a heading has at most."""

_GOES_ON = re.compile(r"[.,;!?]$")

_MARK = re.compile(r"§?[(\[]?(?:\d{1,3}(?:\.\d{1,3})+[.)\]]?|(?:\d{1,3}|[A-Za-z]|[ivx]{1,5})[.)\]])(?=\s|$)")


def list_mark(text: str) -> str:
    """Give the mark that a paragraph of a list begins with, such as its number; empty where it has none.

    >>> list_mark("2.3 The benefit is 20 visits."), list_mark("(a) Massage."), list_mark("12 visits are paid.")
    ('2.3', '(a)', '')
    """
    found = _MARK.match(text)
    return found[0] if found else ""


def source_files(policies: Mapping[str, tuple[Policy, ...]]) -> tuple[str, ...]:
    """Name the files of the sources of policies, whether or not anything of them is cited yet."""
    versions = (policy for each in policies.values() for policy in each)
    return tuple(sorted({each.file for policy in versions for each in policy.sources.values() if each.file}))


def source_coverage(policies: Mapping[str, tuple[Policy, ...]], copies: Copies) -> tuple[SourceCoverage, ...]:
    """Go through every copy, and say what cites its passages; raises DocumentError for a copy without words."""
    cites = passages(policies)
    texts = ((file, copies.text(file)) for file in source_files(policies))
    return tuple(_covered(file, cites.get(file, ()), text) for file, text in texts if text is not None)


def covered_source(policies: Mapping[str, tuple[Policy, ...]], copies: Copies, file: str) -> SourceCoverage | None:
    """Go through one copy, as `source_coverage` does; None where there is no such file."""
    text = copies.text(file) if file in source_files(policies) else None
    return None if text is None else _covered(file, passages(policies).get(file, ()), text)


def covered_text(file: str, text: SourceText) -> SourceCoverage:
    """Go through a text that nothing cites.

    >>> [each.cited for each in covered_text("m.txt", SourceText("Massage is paid.")).passages]
    ['nothing']
    """
    return _covered(file, (), text)


def _covered(file: str, cites: tuple[Passage, ...], text: SourceText) -> SourceCoverage:
    return SourceCoverage(file=file, parts=tuple(_parts(cites, text)))


def _parts(cites: tuple[Passage, ...], text: SourceText) -> Iterator[SourcePart]:
    """Begin a part with each heading."""
    title, pending = None, list[PassageCoverage]()
    for passage in _covered_passages(_citing_words(cites, text), text):
        if passage.cited == "heading":
            if title is not None or pending:
                yield SourcePart(title=title, passages=tuple(pending))
            title, pending = passage.text, []
        else:
            pending.append(passage)
    if title is not None or pending:
        yield SourcePart(title=title, passages=tuple(pending))


def _citing_words(cites: tuple[Passage, ...], text: SourceText) -> list[tuple[Citing, ...]]:
    """List for each word what cites it; of a passage that is in a text twice, both times."""
    found: dict[int, list[Citing]] = defaultdict(list)
    for passage in cites:
        for place in text.find(passage.cite):
            for word in place:
                found[word] += passage.citing
    return [tuple(dict.fromkeys(found.get(word, ()))) for word in range(len(text.words))]


def _covered_passages(cited_by: list[tuple[Citing, ...]], text: SourceText) -> Iterator[PassageCoverage]:
    """Split a text at its paragraphs, and where something else cites it; marks of lists are no words."""
    whole = range(len(text.words))
    paragraphs = {*text.breaks(whole), len(whole)}
    policies = _citing_policies(cited_by, paragraphs)
    changes = (word for word in whole[1:] if cited_by[word] != cited_by[word - 1])
    for start, end in pairwise(sorted({0, *paragraphs, *changes})):
        words, first = range(start, end), start == 0 or start in paragraphs
        citing = cited_by[start]
        if not any(map(str.isalnum, "".join(text.folded[start:end]))):
            continue  # the mark of a list
        if first and not citing and list_mark(passage := text.passage(words)) == passage:
            continue  # the number of a paragraph of which the rest is cited
        alone = first and end in paragraphs
        yield PassageCoverage(
            text=text.passage(words),
            line=text.line(start),
            page=UNSET if (page := text.page(start)) is None else page,
            words=len(words),
            cited="heading" if alone and not citing and _is_heading(words, text) else _cited(citing),
            rests=tuple(each.label for each in citing),
            by_policy={
                policy: _cited(tuple(each for each in citing if each.policy == policy)) for policy in policies[start]
            },
        )


def _citing_policies(cited_by: list[tuple[Citing, ...]], paragraphs: AbstractSet[int]) -> list[tuple[str, ...]]:
    """Name for each word the policies that cite something of its paragraph: each of them could cite it too."""
    found: list[tuple[str, ...]] = []
    for start, end in pairwise(sorted({0, *paragraphs})):
        policies = sorted({each.policy for word in range(start, end) for each in cited_by[word]})
        found += [tuple(policies)] * (end - start)
    return found


def _cited(citing: tuple[Citing, ...]) -> Cited:
    if any(each.kind != "note" for each in citing):
        return "rule"
    return "note" if citing else "nothing"


def _is_heading(words: range, text: SourceText) -> bool:
    """Tell whether a paragraph is a heading: as the document marks it, else short, on a line, and no sentence."""
    if (marked := text.is_heading(words[0])) is not None:
        return marked
    passage = text.passage(words)
    one_line = text.line(words[0]) == text.line(words[-1])
    return len(words) <= HEADING and one_line and not _GOES_ON.search(passage)
