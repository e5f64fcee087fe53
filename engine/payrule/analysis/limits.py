"""Dates beyond which values are none: before one is in force, and for a code that is asked about, after it had ended.

A claim whose code had ended is answered before any rule is asked, and a value that is not in force yet counts as
absent. So questions leave out such claims: of the first nothing is to be asked, and the second are other claims.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from payrule.analysis.classes import alike
from payrule.documents.models import Attribute, Vocabulary
from payrule.documents.values import ValueSet, day_after, read_date

CODE = "line.code"


class Limits(msgspec.Struct, frozen=True):
    """Of some vocabularies together: `begins` gives the first day of values by attribute, `ends` the last of codes."""

    begins: Mapping[str, Mapping[str, date]]
    ends: Mapping[str, date]

    @classmethod
    def of(cls, vocabularies: Sequence[Vocabulary]) -> "Limits":
        """Collect them; where vocabularies differ, the days that all allow.

        >>> from payrule.documents.models import Regions, Timed
        >>> words = Vocabulary(kind="vocabulary", attributes={}, concerns=(), regions=Regions(contiguous=()),
        ...     timed=Timed(codes=(), method=""), begins={"line.marks": {"X": "2015-01-01"}})
        >>> list(Limits.of([words]).turns("line.marks", "X"))
        [datetime.date(2015, 1, 1)]
        """
        begins: dict[str, dict[str, date]] = {}
        ends: dict[str, date] = {}
        for vocabulary in vocabularies:
            for attribute, firsts in vocabulary.begins.items():
                known = begins.setdefault(attribute, {})
                for value, day in firsts.items():
                    known[value] = max(read_date(day), known.get(value, date.min))
            if vocabulary.retired is not None and vocabulary.retired.answer is not None:
                for code, day in vocabulary.retired.codes.items():
                    ends[code] = min(read_date(day), ends.get(code, date.max))
        return cls(begins, ends)

    def turns(self, attribute: str, value: Any) -> Iterator[date]:
        """Give the day from which on a value is one, or the day from which on a code is none any more."""
        if attribute == CODE and value in self.ends and (after := day_after(self.ends[value])):
            yield after
        elif value in self.begins.get(attribute, {}):
            yield self.begins[attribute][value]

    def widest(self, attribute: str, value: Any, declared: Sequence[Attribute], sets: Sequence[ValueSet]) -> Any:
        """Choose for a class of values the one that is one on most days: what no rule tells apart, it stands for."""
        if not any(True for _ in self.turns(attribute, value)):
            return value
        like = (value, *alike(value, declared, sets))
        if attribute == CODE:
            return max(like, key=lambda each: self.ends.get(each, date.max))
        return min(like, key=lambda each: self.begins[attribute].get(each, date.min))
