"""What the names in a condition stand for: attributes, sets and facts of one policy version and its vocabulary."""

from collections.abc import Iterable
from typing import Any

import msgspec

from payrule.language.counting import LINES, Counting, Sharing, Summed, Window
from payrule.model.code_sets import CodeSet
from payrule.model.policy import Fact, Policy, Quota
from payrule.model.values import ValueSet, read_code, read_date
from payrule.model.vocabulary import Attribute, Vocabulary


class Names(msgspec.Struct, frozen=True):
    """Resolve the names of a policy's conditions; a policy's own sets and facts hide the vocabulary's.

    >>> from payrule.model.vocabulary import Timed, Regions
    >>> vocabulary = Vocabulary(
    ...     kind="vocabulary", concerns=(), regions=Regions(contiguous=()), timed=Timed(codes=(), method="x"),
    ...     attributes={"line.code": Attribute(type="code", summary="the code")},
    ...     sets={"pair": ("00001", "00005-00009")})
    >>> "00007" in Names(vocabulary).members("line.code", "@pair")
    True
    """

    vocabulary: Vocabulary
    policy: Policy | None = None

    def attribute(self, name: str) -> Attribute:
        """Find an attribute; raises KeyError when the vocabulary has none of this name."""
        return self.vocabulary.attributes[name]

    @property
    def sets(self) -> dict[str, tuple[str | int, ...]]:
        """All sets that a condition of this policy may name; of one with dates all codes that it has on some day."""
        dated = {name: each.codes for name, each in self.vocabulary.dated_sets.items()}
        return dated | self.vocabulary.sets | (self.policy.sets if self.policy else {})

    def code_set(self, operand: Any) -> CodeSet | None:
        """Find the code list that is a document of its own, and that an operand names; None for any other operand."""
        if not isinstance(operand, str) or not operand.startswith("@"):
            return None
        hidden = operand[1:] in self.vocabulary.sets or (self.policy is not None and operand[1:] in self.policy.sets)
        return None if hidden else self.vocabulary.dated_sets.get(operand[1:])

    @property
    def facts(self) -> dict[str, Fact]:
        """All facts that a condition of this policy may name."""
        return self.vocabulary.facts | (self.policy.facts if self.policy else {})

    def owner(self, fact: str) -> "Names":
        """Give the names that a fact's own condition is read with: a vocabulary fact knows the vocabulary alone."""
        return self if self.policy and fact in self.policy.facts else Names(self.vocabulary)

    def fact(self, name: str) -> Fact:
        """Find a fact; raises KeyError when there is none."""
        return self.owner(name).facts[name]

    @property
    def quotas(self) -> dict[str, Quota]:
        """All quotas that a condition of this policy may name."""
        return self.policy.limits if self.policy else {}

    def qualified(self, fact: str) -> str:
        """Name a fact uniquely in a rulebase: `policy@version#fact`, or `vocabulary#fact`."""
        policy = self.owner(fact).policy
        return f"{policy.name if policy else 'vocabulary'}#{fact}"

    def qualified_quota(self, quota: str) -> str:
        """Name a quota uniquely in a rulebase, and as no fact is: `policy@version#quota:NAME`."""
        return f"{self.policy.name if self.policy else 'vocabulary'}#quota:{quota}"

    def members(self, attribute: str, operand: str | Iterable[Any]) -> ValueSet:
        """Read the operand of a membership test: a list, or the name of a set after `@`."""
        listed: Iterable[Any] = self.sets[operand[1:]] if isinstance(operand, str) else operand
        return members_of(self.attribute(attribute), listed)


def members_of(attribute: Attribute, listed: Iterable[Any]) -> ValueSet:
    """Read the members of a set of values of an attribute, with ranges where it holds codes.

    >>> members_of(Attribute(type="code", summary="code"), ["00001-00009"]).ranges
    (('00001', '00009'),)
    """
    is_plain = attribute.type != "date" and attribute.system is None
    members = listed if is_plain else (typed(attribute, each) for each in listed)
    return ValueSet.of(members, ranges=attribute.type == "code", system=attribute.system)


def typed(attribute: Attribute, value: Any) -> Any:
    """Turn a value as JSON writes it into a value of the attribute's type: only dates differ, and codes of a system.

    >>> typed(Attribute(type="date", summary="date of service"), "2016-03-01")
    datetime.date(2016, 3, 1)
    """
    if attribute.type == "date" and isinstance(value, str):
        return read_date(value)
    return read_code(value, attribute.system)


def summed(of: str | None, names: Names) -> Summed | None:
    """Give an attribute that is summed with its declared least and greatest; None where lines are counted.

    >>> from payrule.model.vocabulary import Regions, Timed
    >>> vocabulary = Vocabulary(kind="vocabulary", concerns=(), regions=Regions(contiguous=()),
    ...     timed=Timed(codes=(), method="x"), attributes={"line.units": Attribute(type="integer", summary="units")})
    >>> summed("line.units", Names(vocabulary))
    Summed(attribute='line.units', least=0, most=None, is_spread=False)
    """
    if of is None or of == LINES:
        return None
    declared, spans = names.attribute(of), names.vocabulary.spans
    return Summed(of, declared.minimum or 0, declared.maximum, is_spread=spans is not None and of in spans.spread)


def shared(quota: Quota, names: Names) -> "Sharing":
    """Say how lines share a quota."""
    keys = tuple((how, attribute) for key in quota.first for how, attribute in key.items())
    return Sharing(
        Counting(Window.read(quota.window), quota.same, itself=False, summed=summed(quota.of, names)),
        quota.at_most,
        keys,
    )
