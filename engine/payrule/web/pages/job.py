"""The page of a job: how far it is, a button that stops it, and the page of its result when it is done."""

from payrule.reports.pages.html import Html, element, text
from payrule.source.diagnostics import RequestError
from payrule.web.asked import Address, Asked
from payrule.web.frame import Moved, Shown, bar, findings_list, form, words
from payrule.web.jobs import Progress


def show(asked: Asked) -> Shown | Moved:
    """Show how far a job is; lead on to its result when it is done."""
    progress = _progress(asked)
    if progress.state == "done" and "json" not in asked.accepts:
        return Moved(progress.then)
    return Shown(
        title=progress.title, value=progress, body=tuple(_body(asked, progress)), refresh=progress.state == "running"
    )


def _body(asked: Asked, progress: Progress) -> list[Html]:
    if progress.state == "failed":
        return [findings_list(progress.findings)]
    if progress.state == "stopped":
        return [words("It was stopped.")]
    shown = f"{progress.done:,} of {progress.total:,} {progress.words}" if progress.total else progress.words
    measured = bar(progress.share, shown) if progress.total else text(shown or "It has begun.")
    stop = form(f"/jobs/{progress.id}", asked.form_token, button="Stop")
    return [element("p", measured, data_job=progress.id, role="status"), stop]


def stop(asked: Asked) -> Moved:
    """Stop a job."""
    progress = _progress(asked)
    asked.site.jobs.stop(progress.id)
    return Moved(asked.path)


def _progress(asked: Asked) -> Progress:
    progress = asked.site.jobs.progress(asked.parts["job"])
    if progress is None:
        raise RequestError.of("no-such-job", "there is no such work here any more", "begin again on the page it was of")
    return progress


ADDRESSES = (Address("/jobs/{job}", get=show, post=stop),)
