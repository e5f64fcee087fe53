"""What every question about some rule sets stands on: the graph, the encounters, the solver, and an encoder of each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from payrule.analysis.asked import Asked, asked
from payrule.analysis.derived import REGION_RELATION, REGIONS, UNITS_SUPPORTED
from payrule.analysis.encoder import Encoder
from payrule.analysis.graph import Graph
from payrule.analysis.looked_up import LOOKED_UP, known
from payrule.analysis.provided import asked_of_providers
from payrule.analysis.rulesets import RuleSet
from payrule.analysis.solver import Solver
from payrule.analysis.space import CODE, DATE, SUBJECT, Space
from payrule.documents.encounter_quick import borrowed
from payrule.documents.models import Vocabulary
from payrule.language.derived.add_ons import ADD_ON
from payrule.language.derived.providers import SAME_PROVIDER
from payrule.language.derived.providers import TYPE as PROVIDER_TYPE
from payrule.language.leaves import Formula


class Ground:
    """Encode encounters of the subject alone; other lines are added to its space."""

    def __init__(
        self,
        rule_sets: Sequence[RuleSet],
        breaks: Iterable[date],
        expired: Callable[[], bool],
        also: Sequence[Formula],
    ) -> None:
        """Take the rule sets, the days on which other versions begin to apply, and formulas that questions will ask."""
        self.graph = Graph(expired)
        questions, apart, named = _questions(rule_sets, also)
        self.space = Space(self.graph, _vocabularies(rule_sets), questions, apart, breaks)
        self.space.named = named
        self.looks_up = any(self.space.function(name) in LOOKED_UP for name in questions)
        self.looks_for_primaries = any(self.space.function(name) == ADD_ON for name in questions)
        self.guard = self.graph.variable()
        self.space.limit_dates()
        self.space.slot(DATE, SUBJECT)
        self.space.slot(CODE, SUBJECT)
        self.solver = Solver(self.graph, self.space.axioms, expired)
        self.encoders = [Encoder(self.space, rules, self.guard) for rules in rule_sets]


def _vocabularies(rule_sets: Sequence[RuleSet]) -> list[Vocabulary]:
    found: list[Vocabulary] = []
    for rules in rule_sets:
        if not any(rules.vocabulary is each for each in found):
            found.append(rules.vocabulary)
    return found


def _questions(
    rule_sets: Sequence[RuleSet], also: Sequence[Formula]
) -> tuple[dict[str, Asked], frozenset[str], frozenset[str]]:
    """Collect what the rules ask, and what the functions that compute attributes look at in turn.

    Beside it stand the attributes of which every value matters, and the codes that rules name one by one.
    """
    conditions = [each for rules in rule_sets for each in (*rules.conditions.values(), *rules.used_facts().values())]
    found = asked((*conditions, *also))
    named = frozenset(str(value) for members in found.get(CODE, Asked()).sets for value in members.values)
    computed = {
        rules.vocabulary.attributes[name].derived
        for rules in rule_sets
        for name in tuple(found)
        if name in rules.vocabulary.attributes
    }
    if UNITS_SUPPORTED in computed:
        timed = {rules.setting.timed_codes: None for rules in rule_sets}
        found[CODE] = found.get(CODE, Asked()).and_also(Asked(tuple(timed)))
    if computed & LOOKED_UP:
        _also(found, (known(rules.setting, named).asked(rules.setting.tables) for rules in rule_sets))
    apart = {REGIONS} if REGION_RELATION in computed else set[str]()
    if computed & {SAME_PROVIDER, ADD_ON}:
        apart.add(PROVIDER_TYPE)
        _also(found, (asked_of_providers(rules.vocabulary) for rules in rule_sets))
    lent = {name: source for rules in rule_sets for name, source in borrowed(rules.vocabulary.attributes).items()}
    _also(found, ({source: found[name]} for name, source in lent.items() if name in found and source in found))
    return found, frozenset(apart), named


def _also(found: dict[str, Asked], more: Iterable[Mapping[str, Asked]]) -> None:
    """Ask more of attributes."""
    for each in more:
        for name, asked_more in each.items():
            found[name] = found.get(name, Asked()).and_also(asked_more)
