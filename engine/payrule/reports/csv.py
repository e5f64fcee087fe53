"""Determinations as a sheet: one row a line of a claim, for people who sort and filter; JSON Lines hold more."""

from collections.abc import Iterable, Iterator

from payrule.formats.answer_cells import SHEET, guarded, rows_text
from payrule.results.determination import Determination


def sheet(determinations: Iterable[Determination]) -> Iterator[bytes]:
    r"""Write determinations as rows below a row of titles, claim by claim: UTF-8, commas, `\n`.

    Blanks separate the items of a list. What is not there is an empty cell. A claim that voids another has one row,
    without a line.

    >>> next(sheet([]))[:44]
    b'encounter,payer,line,code,disposition,liabil'
    """
    yield rows_text([SHEET])
    for determination in determinations:
        yield rows_text(_rows(determination))


def _rows(determination: Determination) -> Iterator[list[str]]:
    of_claim = {
        name: guarded(each.cell(determination)) for name, each in SHEET.items() if each.source in ("claim", "terms")
    }
    for line in determination.lines:
        yield [
            told if (told := of_claim.get(name)) is not None else guarded(each.cell(line))
            for name, each in SHEET.items()
        ]
    if determination.is_void:
        yield [of_claim.get(name, "") for name in SHEET]
