"""Other lines as their subjects see them: once for each relation in which some subject stands to them.

What an `other_line` asks depends on the other line and on its relation to the subject, and relations take few values.
So the network is not told of every pair of lines, but of each other line once a relation, and what it derives of it
holds for all those subjects at once: the messages of a claim grow with its lines, not with their square.
"""

from collections.abc import Sequence

import msgspec

from payrule.language.domains import Domain
from payrule.language.scene import Scene, SceneLine


class Sighting(msgspec.Struct, frozen=True):
    """An other line by its number in the run, what it and its relation to some subjects pass, and those subjects."""

    other: int
    row: list[int]
    same_date: bool
    subjects: int


class Sights(msgspec.Struct, frozen=True):
    """How other lines are seen in a network: through these domains, and on other dates, too, if `any_date`.

    `subject_need` and `other_need` say for which codes a line can have a use for other lines, or be of use as one.
    """

    domains: tuple[Domain, ...]
    any_date: bool
    subject_need: int
    other_need: int

    def of(
        self, scene: Scene, rows: Sequence[list[int]], codes: Sequence[int], first: int, asked: Sequence[int]
    ) -> list[Sighting]:
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
        relations = _Relations(scene, [self.domains[at] for at in pair]) if pair else None
        found: list[Sighting] = []
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
                        found.append(Sighting(first + place, row, same_date, bits << first))
                elif seers:
                    found.append(Sighting(first + place, rows[place], same_date, seers))
        return found


def _days_of_lines(scene: Scene, first: int) -> dict[int, int]:
    """Group the lines by number: days of one line are no other lines of each other."""
    own: dict[int, int] = {}
    for place, line in enumerate(scene.lines, first):
        own[line.line.number] = own.get(line.line.number, 0) | 1 << place
    return own


class _Relations:
    """Group lines by how they are related to another: of all that are related alike, one is asked."""

    def __init__(self, scene: Scene, domains: Sequence[Domain]) -> None:
        self._scene, self._domains = scene, domains
        names = [domain.attribute for domain in domains]
        self._kinds = [tuple([scene.kind(name, line) for name in names]) for line in scene.lines]
        self._alike: dict[object, dict[tuple[int, ...], int]] = {}
        for number, line in enumerate(scene.lines):
            for where in (None, line.line.date):
                alike = self._alike.setdefault(where, {})
                alike[self._kinds[number]] = alike.get(self._kinds[number], 0) | 1 << number
        self._first = {kind: bits & -bits for kind, bits in self._alike[None].items()}
        self._passed: dict[tuple[tuple[int, ...], tuple[int, ...]], tuple[int, ...]] = {}

    def grouped(self, place: int, seers: int, where: object) -> dict[tuple[int, ...], int]:
        """Group the lines of a date, or of all, that see one by the tests that their relation to it passes."""
        other = self._kinds[place]
        groups: dict[tuple[int, ...], int] = {}
        for kind, bits in self._alike[where].items():
            if bits & seers:
                passed = self._passed.get((kind, other))
                if passed is None:
                    subject = self._scene.lines[self._first[kind].bit_length() - 1]
                    passed = self._passed[kind, other] = self._told(subject, self._scene.lines[place])
                groups[passed] = groups.get(passed, 0) | bits & seers
        return groups

    def _told(self, subject: SceneLine, other: SceneLine) -> tuple[int, ...]:
        relation = self._scene.relation
        return tuple([each.passed(relation(each.attribute, subject, other)) for each in self._domains])
