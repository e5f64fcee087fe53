"""Answers of lines for tests of what is adjusted: made without a rulebase."""

from typing import Any

from payrule.results.determination import Adjustment, LineDetermination, Pays, RemittanceCodes

NOTHING: dict[str, Any] = {
    "liability": None,
    "discretionary": False,
    "concern": None,
    "remittance": None,
    "reasons": (),
    "overruled": (),
    "conflicts": (),
    "open": (),
    "advice": (),
}


def line(disposition: Any = "payable", **said: Any) -> LineDetermination:
    """Make the answer of a line."""
    return LineDetermination(number=1, code="00001", disposition=disposition, **{**NOTHING, **said})


def denied(
    group: Any = "CO", carc: str = "204", rarc: tuple[str, ...] = (), *, returned: bool = False
) -> LineDetermination:
    """Make the answer of a line that is denied, or returned."""
    codes = RemittanceCodes(group=group, carc=carc, rarc=rarc)
    return line("returned" if returned else "denied", remittance=codes)


def cut(carc: str | None = "151", group: Any = "CO", **said: Any) -> Adjustment:
    """Make an adjustment: `units`, or `percent` that is not paid."""
    return Adjustment(**{"group": group, "carc": carc, "rarc": (), "rule": "p/r", "sentence": "It is limited.", **said})


def reduced(*adjustments: Adjustment, **pays: Any) -> LineDetermination:
    """Make the answer of a line that is paid in part."""
    return line(pays=Pays(**pays), adjustments=adjustments)
