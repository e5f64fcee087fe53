"""Long work beside the pages."""

import time
from collections.abc import Callable

from payrule.source.diagnostics import RequestError
from payrule.web.jobs import Jobs, Progress, Report


def double(report: Report, number: int) -> int:
    report(1, 2, "numbers")
    return number * 2


def refuse(_: Report) -> None:
    raise RequestError.of("no-payer", "there is no payer", "name one")


def wait(report: Report) -> None:
    report(1, 2, "waits")
    time.sleep(60)


def crash(_: Report) -> None:
    raise SystemExit(1)


def until(jobs: Jobs, job: str, holds: Callable[[Progress], bool]) -> Progress:
    """Wait until something holds of a job."""
    while True:
        found = jobs.progress(job)
        assert found is not None
        if holds(found):
            return found
        time.sleep(0.01)


def test_a_job_gives_its_result_or_says_what_is_wrong() -> None:
    with Jobs() as jobs:
        doubled = jobs.start("Double", "/done/{id}", double, 21)
        refused, crashed, waits = (jobs.start("Other", "/", work) for work in (refuse, crash, wait))
        done = until(jobs, doubled, lambda found: found.state != "running")
        assert (done.state, done.share, done.words, done.then) == ("done", 0.5, "numbers", f"/done/{doubled}")
        assert jobs.result(doubled) == 42
        failed = until(jobs, refused, lambda found: found.state != "running")
        assert [each.message for each in failed.findings] == ["there is no payer"]
        ended = until(jobs, crashed, lambda found: found.state != "running")
        assert [each.message for each in ended.findings] == ["the work ended before it was done"]
        until(jobs, waits, lambda found: found.done == 1)
        jobs.stop(waits)
        assert until(jobs, waits, lambda found: found.state != "running").state == "stopped"
        assert jobs.result(waits) is None
