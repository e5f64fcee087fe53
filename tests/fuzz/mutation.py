"""Inputs damaged deterministically: one number, one input, so that what failed once can be made again."""

import json
from collections.abc import Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

_NUMBERS = (b"0", b"-1", b"1e400", b"NaN", b"9" * 400, b"9999999999", b"1.5", b"true", b"null", b'""')
_BYTES = (
    b"\0",
    b"\xff",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\x1a",
    b"\x1b[2J",
    b"\r",
    b"\n",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
)


def mutated(seeds: Sequence[bytes], number: int, tokens: Sequence[bytes] = ()) -> bytes:
    """Give the input of a number: a seed with a few changes of bytes, of tokens of its format, or of whole lines.

    >>> mutated([b"one line"], 7) == mutated([b"one line"], 7)
    True
    """
    random = Random(number)  # noqa: S311 - to be the same each time is the point
    data = random.choice(seeds)
    changes = random.choice((_CHANGES, (_value,)))
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        data = random.choice(changes)(data, random, seeds, (*tokens, *_NUMBERS, *_BYTES))
    return data


def _place(data: bytes, random: Random) -> int:
    """Choose a place, near the end as often as anywhere: formats keep there what describes the whole."""
    reach = min(len(data), random.choice((len(data), 1_000, 64)))
    return len(data) - random.randint(0, reach)


def _flip(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    at = min(_place(data, random), len(data) - 1)
    return data if not data else data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]


def _put(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    at = _place(data, random)
    return data[:at] + random.randbytes(random.choice((1, 1, 2, 4))) + data[at + random.randint(0, 4) :]


def _take(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    at = _place(data, random)
    return data[:at] + data[at + random.choice((1, 2, 4, 40)) :]


def _cut(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    return data[: _place(data, random)]


def _token(data: bytes, random: Random, _seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """Put a token in, or in the place of what stands between two marks."""
    at, token = _place(data, random), random.choice(tokens)
    if random.random() < 0.5:
        return data[:at] + token + data[at:]
    end = at
    while end < len(data) and end < at + 40 and data[end : end + 1] not in b',:;|*~"]}\n':
        end += 1
    return data[:at] + token + data[end:]


def _line(data: bytes, random: Random, seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    """Write a line twice, leave it out, let it change places, or take one from another seed."""
    lines = data.splitlines(keepends=True)
    if len(lines) < 2:
        return data + data
    at, other = random.randrange(len(lines)), random.randrange(len(lines))
    change = random.randrange(4)
    if change == 0:
        lines.insert(at, lines[other])
    elif change == 1:
        del lines[at]
    elif change == 2:
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines.insert(at, random.choice(random.choice(seeds).splitlines(keepends=True) or [b""]))
    return b"".join(lines)


def _again(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    """Write a piece many times, as deep nesting and endless cells do."""
    at = _place(data, random)
    piece = data[at : at + random.choice((1, 1, 2, 8))]
    return data[:at] + piece * random.choice((2, 70, 2_000)) + data[at + len(piece) :]


def _recoded(data: bytes, random: Random, _seeds: Sequence[bytes], _tokens: Sequence[bytes]) -> bytes:
    """Save it in another encoding, or with other line ends."""
    text = data.decode("utf-8", errors="replace")
    change = random.randrange(4)
    if change == 0:
        return text.encode(random.choice(("utf-16", "utf-16-le", "utf-8-sig")))
    if change == 1:
        return text.encode("latin-1", errors="replace")
    return data.replace(b"\n", b"\r\n") if change == 2 else data.replace(b"\n", b"\r")


_ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    1.5,
    "",
    "x",
    [],
    {},
    [[]],
    "9999-12-31",
    "line.code",
    "same",
    "@codes",
    "p0",
)


def _value(data: bytes, random: Random, seeds: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """Change a value of a JSON text, or of a line of it, and leave it JSON; anything else is changed otherwise."""
    lines = [data] if data.count(b"\n{") < 2 else data.splitlines(keepends=True)
    at = random.randrange(len(lines))
    try:
        whole = json.loads(lines[at])
        places = list(_places(whole))
    except (ValueError, RecursionError):
        places = []
    if not places:
        return random.choice(_CHANGES)(data, random, seeds, tokens)
    _change(random, *random.choice(places), [within[key] for within, key in places])
    return b"".join([*lines[:at], json.dumps(whole, indent=random.choice((None, 1))).encode(), b"\n", *lines[at + 1 :]])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """List each place of a value: what holds it, and its key or position there."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _change(random: Random, within: Any, key: Any, others: list[Any]) -> None:
    """Change one place: take it out, write another or an odd value, or its own one again."""
    change, other = random.randrange(5), deepcopy(random.choice(others))
    if change == 0:
        del within[key]
    elif change == 1:
        within[key] = other
    elif change == 2:
        within[key] = random.choice(_ODD)
    elif isinstance(within, list):
        within.insert(key, other if change == 3 else deepcopy(within[key]))
    elif change == 3:
        within[random.choice([other for other in within if other != key] or ["other"])] = within.pop(key)
    else:
        within[key] = [within[key], within[key]]


_CHANGES = (_flip, _flip, _put, _put, _take, _cut, _token, _token, _token, _line, _line, _again, _recoded)
