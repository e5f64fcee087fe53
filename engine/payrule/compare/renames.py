"""Which parts, policies and payers stand under another name now; older documents told under the newer names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from difflib import SequenceMatcher
from itertools import product
from typing import Any

import msgspec
from msgspec.structs import replace

from payrule.compare.parts import Document, Part, Parts, as_data, policy_parts, vocabulary_parts
from payrule.language.condition import Fact, Quota, Test, parse, walk
from payrule.model.digests import canonical, document_digest
from payrule.model.payer import Payer
from payrule.model.policy import Policy, semantic
from payrule.results.difference import EditOf
from payrule.rulebase.load import Documents
from payrule.source.json_source import Path

_CLOSE = 0.6
"""The share that parts have in common at least, when one is the other with a small change."""

_CLEAR = 0.1
"""By how much it must be higher than the share of any other pair that one of the two could be in."""


def same(gone: Iterable[Part], there: Iterable[Part], meaning: tuple[str, ...]) -> dict[str, str]:
    """Pair parts that hold the same under the keys `meaning`; of several the ones with names and words alike.

    >>> from payrule.compare.parts import parts
    >>> old, new = (parts("set", {name: ["00001"]}).values() for name in ("adjunct", "adjuncts"))
    >>> same(old, new, ("members",))
    {'adjunct': 'adjuncts'}
    """
    by_meaning: dict[bytes, list[Part]] = {}
    for part in there:
        by_meaning.setdefault(_encoded(part, meaning), []).append(part)
    likely = [
        (_alike(one, two), one.name, two.name) for one in gone for two in by_meaning.get(_encoded(one, meaning), ())
    ]
    found: dict[str, str] = {}
    for _, old, new in sorted(likely, key=lambda each: (-each[0], *each[1:])):
        if old not in found and new not in found.values():
            found[old] = new
    return found


def close(gone: Iterable[Part], there: Iterable[Part], asked: str) -> dict[str, str]:
    """Pair parts that clearly are the same with a small change: in the key `asked` and in all they hold.

    >>> from payrule.compare.parts import parts
    >>> old = parts("set", {"a": ["00001", "00002", "00003"], "b": ["00009"]}).values()
    >>> close(old, parts("set", {"c": ["00001", "00002"]}).values(), "members")
    {'a': 'c'}
    """
    ones, twos = ({part.name: (_atoms(part, asked), _atoms(part)) for part in parts} for parts in (gone, there))
    shares: dict[tuple[str, str], float] = {}
    rivals: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (old, one), (new, two) in product(ones.items(), twos.items()):
        share = _share(one[0], two[0])
        if share >= _CLOSE - _CLEAR:  # what they ask leaves most pairs without a chance
            share = min(share, _share(one[1], two[1]))
        if share >= _CLOSE - _CLEAR:
            shares[old, new] = share
            rivals["old", old].append(share)
            rivals["new", new].append(share)
    return {
        old: new
        for (old, new), share in shares.items()
        if share >= _CLOSE
        and all(
            sum(other > share - _CLEAR for other in rivals[each]) == 1  # the highest, and clearly so
            for each in (("old", old), ("new", new))
        )
    }


def _alike(one: Part, two: Part) -> float:
    first, second = sorted((one.name, two.name))  # the matcher is not symmetric, and likeness has to be
    return SequenceMatcher(a=first, b=second, autojunk=False).ratio() + _share(_atoms(one), _atoms(two))


def _share(one: frozenset[Any], two: frozenset[Any]) -> float:
    """Give Dice's coefficient: twice what is common over what both have."""
    return 2 * len(one & two) / (len(one) + len(two) or 1)


def _encoded(part: Part, keys: Iterable[str]) -> bytes:
    return msgspec.json.encode([part.values[key] for key in keys], order="deterministic")


def _atoms(part: Part, *keys: str) -> frozenset[tuple[str, str]]:
    """Take what a part holds to pieces: each value with the keys above it, and each word of a text."""
    return frozenset(_pieces({key: part.values[key] for key in keys or part.values}, ""))


def _pieces(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _pieces(each, f"{path}/{key}")
    elif isinstance(value, list):
        for each in value:
            yield from _pieces(each, path)
    elif value is not None:
        yield from ((path, word) for word in str(value).split())


Names = dict[EditOf, dict[str, str]]
"""The names that parts have now by those that they had, kind by kind."""

_MEANING: dict[EditOf, tuple[str, ...]] = {
    "set": ("members",),
    "fact": ("when",),
    "quota": ("of", "at_most", "window", "same", "where", "first"),
    "rule": ("when", "conclude"),
}
"""What makes a part what it is, whatever its name; in this order, since facts name sets, quotas both, and rules all."""


def renames(old: Document, new: Document) -> Names:
    """Find what stands under another name: what means the same, or clearly is the same with a small change.

    >>> from payrule.compare.parts import parts
    >>> def document(name: str) -> Document:
    ...     fact = {"when": {"line.code": {"in": f"@{name}s"}}}
    ...     return {"set": parts("set", {f"{name}s": ["00001"]}), "fact": parts("fact", {name: fact})}
    >>> renames(document("adjunct"), document("companion"))
    {'set': {'adjuncts': 'companions'}, 'fact': {'adjunct': 'companion'}}
    """
    found: Names = {}
    for of, meaning in _MEANING.items():
        if of in old:
            found[of] = {}
            while not old[of].keys() <= {*new[of], *found[of]}:
                gone, there = _unpaired(with_names(old, found)[of], new[of])
                pairs = same(gone, there, meaning) or close(gone, there, meaning[0])
                if not pairs:
                    break
                found[of] |= pairs
    return found


def with_names(old: Document, names: Names) -> Document:
    """Tell parts under other names, wherever they name each other; as they are where there are no others."""
    if not any(names.values()):
        return old
    return {of: {part.name: part for part in (_told(each, names) for each in old[of].values())} for of in old}


def _told(part: Part, names: Names) -> Part:
    values = dict(part.values)
    for key in ("when", "where"):
        if values.get(key):
            values[key] = canonical(_asked(values[key], names))
    paid = (values.get("conclude") or {}).get("pay", {}).get("units")
    if isinstance(paid, dict):
        values["conclude"] = deepcopy(values["conclude"])
        values["conclude"]["pay"]["units"]["quota"] = _now(names, "quota", paid["quota"])
    if values.get("overrides"):
        values["overrides"] = sorted(_now(names, "rule", each) for each in values["overrides"])
    return Part(part.of, _now(names, part.of, part.name), values)


def _asked(when: dict[str, Any], names: Names) -> dict[str, Any]:
    """Tell a condition under other names of sets, facts and quotas."""
    told, asked_of = deepcopy(when), dict[Path, None]()
    for node, _ in walk(parse(when)):
        if isinstance(node, Fact):
            _write(told, node.path, _now(names, "fact", node.name))
        elif isinstance(node, Test) and node.set_name is not None:
            _write(told, node.path, f"@{_now(names, 'set', node.set_name)}")
        elif isinstance(node, Quota):
            asked_of[node.path[:-2]] = None
    for path in asked_of:  # its keys are the names
        asked = told
        for step in path:
            asked = asked[step]  # type: ignore[index] # a path leads through lists, too
        now = {_now(names, "quota", name): each for name, each in asked.items()}
        asked.clear()
        asked.update(now)
    return told


def _write(value: Any, path: Path, name: str) -> None:
    *above, last = path
    for step in above:
        value = value[step]
    value[last] = name


def _now(names: Names, of: EditOf, name: str) -> str:
    return names.get(of, {}).get(name, name)


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
            self._now(name): tuple(
                replace(each, id=self._now(each.id), replaces=each.replaces and self._now(each.replaces))
                for each in versions
            )
            for name, versions in old.policies.items()
        }
        payers = {self.payers.get(name, name): self._payer(each) for name, each in old.payers.items()}
        return replace(old, policies=policies, payers=payers)

    def _payer(self, payer: Payer) -> Payer:
        return replace(
            payer,
            id=self.payers.get(payer.id, payer.id),
            tiers=tuple(tuple(map(self._now, tier)) for tier in payer.tiers),
            accepted_conflicts=tuple(
                replace(each, rules=(self._now(each.rules[0]), self._now(each.rules[1])))
                for each in payer.accepted_conflicts
            ),
        )

    def _now(self, name: str) -> str:
        """Give the name that a policy, `policy@version` or `policy/rule` has now."""
        policy = name.partition("@")[0].partition("/")[0]
        return self.rules.get(name, f"{self.policies.get(policy, policy)}{name[len(policy) :]}")


def matched_renames(old: Documents, new: Documents) -> Renames:
    """Find the policies and payers that stand under another name, and the rules that payers may speak of.

    A policy is known by its rules, a payer by what it binds. One whose name is still there has not been renamed.

    >>> from payrule import load
    >>> documents = load().documents
    >>> matched_renames(documents, documents)
    Renames(policies={}, payers={}, rules={})
    """
    words = renames(vocabulary_parts(old.vocabulary), vocabulary_parts(new.vocabulary))
    gone, there = old.policies.keys() - new.policies.keys(), new.policies.keys() - old.policies.keys()
    policies = _pairs(
        {name: _by_rules(name, versions, words) for name, versions in old.policies.items() if name in gone},
        {name: _by_rules(name, versions, {}) for name, versions in new.policies.items() if name in there},
        ("rules",),
        "rules",
    )
    moved = Renames(policies=policies)
    rules = dict(_rules(old, new, moved, words))
    told = replace(moved, rules=rules).documents(old)
    one, two = ({name: _payer(each) for name, each in at.payers.items()} for at in (told, new))
    return Renames(policies, _pairs(one, two, _BINDS, "tiers"), rules)


def _pairs(old: Parts, new: Parts, meaning: tuple[str, ...], asked: str) -> dict[str, str]:
    """Pair what is gone with what is there now: first what means the same, then what clearly is alike."""
    gone, there = _unpaired(old, new)
    found = same(gone, there, meaning)
    there = [part for part in there if part.name not in found.values()]
    return found | close([part for part in gone if part.name not in found], there, asked)


def _unpaired(old: Parts, new: Parts) -> tuple[list[Part], list[Part]]:
    return [old[name] for name in old if name not in new], [new[name] for name in new if name not in old]


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
                if kept.issuperset(rule.id for rule in older.rules):
                    continue
                renamed = renames(with_names(policy_parts(older), words), policy_parts(newer))
                yield from (
                    (f"{name}/{before}", f"{now}/{after}")
                    for before, after in renamed["rule"].items()
                    if before not in kept
                )
