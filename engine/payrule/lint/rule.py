"""What a check is, and what it gives: findings without a place yet, and the edits that would fix them."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from payrule.lint.context import CheckContext
from payrule.model.policy import Policy
from payrule.source.diagnostics import Severity
from payrule.source.json_source import Path

Family = Literal["citing", "examples", "conditions", "names", "answers", "versions", "suppressing"]
"""What a check is about."""

Needs = Literal["reading", "policy", "rulebase", "sources", "solver"]
"""What a check looks at.

`reading` finds nothing by itself: whoever reads the document does, for one that it names cannot be used. `policy` looks
at one policy at a time, `rulebase` at all documents with their examples, `sources` at the analyst's own copies too, and
`solver` asks about every encounter at once.
"""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """Fix a document safely: put a value at a path, or take away what stands there; `said` tells what was done."""

    path: Path
    said: str
    value: Any = msgspec.UNSET


class Found(msgspec.Struct, frozen=True):
    """One thing to fix: the document, the path in it, what is wrong, and how to fix it.

    A policy version is called by its name, any other document by its file below the folder of the rulebase. `severity`
    is the check's where it is None.
    """

    document: str
    path: Path
    message: str
    help: str
    fix: Fix | None = None
    key: bool = False
    severity: Severity | None = None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check by its code; `run` finds what is wrong with the documents of a context."""

    code: str
    family: Family
    severity: Severity = "warning"
    needs: Needs = "policy"
    run: Callable[[CheckContext], Iterator[Found]]
    suppressible: bool = True


def read_already(_: CheckContext) -> Iterator[Found]:
    """Find nothing: whoever reads the document has found it, and said so under the code of the check.

    >>> from payrule.lint.context import shipped_context
    >>> list(read_already(shipped_context()))
    []
    """
    return iter(())


def shown_as(context: CheckContext, *ways: str) -> frozenset[str]:
    """Name the rules, as `policy/rule`, that examples say they show in one of these ways."""
    return frozenset(each.rule for example in context.examples.values() for each in example.shows if each.how in ways)


def expected_examples(policy: Policy) -> bool:
    """Tell whether the rules of a version should have examples: a draft is not done, a retired one answers nothing."""
    return policy.status in ("proposed", "in-force")
