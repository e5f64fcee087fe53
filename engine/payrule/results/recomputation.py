"""What is said of a determination that was computed again: what is the same, and what differs."""

from typing import Any

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field that was one thing and is another: its path in the determination, None where it is not there."""

    path: str
    was: Any = None
    now: Any = None


class Recomputation(msgspec.Struct, frozen=True, kw_only=True):
    """A determination beside the one that is computed now, under the terms that it states.

    `rulebase`, `encounter_digest` and `answers` say whether each is the same, None where the determination does not
    say it. `differences` are those of the answers, field by field. `notes` say what else a reader has to know, such as
    another version of payrule, and which documents are known to be others.
    """

    encounter: str
    payer: str
    rulebase: bool
    encounter_digest: bool | None
    answers: bool
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether the answers are the same, and all that they rest on."""
        return self.rulebase and self.answers and self.encounter_digest is not False

    def to_json(self) -> bytes:
        """Write it as JSON, one object without line breaks, with `same` first."""
        return msgspec.json.encode({"same": self.same} | msgspec.to_builtins(self))
