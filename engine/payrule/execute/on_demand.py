"""Rules that are compiled when a claim first needs them: those that can match its codes, and later on all of them.

A rule that asks for other codes than a line has is false of it, so that matching without it gives the same. Which
codes a rule asks for is read off the lowered formulas: the reference evaluator has an index of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from payrule.encounter.encounter import CODE
from payrule.execute.sizes import Sizes
from payrule.language.enriched_encounter import EnrichedEncounter
from payrule.language.lower import Formula, codes_asked
from payrule.language.truth import Matches
from payrule.source.memory import Uncollected

FEW_RULES = 200
"""Rules that are compiled at once: that takes less time than to choose."""
FEW_LINES = 50
"""Lines of a claim up to which its own rules are compiled; one that is longer may ask for most of them."""
SHARE = 3
"""All rules are compiled as soon as those that were compiled for claims are one part in so many of them."""


class Execution(Protocol):
    """Compiled rules."""

    @property
    def sizes(self) -> Sizes:
        """What a claim is measured by."""

    def match(self, scene: EnrichedEncounter, subjects: Sequence[int] | None = None) -> tuple[Matches, ...]:
        """Give the rules that match each subject."""


class OnDemand:
    """Match by the rules that the codes of a claim can need, until it is worth to compile all; safe among threads.

    >>> from payrule.execute.plan.match import PlannedRules
    >>> from payrule.language.lower import OneOf
    >>> from payrule.model.values import ValueSet
    >>> def plan(chosen):
    ...     return PlannedRules(chosen, {})
    >>> rules = {f"p/{code}": OneOf(CODE, ValueSet.of([code])) for code in ("00001", "00002", "00003", "00004")}
    >>> list(OnDemand(rules, Sizes((), {}), plan, lambda: plan(rules)).chosen(["00002"]))
    ['p/00002']
    """

    def __init__(
        self,
        rules: Mapping[str, Formula],
        sizes: Sizes,
        make: Callable[[dict[str, Formula]], Execution],
        make_all: Callable[[], Execution],
    ) -> None:
        """Take all rules, what claims are measured by under all of them, and what compiles some, and all."""
        self._rules, self._make, self._make_all = rules, make, make_all
        self.sizes = sizes
        self._of_code: dict[object, list[str]] = {}
        self._anywhere: list[str] = []
        for name, formula in rules.items():
            codes = codes_asked(formula)
            if codes is None:
                self._anywhere.append(name)
            for code in codes or ():
                self._of_code.setdefault(code, []).append(name)
        self._whole: Execution | None = None
        self._parts: dict[frozenset[object], Execution] = {}
        self._compiled = 0

    def whole(self) -> Execution:
        """Compile all rules, if they are not; raises LimitError naming the one that cannot be carried."""
        if self._whole is None:
            with Uncollected():
                self._whole = self._make_all()
            self._parts = {}
        return self._whole

    def match(self, scene: EnrichedEncounter, subjects: Sequence[int] | None = None) -> tuple[Matches, ...]:
        """Give the rules that match each subject; raises what the execution raises."""
        if self._whole is not None:
            return self._whole.match(scene, subjects)
        self.sizes.check(scene)
        return self._for(scene, range(len(scene.lines)) if subjects is None else subjects).match(scene, subjects)

    def chosen(self, codes: Iterable[object]) -> dict[str, Formula]:
        """Give the rules that can match a line of one of some codes."""
        names = {*self._anywhere}.union(*(self._of_code.get(code, ()) for code in codes))
        return {name: self._rules[name] for name in sorted(names)}

    def _for(self, scene: EnrichedEncounter, subjects: Sequence[int]) -> Execution:
        codes = frozenset(scene.lines[each].values.get(CODE) for each in subjects)
        found = self._parts.get(codes)
        if found is not None:
            return found
        if None in codes or len(scene.lines) > FEW_LINES:
            return self.whole()
        rules = self.chosen(codes)
        self._compiled += len(rules)
        if self._compiled * SHARE > len(self._rules):
            return self.whole()
        with Uncollected():
            found = self._parts[codes] = self._make(rules)
        return found
