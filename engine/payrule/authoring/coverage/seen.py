"""Run examples, and count what happens: which rules answer, which leaves are true or false, which overrides count."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path as File
from typing import Literal, NamedTuple

from payrule.adjudication.program import Program
from payrule.adjudication.rulebase import Rulebase
from payrule.authoring.coverage.roots import VOCABULARY, Root
from payrule.authoring.examples import choices, read_example
from payrule.documents.places import Path
from payrule.language.condition import LEAVES
from payrule.language.matches import Matches
from payrule.language.reference import Situation
from payrule.language.scene import Scene
from payrule.language.trace import sightings
from payrule.language.truth import FALSE, TRUE, UNKNOWN, Truth

What = Literal["answers", "holds", "settled", "missed", "true", "false", "unknown", "overrides"]

TRUTHS: Mapping[Truth, What] = {TRUE: "true", FALSE: "false", UNKNOWN: "unknown"}
"""What a leaf is seen to be."""


class Event(NamedTuple):
    """Something that happened on a line of an example, at a place of a document.

    A rule is a reason of the answer; a rule or a fact holds; one leaf alone lets it hold, or keeps it from that, and
    then the leaf has settled it or missed it, and the rule is missed; a leaf is true, false or unknown; a rule
    overrides the one that is named at a place.
    """

    what: What
    document: str
    at: Path


Seen = Counter[Event]


def seen(files: Iterable[File], rulebase: Rulebase, roots: Mapping[str, tuple[Root, ...]], known_on: date) -> Seen:
    """Count what happens on the lines of examples; `roots` has the conditions to look at, by document.

    `known_on` holds where an example names no day. Raises DocumentError for an example that cannot be read.
    """
    found: Seen = Counter()
    for file in files:
        example, _ = read_example(file, rulebase)
        encounter = rulebase.in_days(rulebase.encounter(example.encounter))
        terms = rulebase.terms(**choices(example, known_on))
        for program, subjects in rulebase.programs_for(terms, encounter):
            scene = program.scene(encounter)
            documents = {rule.policy.name for rule in program.rules} | {VOCABULARY}
            asked = [root for name in sorted(documents) for root in roots.get(name, ())]
            for index, matches in zip(subjects, program.referred(scene, subjects), strict=True):
                found.update(_answered(program, scene, index, matches))
                found.update(_asked(asked, Situation(scene, scene.lines[index])))
    return found


def _answered(program: Program, scene: Scene, index: int, matches: Matches) -> Iterator[Event]:
    """Say which rules the answer rests on, and which overrides take effect: both rules match."""
    reasons = {reason.name for reason in program.answer(scene, index, matches).reasons}
    for bound in program.rules:
        number = bound.policy.rules.index(bound.rule)
        if bound.name in reasons:
            yield Event("answers", bound.policy.name, ("rules", number))
        if bound.name in matches.definite:
            for position, overridden in enumerate(bound.rule.overrides):
                if f"{bound.policy.id}/{overridden}" in matches.definite:
                    yield Event("overrides", bound.policy.name, ("rules", number, "overrides", position))


def _asked(roots: Iterable[Root], here: Situation) -> Iterator[Event]:
    """Say how true each leaf is, what holds, and what one leaf alone keeps from it."""
    for root in roots:
        matches = root.whole.truth(here)
        if matches is TRUE:
            yield Event("holds", root.document, root.at)
        near = False
        for each in sightings(root.whole, here):
            if isinstance(each.node, LEAVES):
                yield Event(TRUTHS[each.truth], root.document, each.node.path)
                if each.alone and UNKNOWN not in (matches, each.truth):
                    near = matches is FALSE
                    yield Event("missed" if near else "settled", root.document, each.node.path)
        if near:
            yield Event("missed", root.document, root.at)
