"""What the engine can carry, counted before it is called.

Its C core does not defend itself: a wide network hangs or crashes it, or fails on the one claim whose facts are all
unknown. The limits below are under the measured ones (`docs/decisions`), and whatever can be split over several
rulesets is.
"""

from collections import Counter
from collections.abc import Hashable, Iterable

from payrule.source.diagnostics import LimitError

MOST_WAITING = 60
"""Conditions that may wait on the engine's stack for one message; there is room for 64, and beyond it error 303."""
MOST_FLAGS = 200
"""Properties of one message, besides its number and name; the engine has room for 255 and corrupts itself at that."""
MOST_JOINS = 14
"""Derived facts that one conjunction may join; the engine has room for 16 messages in a match."""
MOST_PRODUCTIONS = 150
"""Conjunctions in one ruleset; at most 255 may end in one condition, and beyond it the engine crashes."""
FEW_PRODUCTIONS = 64
"""Conjunctions that are not worth a second ruleset; a ruleset for some codes is best half as large."""
MOST_RULESETS = 1_000
"""Rulesets of one network: a ruleset takes about half a megabyte when it is compiled."""


def check_production(flags: int, joins: int, what: str) -> None:
    """Raise LimitError if one conjunction asks more than a single message or match can answer.

    >>> check_production(201, 0, "rule `p/r`")
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: rule `p/r` asks 201 things at once, and at most 200 can be asked (def...)
    """
    for asked, most, kind in ((flags, MOST_FLAGS, "things"), (joins, MOST_JOINS, "definitions and other lines")):
        if asked > most:
            message = f"{what} asks {asked} {kind} at once, and at most {most} can be asked"
            help_text = "define parts of it under `facts` and use those definitions instead"
            raise LimitError.of("too-many-conditions", message, help_text)


def check_rulesets(count: int, rules: Iterable[str]) -> None:
    """Raise LimitError if a network needs more rulesets than fit into memory, naming the policy with most rules.

    >>> check_rulesets(1001, ["p/r", "q/r", "q/s"])
    Traceback (most recent call last):
    payrule.source.diagnostics.LimitError: the rules that apply together need 1001 rulesets... first in `q`, ...
    """
    if count > MOST_RULESETS:
        largest = Counter(name.partition("/")[0] for name in rules).most_common(1)[0][0]
        message = f"the rules that apply together need {count} rulesets, and at most {MOST_RULESETS} fit"
        help_text = f"merge rules that differ in a value only, first in `{largest}`, which has most of them"
        raise LimitError.of("too-many-rules", message, help_text)


class _Node:
    __slots__ = ("children", "paths", "waiting")

    def __init__(self) -> None:
        self.children: dict[Hashable, _Node] = {}
        self.paths = 0
        self.waiting = 0

    def weigh(self) -> None:
        """Count what can be on the stack while this condition's followers are tried, the deepest of them first."""
        deepest = max((child.waiting for child in self.children.values()), default=0)
        self.waiting = len(self.children) - 1 + max(1, deepest) if self.children else 0


class Conditions:
    """The conditions of one kind of message as the engine arranges them: a tree in which equal beginnings are shared.

    It is walked with a stack. How full the stack can get is bounded by taking every condition as satisfied, which is
    just what happens to the possible half of a claim without its chart.

    >>> tree = Conditions()
    >>> tree.add(("a", "b")), tree.add(("a", "c")), tree.add(("d",)), tree.waiting
    (None, None, None, 3)
    """

    def __init__(self) -> None:
        """Start without conditions."""
        self._root = _Node()

    @property
    def waiting(self) -> int:
        """The most conditions that can be on the stack at once."""
        return self._root.waiting

    def add(self, path: Iterable[Hashable]) -> None:
        """Add one conjunction, in the order in which the engine tests it."""
        nodes = [self._root]
        for step in path:
            nodes.append(nodes[-1].children.setdefault(step, _Node()))
        for node in reversed(nodes):
            node.paths += 1
            node.weigh()

    def remove(self, path: Iterable[Hashable]) -> None:
        """Take back what `add` added."""
        nodes, steps = [self._root], list(path)
        for step in steps:
            nodes.append(nodes[-1].children[step])
        for node in nodes:
            node.paths -= 1
        for parent, step in zip(reversed(nodes[:-1]), reversed(steps), strict=True):
            if not parent.children[step].paths:
                del parent.children[step]
            parent.weigh()
