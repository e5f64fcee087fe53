"""The rules that bind together, as a network of durable_rules: which of them match a line, definitely or possibly.

Compiling goes from formulas to strata, productions, shards and rulesets. Everything is counted on the way, so that what
the engine cannot carry is refused by name or divided before the engine is called. In a run lines and views of other
lines go in as messages, and rules that match come out.

What an `other_line` asks depends on the other line and on its relation to the subject, and relations take few values.
So the network is not told of every pair of lines, but of each other line once a relation, a **view** of it, and what is
derived of a view holds for all its subjects at once: messages grow with the lines of a claim, not with their square.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import count
from operator import or_

import msgspec

from payrule.execute.forward.counts import Counts
from payrule.execute.forward.driver import ENGINE, Engine, Session, require
from payrule.execute.forward.limits import check_rulesets
from payrule.execute.forward.messages import (
    AFTER_LAST,
    BOTH,
    DEFINITE,
    FIRST_DERIVED,
    FIRST_VIEW,
    LAST_DERIVED,
    POSSIBLE,
    Ruleset,
    carried,
    line_number,
    message,
    view_number,
)
from payrule.execute.forward.productions import Needed, Shard, Words, demand, productions, shards, words
from payrule.execute.sizes import Sizes, too_large
from payrule.language.domains import UNKNOWN_VALUE, Domain
from payrule.language.enriched_encounter import EnrichedEncounter, places
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
from payrule.source.memory import Remembered

__all__ = ["ENGINE", "Network", "require"]

MOST_VIEWS = (AFTER_LAST - FIRST_VIEW) // 3
"""Other lines, each once a relation to some subject: as many as five digits number."""
MOST_DERIVED = LAST_DERIVED - FIRST_DERIVED
"""Messages about derived facts in one session: as many as have names that the engine can tell apart."""


def check_messages(views: int = 0, derived: int = 0) -> None:
    """Raise LimitError if too much follows from an encounter for the engine to tell apart.

    `views` counts other lines, each once a relation, `derived` the messages that name derived facts.

    >>> check_messages(20_000)
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: other lines have 20000 relations to lines of the claim, and at most ...
    """
    for found, most, what in (
        (views, MOST_VIEWS, "other lines have {} relations to lines of the claim"),
        (derived, MOST_DERIVED, "{} definitions hold on the claim"),
    ):
        if found > most:
            raise too_large(what.format(found), most)


def routes(shards: Sequence[Shard], about: str) -> Remembered[int, tuple[int, ...]]:
    """Find the rulesets that matter to a line by the tests that its code passes (all bits for an unknown code).

    `about` says whether lines go there as subjects (`line`) or as other lines (`other`).
    """
    needed = tuple(
        (at, need, each.classes)
        for at, each in enumerate(shards)
        if (need := each.line_need if about == "line" else each.other_need)
    )
    known = frozenset(passed for each in shards for passed in each.classes or ())
    return Remembered(
        lambda code: tuple(
            at
            for at, need, classes in needed
            if (need < 0 or need & code) and (classes is None or code in classes or code not in known)
        )
    )


class Layer:
    """A stratum: its rulesets by position, each with its number in the network."""

    def __init__(self, rulesets: Iterable[Ruleset], number: Callable[[], int]) -> None:
        """Give the rulesets their numbers, and index what they read."""
        self.rulesets = tuple(rulesets)
        self.numbers = tuple(number() for _ in self.rulesets)
        shards = [each.shard for each in self.rulesets]
        self.lines = lines = routes(shards, "line")
        self.others = others = routes(shards, "other")
        self.matter = Remembered[int, frozenset[int]](lambda code: frozenset(lines[code] + others[code]))
        self.readers: dict[int, tuple[int, ...]] = {}
        for at, ruleset in enumerate(self.rulesets):
            for item in ruleset.items:
                self.readers[item] = (*self.readers.get(item, ()), at)


class OtherLineView(msgspec.Struct, frozen=True):
    """An other line by its number in the run, what it and its relation to some subjects pass, and those subjects."""

    other: int
    row: list[int]
    same_date: bool
    subjects: int


NOTHING_COUNTED: Mapping[int, tuple[int, int]] = {}

Waiting = dict[int, list[str]]
"""Messages for the rulesets of a layer, by position."""
News = dict[int, list[int]]
"""Items that have just been derived, by line and reading: twice the line, and one more for the possible reading."""


class Run:
    """The state of a run: which lines each item is true of so far, and which rules matched which line.

    A set of lines is an integer, line i its bit i.
    """

    def __init__(
        self,
        rows: Sequence[list[int]],
        codes: Sequence[int],
        subjects: Sequence[int],
        views: Sequence[OtherLineView],
        counts: Mapping[int, tuple[int, int]] = NOTHING_COUNTED,
    ) -> None:
        """Start with the tests that each line passes, those its code passes, and the other lines that subjects see.

        `counts` says by item of which lines a count of lines holds, and of which it holds or may.
        """
        check_messages(len(views))
        self.matched: list[list[str]] = [[] for _ in range(2 * len(rows))]
        """The rules that match, by line and reading as in News; a rule stands there once for each way it matches."""
        self._rows = rows
        self._codes = codes
        self._subjects = frozenset(subjects)
        self._views, self._counts = views, counts
        self._true: tuple[list[int], list[int]] = ([], [])
        self._needs: Sequence[int] = ()
        self._of_need: dict[int, int] = {}
        self._named = FIRST_DERIVED

    def through(self, layers: Iterable[Layer], needs: Sequence[int], session: Session) -> None:
        """Bring layer after layer to its fixed point; `needs` tells for which codes each item is needed."""
        self._true = ([0] * len(needs), [0] * len(needs))
        for item, (definite, possible) in self._counts.items():
            self._true[DEFINITE][item], self._true[POSSIBLE][item] = definite, possible
        self._needs = needs
        for layer in layers:
            split = self._open()
            waiting = self._opening(layer, split=split)
            while waiting:
                news: News = {}
                for at, messages in waiting.items():
                    self._take(layer.rulesets[at], session.fire(layer.numbers[at], messages), news)
                waiting = self._news(layer, news, split=split) if news else {}
            session.clear()

    def _open(self) -> bool:
        """Tell whether anything is unknown by now; if nothing is, one reading stands for both."""
        return (
            any(UNKNOWN_VALUE in row for row in self._rows)
            or any(UNKNOWN_VALUE in each.row for each in self._views)
            or self._true[DEFINITE] != self._true[POSSIBLE]
        )

    def _opening(self, layer: Layer, *, split: bool) -> Waiting:
        """Write what rulesets begin with: the lines and the other lines that matter to them."""
        waiting: Waiting = {}
        for line, code in enumerate(self._codes):
            for at in layer.lines[code]:
                ruleset = layer.rulesets[at]
                if ruleset.inner or line in self._subjects:
                    texts = ruleset.line.write(self._rows[line], line, *self._true)
                    apart = split and ruleset.joins_lines
                    _add(waiting.setdefault(at, []), texts, line_number(line), None, apart=apart)
        for place, each in enumerate(self._views):
            for at in layer.others[self._codes[each.other]]:
                ruleset = layer.rulesets[at]
                texts = ruleset.other.write(each.row, each.other, *self._true, same_date=each.same_date)
                of_line = line_number(each.other) if ruleset.joins_others else None
                apart = split and ruleset.joins_others
                _add(waiting.setdefault(at, []), texts, view_number(place), of_line, apart=apart)
        return waiting

    def _take(self, ruleset: Ruleset, heads: Iterable[str], news: News) -> None:
        """Note the rules that matched, and what was derived for the first time."""
        matched, matches = self.matched, ruleset.matches
        for head in heads:
            is_view, place, slots, rules, derives = matches[head]
            if rules:
                for slot in slots:
                    matched[slot] += rules
            if derives:
                lines = self._views[place].subjects if is_view else 1 << place
                for item in derives:
                    needing = lines & self._in_need(self._needs[item])
                    for slot in slots:
                        reading = slot & 1
                        new = needing & ~self._true[reading][item]
                        if new:
                            self._true[reading][item] |= new
                            for line in places(new):
                                news.setdefault(2 * line + reading, []).append(item)

    def _in_need(self, need: int) -> int:
        """Give the lines that have a use for what answers a need."""
        lines = self._of_need.get(need)
        if lines is None:
            lines = self._of_need[need] = _needing(need, self._codes, range(len(self._codes)))
        return lines

    def _news(self, layer: Layer, news: News, *, split: bool) -> Waiting:
        """Write to every ruleset what it joins of the news, all that is new of one line in one message."""
        waiting: Waiting = {}
        for slot, items in news.items():
            line, reading = slot >> 1, slot & 1
            if split or reading == DEFINITE:
                number = line_number(line) + (reading if split else BOTH)
                matter = layer.matter[self._codes[line]]
                texts: dict[int, str] = {}
                for item in items:
                    for at in layer.readers.get(item, ()):
                        if at in matter:
                            texts[at] = texts.get(at, "") + carried(layer.rulesets[at].items[item])
                for at, text in texts.items():
                    waiting.setdefault(at, []).append(message(number, text, self._name()))
        return waiting

    def _name(self) -> int:
        self._named += 1
        if self._named > LAST_DERIVED:
            check_messages(derived=self._named - FIRST_DERIVED)
        return self._named


def _add(messages: list[str], texts: tuple[str, str], number: int, of_line: int | None, *, apart: bool) -> None:
    """Write a message in its two readings, or once as both; what can match nothing is left out."""
    certain, open_too = texts
    if apart or certain != open_too:
        for text, reading in ((certain, DEFINITE), (open_too, POSSIBLE)):
            if text:
                messages.append(message(number + reading, text, None, None if of_line is None else of_line + reading))
    elif certain:
        messages.append(message(number + BOTH, certain, None, None if of_line is None else of_line + BOTH))


def _needing(need: int, codes: Sequence[int], lines: Iterable[int]) -> int:
    """Give those of some lines, as bits, that have a use for what answers a need."""
    return sum({1 << line for line in lines if need < 0 or codes[line] & need})


class OtherLineViews(msgspec.Struct, frozen=True):
    """How other lines are seen in a network: through these domains, and on other dates, too, if `any_date`.

    `subject_need` says for which codes a line can have a use for other lines, and `seen_by` for which codes it has one
    for a line of a code, by the tests that this passes.
    """

    domains: tuple[Domain, ...]
    any_date: bool
    subject_need: int
    seen_by: Remembered[int, int]

    def of(
        self,
        scene: EnrichedEncounter,
        rows: Sequence[list[int]],
        codes: Sequence[int],
        asked: Sequence[int],
    ) -> list[OtherLineView]:
        """List what is seen in an encounter: `rows` are the tests that its lines pass, `codes` those of their codes.

        `asked` are the lines that are asked about.
        """
        subjects = _needing(self.subject_need, codes, asked)
        if not subjects:
            return []
        every = (1 << len(scene.lines)) - 1 if self.any_date else 0
        pair = [at for at, each in enumerate(self.domains) if each.attribute in scene.pair_functions]
        relations = _Relations(scene, [self.domains[at] for at in pair], subjects) if pair else None
        found: list[OtherLineView] = []
        needing: dict[int, int] = {}
        for place, line in enumerate(scene.lines):
            need = self.seen_by[codes[place]]
            if need not in needing:
                needing[need] = _needing(need, codes, asked)
            if not needing[need]:
                continue
            day, own_date = line.line.date, scene.among(line.line.date)
            for group, same_date in ((own_date, True), (every & ~own_date, False)):
                # Days of one line are no other lines of each other.
                seers = group & needing[need] & ~scene.own(line.line.number)
                if seers and relations:
                    for passed, bits in relations.grouped(place, seers, day if same_date else None).items():
                        row = rows[place].copy()
                        for at, of_pair in zip(pair, passed, strict=True):
                            row[at] = of_pair
                        found.append(OtherLineView(place, row, same_date, bits))
                elif seers:
                    found.append(OtherLineView(place, rows[place], same_date, seers))
        return found


class _Relations:
    """Group lines by how they are related to another: of all that are related alike, one is asked, for each relation.

    Each attribute of a pair is looked at alone: lines of few providers and many codes are of few kinds for the one and
    of many for the other, and of very many for both together.
    """

    def __init__(self, scene: EnrichedEncounter, domains: Sequence[Domain], subjects: int) -> None:
        self._scene, self._domains = scene, domains
        self._subjects = subjects
        self._divided: dict[tuple[int, int, object], list[tuple[int, int]]] = {}

    def grouped(self, place: int, seers: int, where: date | None) -> dict[tuple[int, ...], int]:
        """Group the lines of a date, or of all, that see one by the tests that their relation to it passes."""
        groups: dict[tuple[int, ...], int] = {(): seers}
        for at in range(len(self._domains)):
            divided = self._by_relation(at, place, where)
            groups = {
                (*before, passed): both
                for before, bits in groups.items()
                for passed, related in divided
                if (both := bits & related)
            }
        return groups

    def _by_relation(self, at: int, place: int, where: date | None) -> list[tuple[int, int]]:
        """Divide the subjects of a date, or of all, by the tests that one attribute of them and a line passes."""
        scene, domain, other = self._scene, self._domains[at], self._scene.lines[place]
        key = at, scene.kind(domain.attribute, other), where
        found = self._divided.get(key)
        if found is None:
            subjects = self._subjects if where is None else self._subjects & scene.among(where)
            passed: dict[int, int] = {}
            for value, related in scene.related(domain.attribute, other, as_other=True).items():
                if bits := related & subjects:
                    tests = domain.passed(value)
                    passed[tests] = passed.get(tests, 0) | bits
            found = self._divided[key] = list(passed.items())
        return found


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
        self._rules = rules
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
        self._tests = [(domain.attribute, domain.remembered) for domain in known.domains]
        self._counted = [(at, each) for at, each in enumerate(known.items) if isinstance(each, (Lines, Quota))]
        self.sizes = Sizes(known.items, facts)
        self._views = _views(known, needs, [each for layer in needed for each in layer])
        self._engine = Engine([ruleset for layer in self._layers for ruleset in layer.rulesets])

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes that some rule or fact reads."""
        return attributes_read(self._rules.values(), self._facts.values())

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
        self.sizes.check(scene)
        rows = []
        for line in scene.lines:
            value = line.values.get
            rows.append([tests[value(attribute)] for attribute, tests in self._tests])
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
            found[number] = counts.settled(item, _needing(need, codes, range(len(codes))))
        return found


def sizes_of(rules: Mapping[str, Formula], facts: Mapping[str, Formula]) -> Sizes:
    """Say what claims are measured by in a network of some rules, of which not all need to be compiled.

    Raises LimitError naming the rule or fact that the engine cannot carry: that never depends on the claim.

    >>> from payrule.language.lower import All
    >>> sizes_of({"p/r": OtherLine(All(()))}, {}).others
    1
    """
    layers = strata(rules, facts)
    known = words(rules, facts, layers)
    for at, each in enumerate(layers):
        productions(at, each, rules, facts, known)
    return Sizes(known.items, facts)


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


def _views(known: Words, needs: Sequence[int], needed: Iterable[Needed]) -> OtherLineViews | None:
    """Say how other lines are seen, if any rule looks at them."""
    asking = [need for item, need in zip(known.items, needs, strict=True) if isinstance(item, OtherLine)]
    if not asking:
        return None
    subjects: dict[int, int] = {}
    for production, need in ((each.production, each.need) for each in needed):
        if production.about == "other":
            subjects[need] = reduce(or_, (needs[item] for item in production.derives), subjects.get(need, 0))
    seen_by = Remembered[int, int](
        lambda code: reduce(or_, (of for need, of in subjects.items() if need < 0 or need & code), 0)
    )
    return OtherLineViews(known.domains, known.any_date, reduce(or_, asking), seen_by)
