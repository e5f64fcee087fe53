"""Other lines as their subjects see them: once for each relation in which some subject stands to them.

What an `other_line` asks depends on the other line and on its relation to the subject, and relations take few values.
So the network is not told of every pair of lines, but of each other line once a relation, and what it derives of it
holds for all those subjects at once: the messages of a claim grow with its lines, not with their square.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from payrule.language.domains import Domain
from payrule.language.enriched_encounter import EnrichedEncounter


class OtherLineView(msgspec.Struct, frozen=True):
    """An other line by its number in the run, what it and its relation to some subjects pass, and those subjects."""

    other: int
    row: list[int]
    same_date: bool
    subjects: int


class OtherLineViews(msgspec.Struct, frozen=True):
    """How other lines are seen in a network: through these domains, and on other dates, too, if `any_date`.

    `subject_need` and `other_need` say for which codes a line can have a use for other lines, or be of use as one.
    """

    domains: tuple[Domain, ...]
    any_date: bool
    subject_need: int
    other_need: int

    def of(
        self,
        scene: EnrichedEncounter,
        rows: Sequence[list[int]],
        codes: Sequence[int],
        first: int,
        asked: Sequence[int],
    ) -> list[OtherLineView]:
        """List what is seen in an encounter whose lines are numbered from `first` in the run.

        `rows` are the tests that its lines pass, `codes` those that their codes pass, `asked` which lines are asked
        about.
        """
        need = self.subject_need
        subjects = sum({1 << first + line for line in asked if need < 0 or codes[line] & need})
        if not subjects:
            return []
        dates = [line.line.date for line in scene.lines]
        on_date: dict[object, int] = {}
        for number, day in enumerate(dates, first):
            on_date[day] = on_date.get(day, 0) | 1 << number
        every = sum(on_date.values()) if self.any_date else 0
        own = _days_of_lines(scene, first)
        pair = [at for at, each in enumerate(self.domains) if each.attribute in scene.pair_attributes]
        relations = _Relations(scene, [self.domains[at] for at in pair], subjects >> first) if pair else None
        found: list[OtherLineView] = []
        for place, day in enumerate(dates):
            if self.other_need >= 0 and not codes[place] & self.other_need:
                continue
            own_date = on_date[day]
            for group, same_date in ((own_date, True), (every & ~own_date, False)):
                seers = group & subjects & ~own[scene.lines[place].line.number]
                if seers and relations:
                    related = relations.grouped(place, seers >> first, day if same_date else None)
                    for passed, bits in related.items():
                        row = rows[place].copy()
                        for at, told in zip(pair, passed, strict=True):
                            row[at] = told
                        found.append(OtherLineView(first + place, row, same_date, bits << first))
                elif seers:
                    found.append(OtherLineView(first + place, rows[place], same_date, seers))
        return found


def _days_of_lines(scene: EnrichedEncounter, first: int) -> dict[int, int]:
    """Group the lines by number: days of one line are no other lines of each other."""
    own: dict[int, int] = {}
    for place, line in enumerate(scene.lines, first):
        own[line.line.number] = own.get(line.line.number, 0) | 1 << place
    return own


class _Relations:
    """Group lines by how they are related to another: of all that are related alike, one is asked, for each relation.

    Each attribute of a pair is looked at alone: lines of few providers and many codes are of few kinds for the one and
    of many for the other, and of very many for both together.
    """

    def __init__(self, scene: EnrichedEncounter, domains: Sequence[Domain], subjects: int) -> None:
        self._scene, self._domains = scene, domains
        self._kinds = [[scene.kind(domain.attribute, line) for line in scene.lines] for domain in domains]
        self._subjects = subjects
        self._divided: dict[tuple[int, int, object], list[tuple[int, int]]] = {}

    def grouped(self, place: int, seers: int, where: date | None) -> dict[tuple[int, ...], int]:
        """Group the lines of a date, or of all, that see one by the tests that their relation to it passes."""
        groups: dict[tuple[int, ...], int] = {(): seers}
        for at in range(len(self._domains)):
            divided = self._by_relation(at, place, where)
            groups = {
                (*told, passed): both
                for told, bits in groups.items()
                for passed, related in divided
                if (both := bits & related)
            }
        return groups

    def _by_relation(self, at: int, place: int, where: date | None) -> list[tuple[int, int]]:
        """Divide the subjects of a date, or of all, by the tests that one attribute of them and a line passes."""
        key = at, self._kinds[at][place], where
        found = self._divided.get(key)
        if found is None:
            scene, domain, other = self._scene, self._domains[at], self._scene.lines[place]
            subjects = self._subjects if where is None else self._subjects & scene.among(where)
            passed: dict[int, int] = {}
            for value, related in scene.related(domain.attribute, other, as_other=True).items():
                if bits := related & subjects:
                    told = domain.passed(value)
                    passed[told] = passed.get(told, 0) | bits
            found = self._divided[key] = list(passed.items())
        return found
