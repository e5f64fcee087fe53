"""What is tried: the reader of a format together with what follows from it, on one damaged input after the other."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from tests.fuzz.mutation import mutated

from payrule.source.diagnostics import InputError

CORPUS = Path(__file__).parent / "corpus"
"""Small inputs that failed once, in a folder for each target."""


class Target(msgspec.Struct, frozen=True):
    """A format to try: how one input is tried, whole inputs to begin with, and words of the format.

    `tried` reads an input and does what follows. It counts what came `in`, and of that what was `decided`, `rejected`
    or `void`; it raises InputError for an input that cannot be used at all, and anything else is a failure.
    `each` is how many inputs the normal tests try, so that this takes about a second.
    """

    name: str
    tried: Callable[[bytes], Counter[str]]
    seeds: Sequence[bytes]
    tokens: Sequence[bytes] = ()
    each: int = 100

    def corpus(self) -> Iterator[Path]:
        """Give the stored inputs."""
        return (path for path in sorted((CORPUS / self.name).glob("*")) if path.is_file())

    def input(self, number: int) -> bytes:
        """Give the input of a number; what was stored is damaged further, as seeds are."""
        return mutated([*self.seeds, *(path.read_bytes() for path in self.corpus())], number, self.tokens)


OUTCOMES = ("decided", "rejected", "void")


def try_one(target: Target, data: bytes) -> Counter[str]:
    """Try one input, and give its figures; raises AssertionError where what came in is not what went out."""
    try:
        found = target.tried(data)
    except InputError as fault:
        found = Counter({"refused": 1} if str(fault).strip() else {"refused without a word": 1})
    assert not found["refused without a word"]
    assert found["in"] == sum(found[each] for each in OUTCOMES), f"what came in is not what went out: {found}"
    return found + Counter(inputs=1)


class FuzzError(Exception):
    """An input did what none may: its target, its number, and what happened."""

    def __init__(self, target: Target, number: int, fault: Exception) -> None:
        """Say which input it was, which `target.input` makes again."""
        self.number = number
        super().__init__(f"input {number} of {target.name}: {type(fault).__name__}: {fault}")


def try_many(target: Target, first: int, count: int) -> Counter[str]:
    """Try the inputs of numbers from `first` on, and give the sum of their figures; raises FuzzError for one."""
    figures: Counter[str] = Counter()
    for number in range(first, first + count):
        try:
            figures += try_one(target, target.input(number))
        except Exception as fault:
            raise FuzzError(target, number, fault) from fault
    return figures
