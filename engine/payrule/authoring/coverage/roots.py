"""The conditions that examples can exercise: those of rules and of facts, each with its place in its document."""

from collections.abc import Iterator

import msgspec

from payrule.documents.models import Cite, Policy, Vocabulary
from payrule.documents.places import Path
from payrule.language.condition import Condition, Fact, Test, find, parse
from payrule.language.derived import INPUTS
from payrule.language.names import Names
from payrule.language.reference import Meaning, meaning

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
    names: Names
    whole: Meaning
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
            names=names,
            whole=meaning(parse(rule.when, ("rules", number, "when")), names),
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
    whole = meaning(parse(fact.when, (*at, "when")), names)
    return Root(document, at, name, is_rule=False, names=names, whole=whole, cites=fact.cites)


def _facts_in(roots: tuple[Root, ...]) -> Iterator[str]:
    """Name the facts in conditions; one of a policy's own hides the vocabulary's."""
    own = {(root.document, root.name) for root in roots if not root.is_rule}
    for root in roots:
        for fact in find(root.whole.node, Fact):
            if (root.document, fact.name) not in own:
                yield fact.name


def can_be_unknown(condition: Condition, names: Names) -> bool:
    """Tell whether a condition can be unknown: one of its tests, or of the facts that it names, can be."""
    return any(_attribute_can_be_unknown(test.attribute, names) for test in find(condition, Test)) or any(
        can_be_unknown(parse(names.fact(fact.name).when), names.owner(fact.name)) for fact in find(condition, Fact)
    )


def _attribute_can_be_unknown(name: str, names: Names) -> bool:
    """Tell whether an attribute can be unknown: a derived one can where something that it is computed from can."""
    attribute = names.attribute(name)
    if attribute.derived is not None:
        inputs = INPUTS.get(attribute.derived, ())
        return any(_attribute_can_be_unknown(each, names) for each in inputs if each in names.vocabulary.attributes)
    return not attribute.required and attribute.default is None
