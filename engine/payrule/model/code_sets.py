"""Code lists that are documents of their own, whose entries hold from one date of service to another.

What a list holds on a date is asked of the line's date of service; inside of a condition on other lines, of theirs.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec

from payrule.model.digests import document_digest
from payrule.model.policy import Document
from payrule.model.values import day_after, is_range, read_date, split_range
from payrule.source.diagnostics import Diagnostic
from payrule.source.json_source import JsonSource

Days = tuple[date, date]
"""A first and a last day, both inclusive."""


class CodeEntry(msgspec.Struct, frozen=True, omit_defaults=True, rename={"first": "from", "last": "to"}):
    """A code, a range or a category of codes, and the dates of service on which it is in the list, both inclusive."""

    code: str
    first: str | None = None
    last: str | None = None

    @property
    def days(self) -> Days:
        """The days on which it is in the list.

        >>> [str(day) for day in CodeEntry("00001", last="2024-09-30").days]
        ['0001-01-01', '2024-09-30']
        """
        first = date.min if self.first is None else read_date(self.first)
        return first, date.max if self.last is None else read_date(self.last)


class CodeSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a list was made from: the title of a publication, and the digest of its file where it was imported."""

    title: str
    digest: str | None = None


class CodeSet(Document, frozen=True, kw_only=True, omit_defaults=True):
    """A list of codes by the dates on which each is in it; conditions name it `@id`, as any other code list."""

    id: str
    title: str
    entries: tuple[CodeEntry, ...]
    source: CodeSource | None = None
    citation: str | None = None
    interpretation: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that is in the list on some day, once, in the order of the document."""
        return tuple(dict.fromkeys(each.code for each in self.entries))

    def on(self, day: date) -> tuple[str, ...]:
        """Give the codes that are in the list on a day.

        >>> hips = CodeSet(kind="code-set", id="hips", title="", entries=(
        ...     CodeEntry("00001"), CodeEntry("00002", first="2024-10-01")))
        >>> hips.on(date(2024, 9, 30)), hips.on(date(2024, 10, 1))
        (('00001',), ('00001', '00002'))
        """
        dated = ((each, each.days) for each in self.entries)
        return tuple(dict.fromkeys(each.code for each, (first, last) in dated if first <= day <= last))

    @property
    def is_dated(self) -> bool:
        """Tell whether some code is in the list on some days only."""
        return any(each.first is not None or each.last is not None for each in self.entries)

    @property
    def turns(self) -> tuple[date, ...]:
        """The days on which the list is not as on the day before, in order."""
        days = {each.days for each in self.entries}
        after = (day_after(last) for _, last in days)
        return tuple(sorted({first for first, _ in days if first > date.min} | {each for each in after if each}))

    @property
    def by_days(self) -> tuple[tuple[tuple[Days, ...], tuple[str, ...]], ...]:
        """The codes in groups that are in the list on the same days, which are as few and as long as can be.

        >>> split = CodeSet(kind="code-set", id="split", title="", entries=(
        ...     CodeEntry("00001", last="2024-09-30"), CodeEntry("00001", first="2024-10-01")))
        >>> split.by_days == ((((date.min, date.max),), ("00001",)),)
        True
        """
        by_code: dict[str, list[Days]] = {}
        for each in self.entries:
            by_code.setdefault(each.code, []).append(each.days)
        groups: dict[tuple[Days, ...], list[str]] = {}
        for code, listed in by_code.items():
            groups.setdefault(_joined(listed), []).append(code)
        return tuple((days, tuple(codes)) for days, codes in sorted(groups.items()))


def code_set_digest(code_set: CodeSet) -> str:
    """Give the digest of what a list holds and when, and of what it says of itself; its order says nothing.

    >>> one, two = (CodeSet(kind="code-set", id="hips", title="", schema=path, entries=(CodeEntry("00001"),))
    ...     for path in ("", "code-set.schema.json"))
    >>> code_set_digest(one) == code_set_digest(two)
    True
    """
    return document_digest(msgspec.to_builtins(msgspec.structs.replace(code_set, schema="")))


def _joined(listed: Iterable[Days]) -> tuple[Days, ...]:
    """Join periods that overlap, or follow each other without a day between; none of a period that ends before it."""
    found: list[Days] = []
    for first, last in sorted(each for each in listed if each[0] <= each[1]):
        if found and (found[-1][1] == date.max or first <= found[-1][1] + timedelta(days=1)):
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def code_set_findings(code_set: CodeSet, text: JsonSource) -> Iterator[Diagnostic]:
    """List what is wrong with a code list by itself: its place, dates the wrong way, a code twice on one day."""
    stem = Path(text.file or "").stem
    if code_set.id != stem:
        message = f"the code list `{code_set.id}` is in the file `{stem}.json`"
        yield text.diagnostic(("id",), "misplaced", message, f"name the file `{code_set.id}.json`")
    before: dict[str, list[tuple[int, Days]]] = {}
    for index, entry in enumerate(code_set.entries):
        (first, last), path = entry.days, ("entries", index)
        if first > last:
            message = (
                f"`{entry.code}` ends on {entry.last}, before it begins on {entry.first}, so it is never in the list"
            )
            yield text.diagnostic((*path, "to"), "never-applies", message, f"write `{entry.first}` or later")
        for other, (since, until) in before.setdefault(entry.code, []):
            if first <= until and since <= last:
                day = max(first, since)
                when = "every day" if day == date.min else f"{day}"
                message = f"`{entry.code}` is in the list twice on {when}: entry {other + 1} has it, too"
                help_text = "remove one of both, or end the one before the other begins"
                yield text.diagnostic((*path, "code"), "duplicate-code", message, help_text)
                break
        before[entry.code].append((index, (first, last)))
        if is_range(code := entry.code.replace(".", "").upper() if "." in entry.code else entry.code):
            low, high = split_range(code)
            if low > high and not low.startswith(high):
                message = f"`{entry.code}` is not a range of codes: its ends are reversed"
                yield text.diagnostic((*path, "code"), "bad-range", message, "write the lower code first")
