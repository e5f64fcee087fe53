"""Remittance codes of an answer: from the payer, the rule or the vocabulary, and the group from liability."""

from collections.abc import Iterable

from payrule.documents.choices import Liability
from payrule.documents.determinations import RemittanceCodes
from payrule.documents.models import Group, Payer, Remittance, Vocabulary
from payrule.resolve.bound import BoundRule

GROUPS: dict[Liability | None, Group] = {"provider": "CO", "subscriber": "PR", "unspecified": "CO", None: "CO"}
"""Group code by who bears the denial. Nobody bears a line that is returned: the provider corrects it."""

LIABILITY_IS_OPEN = "the policy does not say who bears this denial; group CO stands in until that is settled"


def remittances(rules: Iterable[BoundRule], payer: Payer, vocabulary: Vocabulary) -> dict[str, Remittance]:
    """Give the codes of each rule: what the payer says of it, else what it says itself, else what its value has."""
    found = {}
    for bound in rules:
        conclude = bound.rule.conclude
        values = {each.value: each.remittance for each in vocabulary.concern(conclude.concern).values}
        codes = payer.remittance.get(bound.name) or bound.rule.remittance or values[conclude.value]
        if codes is not None:
            found[bound.name] = codes
    return found


def codes(remittance: Remittance | None, liability: Liability | None) -> RemittanceCodes | None:
    """Complete the codes with the group that the liability calls for.

    >>> codes(Remittance(carc="204"), "subscriber")
    RemittanceCodes(group='PR', carc='204', rarc=())
    """
    if remittance is None:
        return None
    group = remittance.group or GROUPS[liability]
    return RemittanceCodes(group=group, carc=remittance.carc, rarc=remittance.rarc)
