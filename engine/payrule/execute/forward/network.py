"""The rules that bind together, as a network of durable_rules: which of them match a line, definitely or possibly.

Compiling goes from formulas to strata, productions, shards and rulesets. Everything is counted on the way, so that what
the engine cannot carry is refused by name or divided before the engine is called.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from itertools import count
from operator import or_

from payrule.execute.forward.counts import Counts
from payrule.execute.forward.driver import ENGINE, Engine, require
from payrule.execute.forward.limits import check_rulesets
from payrule.execute.forward.messages import Ruleset
from payrule.execute.forward.productions import Shard, Words, demand, productions, shards, words
from payrule.execute.forward.run import (
    Layer,
    OtherLineView,
    OtherLineViews,
    Run,
)
from payrule.execute.sizes import Sizes
from payrule.language.domains import UNKNOWN_VALUE
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import (
    FactLeaf,
    Formula,
    Lines,
    OtherLine,
    Quota,
    attributes_read,
    dependencies,
    strata,
)
from payrule.language.truth import Matches

__all__ = ["ENGINE", "Network", "require"]


class Network:
    """Rules and the facts they use, compiled; safe to share among threads and to use after a fork.

    >>> from payrule.language.lower import Range
    >>> Network({"p/many-units": Range("line.units", 5, None)}, {}).attributes
    frozenset({'line.units'})
    """

    def __init__(self, rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> None:
        """Compile rules (by name, `policy/rule`) and facts (by qualified name); rulesets are built when first needed.

        Raises LimitError naming the rule or fact that the engine cannot carry, and EngineError where there is no
        engine.
        """
        self.attributes = attributes_read(rules.values(), facts.values())
        """The attributes that some rule or fact reads."""
        layers = strata(rules, facts)
        known = words(rules, facts, layers)
        inner = _inner(known, facts)
        needed, needs = demand([productions(at, each, rules, facts, known) for at, each in enumerate(layers)], known)
        divided = [shards(each, known) for each in needed]
        check_rulesets(sum(map(len, divided)), rules)
        numbers = count()
        self._layers = tuple(
            Layer((Ruleset(shard, inner) for shard in each), lambda: next(numbers)) for each in divided
        )
        self._needs, self._facts = needs, facts
        self._words, self._code = known, known.code
        self._counted = [(at, each) for at, each in enumerate(known.items) if isinstance(each, (Lines, Quota))]
        self._sizes = Sizes(known.items, facts)
        self._views = _views(known, needs, [shard for each in divided for shard in each])
        self._engine = Engine([ruleset for layer in self._layers for ruleset in layer.rulesets])

    def match(self, scene: EnrichedEncounter, subjects: Sequence[int] | None = None) -> tuple[Matches, ...]:
        """Give the rules that match each subject, in their order: indexes into `scene.lines`, all lines when None.

        Raises LimitError for an encounter of too many lines, and EngineError when the engine fails.
        """
        asked = range(len(scene.lines)) if subjects is None else subjects
        run = self._prepared(scene, asked)
        self._engine.with_session(lambda session: run.through(self._layers, self._needs, session))
        matched = [frozenset(each) for each in run.matched]
        return tuple([Matches(matched[2 * line], matched[2 * line + 1]) for line in asked])

    def close(self) -> None:
        """Give back what the compiled rulesets hold; the network stays usable."""
        self._engine.close()

    def _prepared(self, scene: EnrichedEncounter, asked: Sequence[int]) -> Run:
        """Give every value of an encounter the tests that it passes, and check that it is not too large."""
        self._sizes.check(scene)
        readers = [(domain.attribute, domain.remembered) for domain in self._words.domains]
        rows = []
        for line in scene.lines:
            value = line.values.get
            rows.append([tests[value(attribute)] for attribute, tests in readers])
        codes = [UNKNOWN_VALUE if self._code is None else row[self._code] for row in rows]
        views: list[OtherLineView] = []
        if self._views and len(rows) > 1:
            views = self._views.of(scene, rows, codes, asked)
        return Run(rows, codes, asked, views, self._counts(scene, codes))

    def _counts(self, scene: EnrichedEncounter, codes: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Say by item for which lines a count holds, and for which it may, of those for which it is needed."""
        if not self._counted:
            return {}
        counts, found = Counts(scene, self._facts), {}
        for number, item in self._counted:
            need = self._needs[number]
            lines = sum(1 << line for line, code in enumerate(codes) if need < 0 or code & need)
            found[number] = counts.settled(item, lines)
        return found


def _inner(known: Words, facts: Mapping[str, Formula]) -> Collection[int]:
    """Find the facts that conditions on other lines use, directly or through other facts."""
    waiting: list[Formula] = [item.formula for item in known.items if isinstance(item, OtherLine)]
    found: set[int] = set()
    while waiting:
        for item, _ in dependencies(waiting.pop()):
            number = known.item_index[item]
            if isinstance(item, FactLeaf) and number not in found:
                found.add(number)
                waiting.append(facts[item.name])
    return found


def _views(known: Words, needs: Sequence[int], divided: Iterable[Shard]) -> OtherLineViews | None:
    """Say how other lines are seen, if any rule looks at them."""
    asking = [need for item, need in zip(known.items, needs, strict=True) if isinstance(item, OtherLine)]
    if not asking:
        return None
    asked = [shard.other_need for shard in divided]
    return OtherLineViews(known.domains, known.any_date, reduce(or_, asking), reduce(or_, asked))
