"""The first page: the versions of policies, and the payers, of the rulebase."""

import msgspec

from payrule.reports.documents import PAYER_HEAD, POLICY_HEAD, payer_rows, policy_rows
from payrule.reports.pages.html import Html, element, text
from payrule.web.asked import Address, Asked
from payrule.web.frame import Shown, plain_table


class Worklist(msgspec.Struct, frozen=True):
    """What the first page shows; rows are as `payrule list` gives them."""

    folder: str
    read_only: bool
    policies: tuple[tuple[str, ...], ...]
    payers: tuple[tuple[str, ...], ...]


def show(asked: Asked) -> Shown:
    """Show the versions of policies with their dates, and the payers with the order of their policies."""
    rulebase = asked.site.rulebase
    worklist = Worklist(
        str(asked.site.folder),
        asked.site.is_read_only,
        tuple(policy_rows(rulebase.policies)),
        tuple(payer_rows(rulebase.payers)),
    )
    kept = "are only shown here" if worklist.read_only else "are changed where they are"
    lead = element("p", text("The documents in "), element("code", text(worklist.folder)), text(f" {kept}."))
    return Shown(
        title="Worklist",
        value=worklist,
        body=(lead, _table("Policies", POLICY_HEAD, worklist.policies), _table("Payers", PAYER_HEAD, worklist.payers)),
    )


def _table(caption: str, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Html:
    named = ([element("code", text(row[0])), *map(text, row[1:])] for row in rows)
    return plain_table(caption, head, named)


ADDRESSES = (Address("/", get=show, menu="Worklist"),)
