"""Whether the policies of a payer hold together: conflicts, gaps and useless rules, each with a claim and its help."""

from datetime import date
from functools import partial
from pathlib import Path

import msgspec

from payrule.citations.copies import Copies
from payrule.citations.passages import in_verification
from payrule.compare.verification import verify
from payrule.examples.run import rules_in_examples
from payrule.model.policy import by_version
from payrule.reports.pages.html import block_html, section_html
from payrule.reports.pages.verification import verification_page
from payrule.results.verification import Verification
from payrule.rulebase.rulebase import load
from payrule.source.diagnostics import RequestError
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, form, labelled, picker, words
from payrule.web.jobs import Report, TimeLimit

_SECONDS = 600.0
"""How long it may take; what is not settled by then is said to be unknown."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be verified: the policies of a payer, in the rulebase of a folder."""

    folder: Path
    sources: Path | None
    payer: str
    known_on: date


def choose(asked: Asked) -> Shown:
    """Ask for a payer."""
    payers = tuple(asked.site.rulebase.payers)
    lead = words(
        "Here you see whether two rules of a payer contradict each other on a claim, to which claims no policy "
        "applies, and which rules never decide one: for every possible claim. For large policies this takes minutes, "
        f"{_SECONDS / 60:.0f} at most; the page says what is not settled by then."
    )
    pick = labelled("Payer", "payer", picker("payer", [(each, each) for each in payers]))
    asks = form("/verify", asked.form_token, pick, button="Verify")
    return Shown(title="Does it hold together", value=payers, body=(lead, asks))


def begin(asked: Asked) -> Moved:
    """Begin to verify."""
    site, payer = asked.site, asked.field("payer")
    if payer not in site.rulebase.payers:
        raise RequestError.of("unknown-payer", "there is no such payer", "choose one of the list")
    wanted = Wanted(folder=site.folder, sources=site.sources, payer=payer, known_on=site.today())
    return Moved(f"/jobs/{site.jobs.start(f'Verification of {payer}', '/verify/{id}', verified, wanted)}")


def verified(report: Report, wanted: Wanted) -> Verification:
    """Verify the policies of a payer, in a process of its own; raises InputError for what cannot be verified."""
    expired = TimeLimit(report, _SECONDS)
    loaded = load(wanted.folder)
    asked = partial(rules_in_examples, loaded, wanted.known_on, expired)
    found = verify(loaded, wanted.payer, known_on=wanted.known_on, exampled=asked, expired=expired)
    if wanted.sources is not None:
        found = in_verification(found, Copies(wanted.sources), by_version(loaded.policies))
    return found


def show(asked: Asked) -> Shown:
    """Show what was found."""
    found = asked.site.jobs.result(asked.parts["job"])
    if not isinstance(found, Verification):
        raise RequestError.of("no-such-job", "this verification is not here any more", "verify the payer again")
    page = verification_page(found)
    body = (*map(block_html, page.blocks), *(section_html(each, 2, None) for each in page.sections))
    return Shown(title=page.title, value=found, body=body)


ADDRESSES = (
    Address("/verify", get=choose, post=begin, menu="Does it hold together"),
    Address("/verify/{job}", get=show),
)
