"""Put a version into force: what has to be right before, and the files that are written when it is."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from payrule.compare.edits import predecessor
from payrule.compare.signatures import signatures_of, wanted_signatures
from payrule.reports.pages.html import Html, element, prose, text
from payrule.results.difference import Difference
from payrule.rulebase.folder import policy_file
from payrule.scaffold.edit import ChangedOnDiskError, digest_of, refuse_changed, save
from payrule.scaffold.publish import Item, Readiness, publishing, readiness
from payrule.scaffold.tried import version_called
from payrule.source.diagnostics import RequestError
from payrule.web.asked import Address, Asked, soon
from payrule.web.frame import Moved, Shown, entry, form, labelled, listing, picker, words
from payrule.web.jobs import Report
from payrule.web.pages.changes import last_comparison

_SECONDS = 60.0
"""How long checks may ask the solver, and what changes is looked for; whoever signs may accept what is not settled."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to go into force: a version in the rulebase of a folder, whose document has this digest."""

    folder: Path
    version: str
    day: date
    digest: str
    known: Difference | None = None
    """What changes from the version before, where that was found already."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a version may go into force; `digest` is that of the document that was looked at."""

    readiness: Readiness
    digest: str


def choose(asked: Asked) -> Shown:
    """Ask for a version that is a draft or a proposal."""
    policies = asked.site.rulebase.policies.values()
    names = tuple(each.name for versions in policies for each in versions if each.status in ("draft", "proposed"))
    if not names:
        return Shown(title="Publish", value=names, body=(words("Every version is in force, or retired."),))
    pick = labelled("Version", "version", picker("version", [(each, each) for each in names], asked.field("version")))
    lead = words("A version goes into force when checks, examples, approved changes and its number are right.")
    asks = form("/publish", asked.form_token, pick, button="See whether it is ready")
    return Shown(title="Publish", value=names, body=(lead, asks))


def begin(asked: Asked) -> Moved:
    """Begin to find out whether a version is ready."""
    site = asked.site
    version = version_called(site.rulebase.documents, asked.field("version"))
    digest = digest_of(policy_file(site.folder, version))
    before = predecessor(version, site.rulebase.policies[version.id])
    known = last_comparison(site, before.name, version.name) if before is not None else None
    wanted = Wanted(folder=site.folder, version=version.name, day=site.today(), digest=digest, known=known)
    return Moved(f"/jobs/{site.jobs.start(f'Is {version.name} ready', '/publish/{id}', ready, wanted)}")


def ready(report: Report, wanted: Wanted) -> Ready:
    """Find out whether a version is ready, in a process of its own; raises InputError where that cannot be."""
    found = readiness(
        wanted.folder,
        wanted.version,
        wanted.day,
        expired=lambda: soon(_SECONDS),
        report=lambda said: report(0, 0, said),
        known=wanted.known,
    )
    return Ready(readiness=found, digest=wanted.digest)


def _ready(asked: Asked) -> Ready:
    found = asked.site.jobs.result(asked.parts["job"])
    if not isinstance(found, Ready):
        raise RequestError.of("no-such-job", "this is not here any more", "choose the version again")
    return found


def show(asked: Asked) -> Shown:
    """Show what is right and what is missing, and the button that publishes when nothing is."""
    found = _ready(asked)
    return Shown(title=f"Publish {found.readiness.version}", value=found, body=tuple(_body(asked, found)))


def _body(asked: Asked, found: Ready) -> Iterator[Html]:
    for each in found.readiness.items:
        said = "right" if each.is_right else "to be accepted" if each.may_be_accepted else "not right"
        mark = element("span", text(said), class_="proved" if each.is_right else "warning")
        lacking = [listing(each.lacking)] if each.lacking else []
        yield element("div", element("p", text(f"{each.what}: "), mark), *lacking)
    if not found.readiness.is_ready:
        version = found.readiness.version
        tests = element(
            "a", text("Tests, with examples that were carried over"), href=f"/tests?{urlencode({'version': version})}"
        )
        rules = element("a", text("Rules"), href=f"/policies/{version}")
        yield element("p", text(f"Go on with {version}: "), tests, text(", "), rules, text("."))
    if found.readiness.older:
        to = f"/changes?old={found.readiness.older}&new={found.readiness.version}"
        yield element("p", element("a", text("See what changes, and approve it"), href=to))
    if found.readiness.is_ready and not asked.site.is_read_only:
        yield from _signing(asked, found)


def _signing(asked: Asked, found: Ready) -> Iterator[Html]:
    """Say who has signed, and write the button that signs; what the last signature does is said on it."""
    documents = asked.site.rulebase.documents
    version = version_called(documents, found.readiness.version)
    signed, wanted = signatures_of(documents, version).signed, wanted_signatures(documents, version)
    if wanted > 1:
        yield words("A payer asks that two persons sign. The workbench takes the names as they are typed.")
    if signed:
        yield listing(f"Signed by {each.by} on {each.on}" for each in signed)
    is_last = len(signed) + 1 >= wanted
    accepting = _accepting(found.readiness.to_accept)
    name = labelled("Your name", "by", entry("by", autocomplete="name", required="required"))
    button = "Put it into force" if wanted == 1 else "Sign, and put it into force" if is_last else "Sign"
    yield form(f"/publish/{asked.parts['job']}", asked.form_token, *accepting, name, button=button)


def _accepting(items: Sequence[Item]) -> Iterator[Html]:
    """Ask whoever signs to accept what is not right; the change log says it."""
    if items:
        box = element("input", type="checkbox", name="accepted", value="yes", required="required")
        said = "; ".join(each for item in items for each in item.lacking)
        yield element("p", element("label", box, prose(f" I accept that {said}.")))


def publish(asked: Asked) -> Moved:
    """Put a version into force that is ready, if its document is still the one that was looked at."""
    asked.refuse_changes()
    found = _ready(asked)
    if not found.readiness.is_ready:
        raise RequestError.of("not-ready", "this version is not ready", "settle what is missing first")
    accepted = found.readiness.to_accept
    if accepted and not asked.field("accepted"):
        missing = "; ".join(text for each in accepted for text in each.lacking)
        raise RequestError.of(
            "not-accepted", f"it is not accepted that {missing}", "tick what you accept, and sign again"
        )
    documents = asked.site.rulebase.documents
    version = version_called(documents, found.readiness.version)
    files = publishing(documents, version, asked.field("by"), asked.site.today(), accepted)
    first = policy_file(asked.site.folder, version)
    try:
        refuse_changed(first, found.digest)
        is_in_force = first in files
        if is_in_force:
            save(first, files.pop(first), found.digest)
    except ChangedOnDiskError:
        message = "the document was changed since it was looked at, and nothing was published"
        raise RequestError.of("changed-on-disk", message, "see again whether it is ready") from None
    for path, written in files.items():
        save(path, written, digest_of(path))
    return Moved(f"/policies/{version.name}" if is_in_force else asked.path)


ADDRESSES = (
    Address("/publish", get=choose, post=begin, menu="Publish"),
    Address("/publish/{job}", get=show, post=publish),
)
