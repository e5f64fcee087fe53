"""Who can try a policy version, and on which day: the payer that it binds, or would bind in place of another."""

from datetime import date
from typing import Any

import msgspec

from payrule.model.payer import Payer
from payrule.model.policy import Policy
from payrule.model.value_schema import example_of
from payrule.rulebase.load import Documents
from payrule.scaffold.scaffold import named, there
from payrule.source.diagnostics import RequestError

DATE = "line.date"


class Trial(msgspec.Struct, frozen=True):
    """Under which terms an example is decided; None for `known_on` is whenever it is run."""

    payer: str
    service: str
    consider: str | None = None
    known_on: str | None = None

    def choices(self, day: date) -> dict[str, Any]:
        """Give what `Rulebase.decide` takes, on a day where none is chosen."""
        considered = {"consider": self.consider} if self.consider else {}
        return {"payer": self.payer, "known_on": self.known_on or day.isoformat(), **considered}


def trial(documents: Documents, policy: Policy, day: date, *, payer: str | None, service: date | None) -> Trial:
    """Find who tries a version: a payer whose claims are decided comes before one that is made to ask.

    Raises RequestError when nobody can.
    """
    if payer is not None:
        named("payer", payer, documents.payers)
    chosen = [each for each in documents.payers.values() if payer in (None, each.id)]
    for each in sorted(chosen, key=lambda one: (one.purpose, len(one.policies), one.id)):
        binds = policy.id in each.policies and policy.status in (
            ("in-force", "proposed") if each.purpose == "what-if" else ("in-force",)
        )
        if binds or _considers(each, policy):
            known_on = policy.published if policy.published and policy.published > day.isoformat() else None
            at = service.isoformat() if service else _applies(policy, documents)
            return Trial(each.id, at, None if binds else policy.id, known_on)
    whom = f"`{payer}`" if payer else "any payer"
    message = f"`{policy.name}` does not bind {whom}, not even as a proposal, so it cannot be tried"
    trier = f"payrule new payer {policy.id}-trial --policy {policy.id} --what-if {there(documents)}"
    help_text = f"let somebody try it: `{trier}`"
    raise RequestError.of("no-trial", message, help_text)


def _considers(payer: Payer, policy: Policy) -> bool:
    """Tell whether a payer can consider a proposed version in place of what binds it."""
    replaced = (policy.replaces or "").partition("@")[0]
    return policy.status == "proposed" and replaced in payer.policies


def _applies(policy: Policy, documents: Documents) -> str:
    """Give a date of service that a version applies to: the vocabulary's example, or the first or last one."""
    usual: str = example_of(documents.vocabulary.attributes[DATE])
    first, last = policy.effective.first, policy.effective.last
    return max(usual, first or usual) if last is None or usual <= last else last
