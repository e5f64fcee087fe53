"""Kinds of change: what tells one from another, in answers that were given, and in a model of the solver."""

from collections.abc import Set as AbstractSet
from math import inf
from typing import Any, Literal, NamedTuple

from msgspec import UNSET

from payrule.analysis.encoding import Encoding
from payrule.analysis.payments import Paid, order
from payrule.analysis.resolution import AnswerLiterals
from payrule.analysis.solver import NEVER
from payrule.resolve.answer import Verdict
from payrule.resolve.payment import WHOLE
from payrule.resolve.settle import NOTHING_LEFT
from payrule.results.determination import LineDetermination, Pays, ends
from payrule.results.difference import Answer, AnswerChange, PaidOtherwise


class Kind(NamedTuple):
    """A kind of change: the answer before, and after; of a line that is payable both times, what is paid otherwise."""

    before: Answer
    after: Answer
    paid: PaidOtherwise | None = None

    @classmethod
    def of(cls, change: AnswerChange) -> "Kind":
        """Give the kind of a change that is shown."""
        return cls(change.before, change.after, change.paid_otherwise or None)


def answer_of(line: LineDetermination | Verdict) -> Answer:
    """Give what counts as the answer of a line that has been decided, and the rule that decides it."""
    return Answer(
        disposition=line.disposition,
        liability=line.liability,
        concern=line.concern,
        discretionary=line.discretionary,
        remittance=line.remittance,
        rule=line.reasons[0].name if line.reasons else None,
    )


def kind_of(before: LineDetermination, after: LineDetermination) -> Kind:
    """Give the kind of change between two answers for a line."""
    paid = None
    is_paid_otherwise = (before.pays, before.adjusted) != (after.pays, after.adjusted)
    if is_paid_otherwise and before.disposition == after.disposition == "payable":
        paid = PaidOtherwise(
            _reducing(before), _reducing(after), _compared(before.pays or Pays(), after.pays or Pays())
        )
    return Kind(answer_of(before), answer_of(after), paid)


def _reducing(line: LineDetermination) -> tuple[str, ...]:
    """Name the rules that surely reduce what is paid."""
    return tuple(sorted({each.rule for each in line.adjustments or ()}))


def _compared(before: Pays, after: Pays) -> Literal["more", "less", "otherwise"]:
    """Compare the most that is paid; where a line is not limited it is all that is billed."""
    billed = before.of or after.of
    changes = set[int]()
    for one, two, whole in ((before.units, after.units, billed), (before.percent, after.percent, WHOLE)):
        if one is not UNSET or two is not UNSET:
            (_, was), (_, now) = (ends(whole or 0 if each is UNSET else each) for each in (one, two))
            was, now = (inf if each is None else each for each in (was, now))
            changes.add((now > was) - (now < was))
    return _more_or_less(changes)


def _more_or_less(changes: AbstractSet[int]) -> Literal["more", "less", "otherwise"]:
    """Put changes of units and of the percentage together."""
    return "otherwise" if len(changes - {0}) != 1 else "more" if 1 in changes else "less"


class KindReader:
    """Read the kind of change in the last model."""

    def __init__(
        self, encoding: Encoding, answers: tuple[AnswerLiterals, AnswerLiterals], paid: tuple[Paid, Paid]
    ) -> None:
        """Say what differs between two answers, and let models tell all that makes a kind."""
        self._answers, self._paid, self._graph = answers, paid, encoding.graph
        self._value = encoding.solver.value
        self.differ, self._otherwise = encoding.differ(*answers, paid)
        self._order = order(encoding.graph, *paid)
        encoding.solver.know(literal for answer in answers for literal in answer.literals())
        encoding.solver.know((self._otherwise, *self._order, *(x for each in paid for x in each.reduces.values())))

    def read(self) -> Kind:
        """Give the kind of change."""
        pair = []
        for answer in self._answers:
            read = {}
            for name in Answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                read[name] = next(value for value, literal in literals.items() if self._value(literal))
            pair.append(Answer(**read | {"rule": _rule_name(read["rule"])}))
        return Kind(pair[0], pair[1], self._read_paid() if self._value(self._otherwise) else None)

    def _read_paid(self) -> PaidOtherwise:
        before, after = (frozenset(name for name, at in each.reduces.items() if self._value(at)) for each in self._paid)
        more, less = (self._value(each) for each in self._order)
        return PaidOtherwise(tuple(sorted(before)), tuple(sorted(after)), self._changed(before, after, more - less))

    def _changed(
        self, before: AbstractSet[str], after: AbstractSet[str], units: int
    ) -> Literal["more", "less", "otherwise"]:
        was, now = (each.percent(names) for each, names in zip(self._paid, (before, after), strict=True))
        return _more_or_less({units, (now > was) - (now < was)})

    def shows(self, kind: Kind) -> int:
        """Say that a claim shows a kind of change."""
        chosen: list[int] = []
        for answer, wanted in zip(self._answers, (kind.before, kind.after), strict=True):
            for name in Answer.__struct_fields__:
                literals: dict[Any, int] = getattr(answer, name)
                value = getattr(wanted, name)
                if name == "rule":
                    chosen.append(self._graph.some(at for each, at in literals.items() if _rule_name(each) == value))
                else:
                    chosen.append(literals.get(value, NEVER))
        chosen.append(-self._otherwise if kind.paid is None else self._shows_paid(kind.paid))
        return self._graph.all(chosen)

    def _shows_paid(self, wanted: PaidOtherwise) -> int:
        sets = (frozenset(wanted.before), frozenset(wanted.after))
        if not all(names <= each.reduces.keys() for names, each in zip(sets, self._paid, strict=True)):
            return NEVER
        reducing = (
            literal if name in names else -literal
            for names, each in zip(sets, self._paid, strict=True)
            for name, literal in each.reduces.items()
        )
        more, less = self._order
        units = {0: self._graph.same(more, less), 1: self._graph.all((more, -less)), -1: self._graph.all((less, -more))}
        fitting = (literal for change, literal in units.items() if self._changed(*sets, change) == wanted.paid)
        return self._graph.all((self._otherwise, *reducing, self._graph.some(fitting)))


def _rule_name(name: str | None) -> str | None:
    """Name the rule: one that pays what is within a quota denies a line of which nothing is in a case of its own."""
    return None if name is None else name.removesuffix(NOTHING_LEFT)
