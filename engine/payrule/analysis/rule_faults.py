"""Which rules never match, never matter, or could be left out."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from payrule.analysis.asking import Asking, RuleVersion
from payrule.analysis.graph import TRUE
from payrule.analysis.part import Part
from payrule.documents.differences import weakest
from payrule.documents.verifications import RuleFault, RuleFinding
from payrule.resolve.bound import BoundRule


def dead(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the rules that no claim matches."""
    because = "nothing that a claim can say makes its condition true"
    _never(asking, parts, "dead", lambda part, rule: part.definite[rule.name], because)


def shadowed(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the rules that claims match, but that are a reason for no answer."""
    because = "wherever it matches, other rules override or outrank it"
    _never(asking, parts, "shadowed", lambda part, rule: part.is_reason(rule), because)


def redundant(asking: Asking, parts: Sequence[Part]) -> None:
    """Find the rules without which every answer would be the same.

    Most are cleared by a claim that another one decides, which costs less than to encode every answer without them.
    """
    because = "without it every line would be answered the same"
    cleared: set[tuple[int, str]] = set()

    def differs(part: Part, rule: BoundRule) -> int:
        if (id(part), rule.name) not in cleared:
            cleared.update((id(part), name) for name in part.needed_somewhere(rule))
        return TRUE if (id(part), rule.name) in cleared else part.matters_without(rule)

    _never(asking, parts, "redundant", differs, because)


def _never(
    asking: Asking,
    parts: Sequence[Part],
    fault: RuleFault,
    literal: Callable[[Part, BoundRule], int],
    because: str,
) -> None:
    """Find the rules, among those with which nothing else is wrong, of which something never holds."""
    for version, places in _versions(parts).items():
        if version in asking.findings:
            continue
        proofs = []
        for part, rule in places:
            if part.can(literal(part, rule)):
                break
            proofs.append(part.proof())
        else:
            asking.findings[version] = RuleFinding(
                rule=places[0][1].name,
                fault=fault,
                certainty=weakest(*proofs),
                because=f"{because} (policy version {version[0]})",
            )


def _versions(parts: Iterable[Part]) -> Mapping[RuleVersion, list[tuple[Part, BoundRule]]]:
    """List each rule of a policy version, with the parts in which it binds."""
    found: dict[tuple[str, str], list[tuple[Part, BoundRule]]] = {}
    for part in parts:
        for rule in part.rules.rules:
            found.setdefault((rule.policy.name, rule.rule.id), []).append((part, rule))
    return dict(sorted(found.items()))
