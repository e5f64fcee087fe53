"""Which place the payers of an X12 claim have: the one that it is sent to, and Medicare."""

from collections.abc import Iterable

from payrule.documents.findings import Finding
from payrule.formats.x12.header import shown
from payrule.formats.x12.loops import Payer
from payrule.formats.x12.segments import Segment

_ROLES = {"P": "primary", "S": "secondary"}
_UNKNOWN = ("", "U")
_MEDICARE = ("MA", "MB")
"""Medicare Part A and Part B in SBR09."""


def payer_role(payer: Payer, notes: list[Finding]) -> dict[str, object]:
    """Give the role of the payer that the claim is sent to, from SBR01.

    >>> payer_role(Payer("S"), [])
    {'payer_role': 'secondary'}
    """
    if payer.responsibility in _UNKNOWN:
        message = f"the claim does not say whether the payer is first (SBR01 is {shown(payer.responsibility)}): "
        notes.append(_assumed(f"{message}it counts as primary"))
        return {}
    role = _ROLES.get(payer.responsibility)
    if role is None:
        message = f"the payer is neither first nor second (SBR01 is {shown(payer.responsibility)}): "
        notes.append(_assumed(f"{message}it counts as secondary"))
    return {"payer_role": role or "secondary"}


def medicare_role(payer: Payer, head: Iterable[Segment], notes: list[Finding]) -> dict[str, object]:
    """Give the role of Medicare for the claim, from the `SBR` of all its payers (loops 2000B and 2320).

    Where none of them is Medicare its role is `none`; where one does not say what kind of plan it is, nobody knows.

    >>> medicare_role(Payer("P", "CI"), [Segment(20, "SBR", ("S", "18", *[""] * 6, "MB"))], [])
    {'medicare_role': 'secondary'}
    >>> medicare_role(Payer("P", "CI"), [], []), medicare_role(Payer("P"), [], [])
    ({'medicare_role': 'none'}, {})
    """
    others = [Payer(each.element(1), each.element(9)) for each in head if each.name == "SBR"]
    payers = [payer, *others]
    medicare = [each.responsibility for each in payers if each.plan in _MEDICARE]
    if not medicare:
        return {} if any(not each.plan for each in payers) else {"medicare_role": "none"}
    known = [each for each in medicare if each not in _UNKNOWN]
    if not known:
        notes.append(_assumed("the claim does not say in which place Medicare pays (SBR01): its role is left open"))
        return {}
    role = next((_ROLES[each] for each in _ROLES if each in known), None)
    if role is None:
        notes.append(
            _assumed(f"Medicare is neither first nor second (SBR01 is {shown(known[0])}): it counts as secondary")
        )
    return {"medicare_role": role or "secondary"}


def _assumed(message: str) -> Finding:
    return Finding(code="payer-role-assumed", message=message, help="give the place of each payer in SBR01")
