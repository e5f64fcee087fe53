"""What rests on the passages of each source file: rules, facts and notes, by the words that they cite."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from payrule.authoring.citations import cited
from payrule.documents.models import Cite, Policy
from payrule.documents.places import Path


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
