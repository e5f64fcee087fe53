"""Write segments of X12: what `segments` cuts and splits, the other way round.

Source: X12.6 (application control structure): fixed widths of `ISA`, no empty elements at the end of a segment, decimal
numbers without zeros at their end.
"""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from payrule.source.diagnostics import RequestError

SEPARATOR, COMPONENT, REPETITION, TERMINATOR = "*", ":", "^", "~"

_unfit = re.compile(r"[*:^~]|[^ -~]").search


def segment(name: str, *elements: str | Iterable[str]) -> str:
    """Write a segment with its terminator; a composite is given by its components.

    Raises RequestError for a text that holds a delimiter, or what is not printable ASCII.

    >>> segment("SVC", ("HC", "00001", "A1"), "35.5", "", "")
    'SVC*HC:00001:A1*35.5~'
    """
    written = [_text(each) if isinstance(each, str) else COMPONENT.join(map(_text, each)) for each in elements]
    while written and not written[-1].strip(COMPONENT):
        written.pop()
    return SEPARATOR.join((name, *written)) + TERMINATOR


def _text(value: str) -> str:
    if found := _unfit(value):
        held = "a delimiter" if found.group() in (SEPARATOR, COMPONENT, REPETITION, TERMINATOR) else "no X12"
        message = f"`{value}` cannot be written: its character `{found.group()}` is {held}"
        raise RequestError.of(
            "x12-text", message, "write it in letters, digits and marks other than `*`, `:`, `^`, `~`"
        )
    return value


def decimal(cents: int) -> str:
    """Write an amount of cents in dollars.

    >>> decimal(3550), decimal(3500), decimal(5), decimal(0)
    ('35.5', '35', '.05', '0')
    """
    whole, part = divmod(cents, 100)
    places = f"{part:02}".rstrip("0")
    return f"{whole or ''}.{places}" if places else f"{whole}"


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends an interchange to whom, and when; `control` numbers it, a test is none to act on."""

    sender: str
    receiver: str
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    created: datetime
    control: int
    test: bool = False


def interchange(exchange: Exchange, function: str, version: str, transactions: Iterable[Iterable[str]]) -> str:
    r"""Write an interchange of one group: each transaction is its segments between `ST` and `SE`.

    `function` is GS01, the kind of transaction, with the first three digits of its number in `ST` by the version.

    >>> sent = Exchange(sender="A", receiver="B", created=datetime(2024, 12, 1, 12, 0), control=7)
    >>> interchange(sent, "HP", "005010X221A1", [[segment("LX", "1")]]).splitlines()[1:]
    ['GS*HP*A*B*20241201*1200*7*X*005010X221A1~', 'ST*835*0001~', 'LX*1~', 'SE*3*0001~', 'GE*1*7~', 'IEA*1*000000007~']
    """
    made = exchange.created
    header = (
        *("00", " " * 10, "00", " " * 10),
        *(
            exchange.sender_qualifier,
            exchange.sender.ljust(15),
            exchange.receiver_qualifier,
            exchange.receiver.ljust(15),
        ),
        *(f"{made:%y%m%d}", f"{made:%H%M}"),
    )
    control = f"{exchange.control:09}"
    for each in (exchange.sender, exchange.receiver):
        _text(each)
    ending = (version[:5], control, "0", "T" if exchange.test else "P")
    lines = [SEPARATOR.join(("ISA", *header, REPETITION, *ending, COMPONENT)) + TERMINATOR]
    group = (f"{made:%Y%m%d}", f"{made:%H%M}", str(exchange.control), "X", version)
    lines.append(segment("GS", function, exchange.sender, exchange.receiver, *group))
    count = 0
    for count, body in enumerate(transactions, start=1):
        number, inside = f"{count:04}", [*body]
        lines += [segment("ST", _NUMBERS[function], number), *inside]
        lines.append(segment("SE", str(len(inside) + 2), number))
    lines += [segment("GE", str(count), str(exchange.control)), segment("IEA", "1", control)]
    return "\n".join(lines) + "\n"


_NUMBERS = {"HP": "835"}
"""The transaction of each kind of group that is written."""
