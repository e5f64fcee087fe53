"""Rulebases before and after an edit, and the kinds of changed answer that encounters show between them."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from hypothesis import strategies as st
from tests.property.documents import RulebaseDocuments
from tests.property.edits import edits
from tests.property.encoded import referred
from tests.property.generated import rulebases, subjects
from tests.property.words import Json

from payrule.analysis.difference import Kind
from payrule.compare.comparison_side import Side
from payrule.results.difference import AnswerDifference


class Edited(NamedTuple):
    """A rulebase before and after, and the attributes that it is about."""

    before: RulebaseDocuments
    after: RulebaseDocuments
    attributes: tuple[str, ...]


@st.composite
def edited(draw: st.DrawFn) -> Edited:
    """Draw a rulebase before and after one edit or two."""
    attributes = draw(subjects())
    before = draw(rulebases(attributes))
    after = draw(edits(before))
    return Edited(before, draw(edits(after)) if draw(st.booleans()) else after, attributes)


def changes(old: Side, new: Side, series: Iterable[Json]) -> dict[Kind, Json]:
    """List the kinds of changed answer that encounters show, each with the first that does."""
    found: dict[Kind, Json] = {}
    for each in series:
        for before, after in zip(referred(old, each), referred(new, each), strict=True):
            if msgspec.structs.replace(before, rule=None) != msgspec.structs.replace(after, rule=None):
                found.setdefault(Kind(before, after), each)
    return found


def unshown(found: AnswerDifference) -> int:
    """Give how many kinds of change were found, but could not be shown by a claim."""
    return sum(int(note.partition(" ")[0]) for note in found.notes if "could not be shown" in note)
