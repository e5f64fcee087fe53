"""Other lines as their subjects see them: once for each relation in which some subject stands to them.

What an `other_line` asks depends on the other line and on its relation to the subject, and relations take few values.
So the network is not told of every pair of lines, but of each other line once a relation, and what it derives of it
holds for all those subjects at once: the messages of a claim grow with its lines, not with their square.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from payrule.language.domains import Domain
from payrule.language.scene import Scene


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
        related_by = [self.domains[at] for at in pair]
        found: list[Sighting] = []
        for place, day in enumerate(dates):
            if self.other_need >= 0 and not codes[place] & self.other_need:
                continue
            own_date = on_date[day]
            for group, same_date in ((own_date, True), (every & ~own_date, False)):
                seers = group & subjects & ~own[scene.lines[place].line.number]
                if seers and pair:
                    related = _related(scene, place, seers >> first, related_by)
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


def _related(scene: Scene, place: int, seers: int, domains: Sequence[Domain]) -> dict[tuple[int, ...], int]:
    """Group the lines that see one by the tests that their relation to it passes."""
    other = scene.lines[place]
    told: dict[int, tuple[object, tuple[int, ...]]] = {}
    groups: dict[tuple[int, ...], int] = {}
    for number, subject in enumerate(scene.lines):
        if seers >> number & 1:
            relation: dict[str, Any] = scene.relation(subject, other)
            # Beside what it is told by stands the relation itself, so that no later object can take its identity.
            known = told.get(id(relation))
            if known is None:
                passed = tuple([domain.passed(relation.get(domain.attribute)) for domain in domains])
                known = told[id(relation)] = (relation, passed)
            groups[known[1]] = groups.get(known[1], 0) | 1 << number
    return groups
