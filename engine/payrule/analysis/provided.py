"""How the providers of two lines are related.

Of numbers and taxonomy codes only matters whether two lines have the same one. A few values are told apart, which is
enough for the subject and two other lines; of claims with more providers than that, two may be taken for one.
"""

from collections.abc import Mapping

from payrule.analysis.asked import Asked
from payrule.analysis.graph import FALSE, TRUE
from payrule.analysis.space import SUBJECT, Space
from payrule.documents.models import Vocabulary
from payrule.documents.value_schema import single_example
from payrule.documents.values import Value, ValueSet
from payrule.language.derived.providers import DIFFERENT, NPI, OTHER, SAME, TAXONOMY, TYPE

Held = tuple[int, dict[Value, int]]
"""The literal that the value of an attribute of a line is known, and for each value the one that it is this."""


_NAMED = 3
"""Values that are told apart by name; one more stands for all others."""


def asked_of_providers(vocabulary: Vocabulary) -> dict[str, Asked]:
    """Say what relating providers asks of the attributes of a line, and of what an absent number is taken from."""
    declared = {name: vocabulary.attributes[name] for name in (NPI, TAXONOMY) if name in vocabulary.attributes}
    found = {
        name: Asked(tuple(ValueSet(frozenset({value})) for value in _alike(str(single_example(each)))))
        for name, each in declared.items()
    }
    for name, each in declared.items():
        if each.default_from is not None:
            found[each.default_from] = found[name]
    return found


def _alike(value: str) -> list[str]:
    """Give a value, and others that differ from it in their last digit.

    >>> _alike("12A9X")
    ['12A9X', '12A0X', '12A1X']
    """
    at = max((place for place, each in enumerate(value) if each.isdigit()), default=None)
    if at is None:
        return [value]
    return [f"{value[:at]}{(int(value[at]) + step) % 10}{value[at + 1 :]}" for step in range(_NAMED)]


class Providers:
    """Relate lines by their providers, as one payer has it."""

    def __init__(self, space: Space, taken: Mapping[str, Value]) -> None:
        """Take the space; `taken` is the value of each attribute where a claim says nothing."""
        self.space, self.taken = space, taken
        self._pairs: dict[tuple[int, int], dict[str, int]] = {}

    def related(self, line: int, subject: int = SUBJECT) -> dict[str, int]:
        """Give the literals that two lines have one provider, that they have two, and that either is known."""
        key = (subject, line)
        if key not in self._pairs:
            graph = self.space.graph
            known, equal = self._compared(NPI, subject, line)
            silent = graph.all((-self._held(NPI, subject)[0], -self._held(NPI, line)[0]))
            typed, alike = self._compared(TYPE, subject, line)
            other = self._held(TYPE, subject)[1].get(OTHER, FALSE)
            both, one = self._compared(TAXONOMY, subject, line)
            same = graph.some((silent, equal, one, graph.all((-both, typed, alike, -other))))
            apart = graph.some((graph.all((both, -one)), graph.all((-both, typed, -alike))))
            different = graph.all((known, -equal, apart))
            self._pairs[key] = {"known": graph.some((same, different)), SAME: same, DIFFERENT: different}
        return self._pairs[key]

    def _compared(self, attribute: str, subject: int, line: int) -> tuple[int, int]:
        """Give the literals that both lines are known to have a value, and that it is one value."""
        graph = self.space.graph
        (mine_known, mine), (theirs_known, theirs) = self._held(attribute, subject), self._held(attribute, line)
        equal = graph.some(graph.all((literal, theirs[value])) for value, literal in mine.items() if value in theirs)
        return graph.all((mine_known, theirs_known)), equal

    def _held(self, attribute: str, line: int) -> Held:
        """Say which value a line has of an attribute, given by the claim or taken where it gives none."""
        declared = self.space.declared(attribute)
        if not declared:
            return FALSE, {}
        graph, slot = self.space.graph, self.space.slot(attribute, line)
        silent: Held = (FALSE, {})
        source = next((each.default_from for each in declared if each.default_from), None)
        if attribute in self.taken:
            silent = TRUE, {self.taken[attribute]: TRUE}
        elif source is not None and source in self.space.asked:
            silent = self._held(source, line)
        given = slot.given
        values: dict[Value, list[int]] = {}
        for value, literal in slot.choices:
            values.setdefault(value, []).append(graph.all((given, literal)))
        for value, literal in silent[1].items():
            values.setdefault(value, []).append(graph.all((-given, literal)))
        known = graph.some((given, graph.all((-given, silent[0]))))
        return known, {value: graph.some(each) for value, each in values.items()}
