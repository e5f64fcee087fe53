"""The conditions that examples can exercise: those of rules and of facts, each with its place in its document."""

from collections.abc import Iterator

import msgspec

from payrule.documents.models import Cite, Policy, Vocabulary
from payrule.documents.places import Path
from payrule.language.names import Names
from payrule.language.parts import Part, every, taken_apart

BINDING = frozenset({"in-force", "proposed"})
"""The status of versions that a payer may bind, so that an example can reach them."""

VOCABULARY = "vocabulary"
"""What the document of shared facts is called where versions of policies are named."""


class Root(msgspec.Struct, frozen=True):
    """The condition of a rule or a fact: its document, its place there, what it is called, what it rests on."""

    document: str
    at: Path
    name: str
    is_rule: bool
    whole: Part
    cites: tuple[Cite, ...]

    @property
    def said(self) -> str:
        """Name it for a reader."""
        return self.name if self.is_rule else f"fact `{self.name}`"


def roots_of(policy: Policy, vocabulary: Vocabulary) -> tuple[Root, ...]:
    """List the rules of a policy version, then its facts."""
    names = Names(vocabulary, policy)
    rules = tuple(
        Root(
            policy.name,
            ("rules", number),
            f"{policy.id}/{rule.id}",
            is_rule=True,
            whole=taken_apart(rule.when, names, ("rules", number, "when")),
            cites=rule.cites,
        )
        for number, rule in enumerate(policy.rules)
    )
    return rules + tuple(_fact(policy.name, name, names) for name in policy.facts)


def shared_roots(roots: tuple[Root, ...], vocabulary: Vocabulary) -> tuple[Root, ...]:
    """List the facts of the vocabulary that conditions name, and those that these name in turn."""
    names, found = Names(vocabulary), dict[str, Root]()
    waiting = list(_facts_in(roots))
    while waiting:
        name = waiting.pop()
        if name in vocabulary.facts and name not in found:
            found[name] = _fact(VOCABULARY, name, names)
            waiting += _facts_in((found[name],))
    return tuple(found[name] for name in sorted(found))


def _fact(document: str, name: str, names: Names) -> Root:
    at, fact = ("facts", name), names.fact(name)
    return Root(document, at, name, is_rule=False, whole=taken_apart(fact.when, names, (*at, "when")), cites=fact.cites)


def _facts_in(roots: tuple[Root, ...]) -> Iterator[str]:
    """Name the facts in conditions; one of a policy's own hides the vocabulary's."""
    own = {(root.document, root.name) for root in roots if not root.is_rule}
    for root in roots:
        for part in every(root.whole):
            if part.key == "fact" and (root.document, part.condition["fact"]) not in own:
                yield part.condition["fact"]
