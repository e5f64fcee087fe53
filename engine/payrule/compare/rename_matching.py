"""Which policies and payers stand under another name now, and older documents told under the newer names."""

from collections.abc import Iterator, Mapping

import msgspec

from payrule.compare.normalize import Names, as_data, close, policy_parts, renames, same, vocabulary_parts, with_names
from payrule.compare.parts import Part
from payrule.model.digests import document_digest
from payrule.model.payer import AcceptedConflict, Payer
from payrule.model.policy import Policy, semantic
from payrule.rulebase.load import Documents

_BINDS = ("purpose", "tiers", "presumptions", "remittance", "units_method", "regions")
"""What makes a payer what it is, whatever its name."""

_NAMES = ("title", "accepted_conflicts", "interpretation")
"""What else payers are alike in."""


class Renames(msgspec.Struct, frozen=True):
    """The names that policies, payers and rules have now, by those that they had; a rule is `policy/rule`."""

    policies: dict[str, str] = {}
    payers: dict[str, str] = {}
    rules: dict[str, str] = {}

    def documents(self, old: Documents) -> Documents:
        """Tell older documents under the newer names, wherever they name each other."""
        policies = {
            self.policies.get(name, name): tuple(self._policy(each) for each in versions)
            for name, versions in old.policies.items()
        }
        payers = {self.payers.get(name, name): self._payer(each) for name, each in old.payers.items()}
        return msgspec.structs.replace(old, policies=policies, payers=payers)

    def _policy(self, policy: Policy) -> Policy:
        replaces = policy.replaces
        if replaces is not None:
            name, at, version = replaces.partition("@")
            replaces = f"{self.policies.get(name, name)}{at}{version}"
        return msgspec.structs.replace(policy, id=self.policies.get(policy.id, policy.id), replaces=replaces)

    def _payer(self, payer: Payer) -> Payer:
        return msgspec.structs.replace(
            payer,
            id=self.payers.get(payer.id, payer.id),
            tiers=tuple(tuple(self.policies.get(name, name) for name in tier) for tier in payer.tiers),
            accepted_conflicts=tuple(self._accepted(each) for each in payer.accepted_conflicts),
        )

    def _accepted(self, conflict: AcceptedConflict) -> AcceptedConflict:
        one, two = (self.rules.get(each, self._of_policy(each)) for each in conflict.rules)
        return msgspec.structs.replace(conflict, rules=(one, two))

    def _of_policy(self, rule: str) -> str:
        policy, _, name = rule.partition("/")
        return f"{self.policies.get(policy, policy)}/{name}"


def matched_renames(old: Documents, new: Documents) -> Renames:
    """Find the policies and payers that stand under another name, and the rules that payers may speak of.

    A policy is known by its rules, a payer by what it binds. One whose name is still there has not been renamed.

    >>> from payrule import load
    >>> documents = load().documents
    >>> matched_renames(documents, documents)
    Renames(policies={}, payers={}, rules={})
    """
    words = renames(vocabulary_parts(old.vocabulary), vocabulary_parts(new.vocabulary))
    policies = _pairs(
        {name: _by_rules(name, versions, words) for name, versions in old.policies.items()},
        {name: _by_rules(name, versions, {}) for name, versions in new.policies.items()},
        ("rules",),
        "rules",
    )
    moved = Renames(policies=policies)
    rules = dict(_rules(old, new, moved, words))
    told = msgspec.structs.replace(moved, rules=rules).documents(old)
    one, two = ({name: _payer(each) for name, each in at.payers.items()} for at in (told, new))
    return Renames(policies, _pairs(one, two, _BINDS, "tiers"), rules)


def _pairs(old: Mapping[str, Part], new: Mapping[str, Part], meaning: tuple[str, ...], asked: str) -> dict[str, str]:
    """Pair what is gone with what is there now: first what means the same, then what clearly is alike."""
    gone = [part for name, part in old.items() if name not in new]
    there = [part for name, part in new.items() if name not in old]
    found = same(gone, there, meaning)
    gone = [part for part in gone if part.name not in found]
    there = [part for part in there if part.name not in found.values()]
    return found | close(gone, there, asked)


def _by_rules(name: str, versions: tuple[Policy, ...], words: Names) -> Part:
    """Take a policy for the rules of all its versions: what each asks and concludes."""
    rules = (rule for each in versions for rule in with_names(policy_parts(each), words)["rule"].values())
    digests = {document_digest(rule.values["when"], rule.values["conclude"]) for rule in rules}
    return Part("policy", name, {"rules": sorted(digests)})


def _payer(payer: Payer) -> Part:
    data = as_data(payer)
    return Part("payer", payer.id, {key: data.get(key) for key in (*_BINDS, *_NAMES)})


def _rules(old: Documents, new: Documents, moved: Renames, words: Names) -> Iterator[tuple[str, str]]:
    """List the rules of which no version has the old name any longer, with the names that they have now."""
    for name, versions in old.policies.items():
        now = moved.policies.get(name, name)
        there = new.policies.get(now, ())
        kept = {rule.id for each in there for rule in each.rules}
        for newer in there:
            lower = [each for each in versions if semantic(each.version) <= semantic(newer.version)]
            if lower:
                older = max(lower, key=lambda each: semantic(each.version))
                renamed = renames(with_names(policy_parts(older), words), policy_parts(newer))
                yield from (
                    (f"{name}/{before}", f"{now}/{after}")
                    for before, after in renamed["rule"].items()
                    if before not in kept
                )
