"""Why a line was answered as it was: every rule of the binding policies, whether it matches, and if not, why not."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from payrule.model.choices import Liability, Modality
from payrule.model.policy import Disposition, Status

Because = Literal["no-rule", "none-applies", "no-version"]
"""Why no policy applies to a line: no binding rule mentions its code, those that do did not match, or no version of a
policy that has such rules binds on its date."""

State = Literal["decides", "stands", "overruled", "waits", "does-not-match"]


class RuleExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule on a line.

    `state`: it decides the line; it matches and stands; it matches and was overruled; it waits for unknown facts; it
    does not match. `because` lists the parts of its condition that settle that, with the value read; of
    a rule that matches, the rows of tables that it rests on. `by` names what
    overruled it. `speaks` tells whether it names the code of the line, matches, or waits.
    """

    policy: str
    version: str
    rule: str
    concern: str
    value: str
    liability: Liability | None
    modality: Modality
    tier: int
    summary: str
    condition: str
    state: State
    because: tuple[str, ...]
    waits_for: tuple[str, ...]
    matters: bool
    by: str | None
    cites: tuple[dict[str, Any], ...]
    speaks: bool = True

    @property
    def name(self) -> str:
        """Name the rule as documents do: `policy/rule`."""
        return f"{self.policy}/{self.rule}"


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A version of one of the payer's policies that does not bind a line, and why not; dates are `YYYY-MM-DD`."""

    version: str
    status: Status
    first: str | None
    last: str | None
    why: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a line was answered as it was: the rules in the order of concerns, then of tiers.

    Of a line of several `days` it is one `day` that is explained. `because` says why no rule was asked, where none was.
    `left_out` are the versions of the payer's policies that do not bind it, `undecided_because` as in the answer.
    """

    encounter: str
    payer: str
    line: int
    code: str
    disposition: Disposition
    concern: str | None
    liability: Liability | None
    open: tuple[str, ...]
    presumed: tuple[str, ...]
    rules: tuple[RuleExplanation, ...]
    day: str | UnsetType = UNSET
    days: str | UnsetType = UNSET
    because: str | UnsetType = UNSET
    undecided_because: Because | UnsetType = UNSET
    left_out: tuple[LeftOut, ...] = ()

    def rule(self, name: str) -> RuleExplanation:
        """Find what became of a rule, named as `policy/rule`, or by its id alone; raises KeyError."""
        for rule in self.rules:
            if name in (rule.name, rule.rule):
                return rule
        raise KeyError(name)

    def to_json(self) -> bytes:
        """Write the explanation as JSON."""
        return msgspec.json.encode(self)
