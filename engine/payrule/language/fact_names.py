"""Check the facts of a document: none is defined by itself, none rests on others too deeply."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from payrule.documents.findings import Finding
from payrule.documents.models import Fact as DefinedFact
from payrule.documents.places import Text
from payrule.language.condition import Condition, Fact, OtherLine, find, parse
from payrule.language.names import Names

DEEPEST = 32
"""Facts that may rest on each other in a chain."""


def fact_findings(facts: Mapping[str, DefinedFact], text: Text) -> Iterator[Finding]:
    """List facts that are defined by themselves; where there is none, those whose chain of facts is too long."""
    uses = {name: facts_of(parse(fact.when)) for name, fact in facts.items()}
    cyclic = False
    for name in uses:
        way = shortest_cycle(name, lambda each: uses.get(each, ()))
        if way and name == min(way):
            cyclic = True
            message = f"the fact `{name}` is defined by itself: {' → '.join((*way, way[0]))}"
            yield text.finding(("facts", name), "fact-cycle", message, "take one of the uses out", key=True)
    if not cyclic:
        yield from _depth_findings(uses, text)


def _depth_findings(uses: Mapping[str, tuple[str, ...]], text: Text) -> Iterator[Finding]:
    depths: dict[str, int] = {}
    waiting = list(uses)
    while waiting:
        name = waiting[-1]
        missing = [each for each in uses.get(name, ()) if each in uses and each not in depths]
        if name in depths or not missing:
            depths[name] = 1 + max((depths[each] for each in uses.get(name, ()) if each in depths), default=0)
            waiting.pop()
        else:
            waiting += missing
    for name, depth in depths.items():
        if depth == DEEPEST + 1:
            message = f"the fact `{name}` rests on a chain of more than {DEEPEST} facts"
            yield text.finding(("facts", name), "facts-too-deep", message, "write some of them out", key=True)


def facts_of(condition: Condition) -> tuple[str, ...]:
    """List the facts that a condition names, anywhere in it, as often as it does.

    >>> facts_of(parse({"any": [{"fact": "a"}, {"not": {"fact": ["b", "c"]}}]}))
    ('a', 'b', 'c')
    """
    return tuple(node.name for node in find(condition, Fact))


def is_local(fact: str, names: Names) -> bool:
    """Tell whether neither a fact nor any fact that it rests on looks at other lines."""
    waiting, seen = [(fact, names)], {names.qualified(fact)}
    while waiting:
        name, scope = waiting.pop()
        if name not in scope.facts:
            continue
        condition, inner = parse(scope.fact(name).when), scope.owner(name)
        if any(find(condition, OtherLine)):
            return False
        for each in facts_of(condition):
            if inner.qualified(each) not in seen:
                seen.add(inner.qualified(each))
                waiting.append((each, inner))
    return True


def shortest_cycle(start: str, follow: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Find the shortest way from a name back to itself; empty when there is none.

    >>> shortest_cycle("a", {"a": ["b"], "b": ["c", "a"], "c": []}.__getitem__)
    ('a', 'b')
    """
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for following in sorted(follow(way[-1])):
            if following == start:
                return way
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()
